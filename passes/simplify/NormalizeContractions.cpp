#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/Reorder.h"
#include "passes/simplify/Passes.h"

namespace ingot {

#define GEN_PASS_DEF_NORMALIZECONTRACTIONS
#include "passes/simplify/Passes.h.inc"

using namespace mlir;

namespace {

// A weight, or what fold-weights leaves of one that is packed: transposes and reshapes of either become its initialiser's steps.
bool isWeight(Value value) {
  Operation *def = value.getDefiningOp();
  return def && (isa<GetWeightOp>(def) || widensPacked(def));
}

AffineExpr productOf(RankedTensorType type, ArrayRef<int64_t> dims) {
  AffineExpr product = getAffineConstantExpr(1, type.getContext());
  for (int64_t dim : dims)
    product = product * dimExpr(type, dim);
  return simplifyExpr(product);
}

SmallVector<int64_t> concat(ArrayRef<int64_t> a, ArrayRef<int64_t> b) {
  SmallVector<int64_t> all(a);
  all.append(b.begin(), b.end());
  return all;
}

// A constant on the right of a contraction ==> a weight
struct ConstantToWeight : RewritePattern {
  ConstantToWeight(MLIRContext *context, WeightEditor &weights)
      : RewritePattern(MatchAnyOpTypeTag(), 1, context), weights(weights) {}
  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    if (!isa<DotGeneralOp, ConvolutionOp>(op))
      return failure();
    for (unsigned index : {1u, 0u}) {
      DenseElementsAttr value;
      if (!matchPattern(op->getOperand(index), m_Constant(&value)) || (index == 0 && !isa<DotGeneralOp>(op)))
        continue;
      Location loc = op->getOperand(index).getLoc();
      Value get = weights.read(rewriter, loc, weights.addConstant("constant", value, loc));
      rewriter.modifyOpInPlace(op, [&] { op->setOperand(index, get); });
      return success();
    }
    return failure();
  }
  WeightEditor &weights;
};

// dot(weight, x) ==> transpose(dot(x, weight))
struct WeightToTheRight : OpRewritePattern<DotGeneralOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(DotGeneralOp op, PatternRewriter &rewriter) const override {
    DotDimsAttr dims = op.getDims();
    if (!isWeight(op.getLhs()) || isWeight(op.getRhs()) || !dims.getLhsBatch().empty())
      return failure();
    int64_t left = op.getLhsFreeDims().size(), right = op.getRhsFreeDims().size();
    SmallVector<AffineExpr> swapped;
    SmallVector<int64_t> back;
    for (int64_t dim = 0; dim < right; ++dim)
      swapped.push_back(dimExpr(op.getType(), left + dim));
    for (int64_t dim = 0; dim < left; ++dim) {
      swapped.push_back(dimExpr(op.getType(), dim));
      back.push_back(right + dim);
    }
    for (int64_t dim = 0; dim < right; ++dim)
      back.push_back(dim);
    auto type = makeTensorType(swapped, op.getType().getElementType());
    Value dot =
        DotGeneralOp::create(rewriter, op.getLoc(), type, op.getRhs(), op.getLhs(),
                             DotDimsAttr::get(op.getContext(), {}, {}, dims.getRhsContract(), dims.getLhsContract()));
    rewriter.replaceOp(op, transposed(rewriter, op.getLoc(), dot, back));
    return success();
  }
};

// Whether a weight is an operand, or what an operand only moves.
bool readsWeight(DotGeneralOp op) {
  return llvm::any_of(op->getOperands(), [](Value operand) {
    Operation *source = operand.getDefiningOp();
    return isWeight(operand) || (source && source->getNumOperands() == 1 && isWeight(source->getOperand(0)));
  });
}

// transpose(dot(x, y)), which puts the free dims of y before those of x ==> dot(y, x)
struct SwapProduct : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TransposeOp op, PatternRewriter &rewriter) const override {
    auto dot = op.getOperand().getDefiningOp<DotGeneralOp>();
    if (!dot || !dot->hasOneUse() || readsWeight(dot))
      return failure();
    DotDimsAttr dims = dot.getDims();
    const int64_t batch = dims.getLhsBatch().size(), left = dot.getLhsFreeDims().size(), all = dot.getType().getRank();
    SmallVector<int64_t> swapped = llvm::to_vector(llvm::seq<int64_t>(0, all));
    std::rotate(swapped.begin() + batch, swapped.begin() + batch + left, swapped.end());
    if (op.getPermutation() != ArrayRef<int64_t>(swapped))
      return failure();
    rewriter.replaceOpWithNewOp<DotGeneralOp>(op, op.getType(), dot.getRhs(), dot.getLhs(),
                                              DotDimsAttr::get(op.getContext(), dims.getRhsBatch(), dims.getLhsBatch(),
                                                               dims.getRhsContract(), dims.getLhsContract()));
    rewriter.eraseOp(dot);
    return success();
  }
};

// A batched product by broadcast(w), the same w for each batch ==> a plain product by w
struct UnbatchWeight : OpRewritePattern<DotGeneralOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(DotGeneralOp op, PatternRewriter &rewriter) const override {
    DotDimsAttr dims = op.getDims();
    auto broadcast = op.getRhs().getDefiningOp<BroadcastInDimOp>();
    // The batch dims must lead on the left, else the result's dims would change places.
    if (!broadcast || dims.getRhsBatch().empty() || !isIdentity(dims.getLhsBatch()) || !isWeight(broadcast.getOperand()))
      return failure();
    ArrayRef<int64_t> from = broadcast.getBroadcastDimensions();
    if (!llvm::is_sorted(from))
      return failure();
    SmallVector<int64_t> contract;
    for (int64_t dim : dims.getRhsContract()) {
      auto found = llvm::find(from, dim);
      if (found == from.end() ||
          typeOf(broadcast.getOperand()).getDimSize(found - from.begin()) != typeOf(op.getRhs()).getDimSize(dim))
        return failure();
      contract.push_back(found - from.begin());
    }
    for (auto [index, dim] : llvm::enumerate(from))
      if (llvm::is_contained(dims.getRhsBatch(), dim) ||
          typeOf(broadcast.getOperand()).getDimSize(index) != typeOf(op.getRhs()).getDimSize(dim))
        return failure();
    if (from.size() + dims.getRhsBatch().size() != size_t(typeOf(op.getRhs()).getRank()))
      return failure();
    rewriter.replaceOpWithNewOp<DotGeneralOp>(op, op.getType(), op.getLhs(), broadcast.getOperand(),
                                              DotDimsAttr::get(op.getContext(), {}, {}, dims.getLhsContract(), contract));
    return success();
  }
};

// A product with a weight ==> [M, K] x [K, N]
struct NormalizeDot : OpRewritePattern<DotGeneralOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(DotGeneralOp op, PatternRewriter &rewriter) const override {
    DotDimsAttr dims = op.getDims();
    auto lhs = typeOf(op.getLhs()), rhs = typeOf(op.getRhs());
    if (!isWeight(op.getRhs()) || !dims.getLhsBatch().empty())
      return failure();
    if (lhs.getRank() == 2 && rhs.getRank() == 2 && dims.getLhsContract() == ArrayRef<int64_t>{1} &&
        dims.getRhsContract() == ArrayRef<int64_t>{0})
      return failure();
    Location loc = op.getLoc();
    SmallVector<int64_t> leftFree = op.getLhsFreeDims(), rightFree = op.getRhsFreeDims();
    AffineExpr m = productOf(lhs, leftFree), k = productOf(lhs, dims.getLhsContract()), n = productOf(rhs, rightFree);
    Value left = transposed(rewriter, loc, op.getLhs(), concat(leftFree, dims.getLhsContract()));
    Value right = transposed(rewriter, loc, op.getRhs(), concat(dims.getRhsContract(), rightFree));
    left = reshaped(rewriter, loc, left, makeTensorType({m, k}, lhs.getElementType()));
    right = reshaped(rewriter, loc, right, makeTensorType({k, n}, rhs.getElementType()));
    Value dot = DotGeneralOp::create(rewriter, loc, makeTensorType({m, n}, op.getType().getElementType()), left, right,
                                     DotDimsAttr::get(op.getContext(), {}, {}, {1}, {0}));
    rewriter.replaceOp(op, reshaped(rewriter, loc, dot, op.getType()));
    return success();
  }
};

// dot(transpose(x), y) ==> dot(x, y) under other dimension numbers, where the free dims keep their order
struct TransposeIntoDot : OpRewritePattern<DotGeneralOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(DotGeneralOp op, PatternRewriter &rewriter) const override {
    DotDimsAttr dims = op.getDims();
    if (readsWeight(op))
      return failure();
    for (unsigned side : {0u, 1u}) {
      auto transpose = op->getOperand(side).getDefiningOp<TransposeOp>();
      if (!transpose)
        continue;
      ArrayRef<int64_t> permutation = transpose.getPermutation();
      auto renamed = [&](ArrayRef<int64_t> list) {
        return llvm::map_to_vector(list, [&](int64_t dim) { return permutation[dim]; });
      };
      if (!llvm::is_sorted(renamed(side ? op.getRhsFreeDims() : op.getLhsFreeDims())))
        continue;
      auto changed = side ? DotDimsAttr::get(op.getContext(), dims.getLhsBatch(), renamed(dims.getRhsBatch()),
                                             dims.getLhsContract(), renamed(dims.getRhsContract()))
                          : DotDimsAttr::get(op.getContext(), renamed(dims.getLhsBatch()), dims.getRhsBatch(),
                                             renamed(dims.getLhsContract()), dims.getRhsContract());
      rewriter.modifyOpInPlace(op, [&] {
        op->setOperand(side, transpose.getOperand());
        op.setDimsAttr(changed);
      });
      return success();
    }
    return failure();
  }
};

struct NormalizeContractions : impl::NormalizeContractionsBase<NormalizeContractions> {
  explicit NormalizeContractions(WeightStore &store) : store(&store) {}

  void runOnOperation() override {
    WeightEditor weights(getOperation(), *store);
    MLIRContext *context = &getContext();
    {
      RewritePatternSet patterns(context);
      patterns.add<ConstantToWeight>(context, weights);
      patterns.add<WeightToTheRight, UnbatchWeight, TransposeIntoDot, SwapProduct>(context);
      if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
        return signalPassFailure();
    }
    // On its own: once a product is normalised its weight is behind reshapes until fold-weights.
    SmallVector<Operation *> dots;
    getOperation().walk([&](DotGeneralOp op) { dots.push_back(op); });
    RewritePatternSet patterns(context);
    patterns.add<NormalizeDot>(context);
    if (failed(applyOpPatternsGreedily(dots, std::move(patterns))))
      signalPassFailure();
  }

  WeightStore *store;
};

} // namespace

std::unique_ptr<Pass> createNormalizeContractions(WeightStore &store) {
  return std::make_unique<NormalizeContractions>(store);
}

} // namespace ingot
