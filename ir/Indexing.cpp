// Indexing ops: verifiers, and the slices whose place is known.
#include "ir/Dialect.h"
#include "ir/Verification.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;

namespace ingot {

//--- gather, scatter

namespace {
// What the constraints C1 to C9 of both ops are about; gather's names for the sides stand in comments.
struct Sides {
  StringRef operandName, indicesName, windowsName;
  RankedTensorType operand, indices, windows; // operand, start_indices, result
};
} // namespace

static bool isAscending(ArrayRef<int64_t> values) { return llvm::is_sorted(values); }

static SmallVector<int64_t> joined(ArrayRef<int64_t> first, ArrayRef<int64_t> second) {
  SmallVector<int64_t> all(first);
  llvm::append_range(all, second);
  return all;
}

// The size of the window along each operand dim: a dim of `windows`, or 1.
static SmallVector<AffineExpr> windowSizes(GatherDimsAttr dims, RankedTensorType operand, RankedTensorType windows) {
  SmallVector<AffineExpr> sizes;
  ArrayRef<int64_t> rest = dims.getWindowDims();
  for (int64_t dim = 0; dim != operand.getRank(); ++dim) {
    if (llvm::is_contained(dims.getCollapsedDims(), dim) || llvm::is_contained(dims.getOperandBatchDims(), dim)) {
      sizes.push_back(getAffineConstantExpr(1, operand.getContext()));
      continue;
    }
    sizes.push_back(dimExpr(windows, unsigned(rest.front())));
    rest = rest.drop_front();
  }
  return sizes;
}

static LogicalResult verifyDimNumbers(Operation *op, GatherDimsAttr dims, const Sides &sides) {
  SmallVector<SizeAttr> moduleSizeList = moduleSizes(op);
  auto describe = [&](RankedTensorType type) { return describeType(type, moduleSizeList); };
  auto describeDim = [&](RankedTensorType type, int64_t dim) {
    return describeExpr(dimExpr(type, unsigned(dim)), moduleSizeList);
  };
  int64_t operandRank = sides.operand.getRank(), indicesRank = sides.indices.getRank(), vector = dims.getIndexVectorDim();
  ArrayRef<int64_t> window = dims.getWindowDims(), collapsed = dims.getCollapsedDims();
  ArrayRef<int64_t> operandBatch = dims.getOperandBatchDims(), indicesBatch = dims.getIndicesBatchDims();
  if (size_t(operandRank) != window.size() + collapsed.size() + operandBatch.size())
    return op->emitOpError() << "(C1) " << window.size() << " window, " << collapsed.size() << " collapsed and "
                             << operandBatch.size() << " batch dims do not make up " << sides.operandName << " "
                             << describe(sides.operand);
  if (vector < 0 || vector > indicesRank)
    return op->emitOpError() << "(C2) vector is " << vector << ", but the rank of " << sides.indicesName << " is "
                             << indicesRank;
  AffineExpr components =
      vector == indicesRank ? getAffineConstantExpr(1, op->getContext()) : dimExpr(sides.indices, unsigned(vector));
  if (components != int64_t(dims.getIndexMap().size()))
    return op->emitOpError() << "(C3) map has " << dims.getIndexMap().size() << " entries, but an index vector has "
                             << describeExpr(components, moduleSizeList) << " components";
  if (!areUniqueDims(window, sides.windows.getRank()) || !isAscending(window))
    return op->emitOpError() << "(C4) window dims " << listOf(window) << " are not unique, ascending dims of "
                             << sides.windowsName << " " << describe(sides.windows);
  if (!areUniqueDims(joined(collapsed, operandBatch), operandRank) || !isAscending(collapsed) || !isAscending(operandBatch))
    return op->emitOpError() << "(C5) collapsed dims " << listOf(collapsed) << " and batch dims " << listOf(operandBatch)
                             << " are not unique, ascending dims of " << sides.operandName << " " << describe(sides.operand);
  if (indicesBatch.size() != operandBatch.size() || !areUniqueDims(indicesBatch, indicesRank) ||
      llvm::is_contained(indicesBatch, vector))
    return op->emitOpError() << "(C6) batch dims " << listOf(indicesBatch) << " of " << sides.indicesName
                             << " are not unique dims without vector, one for each of " << listOf(operandBatch);
  for (auto [operandDim, indicesDim] : llvm::zip(operandBatch, indicesBatch))
    if (!sameExpr(dimExpr(sides.operand, unsigned(operandDim)), dimExpr(sides.indices, unsigned(indicesDim))))
      return op->emitOpError() << "(C6) batch dim " << operandDim << " of " << sides.operandName << " is "
                               << describeDim(sides.operand, operandDim) << ", but dim " << indicesDim << " of "
                               << sides.indicesName << " is " << describeDim(sides.indices, indicesDim);
  if (!areUniqueDims(joined(dims.getIndexMap(), operandBatch), operandRank))
    return op->emitOpError() << "(C7) map " << listOf(dims.getIndexMap()) << " and batch dims " << listOf(operandBatch)
                             << " are not unique dims of " << sides.operandName << " " << describe(sides.operand);
  // (C8) the dims of the windows' side outside the windows.
  SmallVector<int64_t> outer, expected;
  for (int64_t dim = 0; dim != sides.windows.getRank(); ++dim)
    if (!llvm::is_contained(window, dim))
      outer.push_back(dim);
  for (int64_t dim = 0; dim != indicesRank; ++dim)
    if (dim != vector)
      expected.push_back(dim);
  if (outer.size() != expected.size())
    return op->emitOpError() << "(C8) " << sides.windowsName << " " << describe(sides.windows) << " has " << outer.size()
                             << " dims outside the windows, but " << sides.indicesName << " " << describe(sides.indices)
                             << " gives " << expected.size();
  for (auto [is, should] : llvm::zip(outer, expected))
    if (!sameExpr(dimExpr(sides.windows, unsigned(is)), dimExpr(sides.indices, unsigned(should))))
      return op->emitOpError() << "(C8) dim " << is << " of " << sides.windowsName << " is "
                               << describeDim(sides.windows, is) << ", but dim " << should << " of " << sides.indicesName
                               << " is " << describeDim(sides.indices, should);
  for (auto [dim, size] : llvm::enumerate(windowSizes(dims, sides.operand, sides.windows)))
    // Of an empty batch there are no windows.
    if (isAlwaysLarger(size, dimExpr(sides.operand, unsigned(dim)), moduleSizeList) &&
        !(llvm::is_contained(operandBatch, dim) && sides.operand.getDimSize(unsigned(dim)) == 0))
      return op->emitOpError() << "(C9) the window takes " << describeExpr(size, moduleSizeList) << " of dim " << dim
                               << ", but " << sides.operandName << " is " << describe(sides.operand);
  return success();
}

LogicalResult GatherOp::verify() {
  RankedTensorType operand = getOperand().getType(), result = getType();
  if (failed(verifyDimNumbers(*this, getDims(),
                              {"operand", "start_indices", "result", operand, getStartIndices().getType(), result})))
    return failure();
  if (operand.getElementType() != result.getElementType())
    return emitOpError() << "(C10) the operand holds " << operand.getElementType() << ", but the result "
                         << result.getElementType();
  return success();
}

SmallVector<AffineExpr> GatherOp::getSliceSizes() { return windowSizes(getDims(), getOperand().getType(), getType()); }

LogicalResult ScatterOp::verify() {
  OperandRange inputs = getInputs(), updates = getUpdates();
  if (inputs.empty() || updates.size() != inputs.size() || getNumResults() != inputs.size())
    return emitOpError() << "(C10) there are " << inputs.size() << " inputs, " << updates.size() << " updates and "
                         << getNumResults() << " results";
  if (failed(verifySameDims(*this, "C10", "input", inputs)) || failed(verifySameDims(*this, "C10", "update", updates)))
    return failure();
  SmallVector<Type> scalars;
  for (auto [index, input, update] : llvm::enumerate(inputs, updates)) {
    if (tensorType(input).getElementType() != tensorType(update).getElementType())
      return emitOpError() << "(C10) update " << index << " holds " << tensorType(update).getElementType()
                           << ", but the input " << tensorType(input).getElementType();
    scalars.push_back(scalarType(input.getType()));
  }
  if (failed(verifyDimNumbers(*this, getDims(),
                              {"input", "scatter_indices", "updates", tensorType(inputs.front()),
                               getScatterIndices().getType(), tensorType(updates.front())})))
    return failure();
  if (getResultTypes() != inputs.getTypes())
    return emitOpError() << "(C11) results are (" << getResultTypes() << "), but the inputs are (" << inputs.getTypes()
                         << ")";
  SmallVector<Type> arguments(scalars);
  llvm::append_range(arguments, scalars);
  return verifyBody(*this, "C12", "the body", getBody(), arguments, scalars);
}

//--- dynamic_slice, dynamic_update_slice

// C1 to C3 of both: `window` (called `name`) lies within `operand`.
static LogicalResult verifyWindow(Operation *op, StringRef name, RankedTensorType operand, RankedTensorType window,
                                  ValueRange starts) {
  SmallVector<SizeAttr> sizes = moduleSizes(op);
  if (int64_t(starts.size()) != operand.getRank())
    return op->emitOpError() << "(C1) there are " << starts.size() << " starts for " << describeType(operand, sizes);
  for (Value start : starts)
    if (tensorType(start).getRank() != 0 || start.getType() != starts.front().getType())
      return op->emitOpError() << "(C1) starts are (" << starts.getTypes() << "), but must be scalars of one type";
  if (operand.getRank() != window.getRank() || operand.getElementType() != window.getElementType())
    return op->emitOpError() << "(C2) the operand is " << describeType(operand, sizes) << ", but the " << name << " is "
                             << describeType(window, sizes);
  for (unsigned dim = 0, e = unsigned(operand.getRank()); dim != e; ++dim)
    if (isAlwaysLarger(dimExpr(window, dim), dimExpr(operand, dim), sizes))
      return op->emitOpError() << "(C3) dim " << dim << " of the " << name << " is "
                               << describeExpr(dimExpr(window, dim), sizes) << ", but the operand's is "
                               << describeExpr(dimExpr(operand, dim), sizes);
  return success();
}

LogicalResult DynamicSliceOp::verify() {
  return verifyWindow(*this, "result", getOperand().getType(), getType(), getStartIndices());
}

LogicalResult DynamicUpdateSliceOp::verify() {
  return verifyWindow(*this, "update", getOperand().getType(), getUpdate().getType(), getStartIndices());
}

// A window of all the operand starts at 0 wherever it is asked to.
OpFoldResult DynamicSliceOp::fold(FoldAdaptor) {
  return getOperand().getType() == getType() ? OpFoldResult(getOperand()) : OpFoldResult();
}

OpFoldResult DynamicUpdateSliceOp::fold(FoldAdaptor) {
  if (getUpdate().getType() == getType())
    return getUpdate();
  return llvm::is_contained(getUpdate().getType().getShape(), 0) ? OpFoldResult(getOperand()) : OpFoldResult();
}

namespace {
// dynamic_slice(x, constants) ==> slice(x): dims taken whole, and static ones at clamped starts.
struct MakeSlice : OpRewritePattern<DynamicSliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(DynamicSliceOp op, PatternRewriter &rewriter) const override {
    RankedTensorType operand = op.getOperand().getType(), result = op.getType();
    SmallVector<int64_t> starts, limits;
    for (auto [index, value] : llvm::enumerate(op.getStartIndices())) {
      unsigned dim = unsigned(index);
      if (sameExpr(dimExpr(operand, dim), dimExpr(result, dim))) {
        starts.push_back(0);
        limits.push_back(operand.isDynamicDim(dim) ? SliceOp::kWholeDim : operand.getDimSize(dim));
        continue;
      }
      DenseElementsAttr constant;
      if (!matchPattern(value, m_Constant(&constant)))
        return failure();
      auto start = constant.getSplatValue<APInt>();
      bool isUnsigned = cast<IntegerType>(constant.getElementType()).isUnsigned();
      int64_t number = isUnsigned ? int64_t(start.getLimitedValue(INT64_MAX)) : start.getSExtValue();
      if (operand.isDynamicDim(dim) || result.isDynamicDim(dim)) {
        // No start but 0 is clamped where the sizes leave room for it.
        auto room = rangeOfExpr(simplifyExpr(dimExpr(operand, dim) - dimExpr(result, dim)), moduleSizes(op));
        if (number > 0 && (!room || room->first < number))
          return failure();
        starts.push_back(std::max<int64_t>(number, 0));
        limits.push_back(SliceOp::kToResult);
        continue;
      }
      int64_t size = result.getDimSize(dim);
      starts.push_back(std::clamp<int64_t>(number, 0, operand.getDimSize(dim) - size));
      limits.push_back(starts.back() + size);
    }
    rewriter.replaceOpWithNewOp<SliceOp>(op, result, op.getOperand(), starts, limits,
                                         SmallVector<int64_t>(starts.size(), 1));
    return success();
  }
};
} // namespace

void DynamicSliceOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<MakeSlice>(context);
}

//===--- What an element reads ---===//

namespace {
// Where the windows of a gather or scatter lie.
struct WindowPlaces {
  // `window`: a place within a window and the windows' numbers, an index for each dim of the result (updates). `clamps`:
  // starts are clamped, so that one of a window as large as its dim is 0 and not read.
  WindowPlaces(IndexRelation &relation, GatherDimsAttr dims, RankedTensorType operand, unsigned indicesOperand,
               RankedTensorType indices, ArrayRef<AffineExpr> sizes, ArrayRef<AffineExpr> window, bool clamps) {
    SmallVector<AffineExpr> outer;
    for (auto [dim, index] : llvm::enumerate(window))
      if (!llvm::is_contained(dims.getWindowDims(), int64_t(dim)))
        outer.push_back(index);
    place.assign(size_t(operand.getRank()), relation.constant(0));
    for (auto [component, dim] : llvm::enumerate(dims.getIndexMap())) {
      AffineExpr extent = dimExpr(operand, unsigned(dim));
      if (clamps && sameExpr(extent, sizes[size_t(dim)]))
        continue;
      SmallVector<AffineExpr> at(outer);
      if (dims.getIndexVectorDim() < indices.getRank())
        at.insert(at.begin() + dims.getIndexVectorDim(), relation.constant(int64_t(component)));
      place[size_t(dim)] =
          relation.addElement(indicesOperand, at, clamps ? simplifyExpr(extent - sizes[size_t(dim)] + 1) : AffineExpr());
    }
    for (auto [to, from] : llvm::zip_equal(dims.getOperandBatchDims(), dims.getIndicesBatchDims()))
      place[size_t(to)] = outer[size_t(from - (from > dims.getIndexVectorDim()))];
    ArrayRef<int64_t> rest = dims.getWindowDims();
    for (int64_t dim = 0; dim < operand.getRank(); ++dim)
      if (!llvm::is_contained(dims.getCollapsedDims(), dim) && !llvm::is_contained(dims.getOperandBatchDims(), dim)) {
        place[size_t(dim)] = place[size_t(dim)] + window[size_t(rest.front())];
        rest = rest.drop_front();
      }
  }

  SmallVector<AffineExpr> place; // an index for each dim of the operand
};
} // namespace

IndexRelation GatherOp::getIndexRelation(unsigned) {
  IndexRelation relation = relationOf(getResult());
  WindowPlaces windows(relation, getDims(), getOperand().getType(), 1, getStartIndices().getType(), getSliceSizes(),
                       relation.identity(), /*clamps=*/true);
  relation.read(0, windows.place);
  return relation;
}

// Of the updates those whose place is the element's.
IndexRelation ScatterOp::getIndexRelation(unsigned result) {
  IndexRelation relation = relationOf(getOutputs()[result]);
  unsigned count = unsigned(getInputs().size());
  RankedTensorType type = tensorType(getInputs().front()), updates = tensorType(getUpdates().front());
  SmallVector<AffineExpr> update;
  for (AffineExpr extent : dimExprs(updates))
    update.push_back(relation.addVariable(extent));
  WindowPlaces windows(relation, getDims(), type, count, getScatterIndices().getType(), {}, update, /*clamps=*/false);
  for (auto [dim, place] : llvm::enumerate(windows.place))
    relation.require(IndexCondition::Kind::Zero, place - relation.index(unsigned(dim)));
  for (unsigned number = 0; number < count; ++number) {
    relation.readOnce(number, relation.identity());
    relation.read(count + 1 + number, update);
  }
  return relation;
}

// Where a window of `sizes` begins along each dim of `type`: null where it is as large as the dim and so begins at 0.
static SmallVector<AffineExpr> windowStarts(IndexRelation &relation, RankedTensorType type, ArrayRef<AffineExpr> sizes,
                                            unsigned firstStart) {
  SmallVector<AffineExpr> starts;
  for (auto [dim, size] : llvm::enumerate(sizes)) {
    AffineExpr extent = dimExpr(type, unsigned(dim));
    starts.push_back(sameExpr(extent, size)
                         ? AffineExpr()
                         : relation.addElement(firstStart + unsigned(dim), {}, simplifyExpr(extent - size + 1)));
  }
  return starts;
}

IndexRelation DynamicSliceOp::getIndexRelation(unsigned) {
  IndexRelation relation = relationOf(getResult());
  SmallVector<AffineExpr> place = relation.identity();
  for (auto [dim, start] : llvm::enumerate(windowStarts(relation, getOperand().getType(), dimExprs(getType()), 1)))
    if (start)
      place[dim] = place[dim] + start;
  relation.read(0, place);
  return relation;
}

IndexRelation DynamicUpdateSliceOp::getIndexRelation(unsigned) {
  using Kind = IndexCondition::Kind;
  IndexRelation relation = relationOf(getResult());
  SmallVector<AffineExpr> place = relation.identity(), sizes = dimExprs(getUpdate().getType());
  for (auto [dim, start] : llvm::enumerate(windowStarts(relation, getType(), sizes, 2)))
    if (start) {
      place[dim] = place[dim] - start;
      relation.require(Kind::NonNegative, place[dim]);
      relation.require(Kind::Below, place[dim], sizes[dim]);
    }
  relation.read(1, place);
  if (!relation.lastCase().conditions.empty()) {
    relation.cases.emplace_back();
    relation.read(0, relation.identity());
  }
  return relation;
}

} // namespace ingot
