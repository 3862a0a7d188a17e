// An input whose value is stated at compile time (--fix).
#ifndef INGOT_FRONTENDS_ONNX_FIXEDINPUT_H
#define INGOT_FRONTENDS_ONNX_FIXEDINPUT_H

#include "frontends/onnx/onnx.pb.h"
#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>

namespace ingot::onnx {

// Elements that an input can be fixed to at most.
constexpr int64_t kMostFixed = 1024;

// An input of this type with the values of `text`, numbers or true and false between commas: one for each element, or one
// for all. The first open dim takes what is given, further ones are 1; at most kMostFixed elements. None, with *why, where they do
// not fit.
std::optional<TensorProto> fixedTensor(const ValueInfoProto &info, llvm::StringRef text, std::string *why);

} // namespace ingot::onnx

#endif // INGOT_FRONTENDS_ONNX_FIXEDINPUT_H
