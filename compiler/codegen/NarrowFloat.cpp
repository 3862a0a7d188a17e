// Floats narrower than 32 bits: between their bits in memory and f32 in registers, and the conversions that must round once
// only.
#include "compiler/codegen/ElementBuilder.h"

namespace ingot {

using namespace mlir;

namespace {

// What the conversions need to know of a format with `precision` significant bits, the hidden one included.
struct Format {
  const llvm::fltSemantics &semantics;
  unsigned bits, precision;
  int minExponent, bias;
  bool isSigned, hasNegativeZero;
  uint64_t nan, maxFinite, overflow; // bits; of the sign NaN alone may have one

  explicit Format(FloatType type)
      : semantics(type.getFloatSemantics()), bits(type.getWidth()), precision(llvm::APFloat::semanticsPrecision(semantics)),
        minExponent(llvm::APFloat::semanticsMinExponent(semantics)), bias(1 - minExponent),
        isSigned(llvm::APFloat::semanticsHasSignedRepr(semantics)) {
    // A format of finite numbers alone has -0 for a NaN.
    nan = hasNaN() ? llvm::APFloat::getNaN(semantics).bitcastToAPInt().getZExtValue() : signBit();
    maxFinite = llvm::APFloat::getLargest(semantics).bitcastToAPInt().getZExtValue();
    llvm::APFloat huge(1e38f);
    bool lossy;
    huge.convert(semantics, llvm::APFloat::rmNearestTiesToEven, &lossy);
    overflow = huge.bitcastToAPInt().getZExtValue();
    hasNegativeZero = isSigned && (!hasNaN() || nan != signBit());
  }
  bool hasNaN() const { return llvm::APFloat::semanticsHasNaN(semantics); }
  bool hasInfinity() const { return llvm::APFloat::semanticsHasInf(semantics); }
  uint64_t signBit() const { return uint64_t(1) << (bits - 1); }
};

} // namespace

// E8M0: an exponent alone; 2^(bits - 127), 255 is NaN.
static bool isExponentOnly(FloatType type) { return isa<Float8E8M0FNUType>(type); }

Value ElementBuilder::decodeNarrow(Value stored, FloatType type) {
  Type i32 = builder.getI32Type(), f32 = builder.getF32Type();
  if (isa<Float16Type>(type) && hasHalf)
    return extf(bitcast(stored, type), f32);
  Value bits = extui(stored, i32);
  if (isa<BFloat16Type>(type))
    return bitcast(shl(bits, integer(bits, 16)), f32);
  if (isExponentOnly(type)) {
    Value normal = shl(bits, integer(bits, 23));
    Value value = select(cmp(IntPredicate::eq, bits, integer(bits, 0)), integer(bits, 0x00400000), normal);
    return bitcast(select(cmp(IntPredicate::eq, bits, integer(bits, 255)), integer(bits, 0x7fc00000), value), f32);
  }
  Format format(type);
  Value magnitude = andi(bits, integer(bits, format.signBit() - 1));
  Value sign = shl(andi(bits, integer(bits, format.signBit())), integer(bits, 32 - format.bits));
  Value shifted = shl(magnitude, integer(bits, 24 - format.precision)), value;
  if (format.bits < 8) {
    // Of so few numbers many are subnormal; as subnormal f32 they would make the product below slow.
    Value whole = sitofp(magnitude, f32);
    Value subnormal = mul(whole, real(whole, std::ldexp(1.0, format.minExponent - int(format.precision) + 1)));
    Value normal = addi(shifted, integer(bits, int64_t(127 - format.bias) << 23));
    Value isSubnormal = cmp(IntPredicate::ult, magnitude, integer(bits, int64_t(1) << (format.precision - 1)));
    value = select(isSubnormal, bitcast(subnormal, i32), normal);
  } else {
    // As an f32 with the same mantissa the exponent is off by the difference of the biases; the product is exact, subnormals too.
    Value scaled = bitcast(shifted, f32);
    value = bitcast(mul(scaled, real(scaled, std::ldexp(1.0, 127 - format.bias))), i32);
  }
  Value quiet = integer(bits, 0x7fc00000);
  if (format.hasInfinity()) {
    quiet = select(cmp(IntPredicate::eq, magnitude, integer(bits, format.maxFinite + 1)), integer(bits, 0x7f800000), quiet);
    value = select(cmp(IntPredicate::ugt, magnitude, integer(bits, format.maxFinite)), quiet, value);
  } else if (format.hasNaN()) {
    value =
        select(cmp(IntPredicate::eq, format.hasNegativeZero ? magnitude : bits, integer(bits, format.nan)), quiet, value);
  }
  return bitcast(ori(value, sign), f32);
}

Value ElementBuilder::encodeNarrow(Value value, FloatType type) {
  Type i32 = builder.getI32Type(), f32 = builder.getF32Type();
  Type stored = storageType(type);
  if (isa<Float16Type>(type) && hasHalf)
    return bitcast(truncf(value, type), stored);
  Value bits = bitcast(value, i32);
  Value isNaN = cmp(FloatPredicate::UNO, value, value);
  if (isa<BFloat16Type>(type)) {
    Value sixteen = integer(bits, 16);
    Value odd = andi(shru(bits, sixteen), integer(bits, 1));
    Value rounded = addi(bits, addi(odd, integer(bits, 0x7fff)));
    Value quiet = ori(bits, integer(bits, 0x00400000));
    return trunci(shru(select(isNaN, quiet, rounded), sixteen), stored);
  }
  Value magnitude = andi(bits, integer(bits, 0x7fffffff));
  if (isExponentOnly(type)) {
    // A tie goes up: the one significand bit is odd. The least number is a subnormal f32.
    Value normal = shru(addi(magnitude, integer(bits, 0x00400000)), integer(bits, 23));
    Value small = extui(cmp(IntPredicate::uge, magnitude, integer(bits, 0x00600000)), i32);
    Value rounded = select(cmp(IntPredicate::ult, magnitude, integer(bits, 0x00800000)), small, normal);
    Value bad = ori(isNaN, cmp(IntPredicate::slt, bits, integer(bits, 0)));
    bad = ori(bad, cmp(IntPredicate::ugt, rounded, integer(bits, 254)));
    return trunci(select(bad, integer(bits, 255), rounded), stored);
  }
  Format format(type);
  unsigned shift = 24 - format.precision;
  // Normal results: round the mantissa to nearest even and change the exponent's bias.
  Value odd = andi(shru(magnitude, integer(bits, shift)), integer(bits, 1));
  Value normal = shru(addi(magnitude, addi(odd, integer(bits, (int64_t(1) << (shift - 1)) - 1))), integer(bits, shift));
  normal = subi(normal, integer(bits, int64_t(127 - format.bias) << (format.precision - 1)));
  Value result =
      select(cmp(IntPredicate::sgt, normal, integer(bits, format.maxFinite)), integer(bits, format.overflow), normal);
  // Subnormal results: adding a power of two whose last place is the smallest subnormal leaves the result in the low bits.
  Value absolute = bitcast(magnitude, f32);
  Value anchor = real(absolute, std::ldexp(1.0, format.minExponent - int(format.precision) + 24));
  Value subnormal = subi(bitcast(add(absolute, anchor), i32), bitcast(anchor, i32));
  result =
      select(cmp(FloatPredicate::OLT, absolute, real(absolute, std::ldexp(1.0, format.minExponent))), subnormal, result);
  Value sign = andi(shru(bits, integer(bits, 32 - format.bits)), integer(bits, format.signBit()));
  if (!format.hasNegativeZero)
    sign = select(cmp(IntPredicate::eq, result, integer(bits, 0)), integer(bits, 0), sign);
  result = ori(result, sign);
  return trunci(select(isNaN, integer(bits, format.nan), result), stored);
}

static FloatType narrowFloat(Type elementType) {
  auto type = dyn_cast<FloatType>(elementType);
  return type && type.getWidth() < 32 ? type : FloatType();
}

Value ElementBuilder::decode(Value stored, Type elementType) {
  if (FloatType type = narrowFloat(elementType))
    return decodeNarrow(stored, type);
  if (elementType.isInteger(1))
    return cmp(IntPredicate::ne, stored, integer(stored, 0));
  return isa<IntegerType>(elementType) ? trunci(stored, computeType(elementType)) : stored;
}

Value ElementBuilder::encode(Value value, Type elementType) {
  if (FloatType type = narrowFloat(elementType))
    return encodeNarrow(value, type);
  if (elementType.isInteger(1) || elementType.isUnsignedInteger())
    return extui(value, storageType(elementType));
  return isa<IntegerType>(elementType) ? extsi(value, storageType(elementType)) : value;
}

Value ElementBuilder::roundTo(Value value, Type elementType) {
  FloatType type = narrowFloat(elementType);
  return type ? decodeNarrow(encodeNarrow(value, type), type) : value;
}

Value ElementBuilder::truncateToOdd(Value value) {
  Type i32 = builder.getI32Type(), f32 = builder.getF32Type(), f64 = builder.getF64Type();
  Value nearest = truncf(value, f32);
  Value back = extf(nearest, f64);
  Value bits = bitcast(nearest, i32);
  Value tooLarge = cmp(FloatPredicate::OGT, abs(back), abs(value));
  Value towardsZero = subi(bits, extui(tooLarge, i32));
  Value odd = ori(towardsZero, extui(cmp(FloatPredicate::ONE, back, value), i32));
  return bitcast(odd, f32);
}

// Rounds only values of more than 53 bits: the low bits become one sticky bit.
Value ElementBuilder::integerToDoubleToOdd(Value value, bool isUnsigned) {
  Type i64 = builder.getI64Type(), f64 = builder.getF64Type();
  value = isUnsigned ? extui(value, i64) : extsi(value, i64);
  Value negative = isUnsigned ? Value() : cmp(IntPredicate::slt, value, integer(value, 0));
  Value magnitude = isUnsigned ? value : select(negative, subi(integer(value, 0), value), value);
  Value low = andi(magnitude, integer(value, 2047));
  Value sticky = select(cmp(IntPredicate::ne, low, integer(value, 0)), integer(value, 2048), integer(value, 0));
  Value reduced = ori(andi(magnitude, integer(value, ~int64_t(2047))), sticky);
  Value large = cmp(IntPredicate::ne, shru(magnitude, integer(value, 53)), integer(value, 0));
  Value result = uitofp(select(large, reduced, magnitude), f64);
  return isUnsigned ? result : select(negative, neg(result), result);
}

// Truncates towards zero; NaN gives 0, values out of range the nearest integer of the type.
Value ElementBuilder::floatToInteger(Value value, IntegerType target, bool isUnsigned) {
  unsigned bits = target.getWidth();
  double limit = std::ldexp(1.0, isUnsigned ? bits : bits - 1); // first value too large
  auto inRange = cmp(FloatPredicate::OLT, value, real(value, limit));
  Value lower =
      isUnsigned ? cmp(FloatPredicate::OGT, value, real(value, -1.0)) : cmp(FloatPredicate::OGE, value, real(value, -limit));
  Value safe = select(andi(inRange, lower), value, real(value, 0.0));
  IntegerType wide = builder.getIntegerType(isUnsigned ? (bits < 32 ? 32 : 64) : std::max(bits, 32u));
  Value converted;
  if (isUnsigned && bits == 64)
    converted = arith::FPToUIOp::create(builder, loc, withElement(value.getType(), wide), safe);
  else
    converted = trunci(fptosi(safe, wide), target);
  Value largest =
      pool.integer(converted.getType(), isUnsigned ? llvm::APInt::getMaxValue(bits) : llvm::APInt::getSignedMaxValue(bits));
  Value result = select(cmp(FloatPredicate::OGE, value, real(value, limit)), largest, converted);
  if (!isUnsigned) {
    Value smallest = pool.integer(converted.getType(), llvm::APInt::getSignedMinValue(bits));
    result = select(cmp(FloatPredicate::OLT, value, real(value, -limit)), smallest, result);
  }
  return result;
}

Value ElementBuilder::convert(Value value, Type from, Type to) {
  if (from == to)
    return value;
  if (auto complex = dyn_cast<ComplexType>(to)) {
    if (auto source = dyn_cast<ComplexType>(from))
      return complexOf(convert(realPart(value), source.getElementType(), complex.getElementType()),
                       convert(imaginaryPart(value), source.getElementType(), complex.getElementType()));
    Value re = convert(value, from, complex.getElementType());
    return complexOf(re, real(re, 0.0));
  }
  if (auto complex = dyn_cast<ComplexType>(from))
    return convert(realPart(value), complex.getElementType(), to);
  Type target = computeType(to);
  if (auto source = dyn_cast<IntegerType>(from)) {
    bool isUnsigned = source.isUnsigned() || source.getWidth() == 1;
    if (to.isInteger(1))
      return cmp(IntPredicate::ne, value, integer(value, 0));
    if (auto integerTarget = dyn_cast<IntegerType>(target)) {
      if (integerTarget.getWidth() < source.getWidth())
        return trunci(value, target);
      return isUnsigned ? extui(value, target) : extsi(value, target);
    }
    if (narrowFloat(to) && source.getWidth() > 16)
      return roundTo(truncateToOdd(integerToDoubleToOdd(value, isUnsigned)), to);
    Value converted = isUnsigned ? uitofp(value, target) : sitofp(value, target);
    return roundTo(converted, to);
  }
  if (to.isInteger(1))
    return cmp(FloatPredicate::UNE, value, real(value, 0.0));
  if (auto integerTarget = dyn_cast<IntegerType>(target))
    return floatToInteger(value, integerTarget, to.isUnsignedInteger());
  Type source = elementOf(value);
  if (source.isF64() && target.isF32())
    return narrowFloat(to) ? roundTo(truncateToOdd(value), to) : truncf(value, target);
  return target.isF64() ? extf(value, target) : roundTo(value, to);
}

} // namespace ingot
