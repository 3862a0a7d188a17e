// Exponentials, logarithms, powers and what is made of them.
#include "compiler/codegen/MathExpander.h"
#include "compiler/codegen/MathTables.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <cmath>
#include <limits>

namespace ingot {

using namespace mlir;
using namespace tables;

// ln 2 in two parts; products of the first with exponents are exact.
static constexpr double kLn2HighF32 = 0.693145751953125, kLn2LowF32 = 1.42860682030941723212e-6;
static constexpr double kLn2HighF64 = 6.93147180369123816490e-01, kLn2LowF64 = 1.90821492927058770002e-10;

Value MathExpander::infinity(Value like) { return real(like, std::numeric_limits<double>::infinity()); }
Value MathExpander::nan(Value like) { return real(like, std::numeric_limits<double>::quiet_NaN()); }

Value MathExpander::any(Value condition) {
  if (!isa<VectorType>(condition.getType()))
    return condition;
  return vector::ReductionOp::create(e.builder, e.loc, vector::CombiningKind::OR, condition);
}

Value MathExpander::polynomial(Value x, ArrayRef<double> coefficients) {
  Value result = real(x, coefficients.back());
  for (double coefficient : llvm::reverse(coefficients.drop_back()))
    result = e.fma(result, x, real(x, coefficient));
  return result;
}

Value MathExpander::clamp(Value x, double low, double high) {
  x = e.select(e.cmp(F::OLT, x, real(x, low)), real(x, low), x);
  return e.select(e.cmp(F::OGT, x, real(x, high)), real(x, high), x);
}

// Adding 1.5 * 2^(mantissa bits) leaves the nearest integer in the last bits: no conversion, so nothing undefined for NaN.
std::pair<Value, Value> MathExpander::nearest(Value x) {
  Value anchor = real(x, std::ldexp(1.5, mantissaBits(x)));
  Value shifted = e.add(x, anchor);
  Type integer = integerType(x);
  return {e.sub(shifted, anchor), e.subi(e.bitcast(shifted, integer), e.bitcast(anchor, integer))};
}

Value MathExpander::power2(Value n, Value like) {
  Value biased = e.addi(n, e.integer(n, bias(like)));
  return e.bitcast(e.shl(biased, e.integer(n, mantissaBits(like))), ElementBuilder::elementOf(like));
}

Value MathExpander::scale(Value x, Value n) {
  Value half = e.shrs(n, e.integer(n, 1));
  return e.mul(e.mul(x, power2(half, x)), power2(e.subi(n, half), x));
}

MathExpander::Pair MathExpander::twoSum(Value a, Value b) {
  Value sum = e.add(a, b), fromB = e.sub(sum, a), fromA = e.sub(sum, fromB);
  return {sum, e.add(e.sub(a, fromA), e.sub(b, fromB))};
}

MathExpander::Pair MathExpander::fastTwoSum(Value a, Value b) {
  Value sum = e.add(a, b);
  return {sum, e.sub(b, e.sub(sum, a))};
}

MathExpander::Pair MathExpander::twoProduct(Value a, Value b) {
  Value product = e.mul(a, b);
  if (e.fusesMultiplyAdd())
    return {product, e.fma(a, b, e.neg(product))};
  // Dekker: halves whose products are exact. Only used on f64.
  Value splitter = real(a, 134217729.0);
  auto split = [&](Value x) {
    Value scaled = e.mul(x, splitter), high = e.sub(scaled, e.sub(scaled, x));
    return Pair{high, e.sub(x, high)};
  };
  Pair x = split(a), y = split(b);
  Value low = e.sub(e.mul(x.high, y.high), product);
  low = e.add(e.add(low, e.mul(x.high, y.low)), e.mul(x.low, y.high));
  return {product, e.add(low, e.mul(x.low, y.low))};
}

//===--- Exponentials ---===//

// `x` (plus `low`, if given) within the range whose results need no more than twice the exponent's range.
MathExpander::Exponential MathExpander::exponential(Value x, Value low) {
  bool wide = isDouble(x);
  auto [k, n] = nearest(e.mul(x, real(x, 1.4426950408889634074)));
  Value minusK = e.neg(k);
  Value r = e.fma(minusK, real(x, wide ? kLn2HighF64 : kLn2HighF32), x);
  r = e.fma(minusK, real(x, wide ? kLn2LowF64 : kLn2LowF32), r);
  if (low)
    r = e.add(r, low);
  Value q = wide ? polynomial(r, kExpF64) : polynomial(r, kExpF32);
  Value tail = e.fma(e.mul(r, r), q, r);
  return {e.add(real(x, 1.0), tail), tail, n};
}

// Beyond these e^x, and e^x / 2, are infinite; below, zero.
static double expLimit(bool wide) { return wide ? 711 : 90; }
static double expFloor(bool wide) { return wide ? -746 : -104; }

// Zeros are chosen, not computed: a product that is rounded to one, or to a subnormal number, takes some hundred cycles, and a
// softmax whose scores are masked by very negative ones makes many.
Value MathExpander::exp(Value x) {
  const bool wide = isDouble(x);
  Value zero = real(x, 0.0), vanishes = e.cmp(F::OLT, x, real(x, expFloor(wide)));
  Value y = e.select(vanishes, zero, x);
  y = e.select(e.cmp(F::OGT, y, real(x, expLimit(wide))), real(x, expLimit(wide)), y);
  Exponential result = exponential(y, {});
  return e.select(vanishes, zero, scale(result.mantissa, result.exponent));
}

// 2 (2^(n-1) tail + (2^(n-1) - 1/2)): exact where it counts, and finite up to the largest result.
Value MathExpander::expm1(Value x) {
  bool wide = isDouble(x);
  Exponential parts = exponential(clamp(x, wide ? -38 : -18, wide ? 710 : 89), {});
  Value half = power2(e.subi(parts.exponent, e.integer(parts.exponent, 1)), x);
  Value result = e.fma(parts.tail, half, e.sub(half, real(x, 0.5)));
  // Near zero the tail is the result; halving a subnormal one would round it.
  Value near = e.cmp(I::eq, parts.exponent, e.integer(parts.exponent, 0));
  result = e.select(near, parts.tail, e.add(result, result));
  return e.select(e.cmp(F::OEQ, x, real(x, 0.0)), x, result);
}

Value MathExpander::sinh(Value x) {
  Value a = e.abs(x), z = e.mul(x, x);
  Value series = isDouble(x) ? polynomial(z, kSinhF64) : polynomial(z, kSinhF32);
  Value small = e.fma(e.mul(a, z), series, a);
  Exponential parts = exponential(clamp(a, 0, expLimit(isDouble(x))), {});
  Value half = scale(parts.mantissa, e.subi(parts.exponent, e.integer(parts.exponent, 1)));
  Value large = e.sub(half, e.div(real(x, 0.25), half));
  return e.copySign(e.select(e.cmp(F::OLT, a, real(x, 1.0)), small, large), x);
}

Value MathExpander::cosh(Value x) {
  Exponential parts = exponential(clamp(e.abs(x), 0, expLimit(isDouble(x))), {});
  Value half = scale(parts.mantissa, e.subi(parts.exponent, e.integer(parts.exponent, 1)));
  return e.add(half, e.div(real(x, 0.25), half));
}

Value MathExpander::tanh(Value x) {
  Value a = e.abs(x), z = e.mul(x, x), one = real(x, 1.0);
  Value series = isDouble(x) ? polynomial(z, kTanhF64) : polynomial(z, kTanhF32);
  Value small = e.fma(e.mul(a, z), series, a);
  // From 20 on the result is 1 in either type.
  Exponential parts = exponential(clamp(e.add(a, a), 0, 40), {});
  Value grown = e.mul(parts.mantissa, power2(parts.exponent, x));
  Value large = e.sub(one, e.div(real(x, 2.0), e.add(grown, one)));
  return e.copySign(e.select(e.cmp(F::OLT, a, real(x, 0.625)), small, large), x);
}

Value MathExpander::erf(Value x) {
  Value a = e.abs(x), one = real(x, 1.0), z = e.mul(x, x), small, large;
  if (isDouble(x)) {
    small = e.fma(a, polynomial(z, kErfSmallF64), a);
    Value b = clamp(a, 0, 6), two = real(x, 2.0);
    Value t = e.div(e.sub(b, two), e.add(b, two));
    Exponential decay = exponential(e.neg(e.mul(b, b)), {});
    Value factor = e.mul(decay.mantissa, power2(decay.exponent, x));
    large = e.sub(one, e.mul(factor, polynomial(t, kErfLargeF64)));
  } else {
    small = e.fma(a, polynomial(z, kErfSmallF32), a);
    Value b = clamp(a, 0, 4);
    Exponential decay = exponential(e.neg(polynomial(b, kErfLargeF32)), {});
    large = e.sub(one, e.mul(decay.mantissa, power2(decay.exponent, x)));
  }
  return e.copySign(e.select(e.cmp(F::OLT, a, one), small, large), x);
}

//===--- Logarithms ---===//

// m in [sqrt 1/2, sqrt 2) and the exponent as a float: x = m 2^e.
std::pair<Value, Value> MathExpander::mantissaAndExponent(Value x) {
  bool wide = isDouble(x);
  int mantissa = mantissaBits(x);
  Value isSmall = e.cmp(F::OLT, x, real(x, wide ? 0x1p-1022 : 0x1p-126));
  Value normal = e.select(isSmall, e.mul(x, real(x, std::ldexp(1.0, mantissa + 2))), x);
  Value bits = e.bitcast(normal, integerType(x));
  Value root = e.integer(bits, wide ? 0x3fe6a09e667f3bcdll : 0x3f3504f3);
  Value shifted = e.subi(bits, root);
  Value exponent = e.shrs(shifted, e.integer(bits, mantissa));
  exponent = e.subi(exponent, e.select(isSmall, e.integer(bits, mantissa + 2), e.integer(bits, 0)));
  Value fraction = e.andi(shifted, e.integer(bits, (int64_t(1) << mantissa) - 1));
  Type element = ElementBuilder::elementOf(x);
  return {e.bitcast(e.addi(fraction, root), element), e.sitofp(exponent, element)};
}

Value MathExpander::logPositive(Value x, Value correction) {
  auto [m, k] = mantissaAndExponent(x);
  Value f = e.sub(m, real(x, 1.0));
  Value square = e.mul(f, f);
  if (isDouble(x)) {
    Value half = e.mul(square, real(x, 0.5));
    Value s = e.div(f, e.add(f, real(x, 2.0)));
    Value z = e.mul(s, s);
    Value tail = e.mul(z, polynomial(z, kLogF64));
    Value low = e.mul(k, real(x, kLn2LowF64));
    if (correction)
      low = e.add(low, correction);
    low = e.fma(s, e.add(half, tail), low);
    return e.sub(e.mul(k, real(x, kLn2HighF64)), e.sub(e.sub(half, low), f));
  }
  Value tail = e.mul(e.mul(f, square), polynomial(f, kLogF32));
  if (correction)
    tail = e.add(tail, correction);
  tail = e.fma(k, real(x, kLn2LowF32), tail);
  tail = e.fma(square, real(x, -0.5), tail);
  return e.fma(k, real(x, kLn2HighF32), e.add(f, tail));
}

// The logarithm's result where x is zero, negative, infinite or NaN.
Value MathExpander::logSpecial(Value x, Value result) {
  Value zero = real(x, 0.0), infinite = infinity(x);
  Value isPositive = e.cmp(F::OGT, x, zero);
  Value regular = e.andi(isPositive, e.cmp(F::OLT, x, infinite));
  Value special = e.select(e.cmp(F::OEQ, x, zero), e.neg(infinite), e.select(isPositive, x, nan(x)));
  return e.select(regular, result, special);
}

Value MathExpander::log(Value x) { return logSpecial(x, logPositive(x, {})); }

// The logarithm of the rounded u = 1 + x, and the first-order effect of what was rounded away.
Value MathExpander::log1p(Value x) {
  Value one = real(x, 1.0), u = e.add(x, one);
  Value lost = e.sub(x, e.sub(u, one));
  Value large = e.cmp(F::OGT, x, real(x, 0x1p60)); // the difference of two infinities must not reach the sum
  Value correction = e.div(e.select(large, real(x, 0.0), lost), u);
  Value result = logSpecial(u, logPositive(u, correction));
  return e.select(e.cmp(F::OEQ, x, real(x, 0.0)), x, result);
}

Value MathExpander::asinh(Value x) {
  Value a = e.abs(x), one = real(x, 1.0), z = e.mul(a, a);
  Value large = e.cmp(F::OGT, a, real(x, isDouble(x) ? 0x1p54 : 0x1p26));
  Value excess = e.add(a, e.div(z, e.add(one, e.sqrt(e.add(z, one)))));
  Value logarithm = log1p(e.select(large, a, excess));
  return e.copySign(e.add(logarithm, e.select(large, real(x, M_LN2), real(x, 0.0))), x);
}

Value MathExpander::acosh(Value x) {
  Value t = e.sub(x, real(x, 1.0));
  Value large = e.cmp(F::OGT, x, real(x, isDouble(x) ? 0x1p54 : 0x1p26));
  Value excess = e.add(t, e.sqrt(e.add(e.add(t, t), e.mul(t, t))));
  Value logarithm = log1p(e.select(large, x, excess));
  Value result = e.add(logarithm, e.select(large, real(x, M_LN2), real(x, 0.0)));
  return e.select(e.cmp(F::OLT, x, real(x, 1.0)), nan(x), result);
}

Value MathExpander::atanh(Value x) {
  Value a = e.abs(x);
  Value ratio = e.div(e.add(a, a), e.sub(real(x, 1.0), a));
  return e.copySign(e.mul(real(x, 0.5), log1p(ratio)), x);
}

//===--- Powers and roots ---===//

// ln x to twice the precision, for positive finite f64: 2s + s^3 (2/3 + z T(z)) with s = f / (2 + f), z = s^2.
MathExpander::Pair MathExpander::logPair(Value x) {
  auto [m, k] = mantissaAndExponent(x);
  Value f = e.sub(m, real(x, 1.0));
  Pair denominator = fastTwoSum(real(x, 2.0), f);
  Value s = e.div(f, denominator.high);
  Pair product = twoProduct(s, denominator.high);
  Value rest = e.sub(e.sub(e.sub(f, product.high), product.low), e.mul(s, denominator.low));
  Value sLow = e.div(rest, denominator.high);
  // z, s^3 and the series' first coefficient in pairs; the rest of the series is small enough for one.
  Pair z = twoProduct(s, s);
  z.low = e.add(z.low, e.mul(e.add(s, s), sLow));
  Value tail = e.mul(z.high, polynomial(z.high, kLogTailF64));
  Pair series = fastTwoSum(real(x, 0.66666666666666662966), tail);
  series.low = e.add(series.low, real(x, 3.7007434154171884e-17));
  Pair cube = twoProduct(z.high, s);
  cube.low = e.add(cube.low, e.add(e.mul(z.low, s), e.mul(z.high, sLow)));
  Pair term = twoProduct(cube.high, series.high);
  term.low = e.add(term.low, e.add(e.mul(cube.high, series.low), e.mul(cube.low, series.high)));
  // Largest first: k ln 2, 2s, the term.
  Value high = e.mul(k, real(x, kLn2HighF64)), low = e.mul(k, real(x, kLn2LowF64));
  Pair first = twoSum(high, e.add(s, s));
  Pair second = twoSum(first.high, term.high);
  low = e.add(low, e.add(e.add(first.low, second.low), e.add(e.add(sLow, sLow), term.low)));
  return fastTwoSum(second.high, low);
}

Value MathExpander::pow(Value x, Value y) {
  Value zero = real(x, 0.0), one = real(x, 1.0), infinite = infinity(x);
  Value a = e.abs(x), magnitude;
  if (isDouble(x)) {
    Pair logarithm = logPair(a);
    Value regular = e.andi(e.cmp(F::OGT, a, zero), e.cmp(F::OLT, a, infinite));
    Value high = e.select(regular, logarithm.high, logSpecial(a, logarithm.high));
    // The nearest numbers to 1 to this power already overflow or vanish; the halves of a larger exponent would not be
    // finite.
    Value exponent = clamp(y, -0x1p80, 0x1p80);
    Pair product = twoProduct(high, exponent);
    // Where the product is huge its low part means nothing.
    Value tame = e.andi(regular, e.cmp(F::OLT, e.abs(product.high), real(x, 2000)));
    Value low = e.select(tame, e.fma(logarithm.low, exponent, product.low), zero);
    Exponential parts = exponential(clamp(product.high, expFloor(true), expLimit(true)), low);
    magnitude = scale(parts.mantissa, parts.exponent);
  } else {
    Type f64 = e.builder.getF64Type();
    Value logarithm = log(e.extf(a, f64));
    Value product = e.mul(logarithm, e.extf(y, f64));
    Exponential parts = exponential(clamp(product, -200, 200), {});
    magnitude = e.truncf(e.mul(parts.mantissa, power2(parts.exponent, product)), ElementBuilder::elementOf(x));
  }
  Value isInteger = e.cmp(F::OEQ, e.trunc(y), y);
  Value half = e.mul(y, real(x, 0.5));
  Value isOdd = e.andi(isInteger, e.cmp(F::UNE, e.trunc(half), half));
  Value isNegative = e.cmp(F::OLT, e.copySign(one, x), zero);
  Value result = e.select(e.andi(isNegative, isOdd), e.neg(magnitude), magnitude);
  // A negative finite base has no power with a fraction.
  Value finiteNegative = e.andi(e.cmp(F::OLT, x, zero), e.cmp(F::OGT, x, e.neg(infinite)));
  Value fraction = e.xori(isInteger, e.integer(isInteger, 1));
  result = e.select(e.andi(finiteNegative, fraction), nan(x), result);
  Value unit = e.ori(e.cmp(F::OEQ, x, one), e.cmp(F::OEQ, y, zero));
  unit = e.ori(unit, e.andi(e.cmp(F::OEQ, a, one), e.cmp(F::OEQ, e.abs(y), infinite)));
  return e.select(unit, one, result);
}

// A third of the exponent, then steps of Halley's method in a form that only adds small corrections.
Value MathExpander::cbrt(Value x) {
  bool wide = isDouble(x);
  Value a = e.abs(x);
  Value isSmall = e.cmp(F::OLT, a, real(x, wide ? 0x1p-1022 : 0x1p-126));
  Value isLarge = e.cmp(F::OGT, a, real(x, wide ? 0x1p1020 : 0x1p124)); // three times as much is too much
  Value scaled = e.select(isSmall, e.mul(a, real(x, wide ? 0x1p54 : 0x1p24)), a);
  scaled = e.select(isLarge, e.mul(a, real(x, 0.125)), scaled);
  Type i32 = e.builder.getI32Type(), element = ElementBuilder::elementOf(x);
  Value bits = e.bitcast(scaled, integerType(x)), t;
  auto third = [&](Value word, int64_t offset) {
    return e.addi(Value(arith::DivUIOp::create(e.builder, e.loc, word, e.integer(word, 3))), e.integer(word, offset));
  };
  if (wide) {
    Value high = third(e.trunci(e.shru(bits, e.integer(bits, 32)), i32), 715094163);
    t = e.bitcast(e.shl(e.extui(high, e.builder.getI64Type()), e.integer(bits, 32)), element);
  } else {
    t = e.bitcast(third(bits, 709958130), element);
  }
  for (int step = 0; step < (wide ? 3 : 2); ++step) {
    Value cube = e.mul(e.mul(t, t), t);
    Value correction = e.div(e.sub(scaled, cube), e.add(e.add(cube, cube), scaled));
    t = e.fma(t, correction, t);
  }
  t = e.mul(t, e.select(isSmall, real(x, wide ? 0x1p-18 : 0x1p-8), e.select(isLarge, real(x, 2.0), real(x, 1.0))));
  Value regular = e.andi(e.cmp(F::OGT, a, real(x, 0.0)), e.cmp(F::OLT, a, infinity(x)));
  return e.select(regular, e.copySign(t, x), x);
}

//===--- Rounding and remainder ---===//

// Halves away from zero: the largest number below a half carries no other fraction over.
Value MathExpander::round(Value x) {
  Value almostHalf = e.realBits(x, isDouble(x) ? 0x3fdfffffffffffffull : 0x3effffffull);
  return e.trunc(e.add(x, e.copySign(almostHalf, x)));
}

// Long division on the exponents: r -= y 2^k with the largest k that fits, exact each time.
Value MathExpander::remainder(Value x, Value y) {
  Type element = ElementBuilder::elementOf(x), f64 = e.builder.getF64Type(), i64 = e.builder.getI64Type();
  bool wide = isDouble(x);
  Value dividend = wide ? e.abs(x) : e.extf(e.abs(x), f64), divisor = wide ? e.abs(y) : e.extf(e.abs(y), f64);
  Value zero = real(dividend, 0.0), infinite = infinity(dividend);
  Value valid = e.andi(e.cmp(F::OLT, dividend, infinite), e.cmp(F::OGT, divisor, zero)); // false for NaN
  Value start = e.select(valid, dividend, zero), safe = e.select(valid, divisor, real(dividend, 1.0));
  // The exponent of a number, subnormal ones too.
  auto exponentOf = [&](Value v) {
    Value isSmall = e.cmp(F::OLT, v, real(v, 0x1p-1022));
    Value normal = e.select(isSmall, e.mul(v, real(v, 0x1p54)), v);
    Value exponent = e.shru(e.bitcast(normal, i64), e.integer(e.bitcast(normal, i64), 52));
    return e.subi(exponent, e.select(isSmall, e.integer(exponent, 54), e.integer(exponent, 0)));
  };
  Value divisorExponent = exponentOf(safe);
  auto loop = scf::WhileOp::create(
      e.builder, e.loc, start.getType(), start,
      [&](OpBuilder &, Location, ValueRange state) {
        scf::ConditionOp::create(e.builder, e.loc, any(e.cmp(F::OGE, state[0], safe)), state);
      },
      [&](OpBuilder &, Location, ValueRange state) {
        Value r = state[0], zeroBits = e.integer(divisorExponent, 0), most = e.integer(divisorExponent, 1000);
        Value k = e.subi(exponentOf(r), divisorExponent), shifted = safe;
        k = e.select(e.cmp(I::slt, k, zeroBits), zeroBits, k);
        for (int step = 0; step < (wide ? 3 : 1); ++step) {
          Value part = e.select(e.cmp(I::sgt, k, most), most, k);
          shifted = e.mul(shifted, power2(part, shifted));
          k = e.subi(k, part);
        }
        shifted = e.select(e.cmp(F::OGT, shifted, r), e.mul(shifted, real(r, 0.5)), shifted);
        Value next = e.select(e.cmp(F::OGE, r, safe), e.sub(r, shifted), r);
        scf::YieldOp::create(e.builder, e.loc, next);
      });
  Value result = e.select(valid, loop.getResult(0), nan(zero));
  return e.copySign(wide ? result : e.truncf(result, element), x);
}

} // namespace ingot
