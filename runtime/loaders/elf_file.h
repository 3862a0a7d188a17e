// An ELF file read from its bytes, of any 64-bit little-endian architecture, without executing it.
#ifndef INGOT_RUNTIME_LOADERS_ELF_FILE_H
#define INGOT_RUNTIME_LOADERS_ELF_FILE_H

#include <ingot/artifact.h>

#include "runtime/core/table.h"

namespace ingot::rt {

/// A stretch of the file; offset + size <= the file's size.
struct FileRange {
  uint64_t offset, size;
  uint64_t address; // where it is loaded; 0 in an object
};

/// Why a file is read decides which kinds of file are good.
enum class ElfUse { Verify, LoadHere };

class ElfFile {
public:
  /// Check headers, segments and sections: all lie within `size` bytes. `data` must outlive this.
  ingot_code open(const uint8_t *data, uint64_t size, ElfUse use, ingot_error *error);

  bool isObject() const;
  /// Find a section by name; false if there is none or more than one.
  bool findSection(const char *name, FileRange &range) const;
  /// Where in the file the bytes loaded at [address, address + size) are; false if they are not.
  bool findAddress(uint64_t address, uint64_t size, uint64_t &offset) const;

  const uint8_t *at(uint64_t offset) const { return data_ + offset; }
  uint64_t offsetOf(const uint8_t *place) const { return static_cast<uint64_t>(place - data_); }
  uint64_t size() const { return size_; }

private:
  const uint8_t *data_ = nullptr;
  uint64_t size_ = 0;
};

/// The table in an ELF file: section `.ingot`, whose first byte is the header's.
struct FileTable {
  ElfFile elf;
  FileRange section{};
  Table table;

  ingot_code open(const uint8_t *data, uint64_t size, ElfUse use, ingot_error *error);
  /// Check the table, then that every code range and the weights lie in the file. `weights` may come out null (no weights).
  ingot_code checkPlaces(const uint8_t *&weights, ingot_error *error) const;
  /// Check the hash of the file but its weights, `weights` as checkPlaces found them. Precondition: the file is as compiled.
  ingot_code checkFile(const uint8_t *weights, ingot_error *error) const;
  ingot_code checkCode(ingot_error *error) const;
  const uint8_t *codeRange(const ingot_image_range &range) const;
};

} // namespace ingot::rt

#endif // INGOT_RUNTIME_LOADERS_ELF_FILE_H
