// The largest errors of the functions, over dense samples of all f32 and wide samples of f64, in units of the last place.
#include "tests/compiler/codegen/KernelHarness.h"

#include <cmath>
#include <gtest/gtest.h>
#include <quadmath.h>

namespace ingot::test {
namespace {
} // namespace
} // namespace ingot::test
