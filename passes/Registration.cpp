#include "mlir/Pass/PassRegistry.h"
#include "passes/Pipeline.h"
#include "passes/fuse/Passes.h"
#include "passes/layout/Passes.h"
#include "passes/outline/Passes.h"
#include "passes/schedule/Passes.h"
#include "passes/simplify/Passes.h"
#include "passes/transform/Passes.h"

namespace ingot {

using namespace mlir;

static void registerPhases(const TargetModel &target, WeightStore &weights) {
  PassPipelineRegistration<>("phase-simplify", "All passes of the phase simplify",
                             [&](OpPassManager &pm) { addSimplifyPasses(pm, {target, weights}); });
  PassPipelineRegistration<>("phase-layout", "All passes of the phase layout",
                             [&](OpPassManager &pm) { addLayoutPasses(pm, {target, weights}); });
  PassPipelineRegistration<>("phase-fuse", "All passes of the phase fuse",
                             [&](OpPassManager &pm) { addFusePasses(pm, {target}); });
  PassPipelineRegistration<>("phase-outline", "All passes of the phase outline",
                             [&](OpPassManager &pm) { addOutlinePasses(pm, {weights}); });
  PassPipelineRegistration<>("phase-schedule", "All passes of the phase schedule",
                             [&](OpPassManager &pm) { addSchedulePasses(pm, {}); });
}

void registerPasses(const TargetModel &target, WeightStore &weights) {
  registerPass(createInlineCalls);
  registerPass(createOneProcess);
  registerPass([] { return createSpecialiseSizes({}); });

  registerPass(createRaise);
  registerPass([&] { return createInlineComposites(target); });
  registerPass(createGrowStates);
  registerPass(createMoveShapes);
  registerPass([&] { return createFoldWeights(weights); });
  registerPass([&] { return createEvaluateVectors(weights); });
  registerPass([&] { return createFoldScales(weights); });
  registerPass([&] { return createNormalizeContractions(weights); });
  registerPass(createMergePads);
  registerPass(createSplitDilations);
  registerPass(createRunWindows);
  registerPass(createDropDeadSymbols);
  registerPass(createVerifyAfterSimplify);

  registerPass([&] { return createChannelsLast(target, weights); });
  registerPass([&] { return createPackBits(weights); });
  registerPass([&] { return createPackWeights(target, weights); });
  registerPass([&] { return createPackInvariants(target); });
  registerPass(createVerifyAfterLayout);

  registerPass(createSplitCases);
  registerPass(createSplitConcatenates);
  registerPass(createCloseRegions);
  registerPass([&] { return createFormFusions(target); });
  registerPass(createVerifyAfterFuse);

  registerPass([&] { return createLiftConstants(weights); });
  registerPass(createOutlineKernels);
  registerPass(createVerifyAfterOutline);

  registerPass(createSeparateResults);
  registerPass(createOrderCommands);
  registerPass(createPlaceUpdates);
  registerPass(createMarkInplace);
  registerPass(createPlaceValues);
  registerPass(createVerifyAfterSchedule);

  registerPhases(target, weights);
}

} // namespace ingot
