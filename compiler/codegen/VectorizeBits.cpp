// bitcast_convert: elements as integers of their width and back; between widths, shifts.
#include "compiler/codegen/RegionEvaluator.h"
#include "ir/Types.h"

namespace ingot {

using namespace mlir;

Value ElementBuilder::toBits(Value value, Type elementType) {
  auto real = dyn_cast<FloatType>(elementType);
  if (!real)
    return value;
  Type bits = builder.getIntegerType(real.getWidth());
  return real.getWidth() < 32 ? trunci(encode(value, elementType), bits) : bitcast(value, bits);
}

Value ElementBuilder::fromBits(Value bits, Type elementType) {
  auto real = dyn_cast<FloatType>(elementType);
  if (!real)
    return bits;
  return real.getWidth() < 32 ? decode(extui(bits, storageType(elementType)), elementType) : bitcast(bits, elementType);
}

// An element's bits; those of a narrow float in memory as they are, whatever NaN they may be.
Value RegionEvaluator::bitsOf(Value tensor, Indices indices, Value mask) {
  auto type = cast<RankedTensorType>(tensor.getType());
  auto argument = dyn_cast<BlockArgument>(tensor);
  if (auto real = dyn_cast<FloatType>(type.getElementType()); real && argument && real.getWidth() < 32)
    return load(state.function.operands[argument.getArgNumber()], builder.getIntegerType(real.getWidth()),
                index.linearize(indices, dims(type)), mask);
  Value value = evaluate(tensor, indices, mask);
  return value ? element.toBits(value, type.getElementType()) : value;
}

// One complex<f64> has the bits of two complex<f32>: its real part those of the first, low half first.
Value RegionEvaluator::bitcastComplex(BitcastConvertOp op, Indices indices, Value mask) {
  bool isNarrowing = cast<ComplexType>(op.getType().getElementType()).getElementType().isF32();
  ElementBuilder &e = element;
  Type i32 = builder.getI32Type(), i64 = builder.getI64Type(), f32 = builder.getF32Type(), f64 = builder.getF64Type();
  if (isNarrowing) {
    Value value = evaluate(op.getOperand(), indices.drop_back(), mask);
    if (!value)
      return {};
    Value isFirst = index.compare(arith::CmpIPredicate::eq, indices.back().base, index.constant(0));
    Value bits = e.bitcast(e.select(isFirst, e.realPart(value), e.imaginaryPart(value)), i64);
    return e.complexOf(e.bitcast(e.trunci(bits, i32), f32),
                       e.bitcast(e.trunci(e.shru(bits, e.integer(bits, 32)), i32), f32));
  }
  SmallVector<Value> parts;
  for (int64_t i = 0; i < 2; ++i) {
    Place place(indices);
    place.push_back(IndexBuilder::uniform(index.constant(i)));
    Value value = evaluate(op.getOperand(), place, mask);
    if (!value)
      return {};
    Value low = e.extui(e.bitcast(e.realPart(value), i32), i64), high = e.extui(e.bitcast(e.imaginaryPart(value), i32), i64);
    parts.push_back(e.bitcast(e.ori(low, e.shl(high, e.integer(high, 32))), f64));
  }
  return e.complexOf(parts[0], parts[1]);
}

Value RegionEvaluator::bitcastConvert(BitcastConvertOp op, Indices indices, Value mask) {
  Type from = op.getOperand().getType().getElementType(), to = op.getType().getElementType();
  if (isa<ComplexType>(from))
    return from == to ? evaluate(op.getOperand(), indices, mask) : bitcastComplex(op, indices, mask);
  int64_t fromWidth = from.getIntOrFloatBitWidth(), toWidth = to.getIntOrFloatBitWidth();
  Type fromBits = builder.getIntegerType(fromWidth), toBits = builder.getIntegerType(toWidth);
  if (fromWidth < toWidth) {
    Value all;
    for (int64_t i = 0; i < toWidth / fromWidth; ++i) {
      Place place(indices);
      place.push_back(IndexBuilder::uniform(index.constant(i)));
      Value part = bitsOf(op.getOperand(), place, mask);
      if (!part)
        return {};
      Value wide = element.extui(part, toBits);
      all = all ? element.ori(all, element.shl(wide, element.integer(wide, i * fromWidth))) : wide;
    }
    return element.fromBits(all, to);
  }
  Value bits = bitsOf(op.getOperand(), fromWidth > toWidth ? indices.drop_back() : indices, mask);
  if (!bits)
    return {};
  if (fromWidth > toWidth) {
    LaneIndex first = index.mul(indices.back(), toWidth);
    Value shift = width > 1 ? index.vectorOf(first) : first.base;
    shift = arith::IndexCastOp::create(builder, loc, ElementBuilder::withElement(bits.getType(), fromBits), shift);
    bits = element.trunci(element.shru(bits, shift), toBits);
  }
  return element.fromBits(bits, to);
}

} // namespace ingot
