#include "passes/Pipeline.h"
#include "passes/transform/Passes.h"

namespace ingot {

void addTransformPasses(mlir::OpPassManager &pm, const TransformOptions &options) {
  if (!options.lists.empty())
    pm.addPass(createSpecialiseSizes(options.lists));
}

} // namespace ingot
