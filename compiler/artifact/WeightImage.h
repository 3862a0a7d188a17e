// The weights of an artifact: where each lies in the weights' bytes, and those bytes as a stream. Nothing holds them all at
// once.
#ifndef INGOT_COMPILER_ARTIFACT_WEIGHTIMAGE_H
#define INGOT_COMPILER_ARTIFACT_WEIGHTIMAGE_H

#include "ir/WeightStore.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace ingot {

class WeightImage {
public:
  struct Item {
    WeightOp weight;
    uint64_t offset = 0, size = 0; // bytes
  };
  // Receives consecutive bytes.
  using Sink = llvm::function_ref<llvm::Error(llvm::ArrayRef<char>)>;

  WeightImage() = default;
  // Lays out every ingot.weight of `module`; weights with equal initialisers share their place. `module` and `store` must
  // outlive this.
  WeightImage(mlir::ModuleOp module, const WeightStore &store);

  uint64_t size() const { return totalSize; }             // bytes, padding between items included
  llvm::ArrayRef<Item> items() const { return itemList; } // ascending, each place once
  // Place of a weight by its symbol.
  const Item *find(llvm::StringRef symbol) const;
  size_t indexOf(llvm::StringRef symbol) const { return placeOf.lookup(symbol); }

  // Evaluates the initialisers in order and streams the bytes. If `hashes` is given, one hash per INGOT_WEIGHT_BLOCK is
  // appended.
  llvm::Error write(Sink sink, std::vector<uint64_t> *hashes = nullptr) const;

private:
  const WeightStore *store = nullptr;
  std::vector<Item> itemList;
  llvm::StringMap<size_t> placeOf;
  uint64_t totalSize = 0;
};

} // namespace ingot

#endif // INGOT_COMPILER_ARTIFACT_WEIGHTIMAGE_H
