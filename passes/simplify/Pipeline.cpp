#include "passes/Pipeline.h"
#include "mlir/Transforms/Passes.h"
#include "passes/simplify/Passes.h"

namespace ingot {

void addSimplifyPasses(mlir::OpPassManager &pm, const SimplifyOptions &options) {
  WeightStore &store = options.weights;
  pm.addPass(createInlineCalls());
  pm.addPass(createOneProcess());
  // Composites are found also where the target takes none: kernels bear their names.
  pm.addPass(mlir::createCanonicalizerPass());
  pm.addPass(createRaise());
  pm.addPass(createInlineComposites(options.target));
  pm.addPass(createDropDeadSymbols());
  pm.addPass(mlir::createCanonicalizerPass());
  pm.addPass(mlir::createCSEPass());
  pm.addPass(createGrowStates());
  // Weights are plain get_weights before anything looks for them; broadcasts are of vectors before scales are sought.
  pm.addPass(createMoveShapes());
  pm.addPass(createFoldWeights(store));
  pm.addPass(createMergePads());
  pm.addPass(createSplitDilations());
  pm.addPass(createRunWindows());
  pm.addPass(createNormalizeContractions(store));
  pm.addPass(createMoveShapes());
  pm.addPass(createFoldWeights(store));
  // The first round moves factors next to their contractions, the second folds what the first combined.
  for (int round = 0; round < 2; ++round) {
    pm.addPass(createEvaluateVectors(store));
    pm.addPass(createFoldScales(store));
  }
  pm.addPass(createEvaluateVectors(store));
  pm.addPass(mlir::createCanonicalizerPass());
  pm.addPass(mlir::createCSEPass());
  pm.addPass(createDropDeadSymbols());
  pm.addPass(createVerifyAfterSimplify());
}

} // namespace ingot
