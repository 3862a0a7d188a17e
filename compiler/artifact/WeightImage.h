// The weights of an artifact: where each lies in the weights' bytes, and those bytes by pieces. Nothing holds a weight as a
// whole.
#ifndef INGOT_COMPILER_ARTIFACT_WEIGHTIMAGE_H
#define INGOT_COMPILER_ARTIFACT_WEIGHTIMAGE_H

#include "compiler/artifact/WeightReader.h"
#include "ir/WeightStore.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <vector>

namespace ingot {

class WeightImage {
public:
  struct Item {
    WeightOp weight;
    uint64_t offset = 0, size = 0; // bytes
    // Where the bytes are in a file, if they are to be mapped from there: then whole pages of the image from the one in
    // which the item begins hold nothing else, and offset and file offset begin a page at the same place.
    std::optional<WeightReader::FileStretch> mapped;
  };
  // Receives the bytes from `offset` on.
  using Sink = llvm::function_ref<llvm::Error(uint64_t offset, llvm::ArrayRef<char>)>;

  WeightImage() = default;
  // Lays out every ingot.weight of `module`; weights with equal initialisers share their place. With `mapSources`, large
  // weights that are read as their files have them are to be mapped. `module` and `store` must outlive this.
  WeightImage(mlir::ModuleOp module, const WeightStore &store, bool mapSources = false);

  uint64_t size() const { return totalSize; }             // bytes, padding between items included
  llvm::ArrayRef<Item> items() const { return itemList; } // ascending, each place once
  // Place of a weight by its symbol.
  const Item *find(llvm::StringRef symbol) const;
  size_t indexOf(llvm::StringRef symbol) const { return placeOf.lookup(symbol); }

  // Evaluates the initialisers and passes on all bytes but those to be mapped, each once, zeros between items included.
  // Calls `sink` from several threads at a time and in any order, with pieces that are cut at multiples of kPiece and around
  // mapped items. Of several errors, returns the first by place.
  llvm::Error write(Sink sink) const;
  static constexpr uint64_t kPiece = 16 << 20;

private:
  llvm::Error writePiece(llvm::ArrayRef<WeightReader> readers, uint64_t begin, std::vector<char> &buffer, Sink sink) const;

  const WeightStore *store = nullptr;
  std::vector<Item> itemList;
  llvm::StringMap<size_t> placeOf;
  uint64_t totalSize = 0;
};

} // namespace ingot

#endif // INGOT_COMPILER_ARTIFACT_WEIGHTIMAGE_H
