// Normalisations: verifiers and decompositions.
#include "ir/Dialect.h"
#include "ir/Verification.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;

namespace ingot {

//===--- Verification ---===//

static LogicalResult verifyFeature(Operation *op, RankedTensorType operand, int64_t feature) {
  if (feature >= 0 && feature < operand.getRank())
    return success();
  return op->emitOpError() << "(C1) feature is " << feature << ", but the operand is "
                           << describeType(operand, moduleSizes(op));
}

static LogicalResult verifyElements(Operation *op, RankedTensorType operand) {
  SmallVector<Value> values(op->getOperands());
  llvm::append_range(values, op->getResults());
  for (Value value : values)
    if (tensorType(value).getElementType() != operand.getElementType())
      return op->emitOpError() << "(C2) the operand holds " << operand.getElementType() << ", but another value "
                               << tensorType(value).getElementType();
  return success();
}

// `value`, called `name`, is a vector of the operand's features.
static LogicalResult verifyVector(Operation *op, StringRef label, StringRef name, Value value, RankedTensorType operand,
                                  int64_t feature) {
  RankedTensorType expected = makeTensorType({dimExpr(operand, unsigned(feature))}, operand.getElementType());
  if (value.getType() == expected)
    return success();
  return op->emitOpError() << "(" << label << ") " << name << " is " << describeType(tensorType(value), moduleSizes(op))
                           << ", but must be " << describeType(expected, moduleSizes(op));
}

static LogicalResult verifySame(Operation *op, StringRef label, StringRef name, Value value, Value like,
                                StringRef likeName) {
  if (value.getType() == like.getType())
    return success();
  return op->emitOpError() << "(" << label << ") " << name << " is " << describeType(tensorType(value), moduleSizes(op))
                           << ", but " << likeName << " is " << describeType(tensorType(like), moduleSizes(op));
}

LogicalResult BatchNormInferenceOp::verify() {
  RankedTensorType operand = getOperand().getType();
  if (failed(verifyFeature(*this, operand, getFeatureIndex())) || failed(verifyElements(*this, operand)))
    return failure();
  for (auto [label, name, value] : {std::tuple("C3", "scale", getScale()), std::tuple("C4", "offset", getOffset()),
                                    std::tuple("C5", "mean", getMean()), std::tuple("C6", "variance", getVariance())})
    if (failed(verifyVector(*this, label, name, value, operand, getFeatureIndex())))
      return failure();
  return verifySame(*this, "C7", "the result", getResult(), getOperand(), "the operand");
}

LogicalResult BatchNormTrainingOp::verify() {
  RankedTensorType operand = getOperand().getType();
  if (failed(verifyFeature(*this, operand, getFeatureIndex())) || failed(verifyElements(*this, operand)))
    return failure();
  for (auto [label, name, value] :
       {std::tuple("C3", "scale", Value(getScale())), std::tuple("C4", "offset", Value(getOffset())),
        std::tuple("C5", "batch_mean", Value(getBatchMean())), std::tuple("C6", "batch_var", Value(getBatchVar()))})
    if (failed(verifyVector(*this, label, name, value, operand, getFeatureIndex())))
      return failure();
  return verifySame(*this, "C7", "output", getOutput(), getOperand(), "the operand");
}

LogicalResult BatchNormGradOp::verify() {
  RankedTensorType operand = getOperand().getType();
  if (failed(verifyFeature(*this, operand, getFeatureIndex())) || failed(verifyElements(*this, operand)) ||
      failed(verifySame(*this, "C3", "grad_output", getGradOutput(), getOperand(), "the operand")) ||
      failed(verifySame(*this, "C3", "grad_operand", getGradOperand(), getOperand(), "the operand")))
    return failure();
  for (auto [name, value] :
       {std::pair("mean", Value(getMean())), std::pair("variance", Value(getVariance())),
        std::pair("grad_scale", Value(getGradScale())), std::pair("grad_offset", Value(getGradOffset()))})
    if (failed(verifySame(*this, "C4", name, value, getScale(), "scale")))
      return failure();
  return verifyVector(*this, "C5", "scale", getScale(), operand, getFeatureIndex());
}

//===--- Decomposition ---===//

namespace {

// Ops on the operand's dims and on vectors of its features, in f32 at least.
class Steps {
public:
  Steps(PatternRewriter &rewriter, Location loc, RankedTensorType operand, int64_t feature)
      : rewriter(rewriter), loc(loc), feature(feature) {
    auto element = cast<FloatType>(operand.getElementType());
    Type step = element.getWidth() < 32 ? Type(rewriter.getF32Type()) : Type(element);
    whole = withElementType(operand, step);
    vector = makeTensorType({dimExpr(operand, unsigned(feature))}, step);
  }

  // Operands to the type of the steps, results back.
  Value in(Value value) { return convert(value, whole.getElementType()); }
  Value out(Value value, Type type) { return convert(value, cast<RankedTensorType>(type).getElementType()); }

  template <typename Op> Value make(Value lhs, Value rhs) { return Op::create(rewriter, loc, lhs.getType(), lhs, rhs); }
  Value sqrt(Value value) { return SqrtOp::create(rewriter, loc, value.getType(), value); }

  // A vector along the features, or a scalar, repeated.
  Value repeated(Value value) {
    SmallVector<int64_t> dims(size_t(tensorType(value).getRank()), feature);
    return BroadcastInDimOp::create(rewriter, loc, whole, value, dims);
  }
  Value number(double value) {
    auto type = RankedTensorType::get({}, vector.getElementType());
    return ConstantOp::create(rewriter, loc,
                              DenseElementsAttr::get(type, rewriter.getFloatAttr(vector.getElementType(), value)));
  }
  Value vectorOf(Value scalar) { return BroadcastInDimOp::create(rewriter, loc, vector, scalar, ArrayRef<int64_t>()); }
  // Elements at a place along the features.
  Value count() {
    AffineExpr elements = rewriter.getAffineConstantExpr(1);
    for (unsigned dim = 0; dim < unsigned(whole.getRank()); ++dim)
      if (int64_t(dim) != feature)
        elements = elements * dimExpr(whole, dim);
    elements = simplifyExpr(elements);
    if (auto constant = dyn_cast<AffineConstantExpr>(elements))
      return number(double(constant.getValue()));
    auto integer = RankedTensorType::get({}, rewriter.getI64Type());
    Value size = SizeOfOp::create(rewriter, loc, integer, AffineMap::get(0, unsigned(moduleSizeCount()), elements));
    return ConvertOp::create(rewriter, loc, RankedTensorType::get({}, vector.getElementType()), size);
  }
  Value sum(Value value) {
    SmallVector<int64_t> dims;
    for (int64_t dim = 0; dim < whole.getRank(); ++dim)
      if (dim != feature)
        dims.push_back(dim);
    auto scalar = RankedTensorType::get({}, vector.getElementType());
    auto reduce = ReduceOp::create(rewriter, loc, TypeRange(vector), ValueRange(value), ValueRange(number(0)), dims);
    OpBuilder::InsertionGuard guard(rewriter);
    reduce.getBody().getBlocks().clear();
    Block *block = rewriter.createBlock(&reduce.getBody(), reduce.getBody().end(), {scalar, scalar}, {loc, loc});
    Value added = AddOp::create(rewriter, loc, scalar, block->getArgument(0), block->getArgument(1));
    ReturnOp::create(rewriter, loc, ValueRange(added));
    return reduce.getResult(0);
  }
  Value mean(Value value) { return make<DivideOp>(sum(value), vectorOf(count())); }
  // variance + epsilon, along the features.
  Value shifted(Value variance, APFloat epsilon) {
    return make<AddOp>(variance, vectorOf(number(epsilon.convertToFloat())));
  }
  Value normalized(Value operand, Value scale, Value offset, Value mean, Value variance, APFloat epsilon) {
    Value centred = make<SubtractOp>(operand, repeated(mean));
    Value quotient = make<DivideOp>(centred, repeated(sqrt(shifted(variance, epsilon))));
    return make<AddOp>(make<MultiplyOp>(repeated(scale), quotient), repeated(offset));
  }

private:
  Value convert(Value value, Type element) {
    RankedTensorType type = withElementType(tensorType(value), element);
    return type == value.getType() ? value : Value(ConvertOp::create(rewriter, loc, type, value));
  }
  size_t moduleSizeCount() { return moduleSizes(rewriter.getInsertionBlock()->getParentOp()).size(); }

  PatternRewriter &rewriter;
  Location loc;
  int64_t feature;
  RankedTensorType whole, vector;
};

struct DecomposeInference : OpRewritePattern<BatchNormInferenceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(BatchNormInferenceOp op, PatternRewriter &rewriter) const override {
    Steps steps(rewriter, op.getLoc(), op.getOperand().getType(), op.getFeatureIndex());
    Value result = steps.normalized(steps.in(op.getOperand()), steps.in(op.getScale()), steps.in(op.getOffset()),
                                    steps.in(op.getMean()), steps.in(op.getVariance()), op.getEpsilon());
    rewriter.replaceOp(op, steps.out(result, op.getType()));
    return success();
  }
};

struct DecomposeTraining : OpRewritePattern<BatchNormTrainingOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(BatchNormTrainingOp op, PatternRewriter &rewriter) const override {
    Steps steps(rewriter, op.getLoc(), op.getOperand().getType(), op.getFeatureIndex());
    Value operand = steps.in(op.getOperand());
    Value mean = steps.mean(operand);
    Value centred = steps.make<SubtractOp>(operand, steps.repeated(mean));
    Value variance = steps.mean(steps.make<MultiplyOp>(centred, centred));
    Value output =
        steps.normalized(operand, steps.in(op.getScale()), steps.in(op.getOffset()), mean, variance, op.getEpsilon());
    rewriter.replaceOp(op, {steps.out(output, op.getOutput().getType()), steps.out(mean, op.getBatchMean().getType()),
                            steps.out(variance, op.getBatchVar().getType())});
    return success();
  }
};

struct DecomposeGrad : OpRewritePattern<BatchNormGradOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(BatchNormGradOp op, PatternRewriter &rewriter) const override {
    Steps steps(rewriter, op.getLoc(), op.getOperand().getType(), op.getFeatureIndex());
    Value grad = steps.in(op.getGradOutput()), count = steps.vectorOf(steps.count());
    Value centred = steps.make<SubtractOp>(steps.in(op.getOperand()), steps.repeated(steps.in(op.getMean())));
    Value shifted = steps.shifted(steps.in(op.getVariance()), op.getEpsilon()), deviation = steps.sqrt(shifted);
    Value gradSum = steps.sum(grad), product = steps.sum(steps.make<MultiplyOp>(grad, centred));
    Value along = steps.make<DivideOp>(steps.make<MultiplyOp>(steps.repeated(product), centred), steps.repeated(shifted));
    Value inner = steps.make<SubtractOp>(steps.make<MultiplyOp>(grad, steps.repeated(count)), steps.repeated(gradSum));
    Value factor = steps.make<DivideOp>(steps.make<DivideOp>(steps.in(op.getScale()), deviation), count);
    Value gradOperand = steps.make<MultiplyOp>(steps.repeated(factor), steps.make<SubtractOp>(inner, along));
    Value gradScale = steps.sum(steps.make<MultiplyOp>(grad, steps.make<DivideOp>(centred, steps.repeated(deviation))));
    rewriter.replaceOp(op, {steps.out(gradOperand, op.getGradOperand().getType()),
                            steps.out(gradScale, op.getGradScale().getType()),
                            steps.out(gradSum, op.getGradOffset().getType())});
    return success();
  }
};

} // namespace

void BatchNormInferenceOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<DecomposeInference>(context);
}
void BatchNormTrainingOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<DecomposeTraining>(context);
}
void BatchNormGradOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<DecomposeGrad>(context);
}

} // namespace ingot
