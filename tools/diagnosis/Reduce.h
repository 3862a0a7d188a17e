// Shrinks a model that fails to a few nodes that still fail.
#ifndef INGOT_TOOLS_DIAGNOSIS_REDUCE_H
#define INGOT_TOOLS_DIAGNOSIS_REDUCE_H

#include "frontends/common/ModelSlicer.h"
#include "tools/diagnosis/Diff.h"

#include <functional>

namespace ingot::diagnosis {

// How a model fails. Shrinking keeps the kind.
struct Failure {
  enum Kind { None, Crash, Refused, Compile, Wrong, Command } kind = None; // Refused: the importer says no
  std::string text;
  std::vector<std::string> nodes; // that the first bad kernel was made of, where one is known
};
llvm::StringRef failureName(Failure::Kind kind);

struct ReduceOptions {
  DiffOptions diff;
  std::string numerics = "fast";
  std::string command;  // a shell command that takes the model's path and fails on it; empty: compile, run and compare
  double seconds = 120; // one trial may take
  uint64_t bytes = 16ull << 30; // of address space one trial may have; 0: no limit
  bool anonymise = false;
  uint64_t seed = 1;
  std::function<void(size_t nodes, size_t trials)> progress; // after each part that still fails
};

struct Reduction {
  std::unique_ptr<ModelPart> part;
  Failure failure;
  size_t before = 0, trials = 0; // nodes of the model; parts that were tried
  // Why not all values inside the model are known, if they are not: then only parts that need none of the others were tried.
  std::string unknownValues;
};

// Writes the part's files, the model's first, as `stem` with their endings; returns the model's path.
llvm::Expected<std::string> writePart(const ModelPart &part, const std::string &stem);

// What is wrong with a part, tried in a process of its own. Fails where it cannot be tried at all. Precondition: this
// process has one thread.
llvm::Expected<Failure> tryPart(const ModelPart &part, const ReduceOptions &options);

// Learns the inputs' values from `feed`, and what the nodes give by interpreting as many of them as can be. Fails with a message where
// the model does not fail, or no longer does once it is anonymous, or a part cannot be tried.
llvm::Expected<Reduction> reduceModel(ModelSlicer &slicer, llvm::ArrayRef<driver::HostTensor> feed,
                                      const ReduceOptions &options);

// Opens a file of a format that is cut as it is; null for one that is not.
llvm::Expected<std::unique_ptr<ModelSlicer>> openSlicer(const std::string &path);

} // namespace ingot::diagnosis

#endif // INGOT_TOOLS_DIAGNOSIS_REDUCE_H
