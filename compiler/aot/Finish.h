// The last step of every form: append the weights, fill what only the finished file tells, write it under its name.
#ifndef INGOT_COMPILER_AOT_FINISH_H
#define INGOT_COMPILER_AOT_FINISH_H

#include "compiler/aot/ElfImage.h"
#include "compiler/aot/Link.h"

#include <vector>

namespace ingot {

// The section that stands for the weights until they are appended. In a linked file it is a note, whose program header
// becomes the weights' segment; in a relocatable object it is an empty section with the symbol `ingot_weights`.
std::vector<uint8_t> makeWeightsNote(const llvm::ELF::Elf64_Ehdr &like);
std::vector<uint8_t> makeWeightsSymbol(const llvm::ELF::Elf64_Ehdr &like);

// An executable or shared library as lld wrote it, with the note where there are weights.
llvm::Expected<LinkReport> finishLinked(ElfImage &image, const LinkInputs &inputs, unsigned mode);
// A relocatable object with the empty section where there are weights. Its table has no image ranges: the user's linker
// relocates the code.
llvm::Expected<LinkReport> finishObject(ElfImage &image, const LinkInputs &inputs);

} // namespace ingot

#endif // INGOT_COMPILER_AOT_FINISH_H
