#include "frontends/onnx/TensorFile.h"

#include "frontends/onnx/TensorData.h"
#include "ir/Types.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

namespace ingot {

bool readOnnxTensor(const std::string &path, StoredTensor &out, std::string *why) {
  llvm::sys::fs::file_status status;
  if (!llvm::sys::fs::status(path, status) && llvm::sys::fs::exists(status) && !llvm::sys::fs::is_regular_file(status)) {
    *why = path + ": is not a regular file";
    return false;
  }
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> bytes = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, false);
  if (!bytes) {
    *why = path + ": " + bytes.getError().message();
    return false;
  }
  onnx::TensorProto tensor;
  if ((*bytes)->getBufferSize() > INT32_MAX ||
      !tensor.ParseFromArray((*bytes)->getBufferStart(), (*bytes)->getBufferSize())) {
    *why = path + ": is no ONNX tensor";
    return false;
  }
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  llvm::Expected<WeightSource> source = onnx::loadTensor(&context, tensor, /*file=*/nullptr);
  if (!source) {
    *why = path + ": " + llvm::toString(source.takeError());
    return false;
  }
  out.name = tensor.name();
  out.dtype = dtypeOf(source->type.getElementType());
  out.dims.assign(source->type.getShape().begin(), source->type.getShape().end());
  out.bytes = std::move(source->bytes);
  return true;
}

} // namespace ingot
