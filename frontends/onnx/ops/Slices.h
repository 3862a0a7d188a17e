// ONNX's Slice: ends beyond the tensor are clamped, negative ones count from the end, steps may be negative. Dims, starts
// and ends may be expressions over the sizes where these tell which of the cases holds.
#ifndef INGOT_FRONTENDS_ONNX_OPS_SLICES_H
#define INGOT_FRONTENDS_ONNX_OPS_SLICES_H

#include "frontends/onnx/NodeContext.h"

namespace ingot::onnx {

struct SliceRange {
  int64_t axis, start, end, step;
  mlir::AffineExpr startExpr, endExpr; // in place of start and end where they are set

  bool isConstant() const { return !startExpr && !endExpr; }
};

// The ranges an op of any opset states: attributes before opset 10, operands since. Errors are recorded.
std::optional<llvm::SmallVector<SliceRange>> readSlice(NodeContext &node);

// One axis of x.
std::optional<mlir::Value> emitSlice(NodeContext &node, mlir::Value x, const SliceRange &range);

// A Slice of opset 10 or later whose starts are computed at run time, while each end is its start plus a number: windows of
// a known size. A start below 0 counts from the end; a window beyond the axis is moved to its nearest place. Null, without
// an error, where the node is none such.
std::optional<mlir::Value> emitWindowAtRunTime(NodeContext &node);

// The first element and the number of elements a constant range takes from `size`.
std::pair<int64_t, int64_t> clampSlice(const SliceRange &range, int64_t size);

} // namespace ingot::onnx

#endif // INGOT_FRONTENDS_ONNX_OPS_SLICES_H
