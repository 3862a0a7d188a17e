#include "ir/Types.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/Programs.h"
#include "passes/simplify/Passes.h"

namespace ingot {

#define GEN_PASS_DEF_MERGEPADS
#include "passes/simplify/Passes.h.inc"

using namespace mlir;

namespace {

bool allAre(ArrayRef<int64_t> values, int64_t expected) {
  return llvm::all_of(values, [&](int64_t value) { return value == expected; });
}

bool isZero(Attribute value) {
  if (auto number = dyn_cast_or_null<FloatAttr>(value))
    return number.getValue().isZero();
  auto integer = dyn_cast_or_null<IntegerAttr>(value);
  return integer && integer.getValue().isZero();
}

struct PadIntoConvolution : OpRewritePattern<ConvolutionOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ConvolutionOp conv, PatternRewriter &rewriter) const override {
    auto pad = conv.getLhs().getDefiningOp<PadOp>();
    if (!pad || !allAre(pad.getInteriorPadding(), 0) || !allAre(conv.getLhsDilation(), 1) ||
        !isZero(scalarConstant(pad.getPaddingValue())))
      return failure();
    ConvDimsAttr dims = conv.getDims();
    for (int64_t dim : {dims.getInputBatch(), dims.getInputFeature()})
      if (pad.getEdgePaddingLow()[dim] != 0 || pad.getEdgePaddingHigh()[dim] != 0)
        return failure();
    SmallVector<int64_t> padding(conv.getPadding());
    for (auto [index, dim] : llvm::enumerate(dims.getInputSpatial())) {
      int64_t low = pad.getEdgePaddingLow()[dim], high = pad.getEdgePaddingHigh()[dim];
      if (low < 0 || high < 0 || padding[2 * index] < 0 || padding[2 * index + 1] < 0)
        return failure();
      padding[2 * index] += low;
      padding[2 * index + 1] += high;
    }
    rewriter.modifyOpInPlace(conv, [&] {
      conv.getLhsMutable().assign(pad.getOperand());
      conv.setPadding(padding);
    });
    return success();
  }
};

struct PadIntoWindow : OpRewritePattern<ReduceWindowOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReduceWindowOp window, PatternRewriter &rewriter) const override {
    if (window.getInputs().size() != 1 || !allAre(window.getBaseDilations(), 1))
      return failure();
    auto pad = window.getInputs().front().getDefiningOp<PadOp>();
    if (!pad || !allAre(pad.getInteriorPadding(), 0))
      return failure();
    Value init = window.getInitValues().front();
    Attribute value = scalarConstant(pad.getPaddingValue());
    if (pad.getPaddingValue() != init && (!value || value != scalarConstant(init)))
      return failure();
    SmallVector<int64_t> padding(window.getPadding());
    for (size_t dim = 0; dim < padding.size() / 2; ++dim) {
      int64_t low = pad.getEdgePaddingLow()[dim], high = pad.getEdgePaddingHigh()[dim];
      if (low < 0 || high < 0 || padding[2 * dim] < 0 || padding[2 * dim + 1] < 0)
        return failure();
      padding[2 * dim] += low;
      padding[2 * dim + 1] += high;
    }
    rewriter.modifyOpInPlace(window, [&] {
      window.getInputsMutable().assign(pad.getOperand());
      window.setPadding(padding);
    });
    return success();
  }
};

struct MergePads : impl::MergePadsBase<MergePads> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<PadIntoConvolution, PadIntoWindow>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

std::unique_ptr<Pass> createMergePads() { return std::make_unique<MergePads>(); }

} // namespace ingot
