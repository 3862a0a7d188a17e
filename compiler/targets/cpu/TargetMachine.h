// LLVM modules of kernels to machine code.
#ifndef INGOT_COMPILER_TARGETS_CPU_TARGETMACHINE_H
#define INGOT_COMPILER_TARGETS_CPU_TARGETMACHINE_H

#include "compiler/codegen/CpuLevel.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"
#include "llvm/Target/TargetMachine.h"

#include <memory>
#include <string>

namespace llvm {
class Module;
class raw_ostream;
} // namespace llvm

namespace ingot {

struct CodeOptions {
  std::string triple;
  int optLevel = 2; // 0: none; 2: the passes kernels gain from; 3: LLVM's whole -O3
};

// Position-independent code for `level`. Fails if LLVM has no such target.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>> createTargetMachine(const CpuLevel &level, const CodeOptions &options);

// Marks every function as code for `level`: CPU and features are attributes of the function, so one module can hold several
// levels.
void setLevelAttributes(llvm::Module &module, const CpuLevel &level);

// Sets triple, data layout and attributes, verifies, and runs the optimisation level's passes.
llvm::Error optimizeModule(llvm::Module &module, const CpuLevel &level, const CodeOptions &options);

// An ELF relocatable object (this changes the module), or assembly text, of an optimised module.
llvm::Error emitObject(llvm::Module &module, const CpuLevel &level, const CodeOptions &options,
                       llvm::SmallVectorImpl<char> &object);
llvm::Error printAssembly(llvm::Module &module, const CpuLevel &level, const CodeOptions &options, llvm::raw_ostream &os);

} // namespace ingot

#endif // INGOT_COMPILER_TARGETS_CPU_TARGETMACHINE_H
