#ifndef INGOT_PASSES_SIMPLIFY_PASSES_H
#define INGOT_PASSES_SIMPLIFY_PASSES_H

#include "mlir/Pass/Pass.h"
#include "passes/TargetModel.h"
#include "passes/Weights.h"

#include <memory>

namespace ingot {

// A `store` or `target` must outlive its pass.
std::unique_ptr<mlir::Pass> createInlineCalls();
std::unique_ptr<mlir::Pass> createOneProcess();
std::unique_ptr<mlir::Pass> createRaise();
std::unique_ptr<mlir::Pass> createInlineComposites(const TargetModel &target);
std::unique_ptr<mlir::Pass> createGrowStates();
std::unique_ptr<mlir::Pass> createMoveShapes();
std::unique_ptr<mlir::Pass> createFoldWeights(WeightStore &store);
std::unique_ptr<mlir::Pass> createEvaluateVectors(WeightStore &store);
std::unique_ptr<mlir::Pass> createFoldScales(WeightStore &store);
std::unique_ptr<mlir::Pass> createNormalizeContractions(WeightStore &store);
std::unique_ptr<mlir::Pass> createMergePads();
std::unique_ptr<mlir::Pass> createSplitDilations();
std::unique_ptr<mlir::Pass> createRunWindows();
std::unique_ptr<mlir::Pass> createDropDeadSymbols();
std::unique_ptr<mlir::Pass> createVerifyAfterSimplify();

} // namespace ingot

#endif // INGOT_PASSES_SIMPLIFY_PASSES_H
