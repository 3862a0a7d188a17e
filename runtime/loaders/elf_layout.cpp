#include "runtime/loaders/elf_layout.h"

#include <elf.h>
#include <string.h>

#include "runtime/core/message.h"

namespace ingot::rt {
namespace {

constexpr uint64_t page = 4096;
constexpr uint64_t addressLimit = uint64_t{1} << 46;

class Layout {
public:
  Layout(const ElfFile &file, ingot_error *error) : file_(file), error_(error), header_(read<Elf64_Ehdr>(0)) {}

  ingot_code run() {
    if (segments() && sections() && dynamicSection())
      return INGOT_OK;
    return Failure(error_, INGOT_CORRUPT) << "corrupt artifact: " << what_ << " " << number_ << " " << why_;
  }

private:
  template <class Record> Record read(uint64_t offset) const {
    Record record;
    memcpy(&record, file_.at(offset), sizeof record);
    return record;
  }
  Elf64_Phdr segment(uint32_t i) const { return read<Elf64_Phdr>(header_.e_phoff + i * sizeof(Elf64_Phdr)); }
  Elf64_Shdr section(uint32_t i) const { return read<Elf64_Shdr>(header_.e_shoff + i * sizeof(Elf64_Shdr)); }

  bool bad(const char *what, uint64_t number, const char *why) {
    what_ = what;
    number_ = number;
    why_ = why;
    return false;
  }

  /// The flags of the loaded segment that holds [address, address + size) in memory; 0 if none does.
  uint32_t flagsAt(uint64_t address, uint64_t size) const {
    for (uint32_t i = 0; i < header_.e_phnum; ++i) {
      const Elf64_Phdr load = segment(i);
      if (load.p_type == PT_LOAD && address >= load.p_vaddr && address - load.p_vaddr <= load.p_memsz &&
          size <= load.p_memsz - (address - load.p_vaddr))
        return load.p_flags;
    }
    return 0;
  }

  /// Whether the bytes at `offset` are those loaded at `address`.
  bool loadedFrom(uint64_t address, uint64_t size, uint64_t offset) const {
    uint64_t found = 0;
    return file_.findAddress(address, size, found) && found == offset;
  }

  /// Whether a RELRO segment covers pages of writable data alone. Linkers may round its size up to the page the data end in.
  bool protectsData(const Elf64_Phdr &relro) const {
    for (uint32_t i = 0; i < header_.e_phnum; ++i) {
      const Elf64_Phdr load = segment(i);
      if (load.p_type != PT_LOAD || (load.p_flags & PF_W) == 0 || relro.p_vaddr < load.p_vaddr)
        continue;
      const uint64_t end = (load.p_vaddr + load.p_memsz + page - 1) / page * page;
      if (relro.p_vaddr <= end && relro.p_memsz <= end - relro.p_vaddr)
        return true;
    }
    return false;
  }

  bool segments() {
    uint64_t end = 0;
    for (uint32_t i = 0; i < header_.e_phnum; ++i) {
      const Elf64_Phdr s = segment(i);
      switch (s.p_type) {
      case PT_NULL:
      case PT_GNU_STACK:
      case PT_GNU_EH_FRAME:
      case PT_INTERP:
        break;
      case PT_LOAD:
        if ((s.p_align & (s.p_align - 1)) != 0 || (s.p_vaddr - s.p_offset) % (s.p_align > page ? s.p_align : page) != 0)
          return bad("segment", i, "is not aligned as it says");
        if (s.p_vaddr > addressLimit || s.p_memsz > addressLimit || s.p_vaddr / page * page < end)
          return bad("segment", i, "overlaps another or is out of order");
        if ((s.p_flags & ~uint32_t{PF_R | PF_W | PF_X}) != 0 || (s.p_flags & PF_R) == 0)
          return bad("segment", i, "cannot be read");
        end = (s.p_vaddr + s.p_memsz + page - 1) / page * page;
        break;
      case PT_PHDR:
      case PT_NOTE:
      case PT_GNU_PROPERTY:
        if (!loadedFrom(s.p_vaddr, s.p_filesz, s.p_offset) || (s.p_type == PT_PHDR && s.p_offset != header_.e_phoff))
          return bad("segment", i, "is not loaded where it says");
        break;
      case PT_GNU_RELRO:
        if (!protectsData(s))
          return bad("segment", i, "protects what is no data");
        break;
      case PT_DYNAMIC:
        if (dynamic_.p_type == PT_DYNAMIC)
          return bad("segment", i, "is a second dynamic section");
        if (!loadedFrom(s.p_vaddr, s.p_filesz, s.p_offset) || s.p_filesz % sizeof(Elf64_Dyn) != 0 ||
            s.p_offset % alignof(Elf64_Dyn) != 0 || (flagsAt(s.p_vaddr, s.p_filesz) & PF_W) == 0)
          return bad("segment", i, "is not loaded where it says");
        dynamic_ = s;
        break;
      default:
        return bad("segment", i, "is of a kind that artifacts do not have");
      }
    }
    return dynamic_.p_type == PT_DYNAMIC || bad("segment", header_.e_phnum, "would be the dynamic section, but is missing");
  }

  /// What is to be loaded is, with the rights it needs.
  bool sections() {
    for (uint32_t i = 0; i < header_.e_shnum; ++i) {
      const Elf64_Shdr s = section(i);
      if ((s.sh_flags & SHF_ALLOC) == 0 || s.sh_size == 0)
        continue;
      const uint32_t flags = flagsAt(s.sh_addr, s.sh_size);
      if (flags == 0 || ((s.sh_flags & SHF_WRITE) != 0 && (flags & PF_W) == 0) ||
          ((s.sh_flags & SHF_EXECINSTR) != 0 && (flags & PF_X) == 0) ||
          (s.sh_type != SHT_NOBITS && !loadedFrom(s.sh_addr, s.sh_size, s.sh_offset)))
        return bad("section", i, "is not loaded as it needs");
    }
    return true;
  }

  /// The loaded section of type `type` at `address`, into `found`.
  bool sectionAt(uint64_t address, uint32_t type, Elf64_Shdr &found) const {
    for (uint32_t i = 0; i < header_.e_shnum; ++i) {
      found = section(i);
      if (found.sh_type == type && found.sh_addr == address && (found.sh_flags & SHF_ALLOC) != 0)
        return true;
    }
    return false;
  }

  bool dynamicSection() {
    const uint64_t count = dynamic_.p_filesz / sizeof(Elf64_Dyn);
    uint64_t values[DT_NUM] = {}; // by tag; of those that are needed, several where functions are called, the greatest
    constexpr uint64_t known = sizeof values / sizeof *values;
    bool hashed = false, ended = false;
    Elf64_Shdr table{};
    for (uint64_t i = 0; i < count && !ended; ++i) {
      const Elf64_Dyn entry = read<Elf64_Dyn>(dynamic_.p_offset + i * sizeof(Elf64_Dyn));
      const uint64_t value = entry.d_un.d_val;
      if (entry.d_tag >= 0 && static_cast<uint64_t>(entry.d_tag) < known)
        values[entry.d_tag] = entry.d_tag == DT_NEEDED && value < values[DT_NEEDED] ? values[DT_NEEDED] : value;
      bool fine = true;
      switch (entry.d_tag) {
      case DT_NULL:
        ended = true;
        break;
      case DT_SONAME:
      case DT_NEEDED:
      case DT_RUNPATH:
      case DT_FLAGS:
      case DT_FLAGS_1:
      case DT_DEBUG:
      case DT_STRSZ:
      case DT_RELASZ:
      case DT_PLTRELSZ:
      case DT_RELACOUNT:
      case DT_VERNEEDNUM:
        break;
      case DT_SYMENT:
        fine = value == sizeof(Elf64_Sym);
        break;
      case DT_RELAENT:
        fine = value == sizeof(Elf64_Rela);
        break;
      case DT_PLTREL:
        fine = value == DT_RELA;
        break;
      case DT_STRTAB:
        fine = sectionAt(value, SHT_STRTAB, table);
        break;
      case DT_SYMTAB:
        fine = sectionAt(value, SHT_DYNSYM, table);
        break;
      case DT_GNU_HASH:
        fine = hashed = sectionAt(value, SHT_GNU_HASH, table);
        break;
      case DT_HASH:
        fine = hashed = sectionAt(value, SHT_HASH, table);
        break;
      case DT_RELA:
      case DT_JMPREL:
        fine = sectionAt(value, SHT_RELA, table);
        break;
      case DT_VERSYM:
        fine = sectionAt(value, SHT_GNU_versym, table);
        break;
      case DT_VERNEED:
        fine = sectionAt(value, SHT_GNU_verneed, table);
        break;
      case DT_PLTGOT:
        fine = (flagsAt(value, 24) & PF_W) != 0;
        break;
      default:
        fine = false;
      }
      if (!fine)
        return bad("entry", i, "of the dynamic section is none that artifacts have");
    }
    if (!ended || !hashed || values[DT_SYMTAB] == 0 || !sectionAt(values[DT_STRTAB], SHT_STRTAB, table))
      return bad("segment", header_.e_phnum, "would hold symbols, but there are none");
    // The linker counts on a terminator, and on sizes that end with their sections.
    if (table.sh_size == 0 || values[DT_STRSZ] != table.sh_size || *file_.at(table.sh_offset + table.sh_size - 1) != 0 ||
        values[DT_SONAME] >= table.sh_size || values[DT_NEEDED] >= table.sh_size || values[DT_RUNPATH] >= table.sh_size)
      return bad("section", 0, "of names does not end as it says");
    const struct {
      uint64_t address, bytes;
    } relocations[] = {{values[DT_RELA], values[DT_RELASZ]}, {values[DT_JMPREL], values[DT_PLTRELSZ]}};
    for (const auto &list : relocations)
      if (list.bytes % sizeof(Elf64_Rela) != 0 ||
          (list.bytes != 0 && (!sectionAt(list.address, SHT_RELA, table) || list.bytes > table.sh_size)))
        return bad("section", 0, "of relocations does not end as it says");
    return relocationCount(count, values[DT_RELASZ]);
  }

  /// DT_RELACOUNT, whose tag is too large for the array, is at most the number of relocations.
  bool relocationCount(uint64_t count, uint64_t bytes) {
    for (uint64_t i = 0; i < count; ++i) {
      const Elf64_Dyn entry = read<Elf64_Dyn>(dynamic_.p_offset + i * sizeof(Elf64_Dyn));
      if (entry.d_tag == DT_NULL)
        break;
      if (entry.d_tag == DT_RELACOUNT && entry.d_un.d_val > bytes / sizeof(Elf64_Rela))
        return bad("entry", i, "of the dynamic section counts relocations that are not there");
    }
    return true;
  }

  const ElfFile &file_;
  ingot_error *error_;
  Elf64_Ehdr header_;
  Elf64_Phdr dynamic_{};
  const char *what_ = "", *why_ = "";
  uint64_t number_ = 0;
};

} // namespace

ingot_code checkLayout(const ElfFile &file, ingot_error *error) { return Layout(file, error).run(); }

} // namespace ingot::rt
