// How often a kernel makes the elements of its reductions, contractions and windows. None may make one more often than its
// result has elements, whatever the sizes: such a plan would cost a multiple of what the program says.
#ifndef INGOT_COMPILER_CODEGEN_WORK_H
#define INGOT_COMPILER_CODEGEN_WORK_H

#include "compiler/codegen/KernelEmitter.h"

namespace ingot {

// Elements of an op's first result at these sizes.
double elementsAt(mlir::Operation *op, llvm::ArrayRef<int64_t> values);

// Fails with an internal error on the kernel if the plan makes elements of a reduction, contraction or window more often
// than once, at the ends of any size's range.
mlir::LogicalResult verifyWork(KernelOp kernel, const KernelEmitter &emitter, const KernelPlan &plan,
                               llvm::ArrayRef<SizeAttr> sizes);

} // namespace ingot

#endif // INGOT_COMPILER_CODEGEN_WORK_H
