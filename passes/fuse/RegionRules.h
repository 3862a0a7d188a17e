// What fuse and the rules of targets say of ops in a region that one kernel is to hold.
//
// Whether an op is staged or made on demand, it says itself (ir/OpTraits.h).
#ifndef INGOT_PASSES_FUSE_REGIONRULES_H
#define INGOT_PASSES_FUSE_REGIONRULES_H

#include "ir/Dialect.h"

namespace ingot {

// True if every dynamic_update_slice of what is no constant is the region's only result and nothing else in the region reads
// its operand: it then writes its window alone, in the operand's memory. `ops` are in topological order and all of the
// region; `results` leave it.
bool updatesStandAlone(llvm::ArrayRef<mlir::Operation *> ops, llvm::ArrayRef<mlir::Value> results);

// True if the op takes of `operand`, for each element of its result, the element at the same index.
bool isElementwiseIn(mlir::Operation *op, mlir::Value operand);

// True if an emitter of its own makes the op, with nothing of its kernel behind it.
bool isMadeWhole(mlir::Operation *op);

} // namespace ingot

#endif // INGOT_PASSES_FUSE_REGIONRULES_H
