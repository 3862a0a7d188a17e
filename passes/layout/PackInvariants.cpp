#include "passes/Programs.h"
#include "passes/Reorder.h"
#include "passes/layout/Panels.h"
#include "passes/layout/Passes.h"

#include <map>
#include <tuple>

namespace ingot {

#define GEN_PASS_DEF_PACKINVARIANTS
#include "passes/layout/Passes.h.inc"

using namespace mlir;

namespace {

// The outermost loop around `op` that `value` comes from outside of, or none.
WhileOp loopWithout(Value value, Operation *op) {
  WhileOp found;
  Operation *home = value.getParentBlock()->getParentOp();
  for (Operation *parent = op->getParentOp(); parent && home->isProperAncestor(parent); parent = parent->getParentOp())
    if (auto loop = dyn_cast<WhileOp>(parent))
      found = loop;
  return found;
}

// [.., D, ..] ==> [ceil(D / width), .., width], as the initialiser step #ingot.pack makes it of a weight.
Value packed(OpBuilder &builder, Location loc, Value value, ContractionLayout layout) {
  const int64_t dim = layout.panelDim, width = layout.panelWidth, rank = typeOf(value).getRank();
  const int64_t extent = typeOf(value).getDimSize(dim), panels = (extent + width - 1) / width;
  SmallVector<int64_t> shape(typeOf(value).getShape());
  Type element = typeOf(value).getElementType();
  value = paddedBehind(builder, loc, value, dim, panels * width - extent);
  shape[dim] = panels;
  shape.insert(shape.begin() + dim + 1, width);
  value = reshaped(builder, loc, value, makeTensorType(shape, element));
  SmallVector<int64_t> permutation{dim};
  for (int64_t other = 0; other <= rank; ++other)
    if (other != dim && other != dim + 1)
      permutation.push_back(other);
  permutation.push_back(dim + 1);
  return transposed(builder, loc, value, permutation);
}

struct PackInvariants : impl::PackInvariantsBase<PackInvariants> {
  explicit PackInvariants(const TargetModel &target) : target(&target) {}

  void runOnOperation() override {
    SmallVector<Operation *> contractions;
    for (func::FuncOp function : programFunctions(getOperation()))
      for (Block *block : programBlocks(function))
        for (Operation &op : *block)
          if (makingOf(&op) == Making::Contraction)
            contractions.push_back(&op);
    using Key = std::tuple<void *, Operation *, int64_t, int64_t>; // a value, a loop, a layout
    std::map<Key, Value> made;
    for (Operation *op : contractions) {
      Value right = op->getOperand(1);
      Operation *def = right.getDefiningOp();
      WhileOp loop = loopWithout(right, op);
      if (!loop || (def && def->getNumOperands() == 0)) // weights and constants are not made by the program
        continue;
      std::optional<ContractionLayout> layout = panelLayoutOf(op, *target);
      if (!layout)
        continue;
      OpBuilder builder(loop);
      Value &panels = made[{right.getAsOpaquePointer(), loop, layout->panelDim, layout->panelWidth}];
      if (!panels)
        panels = packed(builder, op->getLoc(), right, *layout);
      builder.setInsertionPoint(op);
      op->setOperand(1, unpacked(builder, op->getLoc(), panels, typeOf(right), *layout));
    }
  }

  const TargetModel *target;
};

} // namespace

std::unique_ptr<Pass> createPackInvariants(const TargetModel &target) { return std::make_unique<PackInvariants>(target); }

} // namespace ingot
