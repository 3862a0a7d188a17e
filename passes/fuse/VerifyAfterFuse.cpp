#include "ir/CustomCalls.h"
#include "passes/Programs.h"
#include "passes/fuse/Passes.h"

namespace ingot {

#define GEN_PASS_DEF_VERIFYAFTERFUSE
#include "passes/fuse/Passes.h.inc"

using namespace mlir;

namespace {
struct VerifyAfterFuse : impl::VerifyAfterFuseBase<VerifyAfterFuse> {
  void runOnOperation() override {
    bool bad = false;
    for (func::FuncOp function : programFunctions(getOperation()))
      bad |= failed(checkBoundary(function, "fuse", /*recurse=*/false, [](Operation *op) -> std::string {
        if (isView(op) || isBoundCall(op) || isa<FusionOp, GetWeightOp, func::ReturnOp>(op))
          return "";
        return "'" + op->getName().getStringRef().str() + "' is outside every fusion";
      }));
    if (bad)
      signalPassFailure();
  }
};
} // namespace

std::unique_ptr<Pass> createVerifyAfterFuse() { return std::make_unique<VerifyAfterFuse>(); }

} // namespace ingot
