#include "ir/Types.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/simplify/Passes.h"

namespace ingot {

#define GEN_PASS_DEF_FOLDWEIGHTS
#include "passes/simplify/Passes.h.inc"

using namespace mlir;

namespace {

// The initialiser step that does what the op does, or null.
Attribute stepFor(Operation *op) {
  MLIRContext *context = op->getContext();
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (!type || !type.hasStaticShape())
    return nullptr;
  if (auto transpose = dyn_cast<TransposeOp>(op))
    return TransposeStepAttr::get(context, transpose.getPermutation());
  if (isa<ReshapeOp>(op))
    return ReshapeStepAttr::get(context, type.getShape());
  if (isa<ConvertOp>(op))
    return ConvertStepAttr::get(context, type.getElementType());
  if (auto slice = dyn_cast<SliceOp>(op)) {
    const bool isDense = llvm::all_of(slice.getStrides(), [](int64_t stride) { return stride == 1; });
    auto operand = cast<RankedTensorType>(slice.getOperand().getType());
    SmallVector<int64_t> limits(slice.getLimitIndices());
    for (auto [dim, limit] : llvm::enumerate(limits))
      if (limit == SliceOp::kWholeDim)
        limit = operand.getDimSize(dim);
      else if (limit == SliceOp::kToResult)
        limit =
            slice.getStartIndices()[dim] + std::max<int64_t>(0, (type.getDimSize(dim) - 1) * slice.getStrides()[dim] + 1);
    return SliceStepAttr::get(context, slice.getStartIndices(), limits, isDense ? ArrayRef<int64_t>() : slice.getStrides());
  }
  if (auto reverse = dyn_cast<ReverseOp>(op))
    return ReverseStepAttr::get(context, reverse.getDimensions());
  return nullptr;
}

struct FoldWeights : impl::FoldWeightsBase<FoldWeights> {
  explicit FoldWeights(WeightStore &store) : store(&store) {}

  void runOnOperation() override {
    WeightEditor weights(getOperation(), *store);
    SmallVector<GetWeightOp> gets;
    getOperation().walk([&](GetWeightOp get) { gets.push_back(get); });
    while (!gets.empty()) {
      GetWeightOp get = gets.pop_back_val();
      for (Operation *user : llvm::make_early_inc_range(get->getUsers())) {
        if (user->getNumOperands() != 1 || user->getNumResults() != 1)
          continue;
        if (auto convert = dyn_cast<ConvertOp>(user); convert && widensPacked(user)) {
          moveBelow(convert, get, weights, gets);
          continue;
        }
        Attribute step = stepFor(user);
        if (!step)
          continue;
        WeightOp weight = weights.extend(get, {step});
        if (!weight)
          continue;
        OpBuilder builder(user);
        auto folded = weights.read(builder, user->getLoc(), weight);
        user->replaceAllUsesWith(folded);
        user->erase();
        gets.push_back(folded);
      }
      if (get->use_empty())
        weights.erase(get);
    }
  }

  // op(convert(weight)) ==> convert(op(weight)), of ops that move elements.
  void moveBelow(ConvertOp convert, GetWeightOp get, WeightEditor &weights, SmallVectorImpl<GetWeightOp> &gets) {
    for (Operation *user : llvm::make_early_inc_range(convert->getUsers())) {
      if (!isa<TransposeOp, ReshapeOp, SliceOp, ReverseOp>(user))
        continue;
      OpBuilder builder(user);
      Attribute step = stepFor(user);
      // Where others read what is converted, they keep the weight.
      GetWeightOp own = convert->hasOneUse() ? get : weights.read(builder, get.getLoc(), weights.lookup(get));
      WeightOp weight = step ? weights.extend(own, {step}) : nullptr;
      if (own != get)
        weights.erase(own);
      if (!weight)
        continue;
      auto moved = weights.read(builder, user->getLoc(), weight);
      auto type = cast<RankedTensorType>(user->getResult(0).getType());
      user->replaceAllUsesWith(ConvertOp::create(builder, convert.getLoc(), type, moved));
      user->erase();
      gets.push_back(moved);
    }
    if (convert.use_empty())
      convert.erase();
  }

  WeightStore *store;
};

} // namespace

std::unique_ptr<Pass> createFoldWeights(WeightStore &store) { return std::make_unique<FoldWeights>(store); }

} // namespace ingot
