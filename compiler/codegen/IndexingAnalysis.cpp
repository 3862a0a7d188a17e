// gather, dynamic_slice and dynamic_update_slice without making their code: what they read, which of their dims run as one.
#include "compiler/codegen/GatherPlaces.h"
#include "compiler/codegen/RegionAnalysis.h"

namespace ingot {

using namespace mlir;

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

GatherPlaces::GatherPlaces(GatherOp op) {
  GatherDimsAttr dims = op.getDims();
  for (int64_t dim = 0; dim < op.getType().getRank(); ++dim)
    if (!llvm::is_contained(dims.getWindowDims(), dim))
      outer.push_back(dim);
  for (int64_t dim = 0; dim < op.getOperand().getType().getRank(); ++dim)
    if (!llvm::is_contained(dims.getCollapsedDims(), dim) && !llvm::is_contained(dims.getOperandBatchDims(), dim))
      walked.push_back(dim);
}

bool isWholeDim(RankedTensorType operand, unsigned dim, AffineExpr windowSize) {
  return sameExpr(dimExpr(operand, dim), windowSize);
}

void RegionAnalysis::visitIndexed(Operation *op, ArrayRef<AffineIndex> indices) {
  scalarWork += scalarCost(op) * trips(dependencies(indices));
  if (auto gather = dyn_cast<GatherOp>(op)) {
    GatherDimsAttr numbers = gather.getDims();
    GatherPlaces places(gather);
    RankedTensorType operand = gather.getOperand().getType();
    SmallVector<AffineExpr> sizes = gather.getSliceSizes();
    SmallVector<AffineIndex> at = places.startPlace(gather, indices, AffineIndex());
    AffineIndex start;
    start.unknown = dependencies(at);
    SmallVector<AffineIndex> source(operand.getRank());
    for (int64_t dim : numbers.getIndexMap())
      if (!isWholeDim(operand, dim, sizes[dim])) {
        visit(gather.getStartIndices(), at);
        source[dim] = start;
        opCount += 3;
      }
    for (auto [to, from] : llvm::zip_equal(numbers.getOperandBatchDims(), numbers.getIndicesBatchDims()))
      source[to] = at[from];
    for (auto [to, from] : llvm::zip_equal(places.walked, numbers.getWindowDims()))
      source[to] = add(source[to], indices[from]);
    visit(gather.getOperand(), source);
    return;
  }
  bool updates = isa<DynamicUpdateSliceOp>(op);
  for (Value start : op->getOperands().drop_front(updates ? 2 : 1))
    visit(start, {});
  // Starts are the same for all places.
  visit(op->getOperand(0), indices);
  if (updates) {
    opCount += 4;
    visit(op->getOperand(1), indices);
  }
}

bool CollapseQuery::holdsIndexed(Operation *op, unsigned first, unsigned count) {
  if (auto gather = dyn_cast<GatherOp>(op)) {
    GatherPlaces places(gather);
    ArrayRef<int64_t> window = gather.getDims().getWindowDims();
    RankedTensorType operand = gather.getOperand().getType();
    // Dims of windows that walk neighbouring dims of the operand from end to end.
    if (const int64_t *found = llvm::find(window, int64_t(first)); found != window.end()) {
      size_t number = found - window.begin();
      SmallVector<AffineExpr> sizes = gather.getSliceSizes();
      for (unsigned i = 0; i < count; ++i)
        if (number + i >= window.size() || window[number + i] != int64_t(first + i) ||
            places.walked[number + i] != places.walked[number] + int64_t(i) ||
            !isWholeDim(operand, places.walked[number + i], sizes[places.walked[number + i]]))
          return false;
      return holds(gather.getOperand(), places.walked[number], count);
    }
    // Dims that number the windows, side by side in start_indices.
    const int64_t *found = llvm::find(places.outer, int64_t(first));
    size_t number = found - places.outer.begin();
    int64_t vector = gather.getDims().getIndexVectorDim();
    for (unsigned i = 0; i < count; ++i)
      if (number + i >= places.outer.size() || places.outer[number + i] != int64_t(first + i) ||
          llvm::is_contained(gather.getDims().getIndicesBatchDims(), int64_t(number + i) + (int64_t(number + i) >= vector)))
        return false;
    bool isSplit = int64_t(number) < vector && vector < int64_t(number + count);
    return !isSplit && holds(gather.getStartIndices(), number + (int64_t(number) >= vector), count);
  }
  // Only the dims that windows hold whole.
  bool updates = isa<DynamicUpdateSliceOp>(op);
  RankedTensorType whole = typeOf(op->getOperand(0)), window = typeOf(updates ? op->getOperand(1) : op->getResult(0));
  for (unsigned dim = first; dim < first + count; ++dim)
    if (!isWholeDim(whole, dim, dimExpr(window, dim)))
      return false;
  return holds(op->getOperand(0), first, count) && (!updates || holds(op->getOperand(1), first, count));
}

} // namespace ingot
