// The last step of every form: append the weights, fill what only the finished file tells, write it under its name.
#ifndef INGOT_COMPILER_AOT_FINISH_H
#define INGOT_COMPILER_AOT_FINISH_H

#include "compiler/aot/ElfImage.h"
#include "compiler/aot/Link.h"

#include <vector>

namespace ingot {

// The section that stands for the weights, and the sentinel behind them, until they are appended. In a linked file it is a
// note, whose program header becomes the weights' segment; in a relocatable object it is an empty section with the symbol
// `ingot_weights`, for weights of this size.
std::vector<uint8_t> makeWeightsNote(const llvm::ELF::Elf64_Ehdr &like);
std::vector<uint8_t> makeWeightsSymbol(const llvm::ELF::Elf64_Ehdr &like, uint64_t size);

// The first section of an executable (runtime/abi/guard.h) around the guard's code.
std::vector<uint8_t> makeGuardNote(const llvm::ELF::Elf64_Ehdr &like, llvm::StringRef guard);

// An executable or shared library as lld wrote it, with the weights' note, and with the guard's where it is `guarded`.
llvm::Expected<LinkReport> finishLinked(ElfImage &image, const LinkInputs &inputs, unsigned mode, bool guarded);
// A relocatable object with the empty section where there are weights. Its table has no image ranges: the user's linker
// relocates the code.
llvm::Expected<LinkReport> finishObject(ElfImage &image, const LinkInputs &inputs);

} // namespace ingot

#endif // INGOT_COMPILER_AOT_FINISH_H
