// The instruction-set levels a triple and a CPU choice stand for.
#ifndef INGOT_COMPILER_TARGETS_CPU_CPULEVELS_H
#define INGOT_COMPILER_TARGETS_CPU_CPULEVELS_H

#include "compiler/codegen/CpuLevel.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

#include <string>

namespace ingot {

// What the user asks for.
struct CpuTargetOptions {
  std::string triple; // empty: this machine's
  std::string cpu =
      "portable"; // "portable": a level for each micro-architecture level; "native": this machine; or a name LLVM knows
  std::string features; // LLVM's -mattr form: "+avx512bf16,-fma"
};

// The levels, best first. Code of a level uses no instruction outside its featureMask, so the mask is all a loader has to
// check. Fails on an architecture, CPU or feature that is not known, naming those that are.
llvm::Expected<llvm::SmallVector<CpuLevel>> makeCpuLevels(const CpuTargetOptions &options);

// Makes LLVM's code generators for the supported architectures available. Thread-safe, idempotent.
void initializeCodeGenerators();

} // namespace ingot

#endif // INGOT_COMPILER_TARGETS_CPU_CPULEVELS_H
