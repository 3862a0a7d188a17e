#include "ir/ReshapeGroups.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/Reorder.h"
#include "passes/simplify/Passes.h"

namespace ingot {

#define GEN_PASS_DEF_MOVESHAPES
#include "passes/simplify/Passes.h.inc"

using namespace mlir;

namespace {

// broadcast(x) with dims of size 1 in x ==> broadcast(reshape(x)). Of what is known at compile time all such dims go, so
// that a vector is one; else only those that are repeated: the rows of a reduction keep their dims.
struct SqueezeBroadcast : OpRewritePattern<BroadcastInDimOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(BroadcastInDimOp op, PatternRewriter &rewriter) const override {
    auto type = typeOf(op.getOperand());
    bool known = isKnown(op.getOperand());
    SmallVector<AffineExpr> kept;
    SmallVector<int64_t> dims;
    for (int64_t dim = 0; dim < type.getRank(); ++dim)
      if (type.getDimSize(dim) != 1 || (!known && op.getType().getDimSize(op.getBroadcastDimensions()[dim]) == 1)) {
        kept.push_back(dimExpr(type, dim));
        dims.push_back(op.getBroadcastDimensions()[dim]);
      }
    if (int64_t(kept.size()) == type.getRank())
      return failure();
    Value squeezed = ReshapeOp::create(rewriter, op.getLoc(), makeTensorType(kept, type.getElementType()), op.getOperand());
    rewriter.replaceOpWithNewOp<BroadcastInDimOp>(op, op.getType(), squeezed, dims);
    return success();
  }
};

// op(broadcast(a), broadcast(b)) ==> broadcast(op(a, b)), where all broadcast the same dims
struct PointwiseOfBroadcasts : RewritePattern {
  explicit PointwiseOfBroadcasts(MLIRContext *context) : RewritePattern(MatchAnyOpTypeTag(), 1, context) {}
  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    if (!op->hasTrait<trait::Pointwise>() || op->getNumOperands() == 0)
      return failure();
    auto type = typeOf(op->getResult(0));
    SmallVector<Value> sources;
    BroadcastInDimOp first;
    for (Value operand : op->getOperands()) {
      auto broadcast = operand.getDefiningOp<BroadcastInDimOp>();
      if (!broadcast || !sameDims(typeOf(operand), type))
        return failure();
      first = first ? first : broadcast;
      if (broadcast.getBroadcastDimensions() != first.getBroadcastDimensions() ||
          !sameDims(typeOf(broadcast.getOperand()), typeOf(first.getOperand())))
        return failure();
      sources.push_back(broadcast.getOperand());
    }
    Value inner = clonePointwise(rewriter, op, sources, typeOf(first.getOperand()));
    rewriter.replaceOpWithNewOp<BroadcastInDimOp>(op, op->getResult(0).getType(), inner, first.getBroadcastDimensions());
    return success();
  }
};

// A transpose that keeps the order of all dims but those of size 1 ==> reshape
struct TransposeOfUnitDims : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TransposeOp op, PatternRewriter &rewriter) const override {
    int64_t last = -1;
    for (int64_t dim : op.getPermutation()) {
      if (typeOf(op.getOperand()).getDimSize(dim) == 1)
        continue;
      if (dim < last)
        return failure();
      last = dim;
    }
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), op.getOperand());
    return success();
  }
};

// op(reshape(x), y, uniform) ==> reshape(op(x, reshape(y), uniform)). Where there is a y, only if the reshape adds dims: so
// it ends.
struct SinkReshape : RewritePattern {
  explicit SinkReshape(MLIRContext *context) : RewritePattern(MatchAnyOpTypeTag(), 1, context) {}
  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    if (!op->hasTrait<trait::Pointwise>())
      return failure();
    auto type = typeOf(op->getResult(0));
    ReshapeOp reshape;
    bool isAlone = true;
    for (Value operand : op->getOperands()) {
      if (!sameDims(typeOf(operand), type) || isUniform(operand))
        continue;
      auto candidate = operand.getDefiningOp<ReshapeOp>();
      if (candidate && (!reshape || typeOf(candidate.getOperand()).getRank() < typeOf(reshape.getOperand()).getRank())) {
        isAlone &= !reshape;
        reshape = candidate;
      } else {
        isAlone = false;
      }
    }
    if (!reshape || isa_and_nonnull<GetWeightOp>(reshape.getOperand().getDefiningOp()))
      return failure();
    auto shape = typeOf(reshape.getOperand());
    if (!isAlone && shape.getRank() >= type.getRank())
      return failure();
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) {
      if (!sameDims(typeOf(operand), type)) { // a scalar of select or clamp
        operands.push_back(operand);
        continue;
      }
      operands.push_back(underDims(rewriter, operand, shape, type));
    }
    Value inner = clonePointwise(rewriter, op, operands, shape);
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, type, inner);
    return success();
  }

  // `value`, of the dims of `from`, under the dims of `to`.
  static Value underDims(PatternRewriter &rewriter, Value value, RankedTensorType to, RankedTensorType from) {
    if (isUniform(value))
      return uniformWithDims(rewriter, value, to);
    auto type = withElementType(to, typeOf(value).getElementType());
    // Else the new op would see a reshape from `from`, not merged yet, and move back.
    if (auto reshape = value.getDefiningOp<ReshapeOp>(); reshape && reshape.getOperand().getType() == type)
      return reshape.getOperand();
    if (auto broadcast = value.getDefiningOp<BroadcastInDimOp>()) {
      // A vector along the innermost dim stays one if both have the same innermost dim.
      ArrayRef<int64_t> dims = broadcast.getBroadcastDimensions();
      if (dims.size() == 1 && dims[0] == from.getRank() - 1 && to.getRank() > 0 &&
          dimExpr(from, from.getRank() - 1) == dimExpr(to, to.getRank() - 1))
        return BroadcastInDimOp::create(rewriter, value.getLoc(), type, broadcast.getOperand(),
                                        ArrayRef<int64_t>{to.getRank() - 1});
    }
    return reshaped(rewriter, value.getLoc(), value, type);
  }
};

// reduce(reshape(x)) ==> reshape(reduce(x)), where the reshape adds dims and keeps reduced and kept ones apart: as it sinks
// through pointwise ops, what stands between reductions of the same rows stays of the same dims as these.
struct SinkReshapeThroughReduce : OpRewritePattern<ReduceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReduceOp op, PatternRewriter &rewriter) const override {
    auto type = typeOf(op.getInputs()[0]);
    SmallVector<Value> sources;
    for (Value input : op.getInputs()) {
      auto reshape = input.getDefiningOp<ReshapeOp>();
      if (!reshape || isKnown(reshape.getOperand()) ||
          (!sources.empty() && !sameDims(typeOf(reshape.getOperand()), typeOf(sources[0]))))
        return failure();
      sources.push_back(reshape.getOperand());
    }
    auto shape = typeOf(sources[0]);
    if (shape.getRank() >= type.getRank())
      return failure();
    SmallVector<int64_t> reduced;
    SmallVector<AffineExpr> kept;
    for (const ReshapeGroup &group : reshapeGroups(shape, type)) {
      auto inGroup = llvm::count_if(
          op.getDimensions(), [&](int64_t dim) { return dim >= int64_t(group.toBegin) && dim < int64_t(group.toEnd); });
      if (inGroup && unsigned(inGroup) != group.toCount())
        return failure();
      for (unsigned dim = group.fromBegin; dim < group.fromEnd; ++dim)
        if (inGroup)
          reduced.push_back(dim);
        else
          kept.push_back(dimExpr(shape, dim));
    }
    if (reduced.empty()) // else the body would not be run at all
      return failure();
    auto types = llvm::map_to_vector(
        op.getOutputs(), [&](Value output) -> Type { return makeTensorType(kept, typeOf(output).getElementType()); });
    auto inner = ReduceOp::create(rewriter, op.getLoc(), types, sources, op.getInitValues(), reduced);
    rewriter.inlineRegionBefore(op.getBody(), inner.getBody(), inner.getBody().end());
    SmallVector<Value> results;
    for (auto [output, result] : llvm::zip_equal(inner.getOutputs(), op.getOutputs()))
      results.push_back(reshaped(rewriter, op.getLoc(), output, typeOf(result)));
    rewriter.replaceOp(op, results);
    return success();
  }
};

// reshape(broadcast(x)) ==> broadcast(reshape(x)), where each run of dims that the reshape regroups is repeated as a whole
// or not at all
struct HoistReshape : OpRewritePattern<ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReshapeOp op, PatternRewriter &rewriter) const override {
    auto broadcast = op.getOperand().getDefiningOp<BroadcastInDimOp>();
    if (!broadcast || !llvm::is_sorted(broadcast.getBroadcastDimensions()))
      return failure();
    auto source = typeOf(broadcast.getOperand()), from = typeOf(broadcast.getResult()), to = op.getType();
    ArrayRef<int64_t> targets = broadcast.getBroadcastDimensions();
    SmallVector<AffineExpr> dims;
    SmallVector<int64_t> places;
    unsigned next = 0;
    for (const ReshapeGroup &group : reshapeGroups(from, to)) {
      unsigned first = next;
      while (next < targets.size() && targets[next] < int64_t(group.fromEnd))
        ++next;
      AffineExpr carried = productOfDims(source, first, next);
      if (sameExpr(carried, productOfDims(to, group.toBegin, group.toEnd))) {
        for (unsigned dim = group.toBegin; dim < group.toEnd; ++dim) {
          dims.push_back(dimExpr(to, dim));
          places.push_back(dim);
        }
      } else if (carried != getAffineConstantExpr(1, op.getContext())) {
        return failure();
      }
    }
    Value inner = reshaped(rewriter, op.getLoc(), broadcast.getOperand(), makeTensorType(dims, source.getElementType()));
    rewriter.replaceOpWithNewOp<BroadcastInDimOp>(op, to, inner, places);
    return success();
  }
};

// op(transpose(a), transpose(b), uniform) ==> transpose(op(a, b, uniform)), where all permute alike
struct SinkTranspose : RewritePattern {
  explicit SinkTranspose(MLIRContext *context) : RewritePattern(MatchAnyOpTypeTag(), 1, context) {}
  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    if (!op->hasTrait<trait::Pointwise>())
      return failure();
    auto type = typeOf(op->getResult(0));
    TransposeOp first;
    for (Value operand : op->getOperands()) {
      if (!sameDims(typeOf(operand), type) || isUniform(operand))
        continue;
      auto transpose = operand.getDefiningOp<TransposeOp>();
      if (!transpose || (first && transpose.getPermutation() != first.getPermutation()))
        return failure();
      first = first ? first : transpose;
    }
    if (!first)
      return failure();
    auto shape = typeOf(first.getOperand());
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) {
      if (!sameDims(typeOf(operand), type))
        operands.push_back(operand);
      else if (auto transpose = operand.getDefiningOp<TransposeOp>())
        operands.push_back(transpose.getOperand());
      else
        operands.push_back(uniformWithDims(rewriter, operand, shape));
    }
    Value inner = clonePointwise(rewriter, op, operands, shape);
    rewriter.replaceOpWithNewOp<TransposeOp>(op, type, inner, first.getPermutation());
    return success();
  }
};

struct MoveShapes : impl::MoveShapesBase<MoveShapes> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<SqueezeBroadcast, PointwiseOfBroadcasts, TransposeOfUnitDims, SinkReshape, SinkReshapeThroughReduce,
                 HoistReshape, SinkTranspose>(&getContext());
    for (StringRef name : {"ingot.reshape", "ingot.transpose", "ingot.broadcast_in_dim"})
      RegisteredOperationName::lookup(name, &getContext())->getCanonicalizationPatterns(patterns, &getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

std::unique_ptr<Pass> createMoveShapes() { return std::make_unique<MoveShapes>(); }

} // namespace ingot
