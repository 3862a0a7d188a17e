#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/Reorder.h"
#include "passes/layout/Passes.h"

namespace ingot {

#define GEN_PASS_DEF_CHANNELSLAST
#include "passes/layout/Passes.h.inc"

using namespace mlir;

namespace {

// A transpose from [b, spatial.., f] to [b, f, spatial..]: what a convolution leaves behind, and what moves down. Its
// inverse stands in front of convolutions and does not move, so the rewriting ends. With one spatial dim the two are the
// same permutation: there no pattern may add a transpose to move another (bringsNoTranspose).
TransposeOp matchToFirst(Value value) {
  auto transpose = value.getDefiningOp<TransposeOp>();
  if (!transpose || isKnown(transpose.getOperand()))
    return nullptr;
  ArrayRef<int64_t> permutation = transpose.getPermutation();
  int64_t rank = permutation.size();
  if (rank < 3 || permutation[0] != 0 || permutation[1] != rank - 1)
    return nullptr;
  for (int64_t dim = 2; dim < rank; ++dim)
    if (permutation[dim] != dim - 1)
      return nullptr;
  return transpose;
}

// The value in channels-last order; where it comes from such a transpose, what that reads.
Value toLast(PatternRewriter &rewriter, Value value, ArrayRef<int64_t> toFirst) {
  if (auto transpose = value.getDefiningOp<TransposeOp>(); transpose && transpose.getPermutation() == toFirst)
    return transpose.getOperand();
  SmallVector<int64_t> back = inverseOf(toFirst);
  if (auto broadcast = value.getDefiningOp<BroadcastInDimOp>()) {
    auto dims = llvm::map_to_vector(broadcast.getBroadcastDimensions(), [&](int64_t dim) { return toFirst[dim]; });
    if (llvm::is_sorted(dims))
      return BroadcastInDimOp::create(rewriter, value.getLoc(), permutedType(broadcast.getType(), back),
                                      broadcast.getOperand(), dims);
  }
  return transposed(rewriter, value.getLoc(), value, back);
}

// True if toLast(value) is not the transpose of a value computed at run time.
bool bringsNoTranspose(Value value, ArrayRef<int64_t> toFirst) {
  if (TransposeOp transpose = matchToFirst(value))
    return transpose.getPermutation() == toFirst;
  if (auto broadcast = value.getDefiningOp<BroadcastInDimOp>())
    return llvm::is_sorted(
        llvm::map_to_vector(broadcast.getBroadcastDimensions(), [&](int64_t dim) { return toFirst[dim]; }));
  return isKnown(value);
}

// Whether values may move under the transpose `toFirst` without the rewriting going in circles.
bool mayMoveTogether(ValueRange values, ArrayRef<int64_t> toFirst) {
  return toFirst.size() > 3 || llvm::all_of(values, [&](Value value) { return bringsNoTranspose(value, toFirst); });
}

struct ConvolutionToLast : OpRewritePattern<ConvolutionOp> {
  ConvolutionToLast(MLIRContext *context, const TargetModel &target) : OpRewritePattern(context), target(target) {}
  LogicalResult matchAndRewrite(ConvolutionOp op, PatternRewriter &rewriter) const override {
    ConvDimsAttr dims = op.getDims();
    if (op.getBatchGroupCount() != 1 || !target.prefersChannelsLast(typeOf(op.getLhs()).getElementType()))
      return failure();
    SmallVector<int64_t> input = {dims.getInputBatch()}, kernel(dims.getKernelSpatial()), output = {dims.getOutputBatch()};
    input.append(dims.getInputSpatial().begin(), dims.getInputSpatial().end());
    input.push_back(dims.getInputFeature());
    kernel.append({dims.getKernelInputFeature(), dims.getKernelOutputFeature()});
    output.append(dims.getOutputSpatial().begin(), dims.getOutputSpatial().end());
    output.push_back(dims.getOutputFeature());
    if (isIdentity(input) && isIdentity(kernel) && isIdentity(output))
      return failure();

    Location loc = op.getLoc();
    int64_t rank = input.size();
    SmallVector<int64_t> spatial, kernelSpatial;
    for (int64_t dim = 0; dim < rank - 2; ++dim) {
      spatial.push_back(dim + 1);
      kernelSpatial.push_back(dim);
    }
    auto last =
        ConvDimsAttr::get(op.getContext(), 0, rank - 1, spatial, rank - 2, rank - 1, kernelSpatial, 0, rank - 1, spatial);
    Value lhs = transposed(rewriter, loc, op.getLhs(), input), rhs = transposed(rewriter, loc, op.getRhs(), kernel);
    Value conv = ConvolutionOp::create(rewriter, loc, permutedType(op.getType(), output), lhs, rhs, op.getWindowStrides(),
                                       op.getPadding(), op.getLhsDilation(), op.getRhsDilation(), last,
                                       op.getFeatureGroupCount(), op.getBatchGroupCount());
    rewriter.replaceOp(op, transposed(rewriter, loc, conv, inverseOf(output)));
    return success();
  }
  const TargetModel &target;
};

struct SinkThroughPointwise : RewritePattern {
  explicit SinkThroughPointwise(MLIRContext *context) : RewritePattern(MatchAnyOpTypeTag(), 1, context) {}
  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    if (!op->hasTrait<trait::Pointwise>())
      return failure();
    auto type = typeOf(op->getResult(0));
    TransposeOp first;
    for (Value operand : op->getOperands())
      if (sameDims(typeOf(operand), type) && !first)
        first = matchToFirst(operand);
    if (!first)
      return failure();
    auto movable = llvm::filter_to_vector(
        op->getOperands(), [&](Value operand) { return sameDims(typeOf(operand), type) && !isUniform(operand); });
    if (!mayMoveTogether(movable, first.getPermutation()))
      return failure();
    auto shape = typeOf(first.getOperand());
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) {
      if (!sameDims(typeOf(operand), type))
        operands.push_back(operand); // a scalar of select or clamp
      else if (isUniform(operand))
        operands.push_back(uniformWithDims(rewriter, operand, shape));
      else
        operands.push_back(toLast(rewriter, operand, first.getPermutation()));
    }
    Value inner = clonePointwise(rewriter, op, operands, shape);
    rewriter.replaceOp(op, transposed(rewriter, op->getLoc(), inner, first.getPermutation()));
    return success();
  }
};

struct SinkThroughPad : OpRewritePattern<PadOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(PadOp op, PatternRewriter &rewriter) const override {
    TransposeOp transpose = matchToFirst(op.getOperand());
    if (!transpose)
      return failure();
    ArrayRef<int64_t> permutation = transpose.getPermutation();
    SmallVector<int64_t> back = inverseOf(permutation);
    Value inner = PadOp::create(rewriter, op.getLoc(), permutedType(op.getType(), back), transpose.getOperand(),
                                op.getPaddingValue(), permuted(op.getEdgePaddingLow(), back),
                                permuted(op.getEdgePaddingHigh(), back), permuted(op.getInteriorPadding(), back));
    rewriter.replaceOp(op, transposed(rewriter, op.getLoc(), inner, permutation));
    return success();
  }
};

struct SinkThroughSlice : OpRewritePattern<SliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SliceOp op, PatternRewriter &rewriter) const override {
    TransposeOp transpose = matchToFirst(op.getOperand());
    if (!transpose)
      return failure();
    ArrayRef<int64_t> permutation = transpose.getPermutation();
    SmallVector<int64_t> back = inverseOf(permutation);
    Value inner = SliceOp::create(rewriter, op.getLoc(), permutedType(op.getType(), back), transpose.getOperand(),
                                  permuted(op.getStartIndices(), back), permuted(op.getLimitIndices(), back),
                                  permuted(op.getStrides(), back));
    rewriter.replaceOp(op, transposed(rewriter, op.getLoc(), inner, permutation));
    return success();
  }
};

// All inputs of a reduction as channels-last values, or nothing where one does not come from a transpose.
std::optional<SmallVector<Value>> lastInputs(OperandRange inputs) {
  SmallVector<Value> last;
  for (Value input : inputs) {
    TransposeOp transpose = matchToFirst(input);
    if (!transpose)
      return std::nullopt;
    last.push_back(transpose.getOperand());
  }
  return last;
}

struct SinkThroughWindow : OpRewritePattern<ReduceWindowOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReduceWindowOp op, PatternRewriter &rewriter) const override {
    auto inputs = lastInputs(op.getInputs());
    if (!inputs)
      return failure();
    SmallVector<int64_t> permutation(matchToFirst(op.getInputs().front()).getPermutation());
    SmallVector<int64_t> back = inverseOf(permutation), padding;
    for (int64_t dim : back)
      padding.append({op.getPadding()[2 * dim], op.getPadding()[2 * dim + 1]});
    auto types = llvm::map_to_vector(op.getResultTypes(),
                                     [&](Type type) -> Type { return permutedType(cast<RankedTensorType>(type), back); });
    auto inner =
        ReduceWindowOp::create(rewriter, op.getLoc(), types, *inputs, op.getInitValues(),
                               permuted(op.getWindowDimensions(), back), permuted(op.getWindowStrides(), back),
                               permuted(op.getBaseDilations(), back), permuted(op.getWindowDilations(), back), padding);
    rewriter.inlineRegionBefore(op.getBody(), inner.getBody(), inner.getBody().end());
    SmallVector<Value> results;
    for (Value output : inner.getOutputs())
      results.push_back(transposed(rewriter, op.getLoc(), output, permutation));
    rewriter.replaceOp(op, results);
    return success();
  }
};

struct SinkThroughReduce : OpRewritePattern<ReduceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReduceOp op, PatternRewriter &rewriter) const override {
    auto inputs = lastInputs(op.getInputs());
    if (!inputs)
      return failure();
    ArrayRef<int64_t> permutation = matchToFirst(op.getInputs().front()).getPermutation();
    SmallVector<int64_t> dimensions = llvm::map_to_vector(op.getDimensions(), [&](int64_t dim) { return permutation[dim]; });
    llvm::sort(dimensions);
    // The kept dims in the order the inner result has them, and the permutation that brings them to the outer order.
    SmallVector<int64_t> keptInner, order;
    for (int64_t dim = 0, rank = permutation.size(); dim < rank; ++dim)
      if (!llvm::is_contained(dimensions, dim))
        keptInner.push_back(dim);
    for (int64_t dim = 0, rank = permutation.size(); dim < rank; ++dim)
      if (!llvm::is_contained(op.getDimensions(), dim))
        order.push_back(llvm::find(keptInner, permutation[dim]) - keptInner.begin());
    SmallVector<int64_t> back = inverseOf(order);
    auto types = llvm::map_to_vector(op.getResultTypes(),
                                     [&](Type type) -> Type { return permutedType(cast<RankedTensorType>(type), back); });
    auto inner = ReduceOp::create(rewriter, op.getLoc(), types, *inputs, op.getInitValues(), dimensions);
    rewriter.inlineRegionBefore(op.getBody(), inner.getBody(), inner.getBody().end());
    SmallVector<Value> results;
    for (Value output : inner.getOutputs())
      results.push_back(transposed(rewriter, op.getLoc(), output, order));
    rewriter.replaceOp(op, results);
    return success();
  }
};

// Where at least half of the operands are transposed.
struct SinkThroughConcatenate : OpRewritePattern<ConcatenateOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ConcatenateOp op, PatternRewriter &rewriter) const override {
    SmallVector<int64_t> permutation;
    unsigned count = 0;
    for (Value operand : op.getOperands())
      if (TransposeOp transpose = matchToFirst(operand)) {
        permutation.assign(transpose.getPermutation().begin(), transpose.getPermutation().end());
        ++count;
      }
    if (count == 0 || count * 2 < op.getOperands().size() || !mayMoveTogether(op.getOperands(), permutation))
      return failure();
    SmallVector<Value> operands =
        llvm::map_to_vector(op.getOperands(), [&](Value operand) { return toLast(rewriter, operand, permutation); });
    Value inner = ConcatenateOp::create(rewriter, op.getLoc(), permutedType(op.getType(), inverseOf(permutation)), operands,
                                        permutation[op.getDimension()]);
    rewriter.replaceOp(op, transposed(rewriter, op.getLoc(), inner, permutation));
    return success();
  }
};

// [b, spatial.., f] -> [b, f, spatial..] -> [b, f * spatial..], read by products with weights alone: the weights' rows are
// permuted.
struct FlattenIntoWeight : OpRewritePattern<ReshapeOp> {
  FlattenIntoWeight(MLIRContext *context, WeightEditor &weights) : OpRewritePattern(context), weights(weights) {}
  LogicalResult matchAndRewrite(ReshapeOp op, PatternRewriter &rewriter) const override {
    TransposeOp transpose = matchToFirst(op.getOperand());
    auto type = op.getType();
    if (!transpose || type.getRank() != 2)
      return failure();
    auto outer = transpose.getType();
    SmallVector<int64_t> rows(outer.getShape().drop_front()); // f, spatial..
    if (dimExpr(outer, 0) != dimExpr(type, 0) || llvm::is_contained(rows, ShapedType::kDynamic))
      return failure();
    SmallVector<DotGeneralOp> dots;
    for (OpOperand &use : op->getUses()) {
      auto dot = dyn_cast<DotGeneralOp>(use.getOwner());
      if (!dot || use.getOperandNumber() != 0 || !dot.getRhs().getDefiningOp<GetWeightOp>() ||
          !dot.getDims().getLhsBatch().empty() || dot.getDims().getLhsContract() != ArrayRef<int64_t>{1} ||
          dot.getDims().getRhsContract() != ArrayRef<int64_t>{0} || typeOf(dot.getRhs()).getRank() != 2)
        return failure();
      dots.push_back(dot);
    }
    if (dots.empty())
      return failure();
    // [f * spatial.., n] -> [f, spatial.., n] -> [spatial.., f, n] -> [spatial.. * f, n]
    SmallVector<int64_t> order;
    for (size_t dim = 1; dim < rows.size(); ++dim)
      order.push_back(dim);
    order.append({0, int64_t(rows.size())});
    for (DotGeneralOp dot : dots) {
      auto get = dot.getRhs().getDefiningOp<GetWeightOp>();
      auto matrix = typeOf(get);
      SmallVector<int64_t> unfolded = rows;
      unfolded.push_back(matrix.getDimSize(1));
      MLIRContext *context = op.getContext();
      WeightOp weight = weights.extend(get, {ReshapeStepAttr::get(context, unfolded), TransposeStepAttr::get(context, order),
                                             ReshapeStepAttr::get(context, matrix.getShape())});
      if (!weight)
        return failure();
      OpBuilder::InsertionGuard guard(rewriter);
      rewriter.setInsertionPoint(dot);
      Value permutedRows = weights.read(rewriter, get.getLoc(), weight);
      rewriter.modifyOpInPlace(dot, [&] { dot.getRhsMutable().assign(permutedRows); });
    }
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, type, transpose.getOperand());
    return success();
  }
  WeightEditor &weights;
};

struct ChannelsLast : impl::ChannelsLastBase<ChannelsLast> {
  ChannelsLast(const TargetModel &target, WeightStore &store) : target(&target), store(&store) {}

  void runOnOperation() override {
    WeightEditor weights(getOperation(), *store);
    MLIRContext *context = &getContext();
    RewritePatternSet patterns(context);
    patterns.add<ConvolutionToLast>(context, *target);
    patterns.add<SinkThroughPointwise, SinkThroughPad, SinkThroughSlice, SinkThroughWindow, SinkThroughReduce,
                 SinkThroughConcatenate>(context);
    patterns.add<FlattenIntoWeight>(context, weights);
    for (StringRef name : {"ingot.reshape", "ingot.transpose", "ingot.broadcast_in_dim"})
      RegisteredOperationName::lookup(name, context)->getCanonicalizationPatterns(patterns, context);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }

  const TargetModel *target;
  WeightStore *store;
};

} // namespace

std::unique_ptr<Pass> createChannelsLast(const TargetModel &target, WeightStore &store) {
  return std::make_unique<ChannelsLast>(target, store);
}

} // namespace ingot
