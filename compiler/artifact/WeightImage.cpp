#include "compiler/artifact/WeightImage.h"

#include "ir/Types.h"
#include "runtime/abi/artifact.h"
#include "runtime/abi/hash.h"
#include "llvm/Support/MathExtras.h"

#include <map>

namespace ingot {

WeightImage::WeightImage(mlir::ModuleOp module, const WeightStore &store) : store(&store) {
  std::map<std::pair<const void *, const void *>, size_t> places;
  for (WeightOp weight : module.getOps<WeightOp>()) {
    auto [it, inserted] = places.try_emplace(
        {weight.getSourceAttr().getAsOpaquePointer(), weight.getStepsAttr().getAsOpaquePointer()}, itemList.size());
    placeOf[weight.getSymName()] = it->second;
    if (!inserted)
      continue;
    mlir::RankedTensorType type = weight.getTensorType();
    Item item{weight, llvm::alignTo(totalSize, INGOT_WEIGHT_ALIGNMENT),
              static_cast<uint64_t>(type.getNumElements() * elementBytes(type.getElementType()))};
    totalSize = item.offset + item.size;
    itemList.push_back(item);
  }
}

const WeightImage::Item *WeightImage::find(llvm::StringRef symbol) const {
  auto it = placeOf.find(symbol);
  return it == placeOf.end() ? nullptr : &itemList[it->second];
}

namespace {
// Counts what passes through and hashes it block by block.
class HashingSink {
public:
  HashingSink(WeightImage::Sink sink, std::vector<uint64_t> *hashes) : sink(sink), hashes(hashes) {
    ingot_hash_begin(&state, 0);
  }

  llvm::Error put(llvm::ArrayRef<char> bytes) {
    if (llvm::Error error = sink(bytes))
      return error;
    written += bytes.size();
    while (hashes && !bytes.empty()) {
      size_t take = std::min<size_t>(bytes.size(), INGOT_WEIGHT_BLOCK - inBlock);
      ingot_hash_update(&state, bytes.data(), take);
      bytes = bytes.drop_front(take);
      inBlock += take;
      if (inBlock == INGOT_WEIGHT_BLOCK)
        endBlock();
    }
    return llvm::Error::success();
  }
  llvm::Error padTo(uint64_t offset) {
    std::vector<char> zeros(offset - written, 0);
    return zeros.empty() ? llvm::Error::success() : put(zeros);
  }
  void finish() {
    if (hashes && inBlock != 0)
      endBlock();
  }

private:
  void endBlock() {
    hashes->push_back(ingot_hash_end(&state));
    ingot_hash_begin(&state, 0);
    inBlock = 0;
  }
  WeightImage::Sink sink;
  std::vector<uint64_t> *hashes;
  ingot_hash_state state;
  uint64_t written = 0;
  size_t inBlock = 0;
};
} // namespace

// A file range without steps needs no more memory than a chunk.
static llvm::Error copyFileRange(const WeightSource &source, uint64_t size, HashingSink &out) {
  std::vector<char> chunk(std::min<uint64_t>(size, 4u << 20));
  for (uint64_t done = 0; done < size; done += chunk.size()) {
    chunk.resize(std::min<uint64_t>(chunk.size(), size - done));
    if (llvm::Error error = source.file->read(source.offset + done, chunk))
      return error;
    if (llvm::Error error = out.put(chunk))
      return error;
  }
  return llvm::Error::success();
}

llvm::Error WeightImage::write(Sink sink, std::vector<uint64_t> *hashes) const {
  HashingSink out(sink, hashes);
  for (const Item &item : itemList) {
    if (llvm::Error error = out.padTo(item.offset))
      return error;
    WeightOp weight = item.weight;
    const WeightSource *source = store->find(weight.getSource().getKey());
    if (source && source->kind == WeightSource::Kind::FileRange && weight.getSteps().empty()) {
      if (llvm::Error error = copyFileRange(*source, item.size, out))
        return error;
      continue;
    }
    llvm::Expected<std::vector<char>> bytes = evaluateWeight(weight, *store);
    if (!bytes)
      return bytes.takeError();
    if (llvm::Error error = out.put(*bytes))
      return error;
  }
  out.finish();
  return llvm::Error::success();
}

} // namespace ingot
