#include "passes/Pipeline.h"
#include "passes/simplify/Passes.h"
#include "mlir/Transforms/Passes.h"

namespace ingot {

void addSimplifyPasses(mlir::OpPassManager &pm, const SimplifyOptions &options) {
  pm.addPass(mlir::createCanonicalizerPass());
  pm.addPass(mlir::createCSEPass());
  pm.addPass(createDropDeadSymbols());
  pm.addPass(createVerifyAfterSimplify());
}

} // namespace ingot
