// Reads the Protocol Buffers wire format of an ONNX file without loading its tensors. Every `raw_data` of some length is
// replaced by the two fields that hold its place in the file, and protobuf parses what is left: it would copy the bytes.
#ifndef INGOT_FRONTENDS_ONNX_WIRESCANNER_H
#define INGOT_FRONTENDS_ONNX_WIRESCANNER_H

#include "ir/WeightStore.h"
#include "llvm/Support/Error.h"

#include <string>

namespace ingot::onnx {

// raw_data of at least this many bytes stays in the file.
inline constexpr uint64_t kMinRangeBytes = 64;

// The bytes of a ModelProto in `file` (whole) with raw_data replaced and training_info left out. Fails, naming the offset,
// where the file is no well-formed message, nests deeper than protobuf reads, or leaves more than protobuf's 2 GB.
llvm::Expected<std::string> scanModel(const WeightFile &file);

// True if `bytes`, the start of a file, reads as the first fields of a ModelProto.
bool startsLikeModel(llvm::StringRef bytes);

} // namespace ingot::onnx

#endif // INGOT_FRONTENDS_ONNX_WIRESCANNER_H
