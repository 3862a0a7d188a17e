#include "runtime/loaders/elf_file.h"

#include <elf.h>
#include <string.h>

#include "runtime/abi/hash.h"
#include "runtime/core/features.h"
#include "runtime/loaders/artifact_state.h"

namespace ingot::rt {
namespace {

constexpr const char *tableSection = ".ingot";
constexpr const char *weightsSection = ".ingot.weights";
constexpr const char *farWeightsSection = ".ldata.ingot.weights"; // of an object whose weights are large

template <class Record> Record readAt(const uint8_t *data, uint64_t offset) {
  Record record;
  memcpy(&record, data + offset, sizeof record);
  return record;
}

bool within(uint64_t offset, uint64_t size, uint64_t limit) { return offset <= limit && size <= limit - offset; }

uint32_t archOf(uint16_t machine) {
  switch (machine) {
  case EM_X86_64:
    return INGOT_ARCH_X86_64;
  case EM_AARCH64:
    return INGOT_ARCH_AARCH64;
  case EM_RISCV:
    return INGOT_ARCH_RISCV64;
  default:
    return INGOT_ARCH_NONE;
  }
}

} // namespace

ingot_code ElfFile::open(const uint8_t *data, uint64_t size, ElfUse use, ingot_error *error) {
  data_ = data;
  size_ = size;
  if (size < sizeof(Elf64_Ehdr) || memcmp(data, ELFMAG, SELFMAG) != 0)
    return Failure(error, INGOT_CORRUPT) << "corrupt artifact: not an ELF file";
  const Elf64_Ehdr header = readAt<Elf64_Ehdr>(data, 0);
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
      header.e_ident[EI_VERSION] != EV_CURRENT || header.e_version != EV_CURRENT)
    return Failure(error, INGOT_INCOMPATIBLE) << "not a 64-bit little-endian ELF file";
  if (use == ElfUse::LoadHere) {
    if (header.e_type != ET_DYN)
      return Failure(error, INGOT_INVALID) << "not a shared library"
                                           << (header.e_type == ET_REL    ? ": an object file has to be linked first"
                                               : header.e_type == ET_EXEC ? ": an executable is to be run"
                                                                          : "");
  } else if (header.e_type != ET_DYN && header.e_type != ET_EXEC && header.e_type != ET_REL) {
    return Failure(error, INGOT_INVALID) << "neither an executable nor a shared library nor an object file";
  }
  if (header.e_phnum != 0 && (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phoff % 8 != 0 ||
                              !within(header.e_phoff, uint64_t{header.e_phnum} * sizeof(Elf64_Phdr), size)))
    return Failure(error, INGOT_CORRUPT) << "corrupt artifact: the program headers lie outside the file of " << size
                                         << " bytes";
  if (header.e_shnum == 0 || header.e_shentsize != sizeof(Elf64_Shdr) || header.e_shstrndx >= header.e_shnum ||
      !within(header.e_shoff, uint64_t{header.e_shnum} * sizeof(Elf64_Shdr), size))
    return Failure(error, INGOT_CORRUPT) << "corrupt artifact: the section headers lie outside the file of " << size
                                         << " bytes (is it cut off?)";
  for (uint32_t i = 0; i < header.e_phnum; ++i) {
    const Elf64_Phdr segment = readAt<Elf64_Phdr>(data, header.e_phoff + i * sizeof(Elf64_Phdr));
    if (segment.p_type == PT_LOAD &&
        (segment.p_filesz > segment.p_memsz || segment.p_vaddr + segment.p_memsz < segment.p_vaddr ||
         !within(segment.p_offset, segment.p_filesz, size)))
      return Failure(error, INGOT_CORRUPT)
             << "corrupt artifact: segment " << i << " (" << segment.p_filesz << " bytes at offset " << segment.p_offset
             << ") lies outside the file of " << size << " bytes (is it cut off?)";
  }
  for (uint32_t i = 0; i < header.e_shnum; ++i) {
    const Elf64_Shdr section = readAt<Elf64_Shdr>(data, header.e_shoff + i * sizeof(Elf64_Shdr));
    if (section.sh_type != SHT_NULL && section.sh_type != SHT_NOBITS && !within(section.sh_offset, section.sh_size, size))
      return Failure(error, INGOT_CORRUPT)
             << "corrupt artifact: section " << i << " (" << section.sh_size << " bytes at offset " << section.sh_offset
             << ") lies outside the file of " << size << " bytes (is it cut off?)";
  }
  return INGOT_OK;
}

bool ElfFile::isObject() const { return readAt<Elf64_Ehdr>(data_, 0).e_type == ET_REL; }

bool ElfFile::findSection(const char *name, FileRange &range) const {
  const Elf64_Ehdr header = readAt<Elf64_Ehdr>(data_, 0);
  const auto sectionAt = [&](uint32_t i) { return readAt<Elf64_Shdr>(data_, header.e_shoff + i * sizeof(Elf64_Shdr)); };
  const Elf64_Shdr names = sectionAt(header.e_shstrndx);
  const uint64_t length = strlen(name) + 1; // with its terminator
  uint32_t found = 0;
  for (uint32_t i = 0; i < header.e_shnum && names.sh_type == SHT_STRTAB; ++i) {
    const Elf64_Shdr section = sectionAt(i);
    if (section.sh_type == SHT_NULL || section.sh_type == SHT_NOBITS || !within(section.sh_name, length, names.sh_size) ||
        memcmp(data_ + names.sh_offset + section.sh_name, name, length) != 0)
      continue;
    range = FileRange{section.sh_offset, section.sh_size, section.sh_addr};
    ++found;
  }
  return found == 1;
}

bool ElfFile::findAddress(uint64_t address, uint64_t size, uint64_t &offset) const {
  const Elf64_Ehdr header = readAt<Elf64_Ehdr>(data_, 0);
  for (uint32_t i = 0; i < header.e_phnum; ++i) {
    const Elf64_Phdr segment = readAt<Elf64_Phdr>(data_, header.e_phoff + i * sizeof(Elf64_Phdr));
    if (segment.p_type != PT_LOAD || address < segment.p_vaddr || !within(address - segment.p_vaddr, size, segment.p_filesz))
      continue;
    offset = segment.p_offset + (address - segment.p_vaddr);
    return true;
  }
  return false;
}

/// Whether a table of this version begins somewhere in a file that does not say where: one of ours then, with damaged headers.
static bool holdsTable(const uint8_t *data, uint64_t size) {
  constexpr uint64_t searched = 64u << 20;
  for (uint64_t at = 0; at < searched && within(at, sizeof(ingot_table_header), size); at += 8) {
    if (memcmp(data + at, INGOT_MAGIC, sizeof ingot_table_header::magic) != 0)
      continue;
    const ingot_table_header header = readAt<ingot_table_header>(data, at);
    if (header.abi_version == INGOT_ABI_VERSION && header.struct_size == sizeof header &&
        within(at, header.table_size, size))
      return true;
  }
  return false;
}

ingot_code FileTable::open(const uint8_t *data, uint64_t size, ElfUse use, ingot_error *error) {
  if (const ingot_code code = elf.open(data, size, use, error); code != INGOT_OK)
    return code;
  if (!elf.findSection(tableSection, section))
    return holdsTable(data, size)
               ? Failure(error, INGOT_CORRUPT) << "corrupt artifact: it has tables, but no section " << tableSection
               : Failure(error, INGOT_INVALID) << "not an artifact: it has no section " << tableSection;
  if (section.offset % alignof(ingot_table_header) != 0)
    return Failure(error, INGOT_CORRUPT) << "corrupt artifact: section " << tableSection << " is not aligned";
  if (const ingot_code code = checkTable(elf.at(section.offset), section.size, error); code != INGOT_OK)
    return code;
  table = Table(reinterpret_cast<const ingot_table_header *>(elf.at(section.offset)));
  const uint32_t arch = archOf(readAt<Elf64_Ehdr>(data, 0).e_machine);
  if (arch != table.header().arch)
    return Failure(error, INGOT_CORRUPT) << "corrupt artifact: the table is for " << archName(table.header().arch)
                                         << ", the file for " << archName(arch);
  if (elf.isObject())
    return INGOT_OK;
  // The table that is loaded must be the one that was read.
  uint64_t loaded = 0;
  if (!elf.findAddress(section.address, section.size, loaded) || loaded != section.offset)
    return Failure(error, INGOT_CORRUPT) << "corrupt artifact: section " << tableSection << " is not loaded where it says";
  return INGOT_OK;
}

const uint8_t *FileTable::codeRange(const ingot_image_range &range) const {
  uint64_t offset = 0;
  if (elf.isObject() || !elf.findAddress(section.address + static_cast<uint64_t>(range.offset), range.size, offset))
    return nullptr;
  return elf.at(offset);
}

ingot_code FileTable::checkCode(ingot_error *error) const {
  for (uint32_t i = 0; i < 4; ++i) {
    const ingot_image_range &range = table.header().image_ranges[i];
    if (range.size == 0)
      continue;
    const uint8_t *const data = codeRange(range);
    if (!data)
      return Failure(error, INGOT_CORRUPT) << "corrupt artifact: code range " << i << " lies outside the file";
    if (const ingot_code code = checkRange(range, i, data, error); code != INGOT_OK)
      return code;
  }
  return INGOT_OK;
}

ingot_code FileTable::checkFile(const uint8_t *weights, ingot_error *error) const {
  const ingot_table_header &header = table.header();
  const ingot_file_range left =
      weights ? ingot_file_range{elf.offsetOf(weights), ingot_weights_extent(&header)} : ingot_file_range{};
  const uint64_t hash = ingot_file_hash(elf.at(0), elf.size(), section.offset, left);
  if (hash == header.file_hash)
    return INGOT_OK;
  return Failure(error, INGOT_CORRUPT) << "corrupt artifact: the file's hash is " << Hex{hash} << ", recorded is "
                                       << Hex{header.file_hash};
}

ingot_code FileTable::checkPlaces(const uint8_t *&weights, ingot_error *error) const {
  const ingot_table_header &header = table.header();
  weights = nullptr;
  const uint64_t bytes = ingot_weights_extent(&header);
  if (bytes == 0)
    return INGOT_OK;
  if (bytes < header.weights_size)
    return Failure(error, INGOT_CORRUPT) << "corrupt artifact: it states " << header.weights_size << " bytes of weights";
  if (header.weights_offset != 0 && !elf.isObject()) {
    uint64_t offset = 0;
    if (elf.findAddress(section.address + static_cast<uint64_t>(header.weights_offset), bytes, offset))
      weights = elf.at(offset);
  } else {
    FileRange range{};
    if ((elf.findSection(weightsSection, range) || elf.findSection(farWeightsSection, range)) && range.size >= bytes)
      weights = elf.at(range.offset);
  }
  if (!weights)
    return Failure(error, INGOT_CORRUPT) << "corrupt artifact: the weights (" << header.weights_size
                                         << " bytes) are not in the file";
  return checkSentinel(table, weights, error);
}

} // namespace ingot::rt
