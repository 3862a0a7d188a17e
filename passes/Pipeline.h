// The passes over whole programs, in the order of the phases; compiler/pipeline calls these and nothing else of passes/.
#ifndef INGOT_PASSES_PIPELINE_H
#define INGOT_PASSES_PIPELINE_H

#include "ir/WeightStore.h"
#include "mlir/Pass/PassManager.h"
#include "passes/TargetModel.h"

namespace ingot {

// What an option refers to must outlive the run.
struct SimplifyOptions {
  const TargetModel &target;
  WeightStore &weights; // entries may be added (folded scales, constants)
};
struct LayoutOptions {
  const TargetModel &target;
  WeightStore &weights;
};
struct FuseOptions {
  const TargetModel &target;
};
struct OutlineOptions {
  WeightStore &weights; // non-splat constants of kernels become weights
};
struct ScheduleOptions {
  bool inplace = true;
};

// Each adds its phase's passes and, last, the verifier of the phase's boundary.
void addSimplifyPasses(mlir::OpPassManager &pm, const SimplifyOptions &options);
void addLayoutPasses(mlir::OpPassManager &pm, const LayoutOptions &options);
void addFusePasses(mlir::OpPassManager &pm, const FuseOptions &options);
void addOutlinePasses(mlir::OpPassManager &pm, const OutlineOptions &options);
void addSchedulePasses(mlir::OpPassManager &pm, const ScheduleOptions &options);

// For ingot-opt: every pass, and every phase, by name. The bytes of weights in MLIR text are not in `weights`; what passes
// add is. Both must outlive every run.
void registerPasses(const TargetModel &target, WeightStore &weights);

} // namespace ingot

#endif // INGOT_PASSES_PIPELINE_H
