// What the models of ai.onnx.ml do with their scores.
#ifndef INGOT_FRONTENDS_ONNX_OPS_POSTTRANSFORMS_H
#define INGOT_FRONTENDS_ONNX_OPS_POSTTRANSFORMS_H

#include "frontends/onnx/NodeContext.h"

namespace ingot::onnx {

enum class PostTransform { None, Softmax, Logistic, SoftmaxZero };

// The attribute post_transform; an error is recorded for one that is not supported.
std::optional<PostTransform> readPostTransform(NodeContext &n);
// Applied along the last dim.
mlir::Value postTransform(ValueBuilder &b, PostTransform transform, mlir::Value scores);
// The label of the first greatest score of each row.
mlir::Value bestLabel(NodeContext &n, mlir::Value scores, llvm::ArrayRef<int64_t> labels);

} // namespace ingot::onnx

#endif // INGOT_FRONTENDS_ONNX_OPS_POSTTRANSFORMS_H
