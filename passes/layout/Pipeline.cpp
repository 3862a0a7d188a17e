#include "passes/Pipeline.h"
#include "mlir/Transforms/Passes.h"
#include "passes/layout/Passes.h"
#include "passes/simplify/Passes.h"

namespace ingot {

void addLayoutPasses(mlir::OpPassManager &pm, const LayoutOptions &options) {
  pm.addPass(createChannelsLast(options.target, options.weights));
  // Transposes of kernels become steps; those of dims of size 1 become views.
  pm.addPass(createMoveShapes());
  pm.addPass(createFoldWeights(options.weights));
  pm.addPass(mlir::createCanonicalizerPass());
  pm.addPass(mlir::createCSEPass());
  pm.addPass(createPackWeights(options.target, options.weights));
  pm.addPass(createPackInvariants(options.target));
  pm.addPass(createPackBits(options.weights));
  pm.addPass(createDropDeadSymbols());
  pm.addPass(createVerifyAfterLayout());
}

} // namespace ingot
