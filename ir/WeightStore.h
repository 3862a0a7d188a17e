// The bytes behind ingot.weight symbols. They live beside the module, never in attributes: a range of a file (read when
// emitted), owned bytes (small, made by the importer or a pass), or a splat.
#ifndef INGOT_IR_WEIGHTSTORE_H
#define INGOT_IR_WEIGHTSTORE_H

#include "ir/Dialect.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <string>
#include <vector>

namespace ingot {

// One store entry: row-major dense bytes of a static tensor, elements as in runtime/abi/artifact.h (i1 and sub-byte types:
// one byte each).
struct WeightSource {
  enum class Kind { FileRange, Owned, Splat } kind = Kind::Owned;
  mlir::RankedTensorType type;
  // FileRange: the elements lie from `offset` of the open file. Any byte but zero stands for true.
  std::shared_ptr<class WeightFile> file;
  uint64_t offset = 0;
  // Owned: all bytes. Splat: one element's bytes.
  std::vector<char> bytes;
  // FileRange: elements in a byte, the first in its low bits: 1, or what elementsInByte gives.
  unsigned perByte = 1;

  // Reads the elements [first, first + out.size() / element bytes) as the store lays them out. Thread-safe; holds no more
  // than `out` in memory. Precondition: they are within the tensor.
  llvm::Error read(int64_t first, llvm::MutableArrayRef<char> out) const;
};

// A file opened once, for reading ranges; it is never mapped writable and never re-opened by name.
class WeightFile {
public:
  // Takes ownership of `descriptor`. `path` is for messages.
  WeightFile(int descriptor, std::string path, uint64_t size);
  ~WeightFile();
  WeightFile(const WeightFile &) = delete;
  // Thread-safe. Fails where the file has become shorter. Holes of a sparse file cost no reading.
  llvm::Error read(uint64_t offset, llvm::MutableArrayRef<char> out) const;
  // For files of the caller's own: writes at `offset`. Precondition: within size(), and not while it is read there.
  llvm::Error write(uint64_t offset, llvm::ArrayRef<char> bytes) const;
  // Maps [offset, offset + size) readable at `address`. Precondition: both start pages, and the range lies in the file.
  llvm::Error mapAt(void *address, uint64_t offset, uint64_t size) const;
  const std::string &path() const { return filePath; }
  uint64_t size() const { return fileSize; }

private:
  // Where the file has bytes that are not zero: ascending [begin, end). Everything where it has no holes.
  struct Extent {
    uint64_t begin, end;
  };
  llvm::Error readBytes(uint64_t offset, llvm::MutableArrayRef<char> out) const;
  void findExtents();

  int descriptor;
  std::string filePath;
  uint64_t fileSize;
  std::vector<Extent> extents;
};

// Entries by key. Thread-safe to read; add from one thread.
class WeightStore {
public:
  // Adds an entry under `hint` or, if taken, hint_1, hint_2 ...; returns the key.
  std::string add(llvm::StringRef hint, WeightSource source);
  const WeightSource *find(llvm::StringRef key) const;
  // The entry, which must exist and hold as many bytes as its type takes.
  llvm::Expected<const WeightSource *> require(llvm::StringRef key) const;
  size_t size() const { return entries.size(); }
  // Sorted.
  std::vector<std::string> keys() const;

  // All bytes of an entry.
  llvm::Error read(llvm::StringRef key, std::vector<char> &out) const;

private:
  llvm::StringMap<WeightSource> entries;
};

// Writes elements, one a byte, `each` to a byte (2 or 4), the first in its lowest bits. What is left over of the last byte is zero.
// Precondition: `out` is as long as that takes.
void packBits(llvm::ArrayRef<char> elements, unsigned each, llvm::MutableArrayRef<char> out);

// The type an initialiser's steps lead to from its source's type, or null with *why filled.
mlir::RankedTensorType inferWeightType(SourceAttr source, mlir::ArrayAttr steps, std::string *why = nullptr);

// Evaluates a weight's initialiser: source, then every step. Returns dense bytes of weight.getTensorType(). This defines
// what steps mean and holds the whole weight in memory; compiler/artifact/WeightReader reads weights of any size by
// stretches.
llvm::Expected<std::vector<char>> evaluateWeight(WeightOp weight, const WeightStore &store);

// A program: the module and the bytes of its weights.
struct Program {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  WeightStore weights;
};

} // namespace ingot

#endif // INGOT_IR_WEIGHTSTORE_H
