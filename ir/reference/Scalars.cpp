#include "ir/reference/Scalars.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/MathExtras.h"

#include <bit>
#include <cmath>

namespace ingot::reference {

//--- Order

template <> double maximum(double lhs, double rhs) {
  if (std::isnan(lhs) || std::isnan(rhs))
    return std::nan("");
  if (lhs == rhs)
    return std::signbit(lhs) ? rhs : lhs;
  return lhs > rhs ? lhs : rhs;
}
template <> double minimum(double lhs, double rhs) {
  if (std::isnan(lhs) || std::isnan(rhs))
    return std::nan("");
  if (lhs == rhs)
    return std::signbit(lhs) ? lhs : rhs;
  return lhs < rhs ? lhs : rhs;
}
static bool isLess(Complex lhs, Complex rhs) {
  return lhs.real() != rhs.real() ? lhs.real() < rhs.real() : lhs.imag() < rhs.imag();
}
// Of numbers without order, one part being a NaN, the right one, as StableHLO's interpreter has it.
template <> Complex maximum(Complex lhs, Complex rhs) { return isLess(rhs, lhs) ? lhs : rhs; }
template <> Complex minimum(Complex lhs, Complex rhs) { return isLess(lhs, rhs) ? lhs : rhs; }
template <> int64_t maximum(int64_t lhs, int64_t rhs) { return std::max(lhs, rhs); }
template <> int64_t minimum(int64_t lhs, int64_t rhs) { return std::min(lhs, rhs); }
template <> uint64_t maximum(uint64_t lhs, uint64_t rhs) { return std::max(lhs, rhs); }
template <> uint64_t minimum(uint64_t lhs, uint64_t rhs) { return std::min(lhs, rhs); }

template <typename V> bool compareValues(ComparisonDirection direction, V lhs, V rhs) {
  switch (direction) {
  case ComparisonDirection::EQ:
    return lhs == rhs;
  case ComparisonDirection::NE:
    return lhs != rhs;
  default:
    break;
  }
  if constexpr (!std::is_same_v<V, Complex>) {
    switch (direction) {
    case ComparisonDirection::GE:
      return lhs >= rhs;
    case ComparisonDirection::GT:
      return lhs > rhs;
    case ComparisonDirection::LE:
      return lhs <= rhs;
    default:
      return lhs < rhs;
    }
  }
  return false;
}
template bool compareValues(ComparisonDirection, double, double);
template bool compareValues(ComparisonDirection, Complex, Complex);
template bool compareValues(ComparisonDirection, int64_t, int64_t);
template bool compareValues(ComparisonDirection, uint64_t, uint64_t);

//--- Unary

#define UNARY(V, expression) [](V x, unsigned width) -> V { return expression; }

template <> UnaryFunctions<double> unaryFunction<double>(llvm::StringRef op) {
  return llvm::StringSwitch<UnaryFunctions<double>>(op)
      .Case("abs", UNARY(double, std::fabs(x)))
      .Case("cbrt", UNARY(double, std::cbrt(x)))
      .Case("ceil", UNARY(double, std::ceil(x)))
      .Case("cosine", UNARY(double, std::cos(x)))
      .Case("sine", UNARY(double, std::sin(x)))
      .Case("tan", UNARY(double, std::tan(x)))
      .Case("asin", UNARY(double, std::asin(x)))
      .Case("acos", UNARY(double, std::acos(x)))
      .Case("atan", UNARY(double, std::atan(x)))
      .Case("sinh", UNARY(double, std::sinh(x)))
      .Case("cosh", UNARY(double, std::cosh(x)))
      .Case("asinh", UNARY(double, std::asinh(x)))
      .Case("acosh", UNARY(double, std::acosh(x)))
      .Case("atanh", UNARY(double, std::atanh(x)))
      .Case("erf", UNARY(double, std::erf(x)))
      .Case("exponential", UNARY(double, std::exp(x)))
      .Case("exponential_minus_one", UNARY(double, std::expm1(x)))
      .Case("floor", UNARY(double, std::floor(x)))
      .Case("log", UNARY(double, std::log(x)))
      .Case("log_plus_one", UNARY(double, std::log1p(x)))
      .Case("logistic", UNARY(double, 1 / (1 + std::exp(-x))))
      .Case("negate", UNARY(double, -x))
      .Case("round_nearest_afz", UNARY(double, std::round(x)))
      .Case("round_nearest_even", UNARY(double, std::nearbyint(x)))
      .Case("rsqrt", UNARY(double, 1 / std::sqrt(x)))
      .Case("sign", UNARY(double, std::isnan(x) || x == 0 ? x : std::copysign(1.0, x)))
      .Case("sqrt", UNARY(double, std::sqrt(x)))
      .Case("tanh", UNARY(double, std::tanh(x)))
      .Default(nullptr);
}

// e^x - 1 without the cancellation near 0: Re = expm1(a) cos(b) - 2 sin^2(b / 2).
static Complex expMinusOne(Complex x) {
  double half = std::sin(x.imag() / 2);
  return {std::expm1(x.real()) * std::cos(x.imag()) - 2 * half * half, std::exp(x.real()) * std::sin(x.imag())};
}
// ln(1 + x): Re = log1p(2a + a^2 + b^2) / 2, in a type in which squares do not overflow; near -1, where that cancels, 1 + a is
// exact.
static Complex logPlusOne(Complex x) {
  long double a = x.real(), b = x.imag(), excess = a * (2 + a) + b * b;
  long double re = excess < -0.5L ? std::log(std::hypot(1 + a, b)) : std::log1p(excess) / 2;
  return {double(re), std::atan2(x.imag(), 1 + x.real())};
}
// e^x (cos y + i sin y), of a number without imaginary part the real one. A large e^x is made in two factors: the product with
// a sine or cosine may be a number where it is none.
static Complex exponential(Complex x) {
  bool isLarge = x.real() > 700;
  double factor = std::exp(isLarge ? x.real() / 2 : x.real()), other = isLarge ? factor : 1;
  if (x.imag() == 0)
    return {factor * other, x.imag()};
  return {factor * std::cos(x.imag()) * other, factor * std::sin(x.imag()) * other};
}

// e^(y log x), with 0^y = 0 and x^0 = 1.
static Complex power(Complex x, Complex y) {
  if (x == Complex(0) || y == Complex(0))
    return y == Complex(0) ? 1 : 0;
  return exponential(product(y, std::log(x)));
}

template <> UnaryFunctions<Complex> unaryFunction<Complex>(llvm::StringRef op) {
  return llvm::StringSwitch<UnaryFunctions<Complex>>(op)
      .Case("cosine", UNARY(Complex, std::cos(x)))
      .Case("sine", UNARY(Complex, std::sin(x)))
      .Case("tan", UNARY(Complex, std::tan(x)))
      .Case("exponential", UNARY(Complex, exponential(x)))
      .Case("exponential_minus_one", UNARY(Complex, expMinusOne(x)))
      .Case("log", UNARY(Complex, std::log(x)))
      .Case("log_plus_one", UNARY(Complex, logPlusOne(x)))
      .Case("logistic", UNARY(Complex, 1.0 / (1.0 + exponential(-x))))
      .Case("negate", UNARY(Complex, -x))
      .Case("rsqrt", UNARY(Complex, 1.0 / std::sqrt(x)))
      .Case("sign", UNARY(Complex, x == Complex(0) ? x : x / std::abs(x)))
      .Case("sqrt", UNARY(Complex, std::sqrt(x)))
      .Case("tanh", UNARY(Complex, std::tanh(x)))
      .Default(nullptr);
}

// The element's bits alone.
static uint64_t bitsOf(uint64_t value, unsigned width) { return value & llvm::maskTrailingOnes<uint64_t>(width); }

template <> UnaryFunctions<uint64_t> unaryFunction<uint64_t>(llvm::StringRef op) {
  return llvm::StringSwitch<UnaryFunctions<uint64_t>>(op)
      .Case("abs", UNARY(uint64_t, x))
      .Case("count_leading_zeros", UNARY(uint64_t, uint64_t(std::countl_zero(bitsOf(x, width))) - (64 - width)))
      .Case("negate", UNARY(uint64_t, -x))
      .Case("not", UNARY(uint64_t, ~x))
      .Case("popcnt", UNARY(uint64_t, uint64_t(std::popcount(bitsOf(x, width)))))
      .Case("sign", UNARY(uint64_t, x != 0))
      .Default(nullptr);
}

template <> UnaryFunctions<int64_t> unaryFunction<int64_t>(llvm::StringRef op) {
  return llvm::StringSwitch<UnaryFunctions<int64_t>>(op)
      .Case("abs", UNARY(int64_t, x < 0 ? int64_t(-uint64_t(x)) : x))
      .Case("count_leading_zeros", UNARY(int64_t, std::countl_zero(bitsOf(uint64_t(x), width)) - int64_t(64 - width)))
      .Case("negate", UNARY(int64_t, int64_t(-uint64_t(x))))
      .Case("not", UNARY(int64_t, ~x))
      .Case("popcnt", UNARY(int64_t, std::popcount(bitsOf(uint64_t(x), width))))
      .Case("sign", UNARY(int64_t, (x > 0) - (x < 0)))
      .Default(nullptr);
}

//--- Binary

#define BINARY(V, expression) [](V x, V y, unsigned width) -> V { return expression; }

template <> BinaryFunctions<double> binaryFunction<double>(llvm::StringRef op) {
  return llvm::StringSwitch<BinaryFunctions<double>>(op)
      .Case("add", BINARY(double, x + y))
      .Case("atan2", BINARY(double, std::atan2(x, y)))
      .Case("divide", BINARY(double, x / y))
      .Case("maximum", BINARY(double, maximum(x, y)))
      .Case("minimum", BINARY(double, minimum(x, y)))
      .Case("multiply", BINARY(double, x *y))
      .Case("power", BINARY(double, std::pow(x, y)))
      .Case("remainder", BINARY(double, std::fmod(x, y)))
      .Case("subtract", BINARY(double, x - y))
      .Default(nullptr);
}

template <> BinaryFunctions<Complex> binaryFunction<Complex>(llvm::StringRef op) {
  return llvm::StringSwitch<BinaryFunctions<Complex>>(op)
      .Case("add", BINARY(Complex, x + y))
      .Case("divide", BINARY(Complex, x / y))
      .Case("maximum", BINARY(Complex, maximum(x, y)))
      .Case("minimum", BINARY(Complex, minimum(x, y)))
      .Case("multiply", BINARY(Complex, product(x, y)))
      .Case("power", BINARY(Complex, power(x, y)))
      .Case("subtract", BINARY(Complex, x - y))
      .Default(nullptr);
}

// Exponentiation by squaring, wrapping. A negative exponent leaves 0 but for the bases 1 and -1.
static uint64_t power(uint64_t base, uint64_t exponent) {
  uint64_t result = 1;
  for (; exponent; exponent >>= 1, base *= base)
    if (exponent & 1)
      result *= base;
  return result;
}
static int64_t power(int64_t base, int64_t exponent) {
  if (exponent >= 0)
    return int64_t(power(uint64_t(base), uint64_t(exponent)));
  if (base == 1)
    return 1;
  if (base == -1)
    return exponent & 1 ? -1 : 1;
  return base == 0 ? -1 : 0; // 1 / 0, which is all ones
}

static uint64_t shiftLeft(uint64_t value, uint64_t amount, unsigned width) {
  return bitsOf(amount, width) >= width ? 0 : value << bitsOf(amount, width);
}
static uint64_t shiftRightLogical(uint64_t value, uint64_t amount, unsigned width) {
  return bitsOf(amount, width) >= width ? 0 : bitsOf(value, width) >> bitsOf(amount, width);
}
static int64_t shiftRightArithmetic(uint64_t value, uint64_t amount, unsigned width) {
  int64_t extended = llvm::SignExtend64(bitsOf(value, width), width);
  return extended >> std::min<uint64_t>(bitsOf(amount, width), 63);
}

// i1 adds and multiplies as truth values, "or" and "and".
template <> BinaryFunctions<uint64_t> binaryFunction<uint64_t>(llvm::StringRef op) {
  return llvm::StringSwitch<BinaryFunctions<uint64_t>>(op)
      .Case("add", BINARY(uint64_t, width == 1 ? x | y : x + y))
      .Case("and", BINARY(uint64_t, x &y))
      .Case("divide", BINARY(uint64_t, y == 0 ? ~uint64_t(0) : x / y))
      .Case("maximum", BINARY(uint64_t, maximum(x, y)))
      .Case("minimum", BINARY(uint64_t, minimum(x, y)))
      .Case("multiply", BINARY(uint64_t, x *y))
      .Case("or", BINARY(uint64_t, x | y))
      .Case("power", BINARY(uint64_t, power(x, y)))
      .Case("remainder", BINARY(uint64_t, y == 0 ? x : x % y))
      .Case("shift_left", BINARY(uint64_t, shiftLeft(x, y, width)))
      .Case("shift_right_arithmetic", BINARY(uint64_t, uint64_t(shiftRightArithmetic(x, y, width))))
      .Case("shift_right_logical", BINARY(uint64_t, shiftRightLogical(x, y, width)))
      .Case("subtract", BINARY(uint64_t, x - y))
      .Case("xor", BINARY(uint64_t, x ^ y))
      .Default(nullptr);
}

// y == -1 apart: the minimum of int64_t divided by -1 traps.
template <> BinaryFunctions<int64_t> binaryFunction<int64_t>(llvm::StringRef op) {
  return llvm::StringSwitch<BinaryFunctions<int64_t>>(op)
      .Case("add", BINARY(int64_t, int64_t(uint64_t(x) + uint64_t(y))))
      .Case("and", BINARY(int64_t, x &y))
      .Case("divide", BINARY(int64_t, y == 0    ? -1
                                      : y == -1 ? int64_t(-uint64_t(x))
                                                : x / y))
      .Case("maximum", BINARY(int64_t, maximum(x, y)))
      .Case("minimum", BINARY(int64_t, minimum(x, y)))
      .Case("multiply", BINARY(int64_t, int64_t(uint64_t(x) * uint64_t(y))))
      .Case("or", BINARY(int64_t, x | y))
      .Case("power", BINARY(int64_t, power(x, y)))
      .Case("remainder", BINARY(int64_t, y == 0    ? x
                                         : y == -1 ? 0
                                                   : x % y))
      .Case("shift_left", BINARY(int64_t, int64_t(shiftLeft(uint64_t(x), uint64_t(y), width))))
      .Case("shift_right_arithmetic", BINARY(int64_t, shiftRightArithmetic(uint64_t(x), uint64_t(y), width)))
      .Case("shift_right_logical", BINARY(int64_t, int64_t(shiftRightLogical(uint64_t(x), uint64_t(y), width))))
      .Case("subtract", BINARY(int64_t, int64_t(uint64_t(x) - uint64_t(y))))
      .Case("xor", BINARY(int64_t, x ^ y))
      .Default(nullptr);
}

#undef UNARY
#undef BINARY

} // namespace ingot::reference
