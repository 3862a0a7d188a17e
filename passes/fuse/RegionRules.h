// The regions one kernel can hold whatever the machine, as rules on structure. A target's canFuse may be built on them.
//
// A staged op is computed once into memory or registers before its users read it: contraction, reduce, reduce_window,
// composite, sort, top_k, scan, scatter. An op on demand (pointwise, data movement, constant, iota, size_of, gather,
// dynamic_slice, dynamic_update_slice, interpolate, quantize, dequantize, bitcast_convert, rng, rng_bit_generator) is
// evaluated at whatever index a user asks for.
//
//   Any single op is accepted. More than one:
//   (R1) without a staged op, all results have the same dims.
//   (R2) with a contraction or reduce_window it is the only staged op; what depends on it is pointwise of its result's dims;
//   results
//        depend on it or are it. A contraction's right operand comes from outside, through unpack at most.
//   (R3) with reduces, all have inputs of the same dims ("full") and reduce the same dims ("row": what is kept). What
//   depends on one is
//        pointwise of full or row dims, or broadcasts row to full. Results are full or row.
//   (R4) a reshape inside only adds or removes dims of size 1 and does not depend on a staged op.
//   (R5) a sort, top_k, scan or scatter is the only staged op, and the results are its own.
//   (R6) a dynamic_update_slice of what is no constant is the only result and its operand is read by nothing else in the
//        region: it then writes its window alone, in the operand's memory.
#ifndef INGOT_PASSES_FUSE_REGIONRULES_H
#define INGOT_PASSES_FUSE_REGIONRULES_H

#include "ir/Dialect.h"

namespace ingot {

// `ops` are in topological order and all of the region; `results` leave it.
bool acceptsRegion(llvm::ArrayRef<mlir::Operation *> ops, llvm::ArrayRef<mlir::Value> results);

// (R6)
bool updatesStandAlone(llvm::ArrayRef<mlir::Operation *> ops, llvm::ArrayRef<mlir::Value> results);

// True if the op's elements can be computed wherever a user asks for one.
bool isOnDemand(mlir::Operation *op);

// True if the op takes of `operand`, for each element of its result, the element at the same index.
bool isElementwiseIn(mlir::Operation *op, mlir::Value operand);

// True if the op is computed before its users read it.
bool isStaged(mlir::Operation *op);
// True if the op is staged and has nothing of its kernel behind it: sort, top_k, scan, scatter.
bool hasEmitterOfItsOwn(mlir::Operation *op);

// True if the two shapes differ in dims of size 1 alone.
bool differInUnitDimsOnly(mlir::RankedTensorType lhs, mlir::RankedTensorType rhs);

} // namespace ingot

#endif // INGOT_PASSES_FUSE_REGIONRULES_H
