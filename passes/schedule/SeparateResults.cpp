#include "passes/Programs.h"
#include "passes/schedule/LiveRanges.h"
#include "passes/schedule/Passes.h"
#include "llvm/ADT/DenseSet.h"

namespace ingot {

#define GEN_PASS_DEF_SEPARATERESULTS
#include "passes/schedule/Passes.h.inc"

using namespace mlir;

namespace {

// Whether a loop may swap the memory of a command's result with another's.
bool mayBeSwapped(Value root) {
  if (root.getDefiningOp<WhileOp>())
    return true;
  auto choice = root.getDefiningOp<IfOp>();
  return choice && llvm::any_of(choice->getRegions(), [&](Region &region) {
           return mayBeSwapped(
               memoryRoot(region.front().getTerminator()->getOperand(cast<OpResult>(root).getResultNumber())));
         });
}

bool hasOneReader(Value root) {
  if (!root.hasOneUse())
    return false;
  Operation *user = *root.getUsers().begin();
  return !isView(user) || hasOneReader(user->getResult(0));
}

struct SeparateResults : impl::SeparateResultsBase<SeparateResults> {
  void runOnOperation() override {
    for (func::FuncOp function : programFunctions(getOperation()))
      for (Block *block : programBlocks(function)) {
        for (WhileOp loop : llvm::to_vector(block->getOps<WhileOp>()))
          separateOperands(loop);
        separateReturned(*block);
      }
  }

  static Value copyBefore(Operation *op, OpOperand &operand) {
    OpBuilder builder(op);
    operand.set(CopyOp::create(builder, operand.get().getLoc(), operand.get()));
    return operand.get();
  }

  static void separateOperands(WhileOp loop) {
    for (OpOperand &operand : loop->getOpOperands()) {
      Value root = memoryRoot(operand.get());
      if (!isCommand(root.getDefiningOp()) || root.getParentBlock() != loop->getBlock() || !hasOneReader(root))
        copyBefore(loop, operand);
    }
  }

  static void separateReturned(Block &block) {
    auto loop = dyn_cast<WhileOp>(block.getParentOp());
    if (loop && &block == &loop.getCond().front())
      return;
    bool isProgram = isa<func::FuncOp>(block.getParentOp());
    Operation *end = block.getTerminator();
    llvm::DenseSet<Value> taken;
    for (OpOperand &returned : end->getOpOperands()) {
      Value root = memoryRoot(returned.get());
      if (loop && root == block.getArgument(returned.getOperandNumber()))
        continue;
      bool isOwn = isCommand(root.getDefiningOp()) && root.getParentBlock() == &block;
      if (!isOwn || (isProgram && mayBeSwapped(root)) || !taken.insert(root).second)
        taken.insert(copyBefore(end, returned));
    }
  }
};
} // namespace

std::unique_ptr<Pass> createSeparateResults() { return std::make_unique<SeparateResults>(); }

} // namespace ingot
