#ifndef INGOT_PASSES_LAYOUT_PASSES_H
#define INGOT_PASSES_LAYOUT_PASSES_H

#include "mlir/Pass/Pass.h"
#include "passes/TargetModel.h"
#include "passes/Weights.h"

#include <memory>

namespace ingot {

// `target` and `store` must outlive the pass.
std::unique_ptr<mlir::Pass> createChannelsLast(const TargetModel &target, WeightStore &store);
std::unique_ptr<mlir::Pass> createPackInvariants(const TargetModel &target);
std::unique_ptr<mlir::Pass> createPackBits(WeightStore &store);
std::unique_ptr<mlir::Pass> createPackWeights(const TargetModel &target, WeightStore &store);
std::unique_ptr<mlir::Pass> createVerifyAfterLayout();

} // namespace ingot

#endif // INGOT_PASSES_LAYOUT_PASSES_H
