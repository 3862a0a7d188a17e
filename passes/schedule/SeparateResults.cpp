#include "passes/Programs.h"
#include "passes/schedule/Liveness.h"
#include "passes/schedule/Passes.h"
#include "llvm/ADT/DenseSet.h"

namespace ingot {

#define GEN_PASS_DEF_SEPARATERESULTS
#include "passes/schedule/Passes.h.inc"

using namespace mlir;

namespace {
struct SeparateResults : impl::SeparateResultsBase<SeparateResults> {
  void runOnOperation() override {
    for (func::FuncOp function : programFunctions(getOperation())) {
      Operation *end = function.getBody().back().getTerminator();
      OpBuilder builder(end);
      llvm::DenseSet<Value> taken;
      for (OpOperand &returned : end->getOpOperands()) {
        Value root = memoryRoot(returned.get());
        if (isCommand(root.getDefiningOp()) && taken.insert(root).second)
          continue;
        auto copy = CopyOp::create(builder, returned.get().getLoc(), returned.get());
        returned.set(copy);
        taken.insert(copy);
      }
    }
  }
};
} // namespace

std::unique_ptr<Pass> createSeparateResults() { return std::make_unique<SeparateResults>(); }

} // namespace ingot
