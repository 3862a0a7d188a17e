// The one pipeline behind every way in: a program of the ingot dialect to a compiled model, which aot writes to a file and
// jit loads.
#ifndef INGOT_COMPILER_PIPELINE_COMPILE_H
#define INGOT_COMPILER_PIPELINE_COMPILE_H

#include "compiler/artifact/ProgramTable.h"
#include "compiler/pipeline/KernelCompiler.h"
#include "compiler/pipeline/Phases.h"
#include "ir/WeightStore.h"
#include "passes/Pipeline.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ingot {

struct TargetOptions {
  std::string triple;           // empty: this machine's
  std::string cpu = "portable"; // portable, native, or a name LLVM knows
  std::string features;         // LLVM's -mattr form: +avx512bf16,-fma
};

struct PhaseTime {
  Phase phase;
  double milliseconds;
};

struct CompileOptions {
  TargetOptions target;
  int optLevel = 2; // 0, 2, 3
  unsigned jobs = 0;
  Phase start = Phase::Import; // the phase `program` is already past
  Phase stopAfter = Phase::Emit;
  std::string modelName;
  std::vector<SizeList> sizeLists; // entry points are specialised for these
  bool mapWeights = false;         // for the JIT: map weights from the model's files where they are read as they are
  bool verifyEach = false;
  bool countWork = false;      // for measuring: kernels that count what they evaluate (KernelCompileOptions)
  bool keepKernelText = false; // for dumps: the kernels' IR after each of their phases
  bool assembly = false;       // the text after emit is assembly instead of LLVM IR
  // Called after every phase with its readable form: the module, or for kernel phases the kernels' text.
  std::function<void(Phase, llvm::function_ref<void(llvm::raw_ostream &)> print)> afterPhase;
  std::function<void(Phase)> beforePhase; // for progress
  // For tests that plant faults: may change the scheduled module before its kernels are compiled.
  std::function<mlir::LogicalResult(mlir::ModuleOp)> beforeKernels;
};

// A compiled model: all an artifact holds, before linking.
struct CompiledModel {
  std::string name, triple;
  Program program; // scheduled; the weights' initialisers are read from here
  Table table;
  std::vector<CompiledKernel> kernels;
  WeightImage weights;
  std::vector<PhaseTime> times;
  bool complete = false; // false if stopAfter was before Emit
};

// Runs the phases. Fails with diagnostics on the module's context: of the user (unknown target) or 'internal error:'.
mlir::FailureOr<std::unique_ptr<CompiledModel>> compile(Program program, const CompileOptions &options);

// A context with what compile needs loaded; the caller keeps it alive as long as the model.
std::unique_ptr<mlir::MLIRContext> makeCompilerContext();

} // namespace ingot

#endif // INGOT_COMPILER_PIPELINE_COMPILE_H
