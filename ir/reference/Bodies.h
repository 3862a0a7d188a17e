// Bodies on scalars: those of reduce, scan, scatter and sort.
#ifndef INGOT_IR_REFERENCE_BODIES_H
#define INGOT_IR_REFERENCE_BODIES_H

#include "ir/reference/Families.h"

namespace ingot::reference {

// The op of a body `return op(accumulator, element)` that may be applied in any order, or null.
mlir::Operation *singleOp(mlir::Block &body);

// `tensor` as a flat tensor of `count` elements; a rank-0 one repeats.
Tensor flattened(const Tensor &tensor, int64_t count);

// Element `index` of `tensor` as a scalar.
Tensor scalarAt(const Tensor &tensor, int64_t index);

// One step of `accumulators = body(accumulators, elements)` on flat tensors of equal length, lane by lane.
llvm::Error combine(mlir::Block &body, std::vector<Tensor> &accumulators, llvm::ArrayRef<Tensor> elements);

// Counts `index` up in row-major order within `dims`; false after the last.
bool nextIndex(llvm::MutableArrayRef<int64_t> index, llvm::ArrayRef<int64_t> dims);

} // namespace ingot::reference

#endif // INGOT_IR_REFERENCE_BODIES_H
