// What convolutions and pools share: the geometry of a window sliding over the spatial dims, as attributes state it.
#ifndef INGOT_FRONTENDS_ONNX_OPS_WINDOWS_H
#define INGOT_FRONTENDS_ONNX_OPS_WINDOWS_H

#include "frontends/onnx/NodeContext.h"

namespace ingot::onnx {

struct Windows {
  llvm::SmallVector<int64_t> kernel, strides, dilations; // one a spatial dim
  llvm::SmallVector<int64_t> low, high;                  // padding
  bool autoPadded = false;                               // low and high come from auto_pad
  // How far from the start of the padding each dim's first window lies, a scalar i64 from 0 on; null: at the start. Set
  // where auto_pad pads by a size.
  llvm::SmallVector<mlir::Value> starts;

  int64_t dilated(size_t i) const { return (kernel[i] - 1) * dilations[i] + 1; }
  // [low0, high0, low1, ...]
  llvm::SmallVector<int64_t> padding() const;
};

// x, whose dim axes[i] is spatial dim i, with the padding of the dims that have a start, from there on; these dims then need
// none.
mlir::Value padBeforeStarts(ValueBuilder &b, const Windows &windows, mlir::Value x, mlir::Value padding,
                            llvm::ArrayRef<int64_t> axes);
// Afterwards for windows over what that gave.
void dropStarts(Windows &windows);

// Reads kernel_shape (or takes `kernel`), strides, dilations, pads and auto_pad. Where `mayStart`, SAME with a stride over a
// dim that is an expression may set starts; else it is refused. Errors are recorded.
std::optional<Windows> readWindows(NodeContext &node, llvm::ArrayRef<mlir::AffineExpr> spatial,
                                   std::optional<llvm::SmallVector<int64_t>> kernel, bool mayStart = false);

} // namespace ingot::onnx

#endif // INGOT_FRONTENDS_ONNX_OPS_WINDOWS_H
