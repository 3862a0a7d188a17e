#include "ir/Dialect.h"
#include "ir/Types.h"
using namespace mlir;
namespace ingot {
LogicalResult WeightOp::verify() { return success(); }
LogicalResult FusionOp::verify() { return success(); }
LogicalResult KernelOp::verify() { return success(); }
LogicalResult GetWeightOp::verifySymbolUses(SymbolTableCollection &) { return success(); }
LogicalResult CompositeOp::verifySymbolUses(SymbolTableCollection &) { return success(); }
LogicalResult DispatchOp::verifySymbolUses(SymbolTableCollection &) { return success(); }
SmallVector<RankedTensorType> KernelOp::getInputTypes() {
  return llvm::map_to_vector(getBlock().getArgumentTypes(), [](Type type) { return cast<RankedTensorType>(type); });
}
SmallVector<RankedTensorType> KernelOp::getResultTypes() {
  return llvm::map_to_vector(getBlock().getTerminator()->getOperandTypes(), [](Type type) { return cast<RankedTensorType>(type); });
}
}
