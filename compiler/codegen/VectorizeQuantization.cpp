// quantize and dequantize: vector arithmetic in integers as wide as the exact sum or difference needs.
#include "compiler/codegen/RegionEvaluator.h"
#include "ir/Types.h"

namespace ingot {

using namespace mlir;

static IntegerType integerElement(Value tensor) {
  return cast<IntegerType>(cast<RankedTensorType>(tensor.getType()).getElementType());
}
static bool isUnsignedElement(IntegerType type) { return type.isUnsigned() || type.getWidth() == 1; }

static Value widen(ElementBuilder &e, Value value, Type type, bool isUnsigned) {
  return isUnsigned ? e.extui(value, type) : e.extsi(value, type);
}

static Value clampInteger(ElementBuilder &e, Value value, int64_t low, int64_t high) {
  Value lowest = e.integer(value, low), highest = e.integer(value, high);
  value = e.select(e.cmp(arith::CmpIPredicate::slt, value, lowest), lowest, value);
  return e.select(e.cmp(arith::CmpIPredicate::sgt, value, highest), highest, value);
}

static Value clampReal(ElementBuilder &e, Value value, double limit) {
  Value low = e.real(value, -limit), high = e.real(value, limit);
  value = e.select(e.cmp(arith::CmpFPredicate::OLT, value, low), low, value);
  return e.select(e.cmp(arith::CmpFPredicate::OGT, value, high), high, value);
}

// An integral `real`, not NaN, plus `zero` (or 0), as i64 or ui64 that saturate: halves of 32 bits with a carry.
static Value addSaturated64(ElementBuilder &e, Value real, Value zero, bool isUnsigned) {
  using P = arith::CmpIPredicate;
  Type i64 = e.builder.getI64Type();
  Value whole = clampReal(e, e.extf(real, e.builder.getF64Type()), 0x1p66);
  Value upper = e.floor(e.mul(whole, e.real(whole, 0x1p-32)));
  Value low = e.fptosi(e.sub(whole, e.mul(upper, e.real(whole, 0x1p32))), i64), high = e.fptosi(upper, i64);
  Value half = e.integer(high, 32), mask = e.integer(high, 0xffffffff);
  if (zero) {
    low = e.addi(low, e.andi(zero, mask));
    high = e.addi(high, isUnsigned ? e.shru(zero, half) : e.shrs(zero, half));
  }
  high = e.addi(high, e.shru(low, half));
  int64_t largest = isUnsigned ? 0xffffffff : 0x7fffffff, smallest = isUnsigned ? 0 : -int64_t(0x80000000);
  Value sum = e.ori(e.shl(high, half), e.andi(low, mask));
  Value tooLarge = e.cmp(P::sgt, high, e.integer(high, largest)), tooSmall = e.cmp(P::slt, high, e.integer(high, smallest));
  sum = e.select(tooLarge, e.integer(sum, isUnsigned ? -1 : INT64_MAX), sum);
  return e.select(tooSmall, e.integer(sum, isUnsigned ? 0 : INT64_MIN), sum);
}

// An integral `real` (NaN counts as 0) plus `zero`, saturating at the ends of `type`.
static Value addSaturated(ElementBuilder &e, Value real, Value zero, IntegerType type) {
  bool isUnsigned = isUnsignedElement(type);
  unsigned bits = type.getWidth();
  real = e.select(e.cmp(arith::CmpFPredicate::ORD, real, real), real, e.real(real, 0.0));
  if (bits == 64)
    return addSaturated64(e, real, zero, isUnsigned);
  // Sums of more than a few times the type's range saturate anyway.
  Type wide = e.builder.getIntegerType(bits <= 16 ? 32 : 64);
  if (bits > 16)
    real = e.extf(real, e.builder.getF64Type());
  Value sum = e.fptosi(clampReal(e, real, std::ldexp(1.0, bits + 2)), wide);
  if (zero)
    sum = e.addi(sum, widen(e, zero, wide, isUnsigned));
  int64_t range = int64_t(1) << (isUnsigned ? bits : bits - 1);
  return e.trunci(clampInteger(e, sum, isUnsigned ? 0 : -range, range - 1), computeType(type));
}

// The float nearest to a - b, of 64-bit integers, whose difference may need 65.
static Value subtract64(ElementBuilder &e, Value a, Value b, bool isUnsigned, Type result) {
  using P = arith::CmpIPredicate;
  IntegerType i64 = e.builder.getI64Type();
  Value one = e.integer(a, 1);
  auto half = [&](Value x) { return isUnsigned ? e.shru(x, one) : e.shrs(x, one); };
  // The difference is 2 * h + s with s the lowest bit.
  Value borrow = e.andi(e.andi(e.xori(a, e.integer(a, -1)), b), one);
  Value h = e.subi(e.subi(half(a), half(b)), borrow), s = e.andi(e.xori(a, b), one);
  int64_t limit = int64_t(1) << 62;
  Value fits = e.andi(e.cmp(P::sge, h, e.integer(h, -limit)), e.cmp(P::slt, h, e.integer(h, limit)));
  // Of a large one the lowest bit only says on which side of a tie it lies.
  Value doubled = e.convert(e.ori(h, s), i64, result);
  return e.select(fits, e.convert(e.subi(a, b), i64, result), e.mul(doubled, e.real(doubled, 2.0)));
}

Value RegionEvaluator::quantize(QuantizeOp op, Indices indices, Value mask) {
  Place place = placeOf(op.getIndexRelation(0).cases[0].reads[1].place, indices); // of scale and zero point
  Value real = evaluate(op.getOperand(), indices, mask), scale = evaluate(op.getScale(), place, mask);
  Value zero = op.getZeroPoint() ? evaluate(op.getZeroPoint(), place, mask) : Value();
  if (!real || !scale || (op.getZeroPoint() && !zero))
    return {};
  Value quotient = element.roundTo(element.div(real, scale), op.getOperand().getType().getElementType());
  return addSaturated(element, element.roundEven(quotient), zero, integerElement(op.getResult()));
}

Value RegionEvaluator::dequantize(DequantizeOp op, Indices indices, Value mask) {
  Place place = placeOf(op.getIndexRelation(0).cases[0].reads[1].place, indices); // of scale and zero point
  Value integer = evaluate(op.getOperand(), indices, mask), scale = evaluate(op.getScale(), place, mask);
  Value zero = op.getZeroPoint() ? evaluate(op.getZeroPoint(), place, mask) : Value();
  if (!integer || !scale || (op.getZeroPoint() && !zero))
    return {};
  IntegerType type = integerElement(op.getOperand());
  Type result = op.getType().getElementType();
  bool isUnsigned = isUnsignedElement(type);
  Value real;
  if (zero && type.getWidth() == 64) {
    real = subtract64(element, integer, zero, isUnsigned, result);
  } else {
    IntegerType wide = zero || type.getWidth() < 32 ? builder.getIntegerType(type.getWidth() <= 16 ? 32 : 64) : type;
    if (wide != type)
      integer = widen(element, integer, wide, isUnsigned);
    if (zero)
      integer = element.subi(integer, widen(element, zero, wide, isUnsigned));
    real = element.convert(integer, wide, result);
  }
  Value product = element.mul(real, scale);
  return state.strict ? element.roundTo(product, result) : product;
}

} // namespace ingot
