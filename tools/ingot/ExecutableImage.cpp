#include "tools/ingot/ExecutableImage.h"

#include "runtime/loaders/mapped_image.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace ingot::driver {

#if defined(__x86_64__)
static constexpr uint32_t kRelative = R_X86_64_RELATIVE;
static constexpr uint16_t kMachine = EM_X86_64;
#elif defined(__aarch64__)
static constexpr uint32_t kRelative = R_AARCH64_RELATIVE;
static constexpr uint16_t kMachine = EM_AARCH64;
#else
static constexpr uint32_t kRelative = R_RISCV_RELATIVE;
static constexpr uint16_t kMachine = EM_RISCV;
#endif

ExecutableImage::~ExecutableImage() {
  if (base)
    munmap(base, extent);
}

namespace {

struct Descriptor {
  int file;
  ~Descriptor() { close(file); }
};

std::unique_ptr<ExecutableImage> refuse(ingot_error &error, ingot_code code, const std::string &path,
                                        const std::string &why) {
  error.code = code;
  std::snprintf(error.message, sizeof error.message, "%s: %s%s", path.c_str(),
                code == INGOT_CORRUPT ? "corrupt artifact: it " : "", why.c_str());
  return nullptr;
}

// Reads exactly `size` bytes.
bool readAt(int file, void *out, size_t size, uint64_t offset) {
  return offset <= INT64_MAX && pread(file, out, size, static_cast<off_t>(offset)) == static_cast<ssize_t>(size);
}

} // namespace

std::unique_ptr<ExecutableImage> ExecutableImage::openIfExecutable(const std::string &path, ingot_error &error) {
  const uint64_t page = sysconf(_SC_PAGESIZE);
  error = ingot_error{};
  auto damaged = [&](const char *why) { return refuse(error, INGOT_CORRUPT, path, why); };
  auto failed = [&] { return refuse(error, INGOT_IO, path, std::strerror(errno)); };
  Descriptor descriptor{open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (descriptor.file < 0)
    return failed();
  Elf64_Ehdr header;
  if (!readAt(descriptor.file, &header, sizeof header, 0) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
      header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != kMachine || header.e_phentsize != sizeof(Elf64_Phdr) ||
      header.e_phnum > 64 || header.e_type != ET_DYN || header.e_entry == 0)
    return nullptr;
  if (ingot_check_file(path.c_str(), &error) != INGOT_OK)
    return nullptr;
  std::vector<Elf64_Phdr> segments(header.e_phnum);
  if (!readAt(descriptor.file, segments.data(), segments.size() * sizeof(Elf64_Phdr), header.e_phoff))
    return damaged("is truncated");
  uint64_t end = 0;
  for (const Elf64_Phdr &segment : segments)
    if (segment.p_type == PT_LOAD) {
      uint64_t last;
      if (__builtin_add_overflow(segment.p_vaddr, segment.p_memsz, &last) || last > (1ull << 46) ||
          segment.p_filesz > segment.p_memsz || (segment.p_vaddr - segment.p_offset) % page != 0)
        return damaged("has a segment that cannot be mapped");
      end = std::max(end, last);
    }
  if (end == 0)
    return damaged("has nothing to be mapped");

  std::unique_ptr<ExecutableImage> image(new ExecutableImage);
  image->extent = (end + page - 1) / page * page;
  // All of it can be read and written, so that no address inside, of whatever the file says, faults.
  void *range = mmap(nullptr, image->extent, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (range == MAP_FAILED)
    return refuse(error, INGOT_OUT_OF_MEMORY, path, "no room to map it");
  image->base = static_cast<char *>(range);

  off_t fileSize = lseek(descriptor.file, 0, SEEK_END);
  for (const Elf64_Phdr &segment : segments) {
    if (segment.p_type != PT_LOAD || segment.p_memsz == 0)
      continue;
    if (segment.p_offset > static_cast<uint64_t>(fileSize) ||
        segment.p_filesz > static_cast<uint64_t>(fileSize) - segment.p_offset)
      return damaged("is truncated");
    uint64_t skew = segment.p_vaddr % page;
    char *at = image->base + segment.p_vaddr - skew;
    // Writable until relocated; code becomes executable below.
    if (segment.p_filesz != 0 &&
        mmap(at, segment.p_filesz + skew, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, descriptor.file,
             static_cast<off_t>(segment.p_offset - skew)) == MAP_FAILED)
      return failed();
    uint64_t fileEnd = (segment.p_vaddr + segment.p_filesz + page - 1) / page * page;
    uint64_t memoryEnd = segment.p_vaddr + segment.p_memsz;
    if (memoryEnd > fileEnd && mmap(image->base + fileEnd, memoryEnd - fileEnd, PROT_READ | PROT_WRITE,
                                    MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
      return failed();
  }

  // The dynamic section leads to the relocations; the relative ones are all that kernels and tables have. ingot_image is
  // found by them: its field `table` is relocated to the address of a header.
  auto inside = [&](uint64_t address, uint64_t size) { return address <= end && size <= end - address; };
  uint64_t relocations = 0, relocationBytes = 0;
  for (const Elf64_Phdr &segment : segments) {
    if (segment.p_type != PT_DYNAMIC || !inside(segment.p_vaddr, segment.p_filesz))
      continue;
    for (uint64_t i = 0; i + sizeof(Elf64_Dyn) <= segment.p_filesz; i += sizeof(Elf64_Dyn)) {
      Elf64_Dyn entry;
      std::memcpy(&entry, image->base + segment.p_vaddr + i, sizeof entry);
      if (entry.d_tag == DT_RELA)
        relocations = entry.d_un.d_ptr;
      else if (entry.d_tag == DT_RELASZ)
        relocationBytes = entry.d_un.d_val;
    }
  }
  if (!inside(relocations, relocationBytes))
    return damaged("has relocations outside its segments");
  const char *imageAddress = nullptr;
  for (uint64_t i = 0; i + sizeof(Elf64_Rela) <= relocationBytes; i += sizeof(Elf64_Rela)) {
    Elf64_Rela relocation;
    std::memcpy(&relocation, image->base + relocations + i, sizeof relocation);
    if (ELF64_R_TYPE(relocation.r_info) != kRelative || !inside(relocation.r_offset, 8) ||
        !inside(static_cast<uint64_t>(relocation.r_addend), 0))
      continue;
    char *target = image->base + relocation.r_addend;
    std::memcpy(image->base + relocation.r_offset, &target, sizeof target);
    if (inside(relocation.r_addend, sizeof(ingot_table_header)) && relocation.r_offset >= offsetof(ingot_image, table) &&
        std::memcmp(target, INGOT_MAGIC, 8) == 0)
      imageAddress = image->base + relocation.r_offset - offsetof(ingot_image, table);
  }
  for (const Elf64_Phdr &segment : segments) {
    if (segment.p_type != PT_LOAD || segment.p_memsz == 0)
      continue;
    int protection = PROT_READ | (segment.p_flags & PF_X ? PROT_EXEC : 0) | (segment.p_flags & PF_W ? PROT_WRITE : 0);
    uint64_t skew = segment.p_vaddr % page;
    if (mprotect(image->base + segment.p_vaddr - skew, segment.p_memsz + skew, protection) != 0)
      return failed(); // a folder whose files may not be executed
  }
  if (!imageAddress)
    return refuse(error, INGOT_INVALID, path, "is an executable, but not one made by ingot");
  image->found = reinterpret_cast<const ingot_image *>(imageAddress);
  return image;
}

OpenArtifact openArtifact(const std::string &path) {
  OpenArtifact opened;
  if (std::shared_ptr<ExecutableImage> executable = ExecutableImage::openIfExecutable(path, opened.error)) {
    opened.artifact = ingot_load_mapped(executable->image(), executable->start(), executable->size(), &opened.error);
    opened.image = executable;
  } else if (opened.error.code == INGOT_OK) {
    opened.artifact = ingot_load_file(path.c_str(), &opened.error);
  }
  return opened;
}

} // namespace ingot::driver
