// TensorProto -> a typed source of bytes, checked: the byte count fits the dims, external data lies where it may.
#ifndef INGOT_FRONTENDS_ONNX_TENSORDATA_H
#define INGOT_FRONTENDS_ONNX_TENSORDATA_H

#include "frontends/common/ElementBytes.h"
#include "frontends/onnx/Common.h"
#include "frontends/onnx/ModelFile.h"

namespace ingot::onnx {

// The element type of an ONNX type number; null for strings and unknown numbers.
mlir::Type elementTypeOf(mlir::MLIRContext *context, int32_t dataType);
// For messages, as they spell element types everywhere: "f32", "string", "type 99".
std::string dataTypeName(int32_t dataType);

// The type alone. Fails on negative and overflowing dims and on element types without an MLIR type.
llvm::Expected<mlir::RankedTensorType> typeOfTensor(mlir::MLIRContext *context, const TensorProto &tensor);

// The tensor's bytes: a file range where its layout is the store's, else owned. Without `file` (a tensor that stands alone)
// ranges and external data are refused.
llvm::Expected<WeightSource> loadTensor(mlir::MLIRContext *context, const TensorProto &tensor, ModelFile *file);

// raw_data of elements in the store's layout.
std::string rawBytesOf(mlir::Type elementType, llvm::ArrayRef<char> stored);

} // namespace ingot::onnx

#endif // INGOT_FRONTENDS_ONNX_TENSORDATA_H
