#ifndef INGOT_PASSES_OUTLINE_PASSES_H
#define INGOT_PASSES_OUTLINE_PASSES_H

#include "mlir/Pass/Pass.h"
#include "passes/Weights.h"

#include <memory>

namespace ingot {

// `store` must outlive the pass.
std::unique_ptr<mlir::Pass> createLiftConstants(WeightStore &store);
std::unique_ptr<mlir::Pass> createOutlineKernels();
std::unique_ptr<mlir::Pass> createVerifyAfterOutline();

} // namespace ingot

#endif // INGOT_PASSES_OUTLINE_PASSES_H
