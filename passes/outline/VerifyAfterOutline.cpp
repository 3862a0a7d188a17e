#include "ir/CustomCalls.h"
#include "passes/Programs.h"
#include "passes/outline/Passes.h"

namespace ingot {

#define GEN_PASS_DEF_VERIFYAFTEROUTLINE
#include "passes/outline/Passes.h.inc"

using namespace mlir;

namespace {

std::string inProgram(Operation *op) {
  if (isView(op) || isBoundCall(op) || isa<DispatchOp, GetWeightOp, func::ReturnOp>(op))
    return "";
  return "'" + op->getName().getStringRef().str() + "' in a program";
}

std::string inKernel(Operation *op) {
  if (isa<FusionOp, GetWeightOp, DispatchOp, CopyOp, IfOp, CaseOp, WhileOp>(op))
    return "'" + op->getName().getStringRef().str() + "' in a kernel";
  Attribute constant;
  if (matchPattern(op, m_Constant(&constant)))
    if (auto value = dyn_cast<DenseElementsAttr>(constant); !value || !value.isSplat())
      return "a constant with different elements in a kernel";
  return "";
}

struct VerifyAfterOutline : impl::VerifyAfterOutlineBase<VerifyAfterOutline> {
  void runOnOperation() override {
    bool bad = false;
    for (func::FuncOp function : programFunctions(getOperation()))
      bad |= failed(checkBoundary(function, "outline", /*recurse=*/false, inProgram));
    for (auto kernel : getOperation().getOps<KernelOp>())
      bad |= failed(checkBoundary(kernel, "outline", /*recurse=*/true, inKernel));
    if (bad)
      signalPassFailure();
  }
};

} // namespace

std::unique_ptr<Pass> createVerifyAfterOutline() { return std::make_unique<VerifyAfterOutline>(); }

} // namespace ingot
