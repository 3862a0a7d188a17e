// What convolutions and pools share: the geometry of a window sliding over the spatial dims, as attributes state it.
#ifndef INGOT_FRONTENDS_ONNX_OPS_WINDOWS_H
#define INGOT_FRONTENDS_ONNX_OPS_WINDOWS_H

#include "frontends/onnx/NodeContext.h"

namespace ingot::onnx {

struct Windows {
  llvm::SmallVector<int64_t> kernel, strides, dilations; // one a spatial dim
  llvm::SmallVector<int64_t> low, high;                  // padding
  bool autoPadded = false;                               // low and high come from auto_pad

  int64_t dilated(size_t i) const { return (kernel[i] - 1) * dilations[i] + 1; }
  // [low0, high0, low1, ...]
  llvm::SmallVector<int64_t> padding() const;
};

// Reads kernel_shape (or takes `kernel`), strides, dilations, pads and auto_pad; SAME needs static dims. Errors are
// recorded.
std::optional<Windows> readWindows(NodeContext &node, llvm::ArrayRef<mlir::AffineExpr> spatial,
                                   std::optional<llvm::SmallVector<int64_t>> kernel);

} // namespace ingot::onnx

#endif // INGOT_FRONTENDS_ONNX_OPS_WINDOWS_H
