// Shrinks a model that fails to a few nodes that still fail.
#ifndef INGOT_TOOLS_DIAGNOSIS_REDUCE_H
#define INGOT_TOOLS_DIAGNOSIS_REDUCE_H

#include "tools/diagnosis/Diff.h"
#include "tools/diagnosis/OnnxSlice.h"

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
  Slice slice;
  Failure failure;
  size_t before = 0, trials = 0; // nodes of the model; parts that were tried
  // Why the values inside the model are not known, if they are not: then only parts that need none were tried.
  std::string unknownValues;
};

// What is wrong with a part, tried in a process of its own. Fails where it cannot be tried at all. Precondition: this
// process has one thread.
llvm::Expected<Failure> tryPart(const Slice &slice, const ReduceOptions &options);

// Fails with a message where the model does not fail, or no longer does once it is anonymous, or a part cannot be tried.
llvm::Expected<Reduction> reduceModel(const std::string &path, std::vector<driver::HostTensor> feed,
                                      const ReduceOptions &options);

} // namespace ingot::diagnosis

#endif // INGOT_TOOLS_DIAGNOSIS_REDUCE_H
