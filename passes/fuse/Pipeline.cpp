#include "passes/Pipeline.h"
#include "passes/fuse/Passes.h"

namespace ingot {

void addFusePasses(mlir::OpPassManager &pm, const FuseOptions &options) {
  pm.addPass(createSplitCases());
  pm.addPass(createSplitConcatenates());
  pm.addPass(createCloseRegions());
  pm.addPass(createFormFusions(options.target));
  pm.addPass(createVerifyAfterFuse());
}

} // namespace ingot
