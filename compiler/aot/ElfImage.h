// An ELF64 little-endian file in memory whose headers can be changed.
#ifndef INGOT_COMPILER_AOT_ELFIMAGE_H
#define INGOT_COMPILER_AOT_ELFIMAGE_H

#include "runtime/abi/artifact.h"

#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/ADT/StringRef.h>
#include <llvm/BinaryFormat/ELF.h>
#include <llvm/Support/Error.h>

#include <vector>

namespace ingot {

class ElfImage {
public:
  // Takes the file's bytes; an error where they are not ELF64, little-endian, with headers inside the file.
  static llvm::Expected<ElfImage> parse(llvm::StringRef bytes);

  std::vector<uint8_t> &bytes() { return data; }
  llvm::ELF::Elf64_Ehdr &header() { return *at<llvm::ELF::Elf64_Ehdr>(0); }
  llvm::MutableArrayRef<llvm::ELF::Elf64_Shdr> sections();
  llvm::MutableArrayRef<llvm::ELF::Elf64_Phdr> segments();
  llvm::StringRef nameOf(const llvm::ELF::Elf64_Shdr &section);
  llvm::ELF::Elf64_Shdr *findSection(llvm::StringRef name);

  // The table in the section `.ingot`; an error where there is none or its magic or size do not hold.
  llvm::Expected<ingot_table_header *> table();
  uint64_t tableOffset();

private:
  template <typename T> T *at(uint64_t offset) { return reinterpret_cast<T *>(data.data() + offset); }
  std::vector<uint8_t> data;
};

// A relocatable object of the same machine and ABI as `like` that holds one allocated, read-only section and a hidden global
// symbol at its start.
struct PlainSection {
  llvm::StringRef name, symbol; // no symbol where empty
  uint32_t type;                // SHT_NOTE or SHT_PROGBITS
  uint64_t flags, alignment;
  llvm::ArrayRef<uint8_t> content;
};
std::vector<uint8_t> makeObject(const llvm::ELF::Elf64_Ehdr &like, const PlainSection &section);

} // namespace ingot

#endif // INGOT_COMPILER_AOT_ELFIMAGE_H
