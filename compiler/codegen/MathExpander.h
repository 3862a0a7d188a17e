// The functions behind expandMath, on f32 and f64 scalars and vectors. Internal to codegen.
#ifndef INGOT_COMPILER_CODEGEN_MATHEXPANDER_H
#define INGOT_COMPILER_CODEGEN_MATHEXPANDER_H

#include "compiler/codegen/ElementBuilder.h"

namespace ingot {

class MathExpander {
public:
  using Value = mlir::Value;
  explicit MathExpander(ElementBuilder &builder) : e(builder) {}

  Value exp(Value x);
  Value expm1(Value x);
  Value log(Value x);
  Value log1p(Value x);
  Value pow(Value x, Value y);
  Value cbrt(Value x);
  Value erf(Value x);
  Value sinh(Value x);
  Value cosh(Value x);
  Value tanh(Value x);
  Value asinh(Value x);
  Value acosh(Value x);
  Value atanh(Value x);
  Value sin(Value x);
  Value cos(Value x);
  Value tan(Value x);
  Value asin(Value x);
  Value acos(Value x);
  Value atan(Value x);
  Value atan2(Value y, Value x);
  Value round(Value x);
  Value remainder(Value x, Value y);

private:
  using F = mlir::arith::CmpFPredicate;
  using I = mlir::arith::CmpIPredicate;

  // An unevaluated sum, |low| at most half a unit in the last place of high.
  struct Pair {
    Value high, low;
  };
  // e^x = mantissa * 2^exponent; `tail` = mantissa - 1, accurately.
  struct Exponential {
    Value mantissa, tail, exponent;
  };
  // x = k * pi / 2 + r.
  struct Reduced {
    Value r, low, quadrant; // quadrant: integer, k mod 4 in its last bits
  };

  static bool isDouble(Value x) { return ElementBuilder::elementOf(x).isF64(); }
  mlir::Type integerType(Value x) { return isDouble(x) ? e.builder.getI64Type() : e.builder.getI32Type(); }
  int mantissaBits(Value x) { return isDouble(x) ? 52 : 23; }
  int bias(Value x) { return isDouble(x) ? 1023 : 127; }
  Value real(Value like, double value) { return e.real(like, value); }
  Value infinity(Value like);
  Value nan(Value like);
  Value isNaN(Value x) { return e.cmp(F::UNO, x, x); }
  Value any(Value condition);
  template <size_t N> Value polynomial(Value x, const double (&coefficients)[N]) {
    return polynomial(x, llvm::ArrayRef<double>(coefficients, N));
  }
  Value polynomial(Value x, llvm::ArrayRef<double> coefficients);
  // Between limits; NaN stays.
  Value clamp(Value x, double low, double high);
  // The nearest integer, as a float and as an integer. Precondition: |x| < 2^(mantissa bits - 2), or the result is not used.
  std::pair<Value, Value> nearest(Value x);
  // 2^n. Precondition: a normal number.
  Value power2(Value n, Value like);
  // x * 2^n with one rounding. Precondition: |n| < 2 * bias.
  Value scale(Value x, Value n);

  Pair twoSum(Value a, Value b);     // any order
  Pair fastTwoSum(Value a, Value b); // |a| >= |b|
  Pair twoProduct(Value a, Value b);

  Exponential exponential(Value x, Value low);
  // ln(x) + correction, for positive finite x.
  Value logPositive(Value x, Value correction);
  Value logSpecial(Value x, Value result);
  Pair logPair(Value x);
  std::pair<Value, Value> mantissaAndExponent(Value x);

  Value twoOverPi(Value index); // 32-bit words of 2 / pi, as i64, two words of zeros first
  Reduced reduce(Value x);
  Reduced reduceHuge32(Value x); // scalars
  Reduced reduceHuge64(Value x);
  llvm::SmallVector<Value> reduceHuge(Value x, llvm::ArrayRef<Value> parts);
  Value sinReduced(const Reduced &reduced);
  Value cosReduced(const Reduced &reduced);
  Value asinTail(Value z); // (asin x - x) / x of z = x^2
  Value atanPositive(Value x);

  ElementBuilder &e;
};

} // namespace ingot

#endif // INGOT_COMPILER_CODEGEN_MATHEXPANDER_H
