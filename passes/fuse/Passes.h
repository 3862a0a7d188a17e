#ifndef INGOT_PASSES_FUSE_PASSES_H
#define INGOT_PASSES_FUSE_PASSES_H

#include "mlir/Pass/Pass.h"
#include "passes/TargetModel.h"

#include <memory>

namespace ingot {

std::unique_ptr<mlir::Pass> createSplitCases();
std::unique_ptr<mlir::Pass> createSplitConcatenates();
std::unique_ptr<mlir::Pass> createCloseRegions();
// `target` must outlive the pass.
std::unique_ptr<mlir::Pass> createFormFusions(const TargetModel &target);
std::unique_ptr<mlir::Pass> createVerifyAfterFuse();

} // namespace ingot

#endif // INGOT_PASSES_FUSE_PASSES_H
