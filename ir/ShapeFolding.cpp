// Folders and canonicalisation of the shape ops. What computes new elements from small constants is in
// reference/Folding.cpp.
#include "ir/Dialect.h"
#include "ir/ShapeInference.h"
#include "ir/Types.h"

using namespace mlir;

namespace ingot {

// The splat constant `attribute` as one of `type`; null if it is no splat or the type not static.
static OpFoldResult splatAs(Attribute attribute, RankedTensorType type) {
  auto elements = dyn_cast_or_null<DenseElementsAttr>(attribute);
  if (!elements || !elements.isSplat() || !type.hasStaticShape())
    return {};
  return elements.resizeSplat(type);
}

static bool isIota(ArrayRef<int64_t> values) {
  for (auto [index, value] : llvm::enumerate(values))
    if (value != int64_t(index))
      return false;
  return true;
}

static bool isAll(ArrayRef<int64_t> values, int64_t value) {
  return llvm::all_of(values, [&](int64_t each) { return each == value; });
}

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValueAttr(); }

OpFoldResult SizeOfOp::fold(FoldAdaptor) {
  auto constant = dyn_cast<AffineConstantExpr>(simplifyExpr(getValue().getResult(0)));
  unsigned width = getType().getElementTypeBitWidth();
  if (!constant || (width < 64 && !llvm::isIntN(width, constant.getValue())))
    return {};
  return DenseElementsAttr::get(getType(),
                                APInt(width, uint64_t(constant.getValue()), /*isSigned=*/true, /*implicitTrunc=*/true));
}

//--- broadcast_in_dim

OpFoldResult BroadcastInDimOp::fold(FoldAdaptor adaptor) {
  if (getOperand().getType() == getType() && isIota(getBroadcastDimensions()))
    return getOperand();
  return splatAs(adaptor.getOperand(), getType());
}

namespace {
// broadcast(broadcast(x)) ==> broadcast(x)
struct MergeBroadcasts : OpRewritePattern<BroadcastInDimOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(BroadcastInDimOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getOperand().getDefiningOp<BroadcastInDimOp>();
    if (!inner)
      return failure();
    auto dims = llvm::map_to_vector(inner.getBroadcastDimensions(),
                                    [&](int64_t dim) { return op.getBroadcastDimensions()[size_t(dim)]; });
    rewriter.replaceOpWithNewOp<BroadcastInDimOp>(op, op.getType(), inner.getOperand(), dims);
    return success();
  }
};
// broadcast(splat constant) ==> broadcast(scalar constant), where the result is symbolic and no constant can stand for it
struct BroadcastOfScalar : OpRewritePattern<BroadcastInDimOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(BroadcastInDimOp op, PatternRewriter &rewriter) const override {
    auto constant = op.getOperand().getDefiningOp<ConstantOp>();
    if (!constant || constant.getType().getRank() == 0 || !cast<DenseElementsAttr>(constant.getValue()).isSplat())
      return failure();
    auto scalarType = RankedTensorType::get({}, constant.getType().getElementType());
    Value scalar = ConstantOp::create(rewriter, constant.getLoc(),
                                      cast<DenseElementsAttr>(constant.getValue()).resizeSplat(scalarType));
    rewriter.replaceOpWithNewOp<BroadcastInDimOp>(op, op.getType(), scalar, ArrayRef<int64_t>{});
    return success();
  }
};
} // namespace

void BroadcastInDimOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<MergeBroadcasts, BroadcastOfScalar>(context);
}

//--- reshape

OpFoldResult ReshapeOp::fold(FoldAdaptor adaptor) {
  if (getOperand().getType() == getType())
    return getOperand();
  if (auto elements = dyn_cast_or_null<DenseElementsAttr>(adaptor.getOperand()); elements && getType().hasStaticShape())
    return elements.reshape(getType());
  return {};
}

namespace {
// reshape(reshape(x)) ==> reshape(x)
struct MergeReshapes : OpRewritePattern<ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReshapeOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getOperand().getDefiningOp<ReshapeOp>();
    if (!inner)
      return failure();
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), inner.getOperand());
    return success();
  }
};
// reshape(broadcast(scalar)) ==> broadcast(scalar)
struct ReshapeOfSplat : OpRewritePattern<ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReshapeOp op, PatternRewriter &rewriter) const override {
    auto broadcast = op.getOperand().getDefiningOp<BroadcastInDimOp>();
    if (!broadcast || broadcast.getOperand().getType().getRank() != 0)
      return failure();
    rewriter.replaceOpWithNewOp<BroadcastInDimOp>(op, op.getType(), broadcast.getOperand(), ArrayRef<int64_t>{});
    return success();
  }
};
} // namespace

void ReshapeOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<MergeReshapes, ReshapeOfSplat>(context);
}

//--- transpose

OpFoldResult TransposeOp::fold(FoldAdaptor adaptor) {
  if (isIota(getPermutation()))
    return getOperand();
  return splatAs(adaptor.getOperand(), getType());
}

namespace {
// transpose(transpose(x)) ==> transpose(x)
struct MergeTransposes : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TransposeOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getOperand().getDefiningOp<TransposeOp>();
    if (!inner)
      return failure();
    auto permutation =
        llvm::map_to_vector(op.getPermutation(), [&](int64_t dim) { return inner.getPermutation()[size_t(dim)]; });
    rewriter.replaceOpWithNewOp<TransposeOp>(op, op.getType(), inner.getOperand(), permutation);
    return success();
  }
};
// transpose(broadcast(x)) ==> broadcast(x)
struct TransposeOfBroadcast : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TransposeOp op, PatternRewriter &rewriter) const override {
    auto broadcast = op.getOperand().getDefiningOp<BroadcastInDimOp>();
    if (!broadcast)
      return failure();
    SmallVector<int64_t> position(op.getPermutation().size());
    for (auto [index, dim] : llvm::enumerate(op.getPermutation()))
      position[size_t(dim)] = int64_t(index);
    auto dims = llvm::map_to_vector(broadcast.getBroadcastDimensions(), [&](int64_t dim) { return position[size_t(dim)]; });
    rewriter.replaceOpWithNewOp<BroadcastInDimOp>(op, op.getType(), broadcast.getOperand(), dims);
    return success();
  }
};
} // namespace

void TransposeOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<MergeTransposes, TransposeOfBroadcast>(context);
}

//--- slice

OpFoldResult SliceOp::fold(FoldAdaptor adaptor) {
  if (getOperand().getType() == getType() && isAll(getStartIndices(), 0) && isAll(getStrides(), 1))
    return getOperand();
  return splatAs(adaptor.getOperand(), getType());
}

namespace {
// slice(slice(x)) ==> slice(x)
struct MergeSlices : OpRewritePattern<SliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SliceOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getOperand().getDefiningOp<SliceOp>();
    if (!inner)
      return failure();
    SmallVector<int64_t> starts, limits, strides;
    for (size_t i = 0, e = op.getStartIndices().size(); i != e; ++i) {
      int64_t start, stride, first = inner.getStartIndices()[i], step = inner.getStrides()[i],
                             limit = op.getLimitIndices()[i];
      if (llvm::MulOverflow(op.getStartIndices()[i], step, start) || llvm::AddOverflow(start, first, start) ||
          llvm::MulOverflow(op.getStrides()[i], step, stride))
        return failure();
      if (limit == SliceOp::kWholeDim) {
        limit = inner.getLimitIndices()[i];
      } else if (limit == SliceOp::kToResult) {
        // The same result from the inner operand.
      } else if (limit == op.getStartIndices()[i]) {
        limit = start;
      } else {
        // One past the last element that the outer range covers.
        int64_t last;
        if (llvm::MulOverflow(limit - 1, step, last) || llvm::AddOverflow(last, first + 1, limit))
          return failure();
      }
      starts.push_back(start);
      limits.push_back(limit);
      strides.push_back(stride);
    }
    // An empty outer range of a strided one may start beyond the operand's end.
    for (size_t i = 0, e = starts.size(); i != e; ++i)
      if (int64_t extent = inner.getOperand().getType().getDimSize(unsigned(i));
          !ShapedType::isDynamic(extent) && limits[i] > SliceOp::kToResult && (starts[i] > extent || limits[i] > extent))
        return failure();
    rewriter.replaceOpWithNewOp<SliceOp>(op, op.getType(), inner.getOperand(), starts, limits, strides);
    return success();
  }
};
// slice(broadcast(scalar)) ==> broadcast(scalar)
struct SliceOfSplat : OpRewritePattern<SliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SliceOp op, PatternRewriter &rewriter) const override {
    auto broadcast = op.getOperand().getDefiningOp<BroadcastInDimOp>();
    if (!broadcast || broadcast.getOperand().getType().getRank() != 0)
      return failure();
    rewriter.replaceOpWithNewOp<BroadcastInDimOp>(op, op.getType(), broadcast.getOperand(), ArrayRef<int64_t>{});
    return success();
  }
};
} // namespace

void SliceOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<MergeSlices, SliceOfSplat>(context);
}

//--- pad

OpFoldResult PadOp::fold(FoldAdaptor adaptor) {
  if (isAll(getEdgePaddingLow(), 0) && isAll(getEdgePaddingHigh(), 0) && isAll(getInteriorPadding(), 0))
    return getOperand();
  auto operand = dyn_cast_or_null<DenseElementsAttr>(adaptor.getOperand());
  auto value = dyn_cast_or_null<DenseElementsAttr>(adaptor.getPaddingValue());
  if (operand && value && operand.isSplat() && value.isSplat() &&
      operand.getSplatValue<Attribute>() == value.getSplatValue<Attribute>())
    return splatAs(operand, getType());
  return {};
}

namespace {
// pad(pad(x)) with one value, no removal and no gaps ==> pad(x)
struct MergePads : OpRewritePattern<PadOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(PadOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getOperand().getDefiningOp<PadOp>();
    if (!inner || inner.getPaddingValue() != op.getPaddingValue())
      return failure();
    SmallVector<int64_t> low, high;
    for (PadOp pad : {op, inner})
      if (!isAll(pad.getInteriorPadding(), 0) || llvm::any_of(pad.getEdgePaddingLow(), [](int64_t x) { return x < 0; }) ||
          llvm::any_of(pad.getEdgePaddingHigh(), [](int64_t x) { return x < 0; }))
        return failure();
    for (auto [outerLow, innerLow, outerHigh, innerHigh] :
         llvm::zip(op.getEdgePaddingLow(), inner.getEdgePaddingLow(), op.getEdgePaddingHigh(), inner.getEdgePaddingHigh())) {
      low.push_back(outerLow + innerLow);
      high.push_back(outerHigh + innerHigh);
    }
    rewriter.replaceOpWithNewOp<PadOp>(op, op.getType(), inner.getOperand(), op.getPaddingValue(), low, high,
                                       op.getInteriorPadding());
    return success();
  }
};
} // namespace

void PadOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<MergePads>(context);
}

//--- concatenate

OpFoldResult ConcatenateOp::fold(FoldAdaptor adaptor) {
  if (getOperands().size() == 1)
    return getOperands().front();
  Attribute first;
  for (Attribute operand : adaptor.getOperands()) {
    auto elements = dyn_cast_or_null<DenseElementsAttr>(operand);
    if (!elements || !elements.isSplat())
      return {};
    Attribute value = elements.getSplatValue<Attribute>();
    if (first && value != first)
      return {};
    first = value;
  }
  return splatAs(adaptor.getOperands().front(), getType());
}

namespace {
// concatenate(a, empty, concatenate(b, c)) along one dim ==> concatenate(a, b, c), up to so many operands
constexpr size_t kMaxConcatenated = 32;
struct FlattenConcatenate : OpRewritePattern<ConcatenateOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ConcatenateOp op, PatternRewriter &rewriter) const override {
    SmallVector<Value> operands;
    bool isChanged = false;
    for (Value operand : op.getOperands()) {
      auto inner = operand.getDefiningOp<ConcatenateOp>();
      if (inner && inner.getDimension() == op.getDimension() && operand.hasOneUse() &&
          operands.size() + inner.getNumOperands() <= kMaxConcatenated) {
        llvm::append_range(operands, inner.getOperands());
        isChanged = true;
      } else if (cast<RankedTensorType>(operand.getType()).getDimSize(unsigned(op.getDimension())) == 0) {
        isChanged = true;
      } else {
        operands.push_back(operand);
      }
    }
    if (!isChanged || operands.empty())
      return failure();
    rewriter.replaceOpWithNewOp<ConcatenateOp>(op, op.getType(), operands, op.getDimension());
    return success();
  }
};
} // namespace

void ConcatenateOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<FlattenConcatenate>(context);
}

//--- reverse

OpFoldResult ReverseOp::fold(FoldAdaptor adaptor) {
  if (llvm::all_of(getDimensions(), [&](int64_t dim) { return getType().getDimSize(unsigned(dim)) == 1; }))
    return getOperand();
  return splatAs(adaptor.getOperand(), getType());
}

} // namespace ingot
