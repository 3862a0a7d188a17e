// The passes over whole programs, in the order of the phases; compiler/pipeline calls these and nothing else of passes/.
#ifndef INGOT_PASSES_PIPELINE_H
#define INGOT_PASSES_PIPELINE_H

#include "ir/WeightStore.h"
#include "mlir/Pass/PassManager.h"
#include "passes/TargetModel.h"

namespace ingot {

struct SimplifyOptions {
  WeightStore *weights = nullptr; // entries may be added (folded scales, constants)
  bool inlineComposites = true;
};
struct LayoutOptions {
  const TargetModel *target = nullptr; // must outlive the run
  WeightStore *weights = nullptr;
};
struct FuseOptions {
  const TargetModel *target = nullptr;
};
struct OutlineOptions {
  WeightStore *weights = nullptr; // non-splat constants of kernels become weights
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

// For ingot-opt: every pass by name, with a built-in TargetModel that stands for a generic 64-byte-vector CPU.
void registerPasses();

} // namespace ingot

#endif // INGOT_PASSES_PIPELINE_H
