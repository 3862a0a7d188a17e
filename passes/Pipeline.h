// The passes over whole programs, in the order of the phases; compiler/pipeline calls these and nothing else of passes/.
#ifndef INGOT_PASSES_PIPELINE_H
#define INGOT_PASSES_PIPELINE_H

#include "ir/WeightStore.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "passes/TargetModel.h"

#include <string>
#include <vector>

namespace ingot {

// Values of a size, ascending: an entry point is specialised for the ranges that end at these.
struct SizeList {
  std::string name;
  std::vector<int64_t> values;
};

// Whether the lists can be followed: sizes of the program, within their ranges, of no state's length, in not too many
// combinations. False with *why.
bool checkSizeLists(mlir::ModuleOp module, llvm::ArrayRef<SizeList> lists, std::string *why);

// What an option refers to must outlive the run.
struct TransformOptions {
  llvm::ArrayRef<SizeList> lists;
};
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
void addTransformPasses(mlir::OpPassManager &pm, const TransformOptions &options);
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
