// What the harness of kernels takes for the same.
#include "tests/compiler/codegen/KernelHarness.h"

#include "mlir/IR/BuiltinTypes.h"
#include "gtest/gtest.h"

#include <cmath>
#include <limits>

namespace ingot::test {
namespace {

TEST(HarnessTest, InfinityIsNotANumber) {
  mlir::MLIRContext context;
  auto scalar = [&](float value) {
    reference::Tensor made = reference::Tensor::zeros(mlir::Float32Type::get(&context), {1});
    *made.data<float>() = value;
    return made;
  };
  constexpr float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  for (Tolerance tolerance : {Tolerance{}, Tolerance{1e-3, 1e-3}, Tolerance{0.5, 0.5}}) {
    auto same = [&](float got, float want) { return difference(scalar(got), scalar(want), tolerance).empty(); };
    EXPECT_TRUE(same(inf, inf) && same(-inf, -inf) && same(nan, nan));
    for (float value : {0.f, 1.f, 1e38f, -1e38f, nan, -inf}) {
      EXPECT_FALSE(same(value, inf)) << value;
      EXPECT_FALSE(same(inf, value)) << value;
    }
    EXPECT_FALSE(same(nan, 1));
    EXPECT_FALSE(same(1, nan));
    // One of the two may overflow a little earlier, where a tolerance is given.
    bool some = tolerance.relative > 0;
    EXPECT_EQ(same(inf, std::numeric_limits<float>::max()), some);
    EXPECT_EQ(same(std::numeric_limits<float>::max(), inf), some);
    EXPECT_FALSE(same(-std::numeric_limits<float>::max(), inf));
    EXPECT_EQ(same(0.f, -0.f), some);
  }
}

} // namespace
} // namespace ingot::test
