// What a group of ops would do as one kernel, for TargetModel::estimate.
#ifndef INGOT_PASSES_FUSE_KERNELCOST_H
#define INGOT_PASSES_FUSE_KERNELCOST_H

#include "passes/TargetModel.h"

namespace ingot {

// `ops` are in topological order and closed but for the kernel's operands; `results` leave the kernel. Elements are counted
// at the sizes' maxima. Values are evaluated on demand: an op is counted for every element its users ask of it, so a
// producer under overlapping windows is counted once per overlap; contractions and reductions are computed once.
KernelSummary summarizeKernel(llvm::ArrayRef<mlir::Operation *> ops, llvm::ArrayRef<mlir::Value> results,
                              llvm::ArrayRef<SizeAttr> sizes);

} // namespace ingot

#endif // INGOT_PASSES_FUSE_KERNELCOST_H
