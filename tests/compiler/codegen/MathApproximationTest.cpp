// The largest errors of the functions in units of the last place: over samples of all f32 against f64 functions of the C
// library, over samples of f64 against its long double ones. At every level, since levels with and without fused
// multiply-add round differently.
#include "tests/compiler/codegen/KernelHarness.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

namespace ingot::test {
namespace {

using Wide = long double;

struct Function {
  const char *op;
  Wide (*exact)(Wide);
  double f32Bound, f64Bound; // units of the last place
};

Wide logistic(Wide x) { return x < 0 ? expl(x) / (1 + expl(x)) : 1 / (1 + expl(-x)); }
Wide inverseRoot(Wide x) { return 1 / sqrtl(x); }

// The bounds the functions keep at every level.
const Function kFunctions[] = {
    {"exponential", expl, 1.1, 1.1},  {"exponential_minus_one", expm1l, 1.8, 2.0},
    {"log", logl, 0.9, 0.9},          {"log_plus_one", log1pl, 0.9, 0.9},
    {"logistic", logistic, 2.3, 2.4}, {"tanh", tanhl, 1.4, 1.4},
    {"erf", erfl, 1.5, 1.5},          {"sine", sinl, 1.7, 1.0},
    {"cosine", cosl, 1.7, 1.0},       {"tan", tanl, 3.0, 2.3},
    {"asin", asinl, 2.5, 2.3},        {"acos", acosl, 1.3, 1.3},
    {"atan", atanl, 1.9, 1.7},        {"sinh", sinhl, 1.8, 1.7},
    {"cosh", coshl, 1.5, 1.5},        {"asinh", asinhl, 1.8, 2.0},
    {"acosh", acoshl, 1.9, 1.7},      {"atanh", atanhl, 2.0, 2.0},
    {"cbrt", cbrtl, 1.0, 1.0},        {"rsqrt", inverseRoot, 1.5, 1.5},
};

template <typename T> double unitsInLastPlace(T actual, Wide exact) {
  if (std::isnan(actual) || std::isnan(exact))
    return std::isnan(actual) && std::isnan(exact) ? 0 : INFINITY;
  constexpr int digits = std::numeric_limits<T>::digits;
  Wide largest = std::numeric_limits<T>::max();
  if (std::isinf(actual) || fabsl(exact) > largest) {
    // Overflow: both beyond the midpoint between the largest number and the next.
    Wide limit = largest * (1 + ldexpl(1, -digits - 1) * 4);
    if (std::isinf(actual) && fabsl(exact) >= largest && (actual > 0) == (exact > 0))
      return 0;
    return fabsl(exact) < limit && std::abs(actual) == std::numeric_limits<T>::max() ? 1 : INFINITY;
  }
  if (actual == 0 && exact == 0)
    return std::signbit(actual) == std::signbit(exact) ? 0 : INFINITY;
  int exponent;
  frexpl(exact, &exponent);
  exponent = std::max(exponent - digits, std::numeric_limits<T>::min_exponent - digits);
  return fabsl(ldexpl(actual - exact, -exponent));
}

template <typename T, typename Bits> std::vector<T> samples(size_t count) {
  std::vector<T> result;
  auto add = [&](Bits bits) {
    T value;
    memcpy(&value, &bits, sizeof value);
    result.push_back(value);
  };
  // All exponents evenly, then the usual range densely, then borders.
  std::mt19937_64 random(11);
  Bits step = static_cast<Bits>(-1) / (count / 2);
  for (size_t i = 0; i < count / 2; ++i)
    add(static_cast<Bits>(step * i + random() % step));
  while (result.size() < count - 64)
    result.push_back(static_cast<T>(std::ldexp(T(random() >> 11) * T(0x1p-53) - T(0.5), int(random() % 9) - 1)));
  for (T value : {T(0), T(1), T(0.5), std::numeric_limits<T>::infinity(), std::numeric_limits<T>::denorm_min(),
                  std::numeric_limits<T>::min(), std::numeric_limits<T>::max(), std::numeric_limits<T>::quiet_NaN()}) {
    result.push_back(value);
    result.push_back(-value);
  }
  result.resize(count, T(1));
  return result;
}

template <typename T, typename Bits> void measure(const std::string &element, double Function::*bound) {
  constexpr size_t count = 1 << 18;
  std::vector<T> inputs = samples<T, Bits>(count);
  std::string type = "tensor<" + std::to_string(count) + "x" + element + ">";
  for (const Function &function : kFunctions) {
    std::vector<Wide> exact;
    for (T x : inputs)
      exact.push_back(function.exact(x));
    KernelHarness harness(std::string("ingot.kernel @k {\n^bb0(%a: ") + type + "):\n  %0 = ingot." + function.op +
                          " %a : " + type + "\n  ingot.return %0 : " + type + "\n}");
    for (const CpuLevel &level : hostLevels()) {
      auto kernel = harness.load(*createLoopEmitter(), level);
      ASSERT_TRUE(kernel);
      reference::Tensor operand =
          reference::Tensor::zeros(harness.kernel().getInputTypes()[0].getElementType(), {int64_t(count)});
      memcpy(operand.bytes.data(), inputs.data(), operand.bytes.size());
      reference::Tensor result = harness.run(*kernel, operand, {}, {0, evaluateExpr(kernel->plan.grid, {}).value()})[0];
      double worst = 0;
      T at = 0;
      for (size_t i = 0; i < count; ++i) {
        double error = unitsInLastPlace(result.data<T>()[i], exact[i]);
        if (error > worst) {
          worst = error;
          at = inputs[i];
        }
      }
      testing::Test::RecordProperty(std::string(function.op) + "_" + level.name, std::to_string(worst));
      if (getenv("INGOT_TEST_VERBOSE"))
        printf("%-4s %-24s %s %8.3f at %.17g\n", element.c_str(), function.op, level.name.c_str(), worst, double(at));
      EXPECT_LE(worst, function.*bound) << function.op << " of " << element << " at level " << level.name
                                        << " for x = " << std::hexfloat << at;
    }
  }
}

TEST(MathApproximation, F32) { measure<float, uint32_t>("f32", &Function::f32Bound); }
TEST(MathApproximation, F64) { measure<double, uint64_t>("f64", &Function::f64Bound); }

template <typename T>
void measureBinary(const std::string &element, const char *op, Wide (*exact)(Wide, Wide), double bound, double range) {
  constexpr size_t count = 1 << 17;
  std::string type = "tensor<" + std::to_string(count) + "x" + element + ">";
  KernelHarness harness("ingot.kernel @k {\n^bb0(%a: " + type + ", %b: " + type + "):\n  %0 = ingot." + std::string(op) +
                        " %a, %b : " + type + "\n  ingot.return %0 : " + type + "\n}");
  const T special[] = {T(0),        T(-0.0),      T(1),   T(-1),   T(2),      T(-3), T(0.5),
                       T(INFINITY), T(-INFINITY), T(NAN), T(1e30), T(-1e-30), T(7),  T(-8)};
  std::mt19937_64 random(5);
  mlir::Type elementType = harness.kernel().getInputTypes()[0].getElementType();
  std::vector<reference::Tensor> operands(2, reference::Tensor::zeros(elementType, {int64_t(count)}));
  for (size_t i = 0; i < count; ++i) {
    auto uniform = [&] { return T(random() >> 11) * T(0x1p-53); };
    bool bySpecial = i < 14 * 14;
    operands[0].data<T>()[i] = bySpecial ? special[i / 14] : std::exp((uniform() - T(0.5)) * T(range));
    operands[1].data<T>()[i] = bySpecial ? special[i % 14] : (uniform() - T(0.5)) * T(range);
  }
  for (const CpuLevel &level : hostLevels()) {
    auto kernel = harness.load(*createLoopEmitter(), level);
    ASSERT_TRUE(kernel);
    reference::Tensor result = harness.run(*kernel, operands, {}, {0, evaluateExpr(kernel->plan.grid, {}).value()})[0];
    double worst = 0;
    size_t at = 0;
    for (size_t i = 0; i < count; ++i) {
      double error = unitsInLastPlace(result.data<T>()[i], exact(operands[0].data<T>()[i], operands[1].data<T>()[i]));
      if (error > worst) {
        worst = error;
        at = i;
      }
    }
    if (getenv("INGOT_TEST_VERBOSE"))
      printf("%-4s %-24s %s %8.3f\n", element.c_str(), op, level.name.c_str(), worst);
    EXPECT_LE(worst, bound) << op << " of " << element << " at level " << level.name << ": " << operands[0].data<T>()[at]
                            << ", " << operands[1].data<T>()[at] << " gives " << result.data<T>()[at];
  }
}

TEST(MathApproximation, PowerAndItsSpecialCases) {
  measureBinary<float>("f32", "power", powl, 0.6, 20);
  measureBinary<double>("f64", "power", powl, 1.2, 50);
}
TEST(MathApproximation, Atan2AndItsSpecialCases) {
  measureBinary<float>("f32", "atan2", atan2l, 2.1, 20);
  measureBinary<double>("f64", "atan2", atan2l, 2.1, 50);
}
TEST(MathApproximation, RemainderIsExact) {
  measureBinary<float>("f32", "remainder", fmodl, 0, 60);
  measureBinary<double>("f64", "remainder", fmodl, 0, 100);
}

} // namespace
} // namespace ingot::test
