#include "ir/CustomCalls.h"
#include "ir/Types.h"
#include "passes/Programs.h"
#include "passes/simplify/Passes.h"

namespace ingot {

#define GEN_PASS_DEF_VERIFYAFTERSIMPLIFY
#include "passes/simplify/Passes.h.inc"

using namespace mlir;

namespace {

// What a kernel computes of one element after the other: arithmetic on scalars.
bool isScalarArithmetic(Operation *op) {
  auto isScalar = [](Type type) { return isa<RankedTensorType>(type) && cast<RankedTensorType>(type).getRank() == 0; };
  bool isMove = op->getNumOperands() == 1 && isOnDemand(op);
  return llvm::all_of(op->getOperandTypes(), isScalar) && llvm::all_of(op->getResultTypes(), isScalar) &&
         (op->hasTrait<trait::Pointwise>() || op->hasTrait<OpTrait::ConstantLike>() ||
          op->hasTrait<OpTrait::IsTerminator>() || isMove);
}

std::string problemOf(Operation *op) {
  if (isa<func::ReturnOp>(op))
    return "";
  if (!isa<IngotDialect>(op->getDialect()))
    return "'" + op->getName().getStringRef().str() + "' is no tensor op of a program";
  if (makingOf(op) == Making::Panels || isa<FusionOp, DispatchOp, KernelOp, CopyOp>(op))
    return "'" + op->getName().getStringRef().str() + "' belongs to a later phase";
  if (auto call = dyn_cast<CustomCallOp>(op); call && !boundFunction(call))
    return "the custom call '" + call.getCallTargetName().str() + "' is not known; --call " +
           call.getCallTargetName().str() + "=SYMBOL binds it to a function";
  if (makingOf(op) == Making::Decomposed && !isa<CompositeOp>(op))
    return "'" + op->getName().getStringRef().str() + "' needs of its operands what is known only when the program runs";
  if (!isControlFlow(op))
    for (Region &region : op->getRegions())
      for (Operation &inner : region.front())
        if (!isScalarArithmetic(&inner))
          return "the body of '" + op->getName().getStringRef().str() + "' holds '" + inner.getName().getStringRef().str() +
                 "', which is no arithmetic on scalars";
  for (Value result : op->getResults())
    if (auto type = dyn_cast<RankedTensorType>(result.getType()); !type || !hasKnownDims(type))
      return "a result's dims are not known";
  return "";
}

struct VerifyAfterSimplify : impl::VerifyAfterSimplifyBase<VerifyAfterSimplify> {
  void runOnOperation() override {
    bool bad = false;
    for (func::FuncOp function : programFunctions(getOperation())) {
      if (!function.getBody().hasOneBlock()) {
        function.emitError("after simplify: a program has more than one block");
        bad = true;
      }
      bad |= failed(checkBoundary(function, "simplify", /*recurse=*/false, problemOf));
    }
    if (bad)
      signalPassFailure();
  }
};

} // namespace

std::unique_ptr<Pass> createVerifyAfterSimplify() { return std::make_unique<VerifyAfterSimplify>(); }

} // namespace ingot
