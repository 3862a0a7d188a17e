// What a file says of itself, and seeded changes of it: what suites and campaigns of changed models ask of the format.
#ifndef INGOT_FRONTENDS_ONNX_FACTS_H
#define INGOT_FRONTENDS_ONNX_FACTS_H

#include "frontends/common/ModelFacts.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

namespace ingot {

llvm::Expected<ModelFacts> onnxFacts(const std::string &path);

// As Frontend::mutate.
std::string mutateOnnx(std::string &file, uint64_t seed, llvm::ArrayRef<std::string> operators);

} // namespace ingot

#endif // INGOT_FRONTENDS_ONNX_FACTS_H
