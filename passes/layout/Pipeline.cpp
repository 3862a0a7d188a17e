#include "passes/Pipeline.h"
#include "passes/layout/Passes.h"

namespace ingot {

void addLayoutPasses(mlir::OpPassManager &pm, const LayoutOptions &options) { pm.addPass(createVerifyAfterLayout()); }

} // namespace ingot
