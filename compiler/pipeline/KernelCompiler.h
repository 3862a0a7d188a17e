// From ingot.kernel to machine code: tile (plan), bufferize (emit loops), lower (LLVM dialect), emit (object code), for each
// kernel and each instruction-set level, kernels in parallel.
#ifndef INGOT_COMPILER_PIPELINE_KERNELCOMPILER_H
#define INGOT_COMPILER_PIPELINE_KERNELCOMPILER_H

#include "compiler/artifact/ProgramTable.h"
#include "compiler/pipeline/Phases.h"
#include "compiler/targets/cpu/CpuTarget.h"
#include "llvm/ADT/SmallVector.h"

#include <memory>
#include <string>
#include <vector>

namespace ingot {

struct KernelCompileOptions {
  const CpuTarget *target = nullptr;
  int optLevel = 2;
  unsigned jobs = 0;             // threads; 0: as many as the process may use. The result does not depend on it.
  Phase stopAfter = Phase::Emit; // Tile, Bufferize, Lower or Emit
  bool keepText = false;         // fill `text` of each kernel for dumps
  bool countWork = false;        // kernels count what they evaluate, in a global SYMBOL.work each
  bool assembly = false;         // with stopAfter Emit: text holds assembly; else LLVM IR
};

// One kernel at one level.
struct CompiledVariant {
  std::string symbol;
  llvm::SmallVector<char, 0> object; // ELF relocatable; empty unless stopAfter is Emit
  std::string text[4];               // IR after tile, bufferize, lower; emit's text. Only with keepText.
};

struct CompiledKernel {
  KernelVariants info;
  std::vector<CompiledVariant> variants; // like info.variants
};

// Wall time of each phase, summed over all kernels and workers (milliseconds).
struct KernelTimes {
  double tile = 0, bufferize = 0, lower = 0, emit = 0;
};

// Compiles every ingot.kernel of `module`. Symbols are <kernel>.<level>. Fails by a bug of ours alone, the diagnostics say
// where.
mlir::FailureOr<std::vector<CompiledKernel>> compileKernels(mlir::ModuleOp module, const KernelCompileOptions &options,
                                                            KernelTimes *times = nullptr);

// The dialects lowering kernels needs, to be loaded before kernels are compiled in parallel.
void loadKernelDialects(mlir::MLIRContext &context);

} // namespace ingot

#endif // INGOT_COMPILER_PIPELINE_KERNELCOMPILER_H
