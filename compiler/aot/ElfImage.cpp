#include "compiler/aot/ElfImage.h"

#include <llvm/Support/MathExtras.h>

#include <cstring>

using namespace llvm;
using namespace llvm::ELF;

namespace ingot {

static Error malformed(const Twine &what) {
  return createStringError(inconvertibleErrorCode(), "malformed object file: " + what);
}

Expected<ElfImage> ElfImage::parse(StringRef bytes) {
  ElfImage image;
  image.data.assign(bytes.begin(), bytes.end());
  if (bytes.size() < sizeof(Elf64_Ehdr) || !bytes.starts_with(StringRef(ElfMagic, 4)) ||
      image.header().e_ident[EI_CLASS] != ELFCLASS64 || image.header().e_ident[EI_DATA] != ELFDATA2LSB)
    return malformed("not a 64-bit little-endian ELF file");
  const Elf64_Ehdr &header = image.header();
  auto inside = [&](uint64_t offset, uint64_t size) { return offset <= bytes.size() && size <= bytes.size() - offset; };
  if (header.e_shentsize != sizeof(Elf64_Shdr) || header.e_shnum == 0 || header.e_shstrndx >= header.e_shnum ||
      header.e_shoff % 8 != 0 || !inside(header.e_shoff, uint64_t(header.e_shnum) * sizeof(Elf64_Shdr)))
    return malformed("no section headers");
  if (header.e_phnum != 0 && (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phoff % 8 != 0 ||
                              !inside(header.e_phoff, uint64_t(header.e_phnum) * sizeof(Elf64_Phdr))))
    return malformed("program headers outside the file");
  for (const Elf64_Shdr &section : image.sections())
    if (section.sh_type != SHT_NOBITS && !inside(section.sh_offset, section.sh_size))
      return malformed("a section lies outside the file");
  return image;
}

MutableArrayRef<Elf64_Shdr> ElfImage::sections() { return {at<Elf64_Shdr>(header().e_shoff), header().e_shnum}; }
MutableArrayRef<Elf64_Phdr> ElfImage::segments() { return {at<Elf64_Phdr>(header().e_phoff), header().e_phnum}; }

StringRef ElfImage::nameOf(const Elf64_Shdr &section) {
  const Elf64_Shdr &names = sections()[header().e_shstrndx];
  if (section.sh_name >= names.sh_size)
    return "";
  const char *text = at<char>(names.sh_offset + section.sh_name);
  return StringRef(text, strnlen(text, names.sh_size - section.sh_name));
}

Elf64_Shdr *ElfImage::findSection(StringRef name) {
  for (Elf64_Shdr &section : sections())
    if (nameOf(section) == name)
      return &section;
  return nullptr;
}

uint64_t ElfImage::tableOffset() {
  Elf64_Shdr *section = findSection(".ingot");
  return section ? section->sh_offset : 0;
}

Expected<ingot_table_header *> ElfImage::table() {
  Elf64_Shdr *section = findSection(".ingot");
  if (!section || section->sh_size < sizeof(ingot_table_header) || section->sh_offset % 8 != 0)
    return malformed("no section .ingot");
  auto *table = at<ingot_table_header>(section->sh_offset);
  if (std::memcmp(table->magic, INGOT_MAGIC, sizeof table->magic) != 0 || table->table_size > section->sh_size ||
      table->table_size < sizeof(ingot_table_header))
    return malformed("the section .ingot does not hold a table");
  return table;
}

std::vector<uint8_t> makeObject(const Elf64_Ehdr &like, const PlainSection &section) {
  // Sections: none, the content, symbols, strings (of symbols and sections alike).
  std::string strings(1, '\0');
  auto addString = [&](StringRef text) {
    size_t offset = strings.size();
    strings.append(text.begin(), text.end());
    strings.push_back('\0');
    return uint32_t(offset);
  };
  Elf64_Sym symbols[2] = {};
  symbols[1].st_name = addString(section.symbol);
  symbols[1].st_info = STB_GLOBAL << 4 | STT_OBJECT;
  symbols[1].st_other = STV_HIDDEN;
  symbols[1].st_shndx = 1;
  size_t symbolCount = section.symbol.empty() ? 1 : 2;

  Elf64_Shdr headers[5] = {};
  headers[1].sh_name = addString(section.name);
  headers[1].sh_type = section.type;
  headers[1].sh_flags = section.flags;
  headers[1].sh_addralign = section.alignment;
  headers[1].sh_size = section.content.size();
  headers[2].sh_name = addString(".symtab");
  headers[2].sh_type = SHT_SYMTAB;
  headers[2].sh_link = 3;
  headers[2].sh_info = 1; // the first global symbol
  headers[2].sh_entsize = sizeof(Elf64_Sym);
  headers[2].sh_addralign = 8;
  headers[2].sh_size = symbolCount * sizeof(Elf64_Sym);
  headers[3].sh_name = addString(".strtab");
  headers[3].sh_type = SHT_STRTAB;
  headers[3].sh_addralign = 1;
  headers[4].sh_name = addString(".note.GNU-stack");
  headers[4].sh_type = SHT_PROGBITS;
  headers[4].sh_addralign = 1;
  headers[3].sh_size = strings.size();

  std::vector<uint8_t> out(sizeof(Elf64_Ehdr));
  auto append = [&](const void *bytes, size_t size, uint64_t alignment) {
    out.resize(alignTo(out.size(), alignment));
    uint64_t offset = out.size();
    out.insert(out.end(), static_cast<const uint8_t *>(bytes), static_cast<const uint8_t *>(bytes) + size);
    return offset;
  };
  headers[1].sh_offset = append(section.content.data(), section.content.size(), section.alignment);
  headers[2].sh_offset = append(symbols, symbolCount * sizeof(Elf64_Sym), 8);
  headers[3].sh_offset = append(strings.data(), strings.size(), 1);
  headers[4].sh_offset = out.size();
  uint64_t headersAt = append(headers, sizeof headers, 8);

  Elf64_Ehdr header = {};
  std::memcpy(header.e_ident, like.e_ident, EI_NIDENT);
  header.e_type = ET_REL;
  header.e_machine = like.e_machine;
  header.e_version = EV_CURRENT;
  header.e_flags = like.e_flags;
  header.e_shoff = headersAt;
  header.e_ehsize = sizeof(Elf64_Ehdr);
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = 5;
  header.e_shstrndx = 3;
  std::memcpy(out.data(), &header, sizeof header);
  return out;
}

} // namespace ingot
