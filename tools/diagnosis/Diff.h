// What a compiled model does differently from the reference interpreter, and where first.
//
// Every kernel is compiled as in the model but run alone, on the operands the interpreter saw there: an error does not
// spread to the kernels behind it. What is left is compared too: the program before and after the passes, both interpreted,
// and the whole compiled model.
#ifndef INGOT_TOOLS_DIAGNOSIS_DIFF_H
#define INGOT_TOOLS_DIAGNOSIS_DIFF_H

#include "compiler/pipeline/Compile.h"
#include "tools/execution/ValueError.h"
#include "llvm/Support/JSON.h"

#include <string>
#include <vector>

namespace ingot::diagnosis {

using driver::Tolerance;
using driver::ValueError;

struct DiffOptions {
  CompileOptions compile; // native, one job, unless said otherwise
  Tolerance tolerance;
  bool passes = true; // interpret the program before the passes as well
  bool whole = true;  // run the whole compiled model as well
};

// A value, and how far what was computed for it is from what the interpreter says.
struct ValueDiff {
  std::string name;               // of the kernel, or of the model's result
  std::vector<std::string> nodes; // of the model: what the kernel was made of
  std::string type;
  bool inControlFlow = false;
  ValueError error;
};

struct DiffReport {
  std::vector<ValueDiff> kernels;     // every kernel's results, in the order they run
  std::vector<ValueDiff> afterPasses; // the model's results, interpreted after the passes; empty if not asked for
  std::string wrongPhase;             // the first phase after which they differ
  std::vector<ValueDiff> results;     // the model's results, compiled as a whole

  // The first kernel whose results are wrong for right operands, or null.
  const ValueDiff *firstBad() const;
  bool bad() const;
  // One line: what is wrong first.
  std::string verdict() const;
};

// Compares `program`, as imported, on these arguments of its entry point (states as zeros). `context` is the program's.
llvm::Expected<DiffReport> diffProgram(mlir::MLIRContext &context, const Program &program,
                                       llvm::ArrayRef<driver::HostTensor> inputs, const DiffOptions &options);

llvm::json::Value toJson(const DiffReport &report);

} // namespace ingot::diagnosis

#endif // INGOT_TOOLS_DIAGNOSIS_DIFF_H
