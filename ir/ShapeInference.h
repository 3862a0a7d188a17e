// Result types of the ops whose result type follows from operands and attributes. Verifiers, importers and passes share
// them. Each checks the op's labelled constraints on the way and reports the first that fails through `emitError`.
#ifndef INGOT_IR_SHAPEINFERENCE_H
#define INGOT_IR_SHAPEINFERENCE_H

#include "ir/Dialect.h"

namespace ingot {

using EmitError = llvm::function_ref<mlir::InFlightDiagnostic()>;
using InferredType = mlir::FailureOr<mlir::RankedTensorType>;

InferredType inferTranspose(mlir::RankedTensorType operand, llvm::ArrayRef<int64_t> permutation, EmitError emitError);
// `result` gives the dims whose limit is SliceOp::kToResult.
InferredType inferSlice(mlir::RankedTensorType operand, mlir::RankedTensorType result, llvm::ArrayRef<int64_t> starts,
                        llvm::ArrayRef<int64_t> limits, llvm::ArrayRef<int64_t> strides, EmitError emitError);
// A symbolic dim with interior padding is taken to be at least 1.
InferredType inferPad(mlir::RankedTensorType operand, llvm::ArrayRef<int64_t> low, llvm::ArrayRef<int64_t> high,
                      llvm::ArrayRef<int64_t> interior, EmitError emitError);
InferredType inferConcatenate(llvm::ArrayRef<mlir::RankedTensorType> operands, int64_t dimension, EmitError emitError);
// The result of #ingot.pack on `operand`.
InferredType inferPack(mlir::RankedTensorType operand, int64_t dim, int64_t width, EmitError emitError);

// `elementType` is the result's.
InferredType inferDotGeneral(mlir::RankedTensorType lhs, mlir::RankedTensorType rhs, DotDimsAttr dims,
                             mlir::Type elementType, EmitError emitError);
struct ConvolutionWindow {
  llvm::ArrayRef<int64_t> strides, padding, lhsDilation, rhsDilation;
  int64_t featureGroups = 1, batchGroups = 1;
};
InferredType inferConvolution(mlir::RankedTensorType lhs, mlir::RankedTensorType rhs, const ConvolutionWindow &window,
                              ConvDimsAttr dims, mlir::Type elementType, EmitError emitError);

InferredType inferReduce(mlir::RankedTensorType input, llvm::ArrayRef<int64_t> dimensions, EmitError emitError);
InferredType inferReduceWindow(mlir::RankedTensorType input, llvm::ArrayRef<int64_t> window, llvm::ArrayRef<int64_t> strides,
                               llvm::ArrayRef<int64_t> baseDilations, llvm::ArrayRef<int64_t> windowDilations,
                               llvm::ArrayRef<int64_t> padding, EmitError emitError);

// Positions a window takes along a dim: floor((dilated dim + low + high - dilated window) / stride) + 1, or 0 where it does
// not fit. A symbolic dim is taken to be large enough for one position.
mlir::AffineExpr windowPositions(mlir::AffineExpr dim, int64_t window, int64_t stride, int64_t baseDilation,
                                 int64_t windowDilation, int64_t low, int64_t high);

// Reports `label` with both dims where `actual` differs from `expected`, dim by dim. `what` says how the expected dim
// arises.
mlir::LogicalResult verifyDims(mlir::Operation *op, mlir::RankedTensorType actual, mlir::RankedTensorType expected,
                               llvm::StringRef label, llvm::StringRef what);

} // namespace ingot

#endif // INGOT_IR_SHAPEINFERENCE_H
