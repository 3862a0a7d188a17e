// What a format of models is to who reads one: how it is recognised, imported and cut, which operators it knows, and how its
// files of single tensors are read.
#ifndef INGOT_FRONTENDS_COMMON_FRONTEND_H
#define INGOT_FRONTENDS_COMMON_FRONTEND_H

#include "frontends/common/ImportOptions.h"
#include "frontends/common/ModelFacts.h"
#include "frontends/common/ModelSlicer.h"
#include "ir/WeightStore.h"
#include "mlir/IR/MLIRContext.h"

#include <functional>

namespace ingot {

// An operator that models of a format may hold.
struct Operator {
  std::string domain; // of names; empty where the format has none
  std::string name;
  std::vector<std::pair<int64_t, int64_t>> versions; // of the domain in which it is known: in order, inclusive; may be empty
};

// A model as it is to be written.
struct WrittenModel {
  std::string bytes; // of its file
  // What lies beside that, in the same folder; empty where nothing does. May be written as long as the program lives.
  std::string besideName;
  std::function<llvm::Error(llvm::raw_ostream &)> writeBeside;
};

struct Frontend {
  const char *name;   // as people write it: "ONNX"
  const char *suffix; // of its models: ".onnx"
  // Whether a file's start (4 KB will do) reads as a model of this format.
  bool (*recognises)(llvm::StringRef start);
  // Imports the model at a path: one entry function @main. Needs the dialects ingot and func, which it loads. `notes` may be null.
  mlir::FailureOr<Program> (*import)(mlir::MLIRContext &context, llvm::StringRef path, const ImportOptions &options,
                                     DiagnosticSink sink, ImportNotes *notes);
  const char *tensorSuffix = nullptr; // of files of one tensor: ".pb"; null where the format has none
  // False with *why ("PATH: ...") where the file is none, or holds an element type that is not numeric.
  bool (*readTensor)(const std::string &path, StoredTensor &out, std::string *why) = nullptr;
  // All operators it knows, by domain and name; null where it tells none.
  std::vector<Operator> (*operators)() = nullptr;
  const char *versions = nullptr; // what versions of operators are called: "opsets"; null where the format has none
  // Opens a model to be cut, whether it can be imported or not; null where the format is not cut: a program is then.
  llvm::Expected<std::unique_ptr<ModelSlicer>> (*slicer)(const std::string &path) = nullptr;
  // What suites ask of a model; null where the format has none of its own.
  llvm::Expected<ModelFacts> (*facts)(const std::string &path) = nullptr;
  // Changes one to three things of a model's file by chance, as `seed` has it; `operators` are names that an op may be replaced by. Returns
  // what, as text; empty where the file is none. Null where the format is not changed.
  std::string (*mutate)(std::string &file, uint64_t seed, llvm::ArrayRef<std::string> operators) = nullptr;
  // The other way: what `--emit` and, after a dot, a suffix call models of this format; null where it is not written.
  const char *emit = nullptr;
  // A program, as imports give it, as such a model, at most of a version ("1.17"; empty: the format's choice). `fileName` is what its
  // file is called; empty where there is to be no other beside it. Fails with all ops that the format has no words for.
  llvm::Expected<WrittenModel> (*write)(const Program &program, llvm::StringRef version, llvm::StringRef fileName) = nullptr;
};

} // namespace ingot

#endif // INGOT_FRONTENDS_COMMON_FRONTEND_H
