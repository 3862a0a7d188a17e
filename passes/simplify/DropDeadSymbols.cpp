#include "passes/simplify/Passes.h"
#include "llvm/ADT/DenseSet.h"

namespace ingot {

#define GEN_PASS_DEF_DROPDEADSYMBOLS
#include "passes/simplify/Passes.h.inc"

using namespace mlir;

namespace {
struct DropDeadSymbols : impl::DropDeadSymbolsBase<DropDeadSymbols> {
  void runOnOperation() override {
    SymbolTable table(getOperation());
    SmallVector<Operation *> reached;
    llvm::DenseSet<Operation *> alive;
    for (Operation &op : getOperation().getBody()->getOperations())
      if (!isa<WeightOp>(op) && (!isa<func::FuncOp>(op) || op.hasAttr(kEntryAttr) || cast<func::FuncOp>(op).isPublic())) {
        alive.insert(&op);
        reached.push_back(&op);
      }
    while (!reached.empty()) {
      auto uses = SymbolTable::getSymbolUses(reached.pop_back_val());
      if (!uses)
        return; // an op of an unknown dialect may name anything
      for (const SymbolTable::SymbolUse &use : *uses)
        if (Operation *symbol = table.lookup(use.getSymbolRef().getRootReference()); symbol && alive.insert(symbol).second)
          reached.push_back(symbol);
    }
    for (Operation &op : llvm::make_early_inc_range(*getOperation().getBody()))
      if (!alive.contains(&op))
        op.erase();
  }
};
} // namespace

std::unique_ptr<Pass> createDropDeadSymbols() { return std::make_unique<DropDeadSymbols>(); }

} // namespace ingot
