#ifndef INGOT_PASSES_FUSE_PASSES_H
#define INGOT_PASSES_FUSE_PASSES_H

#include "mlir/Pass/Pass.h"
#include "passes/GenericTarget.h"

#include <memory>

namespace ingot {

std::unique_ptr<mlir::Pass> createSplitCases();
std::unique_ptr<mlir::Pass> createCloseRegions();
// `target` must outlive the pass.
std::unique_ptr<mlir::Pass> createFormFusions(const TargetModel &target);
std::unique_ptr<mlir::Pass> createVerifyAfterFuse();

#define GEN_PASS_REGISTRATION
#include "passes/fuse/Passes.h.inc"

} // namespace ingot

#endif // INGOT_PASSES_FUSE_PASSES_H
