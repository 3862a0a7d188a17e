// Windows as the attributes of convolutions and pools state them.
#ifndef INGOT_FRONTENDS_ONNX_OPS_WINDOWS_H
#define INGOT_FRONTENDS_ONNX_OPS_WINDOWS_H

#include "frontends/common/Windows.h"
#include "frontends/onnx/NodeContext.h"

namespace ingot::onnx {

// Reads kernel_shape (or takes `kernel`), strides, dilations, pads and auto_pad. Where `mayStart`, SAME with a stride over a
// dim that is an expression may set starts; else it is refused. Errors are recorded.
std::optional<Windows> readWindows(NodeContext &node, llvm::ArrayRef<mlir::AffineExpr> spatial,
                                   std::optional<llvm::SmallVector<int64_t>> kernel, bool mayStart = false);

} // namespace ingot::onnx

#endif // INGOT_FRONTENDS_ONNX_OPS_WINDOWS_H
