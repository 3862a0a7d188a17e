#include "ir/Dialect.h"
#include "ir/ShapeInference.h"
#include "ir/Types.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;

namespace ingot {

static SmallVector<int64_t> freeDims(int64_t rank, ArrayRef<int64_t> batch, ArrayRef<int64_t> contract) {
  SmallVector<int64_t> dims;
  for (int64_t dim = 0; dim != rank; ++dim)
    if (!llvm::is_contained(batch, dim) && !llvm::is_contained(contract, dim))
      dims.push_back(dim);
  return dims;
}

SmallVector<int64_t> DotGeneralOp::getLhsFreeDims() {
  return freeDims(getLhs().getType().getRank(), getDims().getLhsBatch(), getDims().getLhsContract());
}

SmallVector<int64_t> DotGeneralOp::getRhsFreeDims() {
  return freeDims(getRhs().getType().getRank(), getDims().getRhsBatch(), getDims().getRhsContract());
}

LogicalResult DotGeneralOp::verify() {
  InferredType inferred = inferDotGeneral(getLhs().getType(), getRhs().getType(), getDims(), getType().getElementType(),
                                          [&] { return emitOpError(); });
  if (failed(inferred))
    return failure();
  return verifyDims(*this, getType(), *inferred, "C3", "the batch or free dim");
}

LogicalResult ConvolutionOp::verify() {
  ConvolutionWindow window{
      getWindowStrides(),           getPadding(), getLhsDilation(), getRhsDilation(), int64_t(getFeatureGroupCount()),
      int64_t(getBatchGroupCount())};
  InferredType inferred = inferConvolution(getLhs().getType(), getRhs().getType(), window, getDims(),
                                           getType().getElementType(), [&] { return emitOpError(); });
  if (failed(inferred))
    return failure();
  if (getWindowReversal() && getWindowReversal()->size() != getDims().getKernelSpatial().size())
    return emitOpError() << "(C8) window_reversal has " << getWindowReversal()->size() << " elements for "
                         << getDims().getKernelSpatial().size() << " spatial dims";
  return verifyDims(*this, getType(), *inferred, "C5", "what follows from input, kernel and window");
}

namespace {
// convolution(x, w) with window_reversal ==> convolution(x, reverse(w))
struct ReverseKernel : OpRewritePattern<ConvolutionOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ConvolutionOp op, PatternRewriter &rewriter) const override {
    if (!op.getWindowReversal())
      return failure();
    SmallVector<int64_t> reversed;
    for (auto [dim, isReversed] : llvm::zip(op.getDims().getKernelSpatial(), *op.getWindowReversal()))
      if (isReversed)
        reversed.push_back(dim);
    if (!reversed.empty()) {
      Value kernel = ReverseOp::create(rewriter, op.getLoc(), op.getRhs().getType(), op.getRhs(), reversed);
      rewriter.modifyOpInPlace(op, [&] { op.getRhsMutable().assign(kernel); });
    }
    rewriter.modifyOpInPlace(op, [&] { op.removeWindowReversalAttr(); });
    return success();
  }
};
} // namespace

void ConvolutionOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<ReverseKernel>(context);
}

//===--- What an element reads ---===//

IndexRelation DotGeneralOp::getIndexRelation(unsigned) {
  IndexRelation relation = relationOf(getResult());
  RankedTensorType left = getLhs().getType(), right = getRhs().getType();
  DotDimsAttr dims = getDims();
  SmallVector<AffineExpr> lhs(size_t(left.getRank())), rhs(size_t(right.getRank()));
  unsigned next = 0;
  for (auto [l, r] : llvm::zip_equal(dims.getLhsBatch(), dims.getRhsBatch()))
    lhs[size_t(l)] = rhs[size_t(r)] = relation.index(next++);
  for (int64_t dim : getLhsFreeDims())
    lhs[size_t(dim)] = relation.index(next++);
  for (int64_t dim : getRhsFreeDims())
    rhs[size_t(dim)] = relation.index(next++);
  for (auto [l, r] : llvm::zip_equal(dims.getLhsContract(), dims.getRhsContract()))
    lhs[size_t(l)] = rhs[size_t(r)] = relation.addVariable(dimExpr(left, unsigned(l)));
  relation.read(0, lhs);
  relation.read(1, rhs);
  return relation;
}

IndexRelation ConvolutionOp::getIndexRelation(unsigned) {
  IndexRelation relation = relationOf(getResult());
  RankedTensorType image = getLhs().getType(), window = getRhs().getType();
  ConvDimsAttr dims = getDims();
  SmallVector<AffineExpr> input(size_t(image.getRank())), kernel(size_t(window.getRank()));
  for (auto [number, out, in, tap] :
       llvm::enumerate(dims.getOutputSpatial(), dims.getInputSpatial(), dims.getKernelSpatial())) {
    AffineExpr step = relation.addVariable(dimExpr(window, unsigned(tap)));
    bool isReversed = getWindowReversal() && (*getWindowReversal())[number];
    kernel[size_t(tap)] = isReversed ? simplifyExpr(dimExpr(window, unsigned(tap)) - 1 - step) : step;
    WindowAlong along{getWindowStrides()[number], getRhsDilation()[number], getLhsDilation()[number],
                      getPadding()[2 * number], getPadding()[2 * number + 1]};
    input[size_t(in)] = addWindowIndex(relation, relation.index(unsigned(out)), step, along, dimExpr(image, unsigned(in)));
  }
  // Groups: of features, each output feature sees its own slice of the input's; of the batch, its own slice of the batch.
  AffineExpr feature = relation.index(unsigned(dims.getOutputFeature())),
             batch = relation.index(unsigned(dims.getOutputBatch()));
  AffineExpr outputs = dimExpr(window, unsigned(dims.getKernelOutputFeature()));
  AffineExpr groupFeatures = dimExpr(window, unsigned(dims.getKernelInputFeature()));
  int64_t featureGroups = int64_t(getFeatureGroupCount()), batchGroups = int64_t(getBatchGroupCount());
  AffineExpr inFeature = relation.addVariable(groupFeatures);
  kernel[size_t(dims.getKernelInputFeature())] = inFeature;
  kernel[size_t(dims.getKernelOutputFeature())] = feature;
  if (featureGroups > 1)
    inFeature = feature.floorDiv(simplifyExpr(outputs.floorDiv(featureGroups))) * groupFeatures + inFeature;
  if (batchGroups > 1)
    batch = feature.floorDiv(simplifyExpr(outputs.floorDiv(batchGroups))) *
                simplifyExpr(dimExpr(image, unsigned(dims.getInputBatch())).floorDiv(batchGroups)) +
            batch;
  input[size_t(dims.getInputFeature())] = inFeature;
  input[size_t(dims.getInputBatch())] = batch;
  relation.read(0, input);
  relation.read(1, kernel);
  return relation;
}

} // namespace ingot
