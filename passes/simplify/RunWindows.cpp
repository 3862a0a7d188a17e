#include "ir/Monoid.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/Programs.h"
#include "passes/simplify/Passes.h"

namespace ingot {

#define GEN_PASS_DEF_RUNWINDOWS
#include "passes/simplify/Passes.h.inc"

using namespace mlir;

namespace {

struct WindowToScan : OpRewritePattern<ReduceWindowOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReduceWindowOp window, PatternRewriter &rewriter) const override {
    if (window.getInputs().size() != 1)
      return failure();
    Value input = window.getInputs().front(), init = window.getInitValues().front();
    const auto expressions = [&](ArrayRef<int64_t> numbers) {
      return llvm::map_to_vector(numbers, [&](int64_t number) { return rewriter.getAffineConstantExpr(number); });
    };
    std::optional<RunningWindow> running =
        runningWindow(dimExprs(cast<RankedTensorType>(input.getType())), expressions(window.getWindowDimensions()),
                      expressions(window.getWindowStrides()), expressions(window.getBaseDilations()),
                      expressions(window.getWindowDilations()), expressions(window.getPadding()));
    // Padded places count as initial values, of which a scan has one.
    if (!running || !monoidOf(window.getBody().front()).mayRepeat(scalarConstant(init)))
      return failure();
    auto scan = ScanOp::create(rewriter, window.getLoc(), window.getResultTypes(), window.getInputs(),
                               window.getInitValues(), running->dim, /*exclusive=*/false, running->reverse);
    rewriter.inlineRegionBefore(window.getBody(), scan.getBody(), scan.getBody().end());
    rewriter.replaceOp(window, scan);
    return success();
  }
};

struct RunWindows : impl::RunWindowsBase<RunWindows> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<WindowToScan>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

std::unique_ptr<Pass> createRunWindows() { return std::make_unique<RunWindows>(); }

} // namespace ingot
