#include "runtime/platform/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/core/message.h"

namespace ingot::rt {
namespace {

constexpr uint64_t hugePage = 2u << 20;

struct Query {
  uintptr_t anchor, start;
  uint64_t size;
  bool shared;
  uint64_t bytesAfterAnchor;
};

/// Bytes from `address` to the end of the readable segment of `object` that holds it; 0 if none does.
uint64_t bytesAfter(const dl_phdr_info *object, uintptr_t address) {
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr) &segment = object->dlpi_phdr[i];
    const uintptr_t first = object->dlpi_addr + segment.p_vaddr;
    if (segment.p_type == PT_LOAD && (segment.p_flags & PF_R) != 0 && address >= first && address - first < segment.p_memsz)
      return segment.p_memsz - (address - first);
  }
  return 0;
}

int answer(dl_phdr_info *object, size_t, void *data) {
  Query &query = *static_cast<Query *>(data);
  query.bytesAfterAnchor = bytesAfter(object, query.anchor);
  if (query.bytesAfterAnchor == 0)
    return 0;
  query.shared = bytesAfter(object, query.start) >= query.size;
  return 1;
}

Query ask(const void *anchor, const void *start, uint64_t size) {
  Query query{reinterpret_cast<uintptr_t>(anchor), reinterpret_cast<uintptr_t>(start), size, false, 0};
  dl_iterate_phdr(answer, &query);
  return query;
}

} // namespace

void *allocateAligned(uint64_t bytes, uint64_t alignment) {
  void *memory = nullptr;
  const bool large = bytes >= 2 * hugePage;
  if (bytes > static_cast<uint64_t>(PTRDIFF_MAX) ||
      posix_memalign(&memory, large ? hugePage : alignment, bytes != 0 ? bytes : alignment) != 0)
    return nullptr;
  if (large)
    madvise(memory, bytes, MADV_HUGEPAGE);
  return memory;
}

void releaseAligned(void *memory) { free(memory); }
void *allocateZeroed(uint64_t count, uint64_t size) { return calloc(count != 0 ? count : 1, size); }
void releaseArray(void *array) { free(array); }

ingot_code mapFile(const char *path, MappedFile &file, ingot_error *error) {
  const auto refuse = [&](const char *what) -> ingot_code {
    const int number = errno;
    return Failure(error, number == ENOENT || number == ENOTDIR ? INGOT_NOT_FOUND : INGOT_IO)
           << what << " " << Quoted{path} << ": " << static_cast<const char *>(strerror(number));
  };
  file = MappedFile{};
  const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    return refuse("cannot open");
  struct stat status;
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    close(descriptor);
    return Failure(error, INGOT_IO) << "cannot read " << Quoted{path} << ": not a regular file";
  }
  void *data = nullptr;
  if (status.st_size > 0) {
    data = mmap(nullptr, static_cast<size_t>(status.st_size), PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (data == MAP_FAILED) {
      const ingot_code code = refuse("cannot map");
      close(descriptor);
      return code;
    }
  }
  close(descriptor);
  file.data = static_cast<const uint8_t *>(data);
  file.size = static_cast<uint64_t>(status.st_size);
  return INGOT_OK;
}

void unmapFile(MappedFile &file) {
  if (file.data)
    munmap(const_cast<uint8_t *>(file.data), file.size);
  file = MappedFile{};
}

void forgetBefore(const MappedFile &file, const uint8_t *end) {
  constexpr uint64_t largestPage = 64 << 10;
  const uint64_t bytes = static_cast<uint64_t>(end - file.data);
  madvise(const_cast<uint8_t *>(file.data), bytes - bytes % largestPage, MADV_DONTNEED);
}

bool sharesImage(const void *anchor, const void *start, uint64_t size) { return ask(anchor, start, size).shared; }
uint64_t bytesInImage(const void *address) { return ask(address, address, 0).bytesAfterAnchor; }

} // namespace ingot::rt
