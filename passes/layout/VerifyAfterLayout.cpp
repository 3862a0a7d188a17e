#include "passes/Programs.h"
#include "passes/layout/Passes.h"

namespace ingot {

#define GEN_PASS_DEF_VERIFYAFTERLAYOUT
#include "passes/layout/Passes.h.inc"

using namespace mlir;

namespace {

std::string problemOf(Operation *op) {
  if (makingOf(op) != Making::Panels)
    return "";
  Value panels = op->getOperand(0);
  if (!panels.getDefiningOp<GetWeightOp>() && panels.getParentBlock() == op->getBlock())
    return "unpack of what is no weight and made beside it";
  for (OpOperand &use : op->getResult(0).getUses())
    if (makingOf(use.getOwner()) != Making::Contraction || use.getOperandNumber() != 1)
      return "what is unpacked is read by '" + use.getOwner()->getName().getStringRef().str() + "'";
  return "";
}

struct VerifyAfterLayout : impl::VerifyAfterLayoutBase<VerifyAfterLayout> {
  void runOnOperation() override {
    bool bad = false;
    for (func::FuncOp function : programFunctions(getOperation()))
      bad |= failed(checkBoundary(function, "layout", /*recurse=*/false, problemOf));
    if (bad)
      signalPassFailure();
  }
};

} // namespace

std::unique_ptr<Pass> createVerifyAfterLayout() { return std::make_unique<VerifyAfterLayout>(); }

} // namespace ingot
