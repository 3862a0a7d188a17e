#include "mlir/IR/IRMapping.h"
#include "passes/Programs.h"
#include "passes/fuse/Groups.h"
#include "passes/fuse/Passes.h"

namespace ingot {

#define GEN_PASS_DEF_CLOSEREGIONS
#include "passes/fuse/Passes.h.inc"

using namespace mlir;

namespace {

struct CloseRegions : impl::CloseRegionsBase<CloseRegions> {
  void runOnOperation() override {
    for (func::FuncOp function : programFunctions(getOperation())) {
      llvm::SetVector<Operation *> repeated;
      for (Block *block : programBlocks(function))
        if (block->getParentOp() != function)
          close(*block, repeated);
      // Users come after what they use.
      for (Operation *op : llvm::reverse(repeated))
        if (op->use_empty())
          op->erase();
    }
  }

  static bool isRepeated(Operation *op) { return op && (GroupGraph::isFree(op) || makingOf(op) == Making::Panels); }

  // Copies come into the block they are used in, chains of them operands first.
  static void close(Block &block, llvm::SetVector<Operation *> &repeated) {
    IRMapping copies;
    OpBuilder builder = OpBuilder::atBlockBegin(&block);
    std::function<Value(Value)> copied = [&](Value value) -> Value {
      Operation *def = value.getDefiningOp();
      if (!isRepeated(def) || def->getBlock() == &block)
        return value;
      if (copies.contains(value))
        return copies.lookup(value);
      for (Value operand : def->getOperands())
        copies.map(operand, copied(operand));
      repeated.insert(def);
      builder.clone(*def, copies);
      return copies.lookup(value);
    };
    for (Operation &op : llvm::make_early_inc_range(block))
      for (OpOperand &operand : op.getOpOperands())
        operand.set(copied(operand.get()));
  }
};

} // namespace

std::unique_ptr<Pass> createCloseRegions() { return std::make_unique<CloseRegions>(); }

} // namespace ingot
