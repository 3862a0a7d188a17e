// What comparators of values accept: NaN, infinities, huge and tiny numbers, zeros of both signs, integers, booleans.
#include "tests/ir/reference/Harness.h"
#include "tools/execution/Agreement.h"
#include "tools/execution/HostTensor.h"
#include "tools/execution/ValueError.h"

#include "runtime/abi/artifact.h"
#include "gtest/gtest.h"

#include <cmath>
#include <cstring>
#include <limits>

namespace ingot::test {
namespace {

using driver::HostTensor;

template <typename T> HostTensor tensor(uint32_t dtype, std::vector<T> values) {
  HostTensor made{"x", dtype, {static_cast<int64_t>(values.size())}, std::vector<char>(values.size() * sizeof(T))};
  std::memcpy(made.bytes.data(), values.data(), made.bytes.size());
  return made;
}

const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();

// A pair of numbers, and whether one stands for the other where 1e-3 of the wanted one is allowed.
struct Pair {
  double got, want;
  bool agrees;
};
const Pair pairs[] = {
    {inf, inf, true},     {-inf, -inf, true}, {nan, nan, true},     {-nan, nan, true},         {-inf, inf, false},
    {inf, -inf, false},   {0, inf, false},    {3e38, inf, false},   {-3e38, -inf, false},      {nan, inf, false},
    {inf, nan, false},    {0, nan, false},    {nan, 0, false},      {inf, 0, false},           {inf, 3e38, false},
    {-inf, -3e38, false}, {nan, 3e38, false}, {3e38, 3e38, true},   {3.001e38, 3e38, true},    {3.3e38, 3e38, false},
    {-3e38, 3e38, false}, {0, 3e38, false},   {0.0, -0.0, true},    {-0.0, 0.0, true},         {1.0005, 1, true},
    {1.01, 1, false},     {-1, 1, false},     {1e-45, 1e-45, true}, {1.0005e-40, 1e-40, true},
};

TEST(Agreement, OfTwoNumbers) {
  for (const Pair &pair : pairs)
    EXPECT_EQ(agrees(pair.got, pair.want, 1e-3 * std::fabs(pair.want)), pair.agrees) << pair.got << " for " << pair.want;
  EXPECT_FALSE(agrees(1e-40, 2e-40, 0));
  EXPECT_FALSE(agrees(1.7e308, -1.7e308, 1.7e308)); // their distance overflows
  EXPECT_FALSE(agrees(1, 2, inf));
  EXPECT_FALSE(agrees(1, 2, nan));
}

template <typename T> void comparePairs(uint32_t dtype) {
  for (const Pair &pair : pairs) {
    SCOPED_TRACE(std::to_string(pair.got) + " for " + std::to_string(pair.want));
    HostTensor got = tensor<T>(dtype, {T(pair.got), 1}), want = tensor<T>(dtype, {T(pair.want), 1});
    EXPECT_EQ(driver::compareTensors(got, want, 1e-3, 0).equal, pair.agrees);
    EXPECT_EQ(!driver::compareValues(tensor<T>(dtype, {T(pair.got)}), tensor<T>(dtype, {T(pair.want)}), {1e-3}).bad(),
              pair.agrees);
    // Both parts of a complex number.
    uint32_t complex = dtype == INGOT_F32 ? INGOT_C64 : INGOT_C128;
    got.dtype = want.dtype = complex;
    got.dims = want.dims = {1};
    EXPECT_EQ(driver::compareTensors(got, want, 1e-3, 0).equal, pair.agrees);
    std::swap_ranges(got.bytes.begin(), got.bytes.begin() + sizeof(T), got.bytes.begin() + sizeof(T));
    std::swap_ranges(want.bytes.begin(), want.bytes.begin() + sizeof(T), want.bytes.begin() + sizeof(T));
    EXPECT_EQ(driver::compareTensors(got, want, 1e-3, 0).equal, pair.agrees);
    EXPECT_EQ(!driver::compareValues(got, want, {1e-3}).bad(), pair.agrees);
  }
}

TEST(Comparison, OfFloats) { comparePairs<float>(INGOT_F32); }
TEST(Comparison, OfDoubles) { comparePairs<double>(INGOT_F64); }

TEST(Comparison, OfNarrowFloats) {
  // f16 and bf16 by their bits: infinity, NaN, the largest number, one.
  for (auto [dtype, infinite, noNumber, largest, one] :
       {std::tuple{INGOT_F16, 0x7c00, 0x7e00, 0x7bff, 0x3c00}, std::tuple{INGOT_BF16, 0x7f80, 0x7fc0, 0x7f7f, 0x3f80}}) {
    int values[] = {infinite, noNumber, largest, one, infinite | 0x8000};
    for (int got : values)
      for (int want : values) {
        HostTensor a = tensor<uint16_t>(dtype, {uint16_t(got)}), b = tensor<uint16_t>(dtype, {uint16_t(want)});
        EXPECT_EQ(driver::compareTensors(a, b, 0.5, 0).equal, got == want) << got << " for " << want;
        EXPECT_EQ(!driver::compareValues(a, b, {0.5}).bad(), got == want) << got << " for " << want;
      }
  }
}

TEST(Comparison, OfIntegersIsExact) {
  auto check = [](const HostTensor &got, const HostTensor &want) {
    driver::Comparison comparison = driver::compareTensors(got, want, 0.5, 10);
    EXPECT_FALSE(comparison.equal);
    EXPECT_EQ(comparison.mismatches, 1u);
    EXPECT_GE(comparison.maxAbsolute, 1);
    EXPECT_TRUE(driver::compareValues(got, want, {0.5}).bad());
    EXPECT_FALSE(driver::compareTensors(want, want, 0, 0).equal == false);
    EXPECT_FALSE(driver::compareValues(want, want, {}).bad());
  };
  check(tensor<int64_t>(INGOT_I64, {5, (1ll << 53) + 1}), tensor<int64_t>(INGOT_I64, {5, 1ll << 53}));
  check(tensor<uint64_t>(INGOT_U64, {~0ull}), tensor<uint64_t>(INGOT_U64, {~0ull - 1}));
  check(tensor<int32_t>(INGOT_I32, {1000}), tensor<int32_t>(INGOT_I32, {1001}));
  check(tensor<int8_t>(INGOT_I8, {-1, 2}), tensor<int8_t>(INGOT_I8, {-1, 3}));
  check(tensor<uint8_t>(INGOT_U4, {15}), tensor<uint8_t>(INGOT_U4, {14}));
  check(tensor<uint8_t>(INGOT_I1, {1, 0}), tensor<uint8_t>(INGOT_I1, {1, 1}));
  check(tensor<uint8_t>(INGOT_I1, {2}), tensor<uint8_t>(INGOT_I1, {1})); // true is 1
  // A tolerance that is meant for them.
  EXPECT_TRUE(driver::compareTensors(tensor<int32_t>(INGOT_I32, {1000}), tensor<int32_t>(INGOT_I32, {1001}), 1e-3, 0,
                                     /*integersToo=*/true)
                  .equal);
}

TEST(Comparison, OfRoundedIntegersWhereTold) {
  std::vector<int32_t> want(128, 7), off = want;
  off[3] = 8;
  driver::Tolerance told{0, 1};
  auto ofIntegers = [](const std::vector<int32_t> &values) { return tensor<int32_t>(INGOT_I32, values); };
  EXPECT_TRUE(driver::compareValues(ofIntegers(off), ofIntegers(want), {}).bad());
  EXPECT_FALSE(driver::compareValues(ofIntegers(off), ofIntegers(want), told).bad());
  off[3] = 9;
  EXPECT_TRUE(driver::compareValues(ofIntegers(off), ofIntegers(want), told).bad());
  off[3] = off[4] = off[5] = 8; // more than one of 64
  driver::ValueError many = driver::compareValues(ofIntegers(off), ofIntegers(want), told);
  EXPECT_EQ(many.wrong, 3u);
  EXPECT_EQ(many.worst, 3u);
  // A flipped boolean is no step.
  std::vector<uint8_t> truth(128, 1), flipped = truth;
  flipped[9] = 0;
  EXPECT_TRUE(driver::compareValues(tensor<uint8_t>(INGOT_I1, flipped), tensor<uint8_t>(INGOT_I1, truth), told).bad());
}

TEST(Comparison, OneHugeValueHidesNothing) {
  std::vector<float> want(64, 1), got = want;
  want[7] = got[7] = -3e38f;
  EXPECT_FALSE(driver::compareValues(tensor(INGOT_F32, got), tensor(INGOT_F32, want), {}).bad());
  got[20] = 1.5;
  driver::ValueError error = driver::compareValues(tensor(INGOT_F32, got), tensor(INGOT_F32, want), {});
  EXPECT_EQ(error.wrong, 1u);
  EXPECT_EQ(error.worst, 20u);
}

TEST(Comparison, OfTypesAndDims) {
  HostTensor want = tensor<float>(INGOT_F32, {1, 2}), other = want;
  other.dims = {2, 1};
  EXPECT_FALSE(driver::compareTensors(other, want, 1, 1).equal);
  EXPECT_TRUE(driver::compareValues(other, want, {}).bad());
  other = want;
  other.dtype = INGOT_I32;
  EXPECT_FALSE(driver::compareTensors(other, want, 1, 1).equal);
  EXPECT_TRUE(driver::compareValues(other, want, {}).bad());
}

// The one behind the tests of the interpreter.
TEST(Comparison, OfTheInterpretersValues) {
  mlir::MLIRContext context;
  auto scalar = [&](double value) {
    reference::Tensor made = reference::Tensor::zeros(mlir::Float64Type::get(&context), {1});
    *made.data<double>() = value;
    return made;
  };
  for (const Pair &pair : pairs)
    EXPECT_EQ(isEqual(scalar(pair.got), scalar(pair.want), 1e-3), pair.agrees || std::fabs(pair.got - pair.want) <= 1e-3)
        << pair.got << " for " << pair.want;
  EXPECT_FALSE(isEqual(scalar(0.0), scalar(-0.0), 0));
  EXPECT_TRUE(isEqual(scalar(nan), scalar(nan), 0));
}

} // namespace
} // namespace ingot::test
