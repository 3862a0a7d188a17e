#include "passes/Pipeline.h"
#include "passes/outline/Passes.h"

namespace ingot {

void addOutlinePasses(mlir::OpPassManager &pm, const OutlineOptions &options) {
  pm.addPass(createLiftConstants(options.weights));
  pm.addPass(createOutlineKernels());
  pm.addPass(createVerifyAfterOutline());
}

} // namespace ingot
