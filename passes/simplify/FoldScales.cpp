#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/Programs.h"
#include "passes/Reorder.h"
#include "passes/simplify/Passes.h"

namespace ingot {

#define GEN_PASS_DEF_FOLDSCALES
#include "passes/simplify/Passes.h.inc"

using namespace mlir;

namespace {

// A longer vector stays an operand: whoever evaluates a scaled weight holds its scale in memory.
constexpr int64_t kMaxScale = 8 << 20;

// A known factor or summand that varies along one dim at most.
struct Channel {
  Value vector; // rank 1, or 0 where it is one number; unset until materialised
  int64_t dim = -1;
  DenseElementsAttr constant; // what to materialise

  // Creates nothing: a pattern that matched may still fail.
  static std::optional<Channel> match(Value value) {
    if (auto broadcast = value.getDefiningOp<BroadcastInDimOp>()) {
      if (typeOf(broadcast.getOperand()).getRank() > 1 || !isKnown(broadcast.getOperand()))
        return std::nullopt;
      bool isScalar = broadcast.getBroadcastDimensions().empty();
      return Channel{broadcast.getOperand(), isScalar ? -1 : broadcast.getBroadcastDimensions()[0], {}};
    }
    auto constant = value.getDefiningOp<ConstantOp>();
    auto elements = constant ? dyn_cast<DenseElementsAttr>(constant.getValue()) : DenseElementsAttr();
    if (!elements)
      return std::nullopt;
    if (auto repeated = repeatedVector(elements))
      return Channel{{}, repeated->second, repeated->first};
    if (!elements.isSplat())
      return std::nullopt;
    return Channel{{}, -1, elements.resizeSplat(RankedTensorType::get({}, elements.getElementType()))};
  }

  Value materialize(PatternRewriter &rewriter, Location loc) {
    if (!vector)
      vector = ConstantOp::create(rewriter, loc, constant);
    return vector;
  }

  Value spread(PatternRewriter &rewriter, Location loc, RankedTensorType type) {
    SmallVector<int64_t> dims;
    if (dim >= 0)
      dims.push_back(dim);
    return BroadcastInDimOp::create(rewriter, loc, type, materialize(rewriter, loc), dims);
  }
};

// op(a, b) where both vary along the same dim or one is a number; nullopt otherwise.
template <typename Op> std::optional<Channel> combine(PatternRewriter &rewriter, Location loc, Channel a, Channel b) {
  if (a.dim >= 0 && b.dim >= 0 && a.dim != b.dim)
    return std::nullopt;
  a.materialize(rewriter, loc);
  b.materialize(rewriter, loc);
  for (auto [one, other] : {std::pair(&a, &b), std::pair(&b, &a)})
    if (one->dim < 0 && other->dim >= 0) {
      one->vector = BroadcastInDimOp::create(rewriter, loc, typeOf(other->vector), one->vector, ArrayRef<int64_t>{});
      one->dim = other->dim;
    }
  return Channel{Op::create(rewriter, loc, a.vector.getType(), a.vector, b.vector), a.dim, {}};
}

// The operand that is no channel and the one that is.
std::optional<std::pair<Value, Channel>> splitOperands(Operation *op) {
  for (unsigned index : {1u, 0u}) {
    if (index == 0 && !op->hasTrait<OpTrait::IsCommutative>())
      break;
    Value other = op->getOperand(1 - index);
    if (isKnown(op->getOperand(index)) && !isKnown(other))
      if (auto channel = Channel::match(op->getOperand(index)))
        return std::pair(other, *channel);
  }
  return std::nullopt;
}

bool isFloat(Operation *op) { return isa<FloatType>(typeOf(op->getResult(0)).getElementType()); }

// x - c ==> x + (-c), x / c ==> x * (1 / c)
struct InvertChannel : RewritePattern {
  explicit InvertChannel(MLIRContext *context) : RewritePattern(MatchAnyOpTypeTag(), 1, context) {}
  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    if (!isa<SubtractOp, DivideOp>(op) || !isFloat(op))
      return failure();
    auto split = splitOperands(op);
    if (!split)
      return failure();
    auto [other, channel] = *split;
    auto type = typeOf(op->getResult(0));
    auto vectorType = typeOf(channel.materialize(rewriter, op->getLoc()));
    if (isa<SubtractOp>(op)) {
      channel.vector = NegateOp::create(rewriter, op->getLoc(), vectorType, channel.vector);
      rewriter.replaceOpWithNewOp<AddOp>(op, type, other, channel.spread(rewriter, op->getLoc(), type));
    } else {
      auto one = DenseElementsAttr::get(vectorType, rewriter.getFloatAttr(vectorType.getElementType(), 1.0));
      Value ones = ConstantOp::create(rewriter, op->getLoc(), one);
      channel.vector = DivideOp::create(rewriter, op->getLoc(), vectorType, ones, channel.vector);
      rewriter.replaceOpWithNewOp<MultiplyOp>(op, type, other, channel.spread(rewriter, op->getLoc(), type));
    }
    return success();
  }
};

// (x + b) + c ==> x + (b + c), (x * b) * c ==> x * (b * c)
template <typename Op> struct MergeChannels : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    auto outer = splitOperands(op);
    auto inner = outer ? outer->first.template getDefiningOp<Op>() : nullptr;
    if (!inner || !inner->hasOneUse())
      return failure();
    auto innerSplit = splitOperands(inner);
    if (!innerSplit)
      return failure();
    auto combined = combine<Op>(rewriter, op.getLoc(), innerSplit->second, outer->second);
    if (!combined)
      return failure();
    rewriter.replaceOpWithNewOp<Op>(op, op.getType(), innerSplit->first,
                                    combined->spread(rewriter, op.getLoc(), op.getType()));
    return success();
  }
};

// True if the value is a product by a weight, maybe scaled, whose scale can still move into the weight.
bool isScalable(Value value) {
  if (!value.hasOneUse())
    return false;
  Operation *def = value.getDefiningOp();
  if (isa_and_nonnull<MultiplyOp>(def))
    return (isKnown(def->getOperand(1)) && isScalable(def->getOperand(0))) ||
           (isKnown(def->getOperand(0)) && isScalable(def->getOperand(1)));
  return isa_and_nonnull<ConvolutionOp, DotGeneralOp>(def) &&
         isa_and_nonnull<GetWeightOp>(def->getOperand(1).getDefiningOp());
}

// (contraction + b) * s ==> contraction * s + b * s
struct ScaleBeforeBias : OpRewritePattern<MultiplyOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(MultiplyOp op, PatternRewriter &rewriter) const override {
    if (!isFloat(op))
      return failure();
    auto outer = splitOperands(op);
    auto add = outer ? outer->first.getDefiningOp<AddOp>() : nullptr;
    if (!add || !add->hasOneUse())
      return failure();
    auto inner = splitOperands(add);
    if (!inner || !isScalable(inner->first))
      return failure();
    auto bias = combine<MultiplyOp>(rewriter, op.getLoc(), inner->second, outer->second);
    if (!bias)
      return failure();
    Value scaled = MultiplyOp::create(rewriter, op.getLoc(), op.getType(), inner->first,
                                      outer->second.spread(rewriter, op.getLoc(), op.getType()));
    rewriter.replaceOpWithNewOp<AddOp>(op, op.getType(), scaled, bias->spread(rewriter, op.getLoc(), op.getType()));
    return success();
  }
};

// contraction(x, weight) * s ==> contraction(x, weight * s)
struct ScaleIntoWeight : OpRewritePattern<MultiplyOp> {
  ScaleIntoWeight(MLIRContext *context, WeightEditor &weights) : OpRewritePattern(context), weights(weights) {}
  LogicalResult matchAndRewrite(MultiplyOp op, PatternRewriter &rewriter) const override {
    if (!isFloat(op))
      return failure();
    auto split = splitOperands(op);
    if (!split || !split->first.hasOneUse() || !isScalable(split->first))
      return failure();
    auto [value, channel] = *split;
    Operation *contraction = value.getDefiningOp();
    int64_t resultDim, weightDim;
    if (auto conv = dyn_cast<ConvolutionOp>(contraction)) {
      resultDim = conv.getDims().getOutputFeature();
      weightDim = conv.getDims().getKernelOutputFeature();
    } else if (auto dot = dyn_cast<DotGeneralOp>(contraction); dot && dot.getRhsFreeDims().size() == 1) {
      resultDim = dot.getType().getRank() - 1;
      weightDim = dot.getRhsFreeDims().front();
    } else {
      return failure();
    }
    auto get = contraction->getOperand(1).getDefiningOp<GetWeightOp>();
    if ((channel.dim >= 0 && channel.dim != resultDim) || typeOf(get).getElementType() != op.getType().getElementType())
      return failure();
    int64_t extent = typeOf(get).getDimSize(weightDim);
    std::optional<std::string> key = extent <= kMaxScale ? entryOf(channel, extent) : std::nullopt;
    WeightOp weight = key ? weights.extend(get, {ScaleStepAttr::get(op.getContext(), weightDim, *key)}) : nullptr;
    if (!weight)
      return failure();
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPoint(contraction);
    Value scaled = weights.read(rewriter, get.getLoc(), weight);
    rewriter.modifyOpInPlace(contraction, [&] { contraction->setOperand(1, scaled); });
    rewriter.replaceOp(op, value);
    return success();
  }

private:
  // The store's entry that holds the channel as a vector of `extent` elements.
  std::optional<std::string> entryOf(Channel channel, int64_t extent) const {
    DenseElementsAttr constant = channel.constant;
    if (constant || matchPattern(channel.vector, m_Constant(&constant))) {
      if (constant.isSplat())
        constant = constant.resizeSplat(RankedTensorType::get({extent}, constant.getElementType()));
      return weights.addEntry("scale", constant);
    }
    auto get = channel.vector.getDefiningOp<GetWeightOp>();
    WeightOp weight = get ? weights.lookup(get) : nullptr;
    if (!weight || channel.dim < 0)
      return std::nullopt;
    if (weight.getSteps().empty())
      return weight.getSource().getKey().str();
    llvm::Expected<std::vector<char>> bytes = evaluateWeight(weight, weights.weightStore());
    if (!bytes) {
      llvm::consumeError(bytes.takeError());
      return std::nullopt;
    }
    WeightSource entry;
    entry.type = weight.getTensorType();
    entry.bytes = std::move(*bytes);
    return weights.weightStore().add(weight.getSymName(), std::move(entry));
  }

  WeightEditor &weights;
};

struct FoldScales : impl::FoldScalesBase<FoldScales> {
  explicit FoldScales(WeightStore &store) : store(&store) {}

  void runOnOperation() override {
    if (!allowsReassociation(getOperation()))
      return;
    WeightEditor weights(getOperation(), *store);
    MLIRContext *context = &getContext();
    RewritePatternSet patterns(context);
    patterns.add<InvertChannel, MergeChannels<AddOp>, MergeChannels<MultiplyOp>, ScaleBeforeBias>(context);
    patterns.add<ScaleIntoWeight>(context, weights);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }

  WeightStore *store;
};

} // namespace

std::unique_ptr<Pass> createFoldScales(WeightStore &store) { return std::make_unique<FoldScales>(store); }

} // namespace ingot
