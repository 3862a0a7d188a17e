// ONNX's Slice: ends beyond the tensor are clamped, negative ones count from the end, steps may be negative. A dim may be
// symbolic where the elements taken do not depend on its value.
#ifndef INGOT_FRONTENDS_ONNX_OPS_SLICES_H
#define INGOT_FRONTENDS_ONNX_OPS_SLICES_H

#include "frontends/onnx/NodeContext.h"

namespace ingot::onnx {

struct SliceRange {
  int64_t axis, start, end, step;
};

// The ranges an op of any opset states: attributes before opset 10, operands since. Errors are recorded.
std::optional<llvm::SmallVector<SliceRange>> readSlice(NodeContext &node);

// One axis of x.
std::optional<mlir::Value> emitSlice(NodeContext &node, mlir::Value x, const SliceRange &range);

// The first element and the number of elements a range takes from `size`.
std::pair<int64_t, int64_t> clampSlice(const SliceRange &range, int64_t size);

} // namespace ingot::onnx

#endif // INGOT_FRONTENDS_ONNX_OPS_SLICES_H
