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

// The elements an element's bits are in, the lowest first: one, unless it is wider than they are.
SmallVector<RegionEvaluator::Place> RegionEvaluator::placesOfBits(const IndexRelation &relation, Indices indices) {
  const IndexRead &read = relation.cases.front().reads.front();
  SmallVector<Place> places;
  for (int64_t part = 0, parts = int64_t(pointsOf(relation, {})); part < parts; ++part) {
    Place values(indices);
    if (relation.hasVariables())
      values.push_back(IndexBuilder::uniform(index.constant(part)));
    places.push_back(placeOf(read.place, values));
  }
  return places;
}

// One complex<f64> has the bits of two complex<f32>: its real part those of the first, low half first.
Value RegionEvaluator::bitcastComplex(BitcastConvertOp op, Indices indices, Value mask) {
  IndexRelation relation = op.getIndexRelation(0);
  SmallVector<Place> places = placesOfBits(relation, indices);
  ElementBuilder &e = element;
  Type i32 = builder.getI32Type(), i64 = builder.getI64Type(), f32 = builder.getF32Type(), f64 = builder.getF64Type();
  if (!relation.values.empty()) {
    Value value = evaluate(op.getOperand(), places.front(), mask);
    if (!value)
      return {};
    LaneIndex part = placeOf(relation.values, indices).front();
    Value isFirst = index.compare(arith::CmpIPredicate::eq, part.base, index.constant(0));
    Value bits = e.bitcast(e.select(isFirst, e.realPart(value), e.imaginaryPart(value)), i64);
    return e.complexOf(e.bitcast(e.trunci(bits, i32), f32),
                       e.bitcast(e.trunci(e.shru(bits, e.integer(bits, 32)), i32), f32));
  }
  SmallVector<Value> parts;
  for (const Place &place : places) {
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
  Type fromBits = builder.getIntegerType(from.getIntOrFloatBitWidth()),
       toBits = builder.getIntegerType(to.getIntOrFloatBitWidth());
  IndexRelation relation = op.getIndexRelation(0);
  Value all;
  for (auto [number, place] : llvm::enumerate(placesOfBits(relation, indices))) {
    Value bits = bitsOf(op.getOperand(), place, mask);
    if (!bits)
      return {};
    if (relation.hasVariables()) {
      bits = element.extui(bits, toBits);
      bits = all ? element.ori(all,
                               element.shl(bits, element.integer(bits, int64_t(number) * fromBits.getIntOrFloatBitWidth())))
                 : bits;
    }
    all = bits;
  }
  for (AffineExpr part : relation.values) { // of a wider element
    LaneIndex first = index.mul(placeOf(part, indices).front(), toBits.getIntOrFloatBitWidth());
    Value shift = width > 1 ? index.vectorOf(first) : first.base;
    shift = arith::IndexCastOp::create(builder, loc, ElementBuilder::withElement(all.getType(), fromBits), shift);
    all = element.trunci(element.shru(all, shift), toBits);
  }
  return element.fromBits(all, to);
}

} // namespace ingot
