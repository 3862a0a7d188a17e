#include "tools/ingot/ExecutableImage.h"

#include "runtime/loaders/mapped_image.h"

#include <cerrno>
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

llvm::Error refuse(const std::string &path, const llvm::Twine &why) {
  return llvm::createStringError(path + ": " + why.str());
}

// Reads exactly `size` bytes.
bool readAt(int file, void *out, size_t size, uint64_t offset) {
  return offset <= INT64_MAX && pread(file, out, size, static_cast<off_t>(offset)) == static_cast<ssize_t>(size);
}

} // namespace

llvm::Expected<std::unique_ptr<ExecutableImage>> ExecutableImage::openIfExecutable(const std::string &path) {
  const uint64_t page = sysconf(_SC_PAGESIZE);
  Descriptor descriptor{open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (descriptor.file < 0)
    return refuse(path, std::strerror(errno));
  Elf64_Ehdr header;
  if (!readAt(descriptor.file, &header, sizeof header, 0) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
      header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != kMachine || header.e_phentsize != sizeof(Elf64_Phdr) ||
      header.e_phnum > 64)
    return std::unique_ptr<ExecutableImage>();
  std::vector<Elf64_Phdr> segments(header.e_phnum);
  if (!readAt(descriptor.file, segments.data(), segments.size() * sizeof(Elf64_Phdr), header.e_phoff))
    return refuse(path, "is truncated");
  bool interpreted = false;
  uint64_t end = 0;
  for (const Elf64_Phdr &segment : segments) {
    interpreted |= segment.p_type == PT_INTERP;
    if (segment.p_type == PT_LOAD) {
      uint64_t last;
      if (__builtin_add_overflow(segment.p_vaddr, segment.p_memsz, &last) || last > (1ull << 46) ||
          segment.p_filesz > segment.p_memsz || (segment.p_vaddr - segment.p_offset) % page != 0)
        return refuse(path, "has a segment that cannot be mapped");
      end = std::max(end, last);
    }
  }
  if (!interpreted || header.e_type != ET_DYN || end == 0)
    return std::unique_ptr<ExecutableImage>();
  ingot_error error;
  if (ingot_check_file(path.c_str(), &error) != INGOT_OK)
    return llvm::createStringError(error.message);

  std::unique_ptr<ExecutableImage> image(new ExecutableImage);
  image->extent = (end + page - 1) / page * page;
  // All of it can be read and written, so that no address inside, of whatever the file says, faults.
  void *range = mmap(nullptr, image->extent, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (range == MAP_FAILED)
    return refuse(path, "no room to map it");
  image->base = static_cast<char *>(range);

  off_t fileSize = lseek(descriptor.file, 0, SEEK_END);
  for (const Elf64_Phdr &segment : segments) {
    if (segment.p_type != PT_LOAD || segment.p_memsz == 0)
      continue;
    if (segment.p_offset > static_cast<uint64_t>(fileSize) ||
        segment.p_filesz > static_cast<uint64_t>(fileSize) - segment.p_offset)
      return refuse(path, "is truncated");
    uint64_t skew = segment.p_vaddr % page;
    char *at = image->base + segment.p_vaddr - skew;
    // Writable until relocated; code becomes executable below.
    if (segment.p_filesz != 0 &&
        mmap(at, segment.p_filesz + skew, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, descriptor.file,
             static_cast<off_t>(segment.p_offset - skew)) == MAP_FAILED)
      return refuse(path, std::strerror(errno));
    uint64_t fileEnd = (segment.p_vaddr + segment.p_filesz + page - 1) / page * page;
    uint64_t memoryEnd = segment.p_vaddr + segment.p_memsz;
    if (memoryEnd > fileEnd && mmap(image->base + fileEnd, memoryEnd - fileEnd, PROT_READ | PROT_WRITE,
                                    MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
      return refuse(path, std::strerror(errno));
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
    return refuse(path, "has relocations outside its segments");
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
    mprotect(image->base + segment.p_vaddr - skew, segment.p_memsz + skew, protection);
  }
  if (!imageAddress)
    return refuse(path, "is an executable, but not one made by ingot");
  image->found = reinterpret_cast<const ingot_image *>(imageAddress);
  return image;
}

} // namespace ingot::driver
