// What the interpreter's files share: one evaluation function an op family, and helpers on host tensors.
#ifndef INGOT_IR_REFERENCE_FAMILIES_H
#define INGOT_IR_REFERENCE_FAMILIES_H

#include "ir/ShapeInference.h"
#include "ir/reference/Interpreter.h"

namespace ingot::reference {

using Operands = llvm::ArrayRef<const Tensor *>;
using Results = llvm::Expected<std::vector<Tensor>>;

// Pointwise ops. Rank-0 operands beside others repeat, so a body on scalars also runs on whole tensors.
Results evaluateElementwise(mlir::Operation *op, Operands operands);
// constant, iota, size_of and the ops that move data.
Results evaluateShape(mlir::Operation *op, Operands operands, llvm::ArrayRef<int64_t> sizes);
// dot_general, convolution.
Results evaluateContraction(mlir::Operation *op, Operands operands, llvm::ArrayRef<int64_t> sizes);
// reduce, reduce_window, select_and_scatter.
Results evaluateReduction(mlir::Operation *op, Operands operands, llvm::ArrayRef<int64_t> sizes);

// gather, scatter, dynamic_slice, dynamic_update_slice.
Results evaluateIndexing(mlir::Operation *op, Operands operands, llvm::ArrayRef<int64_t> sizes);
// sort, top_k, scan.
Results evaluateOrdering(mlir::Operation *op, Operands operands, llvm::ArrayRef<int64_t> sizes);
// cholesky, triangular_solve, lu, householder_qr, householder_product, tridiagonal_solve, fft.
Results evaluateLinearAlgebra(mlir::Operation *op, Operands operands, llvm::ArrayRef<int64_t> sizes);
// interpolate.
Results evaluateInterpolation(mlir::Operation *op, Operands operands, llvm::ArrayRef<int64_t> sizes);
// quantize, dequantize.
Results evaluateQuantization(mlir::Operation *op, Operands operands, llvm::ArrayRef<int64_t> sizes);
// rng, rng_bit_generator.
Results evaluateRandom(mlir::Operation *op, Operands operands, llvm::ArrayRef<int64_t> sizes);
// batch_norm_inference, batch_norm_training, batch_norm_grad.
Results evaluateNormalization(mlir::Operation *op, Operands operands, llvm::ArrayRef<int64_t> sizes);
// The ops of ir/DynamicShapes.td.
bool hasDynamicShape(mlir::Operation *op);
Results evaluateDynamicShape(mlir::Operation *op, Operands operands, llvm::ArrayRef<int64_t> sizes);
// The ops of ir/Distribution.td but async_start and async_done, as `process` sees them (null: it is alone).
bool isDistributed(mlir::Operation *op);
Results evaluateDistribution(mlir::Operation *op, Operands operands, llvm::ArrayRef<int64_t> sizes, Process *process);
// map.
Results evaluateMap(mlir::Operation *op, Operands operands, llvm::ArrayRef<int64_t> sizes);
// bitcast_convert.
Results evaluateBitcast(mlir::Operation *op, Operands operands, llvm::ArrayRef<int64_t> sizes);

// Runs a block of ops that need neither symbols nor sizes on `arguments`; what its terminator returns.
Results evaluateBody(mlir::Block &block, llvm::ArrayRef<Tensor> arguments);

// The dims of a type at these sizes; fails on a negative one.
llvm::Expected<llvm::SmallVector<int64_t>> concreteDims(mlir::RankedTensorType type, llvm::ArrayRef<int64_t> sizes);

// Tensors of the op's result types at these sizes, all zero.
Results emptyResults(mlir::Operation *op, llvm::ArrayRef<int64_t> sizes);

llvm::SmallVector<int64_t> rowMajorStrides(llvm::ArrayRef<int64_t> dims);

// One side of a copy: where the element of index 0 lies and how far apart neighbours along each dim are, in elements.
struct StridedView {
  int64_t offset = 0;
  llvm::SmallVector<int64_t> strides;
};
// Copies a box of `dims` elements of `elementBytes` each.
void stridedCopy(const char *source, const StridedView &from, char *target, const StridedView &to,
                 llvm::ArrayRef<int64_t> dims, int64_t elementBytes);

// What the ops of known shape share with those whose shape comes from an operand. `result` has its dims.
void fillIota(int64_t dimension, Tensor &result);
void broadcastInto(const Tensor &operand, llvm::ArrayRef<int64_t> dimensions, Tensor &result);
void padInto(const Tensor &operand, const Tensor &value, llvm::ArrayRef<int64_t> low, llvm::ArrayRef<int64_t> interior,
             Tensor &result);
// Operands are those of gather.
llvm::Error gatherInto(GatherDimsAttr dims, Operands operands, Tensor &result);
struct Convolution {
  ConvolutionWindow window;
  ConvDimsAttr dims;
  llvm::ArrayRef<bool> reversal; // empty: none
};
void convolveInto(const Convolution &convolution, Operands operands, Tensor &result);

// `operand` with its dims permuted: result dim d is operand dim permutation[d].
Tensor transposed(const Tensor &operand, llvm::ArrayRef<int64_t> permutation);
// The element type changed as the op `convert` does.
Tensor converted(const Tensor &operand, mlir::Type elementType);

} // namespace ingot::reference

#endif // INGOT_IR_REFERENCE_FAMILIES_H
