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
  if (!op->getOperand(0).getDefiningOp<GetWeightOp>())
    return "unpack of what is no weight";
  for (OpOperand &use : op->getResult(0).getUses())
    if (makingOf(use.getOwner()) != Making::Contraction || use.getOperandNumber() != 1)
      return "an unpacked weight is read by '" + use.getOwner()->getName().getStringRef().str() + "'";
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
