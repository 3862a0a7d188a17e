#include "compiler/codegen/contraction/Match.h"

#include "compiler/codegen/FusionRules.h"
#include "passes/fuse/RegionRules.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"

namespace ingot {

using namespace mlir;

namespace {

// Images and matrices of at least this many static rows are outer indices of their own where the dim before them is
// symbolic: their tiles are then known when compiling.
constexpr int64_t enoughRows = 32;
constexpr int64_t fewestRowsToPackFor = 3;
constexpr int64_t mostOfAny = int64_t(1) << 31; // columns, depth
// A group of fewer output features, or of one input feature, is better off with its lanes running across groups.
constexpr int64_t fewestGroupColumns = 4;
// The widest vector any level uses for f32.
constexpr int64_t widestVector = 16;

bool isF32(Value value) { return cast<RankedTensorType>(value.getType()).getElementType().isF32(); }

bool isIota(ArrayRef<int64_t> values, int64_t start) {
  for (auto [i, value] : llvm::enumerate(values))
    if (value != start + static_cast<int64_t>(i))
      return false;
  return true;
}

// Ops of more than a few instructions an element.
bool isHeavy(Operation *op) {
  CostClass cost = costClassOf(op);
  return cost == CostClass::Dear || cost == CostClass::VeryDear || cost == CostClass::Iterative ||
         cost == CostClass::Resample;
}

AffineExpr product(MLIRContext *context, ArrayRef<AffineExpr> dims) {
  AffineExpr result = getAffineConstantExpr(1, context);
  for (AffineExpr dim : dims)
    result = result * dim;
  return simplifyExpr(result);
}

class Matcher {
public:
  Matcher(ArrayRef<Operation *> ops, ArrayRef<Value> results)
      : ops(ops), results(results), members(ops.begin(), ops.end()) {}

  std::optional<ContractionMatch> run() {
    if (!findContraction() || !(isa<DotGeneralOp>(match.op) ? matchDot() : matchConvolution()) || !matchOperands() ||
        !matchEpilogue())
      return std::nullopt;
    return std::move(match);
  }

private:
  bool isInput(Value value) const { return !value.getDefiningOp() || !members.contains(value.getDefiningOp()); }

  bool findContraction();
  bool matchDot();
  bool matchConvolution();
  bool matchOperands();
  bool matchEpilogue();
  // Of columns and run that are known.
  void setExprs() {
    match.columnsExpr = getAffineConstantExpr(match.mostColumns = match.columns, match.op->getContext());
    match.runExpr = getAffineConstantExpr(match.mostRun = match.run, match.op->getContext());
  }
  void splitRows(ArrayRef<AffineExpr> dims, unsigned batchRank);
  bool moveThrough(Operation *op, const Movement &movement);

  ArrayRef<Operation *> ops;
  ArrayRef<Value> results;
  llvm::SetVector<Operation *> members;
  ContractionMatch match;
};

bool Matcher::findContraction() {
  for (Operation *op : ops)
    if (makingOf(op) == Making::Contraction) {
      if (match.op)
        return false;
      match.op = op;
    }
  if (!match.op || !takesElementTypes(match.op))
    return false;
  match.lhs = match.op->getOperand(0);
  match.rhs = match.op->getOperand(1);
  return !llvm::is_contained(match.resultType().getShape(), 0) && // there is nothing to cut into tiles
         hasKnownDims(cast<RankedTensorType>(match.lhs.getType())) &&
         hasKnownDims(cast<RankedTensorType>(match.rhs.getType()));
}

// Decides which of the result's leading dims are outer: `batchRank` must be; a symbolic dim before enough static rows is
// made so.
void Matcher::splitRows(ArrayRef<AffineExpr> dims, unsigned batchRank) {
  MLIRContext *context = match.op->getContext();
  match.outerRank = batchRank;
  ArrayRef<AffineExpr> rows = dims.drop_front(batchRank);
  if (rows.size() > 1 && !isa<AffineConstantExpr>(rows.front())) {
    auto rest = dyn_cast<AffineConstantExpr>(product(context, rows.drop_front()));
    if (rest && rest.getValue() >= enoughRows)
      ++match.outerRank;
  }
  match.outer = product(context, dims.take_front(match.outerRank));
  match.rows = product(context, dims.drop_front(match.outerRank));
}

bool Matcher::matchDot() {
  auto op = cast<DotGeneralOp>(match.op);
  DotDimsAttr dims = op.getDims();
  auto lhs = cast<RankedTensorType>(match.lhs.getType()), rhs = cast<RankedTensorType>(match.rhs.getType());
  if (dims.getLhsContract().size() != 1 || op.getRhsFreeDims().size() != 1)
    return false;
  match.runExpr = dimExpr(lhs, dims.getLhsContract()[0]);
  match.columnsExpr = dimExpr(rhs, op.getRhsFreeDims()[0]);
  SmallVector<SizeAttr> sizes = moduleSizes(op);
  match.mostRun = maxOfExpr(match.runExpr, sizes).value_or(0);
  match.mostColumns = maxOfExpr(match.columnsExpr, sizes).value_or(0);
  if (match.mostRun <= 0 || match.mostColumns <= 0 || match.mostRun > mostOfAny || match.mostColumns > mostOfAny)
    return false;
  match.run = isa<AffineConstantExpr>(match.runExpr) ? match.mostRun : -1;
  match.columns = isa<AffineConstantExpr>(match.columnsExpr) ? match.mostColumns : -1;
  SmallVector<AffineExpr> leading = dimExprs(match.resultType());
  leading.pop_back();
  splitRows(leading, dims.getLhsBatch().size());
  return !isTiny(op);
}

bool Matcher::matchConvolution() {
  auto op = cast<ConvolutionOp>(match.op);
  auto lhs = cast<RankedTensorType>(match.lhs.getType()), rhs = cast<RankedTensorType>(match.rhs.getType());
  if (!takesConvolution(op) || !rhs.hasStaticShape() || lhs.isDynamicDim(lhs.getRank() - 1) || rhs.getNumElements() == 0)
    return false;
  const unsigned spatial = rhs.getRank() - 2;
  ArrayRef<int64_t> window = rhs.getShape().take_front(spatial);
  const int64_t features = rhs.getDimSize(spatial);
  match.groups = op.getFeatureGroupCount();
  match.columns = rhs.getShape().back() / match.groups;
  match.features = features;
  bool pointwise = llvm::all_of(window, [](int64_t size) { return size == 1; }) &&
                   llvm::all_of(op.getWindowStrides(), [](int64_t stride) { return stride == 1; }) &&
                   llvm::all_of(op.getPadding(), [](int64_t padding) { return padding == 0; });
  if (pointwise) {
    match.run = features;
    SmallVector<AffineExpr> leading = dimExprs(match.resultType());
    leading.pop_back();
    splitRows(leading, 0);
    setExprs();
    match.outer = simplifyExpr(match.outer * match.groups);
    return true;
  }
  match.windowed = true;
  match.outerRank = 1;
  match.outer = simplifyExpr(dimExpr(match.resultType(), 0) * match.groups);
  SmallVector<AffineExpr> dims = dimExprs(match.resultType());
  match.rows = product(op.getContext(), ArrayRef(dims).drop_front().drop_back());
  // Neighbours along the last spatial dim and their features lie side by side unless the window is dilated there.
  bool dense = op.getRhsDilation().back() == 1;
  match.segments.assign(window.begin(), dense ? window.end() - 1 : window.end());
  match.run = dense ? window.back() * features : features;
  setExprs();
  return true;
}

bool Matcher::matchOperands() {
  // The left operand's memory: an input, seen through reshapes, whose depth comes last after outer and row dims in order.
  bool ordered = match.windowed;
  if (!match.windowed) {
    SmallVector<unsigned> order = match.lhsOuterRowDims();
    order.push_back(match.lhsDepthDim());
    ordered = isIota(SmallVector<int64_t>(order.begin(), order.end()), 0);
  }
  Value source = match.lhs;
  while (auto reshape = source.getDefiningOp<ReshapeOp>()) {
    if (!members.contains(reshape))
      break;
    source = reshape.getOperand();
  }
  if (ordered && isInput(source))
    match.leftInput = source;

  auto unpack = match.rhs.getDefiningOp<UnpackOp>();
  if (!unpack || !members.contains(unpack)) {
    // Panels made on the spot pay once a few rows use them.
    auto rows = dyn_cast<AffineConstantExpr>(match.rows);
    return !rows || rows.getValue() >= fewestRowsToPackFor;
  }
  auto type = cast<RankedTensorType>(match.rhs.getType());
  int64_t columnDim = isa<ConvolutionOp>(match.op) ? type.getRank() - 1 : cast<DotGeneralOp>(match.op).getRhsFreeDims()[0];
  // Panels run along depth in the order of the other dims, which for a dot is its only one.
  bool canUse = isInput(unpack.getOperand()) && static_cast<int64_t>(unpack.getDim()) == columnDim &&
                type.hasStaticShape() && (!isa<DotGeneralOp>(match.op) || type.getRank() == 2) && unpack.getWidth() % 4 == 0;
  if (!canUse || match.groups != 1)
    return false;
  match.panels = unpack.getOperand();
  match.panelWidth = unpack.getWidth();
  return true;
}

// Whether the emitter can follow indices through this transpose or reshape when lanes run along the contraction's columns.
bool Matcher::moveThrough(Operation *op, const Movement &movement) {
  if (isa<TransposeOp>(op))
    return true;
  auto reshape = dyn_cast<ReshapeOp>(op);
  if (!reshape)
    return false;
  // Lanes must still run along the last dim, and no vector may cross its end.
  for (Operation *earlier : movement)
    if (auto transpose = dyn_cast<TransposeOp>(earlier))
      if (transpose.getPermutation().back() != static_cast<int64_t>(transpose.getPermutation().size()) - 1)
        return false;
  auto from = cast<RankedTensorType>(reshape.getOperand().getType()), to = cast<RankedTensorType>(reshape.getType());
  if (from.getRank() == 0 || to.getRank() == 0)
    return false;
  int64_t last = from.getShape().back(), newLast = to.getShape().back();
  if (ShapedType::isDynamic(last) || ShapedType::isDynamic(newLast))
    return false;
  const bool wholeVectors = match.groups == 1 || match.columns % widestVector == 0;
  return last == newLast || (wholeVectors && last % widestVector == 0 && newLast % widestVector == 0);
}

bool Matcher::matchEpilogue() {
  match.movements[match.op->getResult(0)] = {};
  for (Operation *op : ops) {
    if (op == match.op || isa<ReturnOp>(op))
      continue;
    if (op->getNumRegions() != 0 || op->getNumResults() != 1)
      return false;
    SmallVector<Value> dependent;
    for (Value operand : op->getOperands())
      if (match.movements.contains(operand))
        dependent.push_back(operand);
    bool pointwise = llvm::all_of(dependent, [&](Value operand) { return isElementwiseIn(op, operand); });
    auto isComplex = [](Type type) { return isa<ComplexType>(getElementTypeOrSelf(type)); };
    if (llvm::any_of(op->getResultTypes(), isComplex) || llvm::any_of(op->getOperandTypes(), isComplex))
      return false; // has no lanes
    if (dependent.empty()) {
      // What the operands, or the epilogue's other inputs, are made of.
      if (auto unpack = dyn_cast<UnpackOp>(op); unpack && (unpack.getResult() != match.rhs || !unpack->hasOneUse()))
        return false;
      if (!isOnDemand(op) && makingOf(op) != Making::Panels)
        return false;
      match.prologueIsLight &= !isHeavy(op);
      continue;
    }
    Movement movement = match.movements.lookup(dependent.front());
    for (Value value : dependent)
      if (match.movements.lookup(value) != movement)
        return false;
    if (!pointwise) {
      // A reshape that nothing but the region's result sees is a name for memory and needs no following.
      bool onlyReturned = isa<ReshapeOp>(op) && llvm::all_of(op->getUsers(), [&](Operation *user) {
                            return !members.contains(user) || isa<ReturnOp>(user);
                          });
      if (!onlyReturned && !moveThrough(op, movement))
        return false;
      movement.push_back(op);
    }
    match.movements[op->getResult(0)] = movement;
    match.epilogue.push_back(op);
  }
  for (Value result : results) {
    if (!match.movements.contains(result))
      return false;
    while (auto reshape = result.getDefiningOp<ReshapeOp>())
      if (match.movements.contains(reshape.getOperand()))
        result = reshape.getOperand();
      else
        break;
    match.outputs.push_back({result, match.movements.lookup(result)});
  }
  return !match.outputs.empty();
}

} // namespace

int64_t ContractionMatch::depth() const {
  int64_t result = mostRun;
  for (int64_t count : segments)
    result *= count;
  return result;
}

unsigned ContractionMatch::lhsDepthDim() const {
  if (auto dot = dyn_cast<DotGeneralOp>(op))
    return dot.getDims().getLhsContract()[0];
  return cast<RankedTensorType>(lhs.getType()).getRank() - 1;
}

SmallVector<unsigned> ContractionMatch::lhsOuterRowDims() const {
  SmallVector<unsigned> dims;
  if (auto dot = dyn_cast<DotGeneralOp>(op)) {
    llvm::append_range(dims, dot.getDims().getLhsBatch());
    llvm::append_range(dims, dot.getLhsFreeDims());
  } else {
    llvm::append_range(dims, llvm::seq<unsigned>(0, lhsDepthDim()));
  }
  return dims;
}

bool takesElementTypes(Operation *op) {
  return isF32(op->getOperand(0)) && isF32(op->getOperand(1)) && isF32(op->getResult(0));
}

bool isTiny(DotGeneralOp op) {
  constexpr int64_t fewestSteps = 5000; // of one sum each
  auto lhs = cast<RankedTensorType>(op.getLhs().getType()), result = cast<RankedTensorType>(op.getType());
  Operation *panels = op.getRhs().getDefiningOp();
  if (!lhs.hasStaticShape() || !result.hasStaticShape() || isa_and_nonnull<UnpackOp>(panels))
    return false;
  int64_t steps = result.getNumElements();
  for (int64_t dim : op.getDims().getLhsContract())
    steps *= lhs.getDimSize(dim);
  return steps <= fewestSteps;
}

bool takesConvolution(ConvolutionOp op) {
  ConvDimsAttr dims = op.getDims();
  const int64_t spatial = dims.getInputSpatial().size();
  bool channelsLast = dims.getInputBatch() == 0 && dims.getInputFeature() == spatial + 1 &&
                      isIota(dims.getInputSpatial(), 1) && dims.getKernelInputFeature() == spatial &&
                      dims.getKernelOutputFeature() == spatial + 1 && isIota(dims.getKernelSpatial(), 0) &&
                      dims.getOutputBatch() == 0 && dims.getOutputFeature() == spatial + 1 &&
                      isIota(dims.getOutputSpatial(), 1);
  const int64_t groups = op.getFeatureGroupCount();
  auto kernel = cast<RankedTensorType>(op.getRhs().getType());
  bool takesGroups = groups == 1 || (kernel.hasStaticShape() && kernel.getDimSize(spatial) > 1 &&
                                     kernel.getDimSize(spatial + 1) / groups >= fewestGroupColumns);
  return channelsLast && spatial >= 1 && takesGroups && op.getBatchGroupCount() == 1 &&
         llvm::all_of(op.getLhsDilation(), [](int64_t dilation) { return dilation == 1; });
}

std::optional<ContractionMatch> matchContraction(ArrayRef<Operation *> ops, ArrayRef<Value> results) {
  return Matcher(ops, results).run();
}

std::optional<ContractionMatch> matchContraction(KernelOp kernel) {
  SmallVector<Operation *> ops;
  for (Operation &op : kernel.getBlock().without_terminator())
    ops.push_back(&op);
  return matchContraction(ops, SmallVector<Value>(kernel.getBlock().getTerminator()->getOperands()));
}

bool contractionEmitterCanFuse(ArrayRef<Operation *> ops, ArrayRef<Value> results) {
  std::optional<ContractionMatch> match = matchContraction(ops, results);
  // A left operand that is computed is computed again by every worker that needs it.
  return match && match->prologueIsLight;
}

} // namespace ingot
