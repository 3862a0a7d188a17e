#include "passes/fuse/RegionRules.h"

using namespace mlir;

namespace ingot {

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

} // namespace ingot
