#include "mlir/Pass/PassRegistry.h"
#include "passes/GenericTarget.h"
#include "passes/Pipeline.h"
#include "passes/fuse/Passes.h"
#include "passes/layout/Passes.h"
#include "passes/outline/Passes.h"
#include "passes/schedule/Passes.h"
#include "passes/simplify/Passes.h"

namespace ingot {

void registerPasses() {
  registersimplifyPasses();
  registerlayoutPasses();
  registerfusePasses();
  registeroutlinePasses();
  registerschedulePasses();

  using mlir::OpPassManager;
  mlir::PassPipelineRegistration<>("phase-simplify", "All passes of the phase simplify",
                                   [](OpPassManager &pm) { addSimplifyPasses(pm, {&scratchStore()}); });
  mlir::PassPipelineRegistration<>("phase-layout", "All passes of the phase layout, for the generic target",
                                   [](OpPassManager &pm) { addLayoutPasses(pm, {&genericTarget(), &scratchStore()}); });
  mlir::PassPipelineRegistration<>("phase-fuse", "All passes of the phase fuse, for the generic target",
                                   [](OpPassManager &pm) { addFusePasses(pm, {&genericTarget()}); });
  mlir::PassPipelineRegistration<>("phase-outline", "All passes of the phase outline",
                                   [](OpPassManager &pm) { addOutlinePasses(pm, {&scratchStore()}); });
  mlir::PassPipelineRegistration<>("phase-schedule", "All passes of the phase schedule",
                                   [](OpPassManager &pm) { addSchedulePasses(pm, {}); });
}

} // namespace ingot
