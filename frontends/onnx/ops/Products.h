// What the products of floats (Contraction.cpp) and of quantised numbers (Quantization.cpp) share. Errors are recorded.
#ifndef INGOT_FRONTENDS_ONNX_OPS_PRODUCTS_H
#define INGOT_FRONTENDS_ONNX_OPS_PRODUCTS_H

#include "frontends/onnx/NodeContext.h"

namespace ingot::onnx {

// numpy.matmul: vectors gain a dim for the product, leading dims broadcast.
std::optional<mlir::Value> matmulOf(NodeContext &node, mlir::Value lhs, mlir::Value rhs);

// The convolution the node's attributes state, without a bias. w's dims are static and not 0, x has a fixed number of
// channels.
std::optional<mlir::Value> convolve(NodeContext &node, mlir::Value x, mlir::Value w);

// As Cast does: what `convert` leaves open is saturated (unless the attribute `saturate` is 0) or wrapped.
mlir::Value convertTo(NodeContext &node, mlir::Value x, mlir::Type to);

} // namespace ingot::onnx

#endif // INGOT_FRONTENDS_ONNX_OPS_PRODUCTS_H
