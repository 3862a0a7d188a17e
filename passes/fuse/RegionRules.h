// What fuse and the rules of targets say of ops in a region that one kernel is to hold.
//
// A staged op is computed once into memory or registers before its users read it: contraction, reduce, reduce_window,
// composite, sort, top_k, scan, scatter. An op on demand (pointwise, data movement, constant, iota, size_of, gather,
// dynamic_slice, dynamic_update_slice, interpolate, quantize, dequantize, bitcast_convert, rng, rng_bit_generator) is
// evaluated at whatever index a user asks for.
#ifndef INGOT_PASSES_FUSE_REGIONRULES_H
#define INGOT_PASSES_FUSE_REGIONRULES_H

#include "ir/Dialect.h"

namespace ingot {

// True if every dynamic_update_slice of what is no constant is the region's only result and nothing else in the region reads
// its operand: it then writes its window alone, in the operand's memory. `ops` are in topological order and all of the
// region; `results` leave it.
bool updatesStandAlone(llvm::ArrayRef<mlir::Operation *> ops, llvm::ArrayRef<mlir::Value> results);

// True if the op's elements can be computed wherever a user asks for one.
bool isOnDemand(mlir::Operation *op);

// True if the op takes of `operand`, for each element of its result, the element at the same index.
bool isElementwiseIn(mlir::Operation *op, mlir::Value operand);

// True if the op is computed before its users read it.
bool isStaged(mlir::Operation *op);
// True if the op is staged and has nothing of its kernel behind it: sort, top_k, scan, scatter.
bool hasEmitterOfItsOwn(mlir::Operation *op);

} // namespace ingot

#endif // INGOT_PASSES_FUSE_REGIONRULES_H
