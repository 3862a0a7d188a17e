// ingot program -> ONNX model: what `-o x.onnx` writes. Ops are written by the rows of export/ops, a file a family; an op with
// no row is written as what its canonicalisation makes of it. What is left without words is refused, all such ops at once.
#ifndef INGOT_FRONTENDS_ONNX_EXPORT_EXPORT_H
#define INGOT_FRONTENDS_ONNX_EXPORT_EXPORT_H

#include "frontends/common/Frontend.h"

namespace ingot {

// As Frontend::write; the version is an opset, "23".
llvm::Expected<WrittenModel> writeOnnx(const Program &program, llvm::StringRef version, llvm::StringRef fileName);

namespace onnx {

// Opsets that are written, and the one where none is asked for: the newest that runtimes in use read.
inline constexpr int64_t kOldestWrittenOpset = 18;
inline constexpr int64_t kDefaultWrittenOpset = 23;
inline constexpr int64_t kNewestWrittenOpset = 27;

// Bytes of a file beyond which weights lie beside it: a protobuf message has at most 2 GiB.
inline constexpr uint64_t kMostFileBytes = (uint64_t(1) << 31) - 1;

// With another bound, so that tests need no large weights.
llvm::Expected<WrittenModel> exportProgram(const Program &program, int64_t opset, llvm::StringRef fileName,
                                           uint64_t mostFileBytes);

} // namespace onnx
} // namespace ingot

#endif // INGOT_FRONTENDS_ONNX_EXPORT_EXPORT_H
