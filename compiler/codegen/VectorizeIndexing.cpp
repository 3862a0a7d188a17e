// Ops that find elements at places that tensors of indices name. A start that is the same for all lanes is read once, as a
// scalar, in front of the loops it does not depend on: what lanes then read side by side stays side by side.
#include "compiler/codegen/GatherPlaces.h"
#include "compiler/codegen/RegionEvaluator.h"
#include "ir/Types.h"

namespace ingot {

using namespace mlir;
using Predicate = arith::CmpIPredicate;

std::optional<LaneIndex> RegionEvaluator::elementIndex(Value tensor, Indices at, Value mask) {
  auto integer = cast<IntegerType>(cast<RankedTensorType>(tensor.getType()).getElementType());
  bool isUnsigned = integer.isUnsigned() || integer.getWidth() == 1;
  bool isUniform = llvm::all_of(at, IndexBuilder::isUniform) && !dependsOnProvider(tensor);
  if (width > 1 && !isUniform) {
    Value lanes = evaluate(tensor, at, mask);
    return lanes ? std::optional(LaneIndex{{}, 0, index.fromInteger(lanes, isUnsigned)}) : std::nullopt;
  }
  Value scalar = RegionEvaluator(state, builder, loc, 1).evaluate(tensor, at, mask ? anyLane(mask) : Value());
  return scalar ? std::optional(IndexBuilder::uniform(index.fromInteger(scalar, isUnsigned))) : std::nullopt;
}

std::optional<LaneIndex> RegionEvaluator::windowStart(const IndexedDim &dim, Value tensor, Indices at, Value mask) {
  std::optional<LaneIndex> start = elementIndex(tensor, at, mask);
  return start ? std::optional(index.clamp(*start, index.constant(0), index.sub(dim.extent, dim.size))) : std::nullopt;
}

RegionEvaluator::IndexedDim RegionEvaluator::indexedDim(RankedTensorType operand, unsigned dim, AffineExpr size) {
  AffineExpr extent = dimExpr(operand, dim);
  IndexedDim result{index.expr(extent, state.function.sizes), index.expr(size, state.function.sizes)};
  result.isWhole = isWholeDim(operand, dim, size);
  auto room = rangeOfExpr(simplifyExpr(extent - size), moduleSizes(state.kernel));
  result.mayBeTooLarge = !result.isWhole && (!room || room->first < 0);
  return result;
}

// The operand at `source`; zeros where a window of these dims is larger than the operand, of which nothing may be read.
Value RegionEvaluator::withinOperand(Value operand, ArrayRef<IndexedDim> dims, Indices source, Value mask) {
  LaneCondition fits;
  for (const IndexedDim &dim : dims)
    if (dim.mayBeTooLarge)
      index.require(fits, Predicate::sle, IndexBuilder::uniform(dim.size), IndexBuilder::uniform(dim.extent));
  auto read = [&](Value inner) { return evaluate(operand, source, inner); };
  if (!fits.uniform)
    return read(mask);
  Type elementType = cast<RankedTensorType>(operand.getType()).getElementType();
  return guarded(valueType(elementType), fits, mask, read, [&] { return zero(elementType); });
}

Value RegionEvaluator::gather(GatherOp op, Indices indices, Value mask) {
  GatherDimsAttr numbers = op.getDims();
  GatherPlaces places(op);
  RankedTensorType operand = op.getOperand().getType();
  SmallVector<AffineExpr> sizes = op.getSliceSizes();
  SmallVector<LaneIndex> source(operand.getRank(), index.zero());
  SmallVector<IndexedDim> indexed;
  for (auto [component, dim] : llvm::enumerate(numbers.getIndexMap())) {
    IndexedDim along = indexedDim(operand, dim, sizes[dim]);
    if (along.isWhole)
      continue;
    SmallVector<LaneIndex> at =
        places.startPlace(op, indices, IndexBuilder::uniform(index.constant(static_cast<int64_t>(component))));
    std::optional<LaneIndex> start = windowStart(along, op.getStartIndices(), at, mask);
    if (!start)
      return {};
    source[dim] = *start;
    indexed.push_back(along);
  }
  SmallVector<LaneIndex> position = places.startPlace(op, indices, index.zero());
  for (auto [to, from] : llvm::zip_equal(numbers.getOperandBatchDims(), numbers.getIndicesBatchDims()))
    source[to] = position[from];
  for (auto [to, from] : llvm::zip_equal(places.walked, numbers.getWindowDims()))
    source[to] = index.add(source[to], indices[from]);
  return withinOperand(op.getOperand(), indexed, source, mask);
}

Value RegionEvaluator::dynamicSlice(DynamicSliceOp op, Indices indices, Value mask) {
  RankedTensorType operand = op.getOperand().getType();
  SmallVector<LaneIndex> source(indices);
  SmallVector<IndexedDim> indexed;
  for (auto [dim, tensor] : llvm::enumerate(op.getStartIndices())) {
    IndexedDim along = indexedDim(operand, dim, dimExpr(op.getType(), dim));
    if (along.isWhole)
      continue;
    std::optional<LaneIndex> start = windowStart(along, tensor, {}, mask);
    if (!start)
      return {};
    source[dim] = index.add(*start, indices[dim]);
    indexed.push_back(along);
  }
  return withinOperand(op.getOperand(), indexed, source, mask);
}

std::optional<RegionEvaluator::Place> RegionEvaluator::placeOfUpdate(DynamicUpdateSliceOp op, Indices indices) {
  Place place(indices);
  for (auto [dim, tensor] : llvm::enumerate(op.getStartIndices())) {
    IndexedDim along = indexedDim(op.getType(), dim, dimExpr(op.getUpdate().getType(), dim));
    if (along.isWhole)
      continue;
    std::optional<LaneIndex> start = windowStart(along, tensor, {}, {});
    if (!start)
      return std::nullopt;
    place[dim] = index.add(*start, indices[dim]);
  }
  return place;
}

Value RegionEvaluator::windowFits(DynamicUpdateSliceOp op) {
  LaneCondition fits;
  for (int64_t dim = 0; dim < op.getType().getRank(); ++dim) {
    IndexedDim along = indexedDim(op.getType(), dim, dimExpr(op.getUpdate().getType(), dim));
    if (along.mayBeTooLarge)
      index.require(fits, Predicate::sle, IndexBuilder::uniform(along.size), IndexBuilder::uniform(along.extent));
  }
  return fits.uniform;
}

Value RegionEvaluator::dynamicUpdateSlice(DynamicUpdateSliceOp op, Indices indices, Value mask) {
  RankedTensorType operand = op.getType(), update = op.getUpdate().getType();
  SmallVector<LaneIndex> source(indices);
  LaneCondition inside;
  for (auto [dim, tensor] : llvm::enumerate(op.getStartIndices())) {
    IndexedDim along = indexedDim(operand, dim, dimExpr(update, dim));
    if (along.isWhole)
      continue;
    std::optional<LaneIndex> start = windowStart(along, tensor, {}, mask);
    if (!start)
      return {};
    source[dim] = index.sub(indices[dim], *start);
    index.require(inside, Predicate::sge, source[dim], index.zero());
    index.require(inside, Predicate::slt, source[dim], IndexBuilder::uniform(along.size));
  }
  return guarded(
      valueType(operand.getElementType()), inside, mask,
      [&](Value inner) { return evaluate(op.getUpdate(), source, inner); },
      [&] { return evaluate(op.getOperand(), indices, mask); });
}

} // namespace ingot
