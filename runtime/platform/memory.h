// Memory and files from the operating system.
#ifndef INGOT_RUNTIME_PLATFORM_MEMORY_H
#define INGOT_RUNTIME_PLATFORM_MEMORY_H

#include <ingot/artifact.h>

namespace ingot::rt {

/// Aligned memory of unknown content; null when there is none. Blocks of several MiB ask for huge pages.
void *allocateAligned(uint64_t bytes, uint64_t alignment);
void releaseAligned(void *memory);

/// Zeroed array of `count` (0 allowed) plain records; null when there is no memory.
template <class T> T *allocateArray(uint64_t count);
void *allocateZeroed(uint64_t count, uint64_t size);
void releaseArray(void *array);

template <class T> T *allocateArray(uint64_t count) { return static_cast<T *>(allocateZeroed(count, sizeof(T))); }

/// A file mapped read-only, or its bytes in memory. `data` is null for an empty file.
struct MappedFile {
  const uint8_t *data = nullptr;
  uint64_t size = 0;
  bool isMapped = true;
};

ingot_code mapFile(const char *path, MappedFile &file, ingot_error *error);
void unmapFile(MappedFile &file);
/// Give back the memory of the file's bytes up to `end` that were read; they are read from the file again where needed.
/// Precondition: isMapped.
void forgetBefore(const MappedFile &file, const uint8_t *end);

/// Whether [start, start + size) lies in one readable segment of the executable or library that holds `anchor`.
bool sharesImage(const void *anchor, const void *start, uint64_t size);
/// Bytes from `address` to the end of the segment of the executable or library that holds it; 0 if none does.
uint64_t bytesInImage(const void *address);

} // namespace ingot::rt

#endif // INGOT_RUNTIME_PLATFORM_MEMORY_H
