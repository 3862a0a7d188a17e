#include "passes/fuse/RegionRules.h"
#include "ir/Types.h"
#include "llvm/ADT/DenseSet.h"

using namespace mlir;

namespace ingot {
namespace {

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

bool sameDims(RankedTensorType lhs, RankedTensorType rhs) {
  return lhs.getShape() == rhs.getShape() && lhs.getEncoding() == rhs.getEncoding();
}

// The ops of `ops` that depend on one for which `isRoot` holds (roots included).
llvm::DenseSet<Operation *> dependents(ArrayRef<Operation *> ops, llvm::function_ref<bool(Operation *)> isRoot) {
  llvm::DenseSet<Operation *> set;
  for (Operation *op : ops)
    if (isRoot(op) || llvm::any_of(op->getOperands(), [&](Value operand) { return set.contains(operand.getDefiningOp()); }))
      set.insert(op);
  return set;
}

bool followsElementwise(Operation *op, const llvm::DenseSet<Operation *> &after) {
  return llvm::all_of(op->getOperands(), [&](Value operand) {
    return !after.contains(operand.getDefiningOp()) || isElementwiseIn(op, operand);
  });
}

// (R2)
bool acceptsAround(Operation *staged, ArrayRef<Operation *> ops, ArrayRef<Value> results) {
  auto after = dependents(ops, [&](Operation *op) { return op == staged; });
  auto shape = typeOf(staged->getResult(0));
  for (Operation *op : ops) {
    if (op == staged)
      continue;
    if (isa<UnpackOp>(op)) {
      if (!llvm::all_of(op->getUsers(), [&](Operation *user) {
            return !llvm::is_contained(ops, user) ||
                   (user == staged && isa<DotGeneralOp, ConvolutionOp>(user) && user->getOperand(1) == op->getResult(0));
          }))
        return false;
      continue;
    }
    if (!isOnDemand(op) ||
        (after.contains(op) && (!followsElementwise(op, after) || !sameDims(typeOf(op->getResult(0)), shape))))
      return false;
  }
  if (isa<DotGeneralOp, ConvolutionOp>(staged)) {
    Operation *right = staged->getOperand(1).getDefiningOp();
    if (right && llvm::is_contained(ops, right) && !isa<UnpackOp>(right))
      return false;
  }
  return llvm::all_of(results, [&](Value result) { return after.contains(result.getDefiningOp()); });
}

// (R3)
bool acceptsReduces(ArrayRef<ReduceOp> reduces, ArrayRef<Operation *> ops, ArrayRef<Value> results) {
  ReduceOp first = reduces.front();
  auto full = typeOf(first.getInputs().front());
  auto row = typeOf(first.getOutputs().front());
  ArrayRef<int64_t> reduced = first.getDimensions();
  if (reduced.empty())
    return false;
  SmallVector<int64_t> kept;
  for (int64_t dim = 0; dim < full.getRank(); ++dim)
    if (!llvm::is_contained(reduced, dim))
      kept.push_back(dim);
  for (ReduceOp reduce : reduces)
    if (reduce.getDimensions() != reduced || !sameDims(typeOf(reduce.getInputs().front()), full))
      return false;

  auto after = dependents(ops, [](Operation *op) { return isa<ReduceOp>(op); });
  for (Operation *op : ops) {
    if (isa<ReduceOp>(op))
      continue;
    if (!isOnDemand(op))
      return false;
    if (!after.contains(op))
      continue;
    auto type = typeOf(op->getResult(0));
    if (auto broadcast = dyn_cast<BroadcastInDimOp>(op)) {
      if (!sameDims(type, full) || !sameDims(typeOf(broadcast.getOperand()), row) ||
          broadcast.getBroadcastDimensions() != ArrayRef(kept))
        return false;
    } else if (followsElementwise(op, after)) {
      if (!sameDims(type, full) && !sameDims(type, row))
        return false;
    } else {
      return false;
    }
  }
  return llvm::all_of(results, [&](Value result) {
    auto type = typeOf(result);
    return sameDims(type, full) || (sameDims(type, row) && after.contains(result.getDefiningOp()));
  });
}

} // namespace

bool updatesStandAlone(ArrayRef<Operation *> ops, ArrayRef<Value> results) {
  for (Operation *op : ops) {
    auto update = dyn_cast<DynamicUpdateSliceOp>(op);
    Operation *producer = update ? update.getOperand().getDefiningOp() : nullptr;
    while (auto reshape = dyn_cast_or_null<ReshapeOp>(producer))
      producer = reshape.getOperand().getDefiningOp();
    if (!update || (producer && isa<ConstantOp, IotaOp>(producer)))
      continue;
    if (results.size() != 1 || results[0] != update.getResult() || (producer && llvm::is_contained(ops, producer)))
      return false;
    for (Operation *user : update.getOperand().getUsers())
      if (user != op && llvm::is_contained(ops, user))
        return false;
  }
  return true;
}

bool isOnDemand(Operation *op) {
  return op->hasTrait<trait::Pointwise>() || isa<ConstantOp, IotaOp, SizeOfOp>(op) ||
         (op->hasTrait<trait::DataMovement>() && !isa<UnpackOp>(op)) ||
         isa<GatherOp, DynamicSliceOp, DynamicUpdateSliceOp, InterpolateOp, QuantizeOp, DequantizeOp, BitcastConvertOp,
             RngOp, RngBitGeneratorOp>(op);
}

bool isElementwiseIn(Operation *op, Value operand) {
  if (op->hasTrait<trait::Pointwise>())
    return true;
  // Scales and zero points are found by the index, too, but at another place.
  return isa<QuantizeOp, DequantizeOp>(op) && op->getOperand(0) == operand &&
         !llvm::is_contained(op->getOperands().drop_front(), operand);
}

bool hasEmitterOfItsOwn(Operation *op) { return isa<SortOp, TopKOp, ScanOp, ScatterOp>(op); }

bool isStaged(Operation *op) {
  return isa<DotGeneralOp, ConvolutionOp, ReduceOp, ReduceWindowOp, CompositeOp>(op) || hasEmitterOfItsOwn(op);
}

bool differInUnitDimsOnly(RankedTensorType lhs, RankedTensorType rhs) {
  auto squeezed = [](RankedTensorType type) {
    SmallVector<AffineExpr> dims;
    for (AffineExpr dim : dimExprs(type))
      if (auto constant = dyn_cast<AffineConstantExpr>(dim); !constant || constant.getValue() != 1)
        dims.push_back(dim);
    return dims;
  };
  return squeezed(lhs) == squeezed(rhs);
}

bool acceptsRegion(ArrayRef<Operation *> ops, ArrayRef<Value> results) {
  SmallVector<Operation *> staged;
  SmallVector<ReduceOp> reduces;
  unsigned sized = 0; // ops that are more than a constant
  for (Operation *op : ops) {
    sized += !isa<ConstantOp, IotaOp, SizeOfOp>(op);
    if (isStaged(op))
      staged.push_back(op);
    if (auto reduce = dyn_cast<ReduceOp>(op))
      reduces.push_back(reduce);
  }
  if (sized <= 1)
    return true;
  if (!updatesStandAlone(ops, results))
    return false;
  auto after = dependents(ops, isStaged);
  for (Operation *op : ops) // (R4)
    if (isa<ReshapeOp>(op) &&
        (!differInUnitDimsOnly(typeOf(op->getOperand(0)), typeOf(op->getResult(0))) || after.contains(op)))
      return false;
  if (staged.empty()) { // (R1)
    if (!llvm::all_of(ops, [](Operation *op) { return isOnDemand(op); }))
      return false;
    return llvm::all_of(results, [&](Value result) { return sameDims(typeOf(result), typeOf(results.front())); });
  }
  if (reduces.size() == staged.size())
    return acceptsReduces(reduces, ops, results);
  if (staged.size() == 1 && hasEmitterOfItsOwn(staged.front())) // (R5)
    return llvm::all_of(ops, [&](Operation *op) { return op == staged.front() || isOnDemand(op); }) &&
           llvm::all_of(results, [&](Value result) { return result.getDefiningOp() == staged.front(); });
  return staged.size() == 1 && !isa<CompositeOp>(staged.front()) && acceptsAround(staged.front(), ops, results);
}

} // namespace ingot
