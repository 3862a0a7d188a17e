#include "passes/Pipeline.h"
#include "mlir/Transforms/Passes.h"
#include "passes/layout/Passes.h"
#include "passes/simplify/Passes.h"

namespace ingot {

void addLayoutPasses(mlir::OpPassManager &pm, const LayoutOptions &options) {
  const TargetModel &target = options.target ? *options.target : genericTarget();
  WeightStore &store = options.weights ? *options.weights : scratchStore();
  pm.addPass(createChannelsLast(target, store));
  // Transposes of kernels become steps; those of dims of size 1 become views.
  pm.addPass(createMoveShapes());
  pm.addPass(createFoldWeights(store));
  pm.addPass(mlir::createCanonicalizerPass());
  pm.addPass(mlir::createCSEPass());
  pm.addPass(createPackWeights(target, store));
  pm.addPass(createDropDeadSymbols());
  pm.addPass(createVerifyAfterLayout());
}

} // namespace ingot
