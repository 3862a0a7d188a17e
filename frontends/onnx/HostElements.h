// What the two halves of host evaluation share: HostEvaluate.cpp (elements) and HostShapes.cpp (dims and places).
#ifndef INGOT_FRONTENDS_ONNX_HOSTELEMENTS_H
#define INGOT_FRONTENDS_ONNX_HOSTELEMENTS_H

#include "frontends/onnx/NodeContext.h"

namespace ingot::onnx {

// One element: a float, or an integer expression.
struct Element {
  mlir::AffineExpr expr;
  double number = 0;
};

inline constexpr int64_t kLargest = int64_t(1) << 62; // of sums and products of numbers

Element elementAt(const HostValue &value, int64_t index);
HostValue emptyOf(mlir::RankedTensorType type);
void append(HostValue &value, const Element &element);

// Index of the operand element that broadcasts to element `flat` of a result with `shape`.
int64_t broadcastIndex(int64_t flat, llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> operand);

// True if every operand is present, a host value, and one to compute with: 64-bit unsigned numbers beyond the signed range
// would compare and divide wrongly.
bool allKnown(NodeContext &node);

// Shape, Reshape, Gather and the like. True if the op is one of them and all its outputs were set.
bool evaluateShapeOp(NodeContext &node);

} // namespace ingot::onnx

#endif // INGOT_FRONTENDS_ONNX_HOSTELEMENTS_H
