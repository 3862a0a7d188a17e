// What a dynamic linker takes on trust in a file that it loads.
#ifndef INGOT_RUNTIME_LOADERS_ELF_LAYOUT_H
#define INGOT_RUNTIME_LOADERS_ELF_LAYOUT_H

#include "runtime/loaders/elf_file.h"

namespace ingot::rt {

/// Refuse a shared library or executable of 64-bit ELF whose segments, sections and dynamic section do not fit each other as
/// those of an artifact do: a loader that believed them would fault. Contents (code, relocations, symbols) are the hashes'
/// to check.
ingot_code checkLayout(const ElfFile &file, ingot_error *error);

} // namespace ingot::rt

#endif // INGOT_RUNTIME_LOADERS_ELF_LAYOUT_H
