#include "passes/Programs.h"
#include "passes/Reorder.h"
#include "passes/layout/Panels.h"
#include "passes/layout/Passes.h"
#include "llvm/ADT/SetVector.h"

namespace ingot {

#define GEN_PASS_DEF_PACKWEIGHTS
#include "passes/layout/Passes.h.inc"

using namespace mlir;

namespace {

struct PackWeights : impl::PackWeightsBase<PackWeights> {
  PackWeights(const TargetModel &target, WeightStore &store) : target(&target), store(&store) {}

  void runOnOperation() override {
    WeightEditor weights(getOperation(), *store);
    SmallVector<Operation *> contractions;
    for (func::FuncOp function : programFunctions(getOperation()))
      for (Block *block : programBlocks(function))
        for (Operation &op : *block)
          if (makingOf(&op) == Making::Contraction && op.getOperand(1).getDefiningOp<GetWeightOp>())
            contractions.push_back(&op);

    llvm::DenseMap<WeightOp, ContractionLayout> chosen;
    llvm::DenseMap<WeightOp, SmallVector<Operation *>> users;
    llvm::SetVector<WeightOp> order;
    for (Operation *op : contractions) {
      WeightOp weight = weights.lookup(op->getOperand(1).getDefiningOp<GetWeightOp>());
      std::optional<ContractionLayout> layout = panelLayoutOf(op, *target);
      if (!weight || !layout)
        continue;
      order.insert(weight);
      chosen.try_emplace(weight, *layout);
      users[weight].push_back(op);
    }
    for (WeightOp weight : order)
      pack(weight, chosen[weight], users[weight], weights);
  }

  void pack(WeightOp weight, ContractionLayout layout, ArrayRef<Operation *> users, WeightEditor &weights) {
    auto step = PackStepAttr::get(&getContext(), layout.panelDim, layout.panelWidth);
    auto plain = weight.getTensorType();
    OpBuilder builder(&getContext());
    SmallVector<GetWeightOp> gets;
    for (Operation *op : users) {
      auto old = op->getOperand(1).getDefiningOp<GetWeightOp>();
      builder.setInsertionPoint(op);
      auto get = weights.read(builder, old.getLoc(), weight);
      op->setOperand(1, get);
      if (old->use_empty())
        weights.erase(old);
      gets.push_back(get);
    }
    WeightOp packed = weights.extendAll(gets, {step});
    for (auto [get, op] : llvm::zip(gets, users)) {
      if (!packed)
        continue;
      builder.setInsertionPoint(op);
      auto packedGet = weights.read(builder, get.getLoc(), packed);
      op->setOperand(1, unpacked(builder, get.getLoc(), packedGet, plain, layout));
      weights.erase(get);
    }
  }

  const TargetModel *target;
  WeightStore *store;
};

} // namespace

std::unique_ptr<Pass> createPackWeights(const TargetModel &target, WeightStore &store) {
  return std::make_unique<PackWeights>(target, store);
}

} // namespace ingot
