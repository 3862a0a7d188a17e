// What a format of models is to who reads one: how it is recognised, imported, and how its files of single tensors are read.
#ifndef INGOT_FRONTENDS_COMMON_FRONTEND_H
#define INGOT_FRONTENDS_COMMON_FRONTEND_H

#include "frontends/common/ImportOptions.h"
#include "ir/WeightStore.h"
#include "mlir/IR/MLIRContext.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ingot {

// A tensor as a format's own file holds it.
struct StoredTensor {
  std::string name;
  uint32_t dtype = 0; // enum ingot_dtype
  std::vector<int64_t> dims;
  std::vector<char> bytes; // row-major, as in runtime/abi/artifact.h
};

struct Frontend {
  const char *name;   // as people write it: "ONNX"
  const char *suffix; // of its models: ".onnx"
  // Whether a file's start (4 KB will do) reads as a model of this format.
  bool (*recognises)(llvm::StringRef start);
  // Imports the model at a path: one entry function @main. Needs the dialects ingot and func, which it loads. `notes` may be null.
  mlir::FailureOr<Program> (*import)(mlir::MLIRContext &context, llvm::StringRef path, const ImportOptions &options,
                                     DiagnosticSink sink, ImportNotes *notes);
  const char *tensorSuffix; // of files of one tensor: ".pb"; null where the format has none
  // False with *why ("PATH: ...") where the file is none, or holds an element type that is not numeric.
  bool (*readTensor)(const std::string &path, StoredTensor &out, std::string *why);
};

} // namespace ingot

#endif // INGOT_FRONTENDS_COMMON_FRONTEND_H
