#include "passes/fuse/RegionRules.h"
#include "ir/Types.h"
#include "passes/Programs.h"

using namespace mlir;

namespace ingot {

bool updatesStandAlone(ArrayRef<Operation *> ops, ArrayRef<Value> results) {
  for (Operation *op : ops) {
    auto update = dyn_cast<DynamicUpdateSliceOp>(op);
    Operation *producer = update ? update.getOperand().getDefiningOp() : nullptr;
    while (isView(producer))
      producer = producer->getOperand(0).getDefiningOp();
    if (!update || (producer && isOnDemand(producer) && producer->getNumOperands() == 0))
      continue;
    if (results.size() != 1 || results[0] != update.getResult() || (producer && llvm::is_contained(ops, producer)))
      return false;
    for (Operation *user : update.getOperand().getUsers())
      if (user != op && llvm::is_contained(ops, user))
        return false;
  }
  return true;
}

bool isElementwiseIn(Operation *op, Value operand) {
  if (op->hasTrait<trait::Pointwise>())
    return true;
  auto from = cast<RankedTensorType>(operand.getType()), to = cast<RankedTensorType>(op->getResult(0).getType());
  if (!llvm::equal(dimExprs(from), dimExprs(to), sameExpr))
    return false; // before a relation of very many operands is made
  std::optional<IndexRelation> relation = indexRelationOf(op);
  return relation && llvm::all_of(op->getOpOperands(), [&](OpOperand &use) {
           return use.get() != operand || relation->readsAtSameIndex(use.getOperandNumber());
         });
}

bool isMadeWhole(Operation *op) { return makingOf(op) == Making::Whole; }

} // namespace ingot
