#include "compiler/artifact/WeightImage.h"

#include "ir/Types.h"
#include "runtime/abi/artifact.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/ThreadPool.h"

#include <atomic>
#include <cstring>
#include <map>
#include <mutex>
#include <unistd.h>

namespace ingot {

// Weights smaller than this are copied rather than mapped: they would waste a page or two.
static constexpr uint64_t kMinMapped = 256 << 10;
// Threads that evaluate weights; each holds a piece and what it is made of.
static constexpr unsigned kMaxWorkers = 4;

WeightImage::WeightImage(mlir::ModuleOp module, const WeightStore &store, bool mapSources) : store(&store) {
  std::map<std::pair<const void *, const void *>, size_t> places;
  const uint64_t page = uint64_t(sysconf(_SC_PAGESIZE));
  for (WeightOp weight : module.getOps<WeightOp>()) {
    auto [it, inserted] = places.try_emplace(
        {weight.getSourceAttr().getAsOpaquePointer(), weight.getStepsAttr().getAsOpaquePointer()}, itemList.size());
    placeOf[weight.getSymName()] = it->second;
    if (!inserted)
      continue;
    mlir::RankedTensorType type = weight.getTensorType();
    Item item{weight, llvm::alignTo(totalSize, INGOT_WEIGHT_ALIGNMENT),
              static_cast<uint64_t>(type.getNumElements() * elementBytes(type.getElementType())), std::nullopt};
    if (mapSources && item.size >= kMinMapped)
      item.mapped = WeightReader::findStretch(weight, store);
    if (item.mapped && item.mapped->offset % INGOT_WEIGHT_ALIGNMENT != 0)
      item.mapped.reset();
    if (item.mapped)
      item.offset = llvm::alignTo(totalSize, page) + item.mapped->offset % page;
    totalSize = item.offset + item.size;
    if (item.mapped)
      totalSize = llvm::alignTo(totalSize, page);
    itemList.push_back(item);
  }
}

const WeightImage::Item *WeightImage::find(llvm::StringRef symbol) const {
  auto it = placeOf.find(symbol);
  return it == placeOf.end() ? nullptr : &itemList[it->second];
}

// The part of the bytes from `begin` that belongs to one piece.
llvm::Error WeightImage::writePiece(llvm::ArrayRef<WeightReader> readers, uint64_t begin, std::vector<char> &buffer,
                                    Sink sink) const {
  const uint64_t end = std::min(begin + kPiece, totalSize), page = uint64_t(sysconf(_SC_PAGESIZE));
  buffer.resize(end - begin);
  uint64_t at = begin; // what lies before is done
  auto flush = [&](uint64_t until) -> llvm::Error {
    if (at >= until)
      return llvm::Error::success();
    return sink(at, llvm::ArrayRef(buffer).slice(at - begin, until - at));
  };
  size_t index =
      llvm::partition_point(itemList, [&](const Item &item) { return item.offset + item.size <= begin; }) - itemList.begin();
  uint64_t filled = begin;
  for (; index != itemList.size() && itemList[index].offset < end; ++index) {
    const Item &item = itemList[index];
    const uint64_t first = std::max(item.offset, begin), last = std::min(item.offset + item.size, end);
    if (item.mapped) {
      uint64_t firstPage = std::max(item.offset / page * page, begin);
      std::memset(buffer.data() + (filled - begin), 0, firstPage - filled);
      if (llvm::Error error = flush(firstPage))
        return error;
      at = filled = std::min(llvm::alignTo(item.offset + item.size, page), end);
      continue;
    }
    std::memset(buffer.data() + (filled - begin), 0, first - filled);
    if (llvm::Error error =
            readers[index].read(first - item.offset, llvm::MutableArrayRef(buffer).slice(first - begin, last - first)))
      return error;
    filled = last;
  }
  std::memset(buffer.data() + (filled - begin), 0, end - filled);
  return flush(end);
}

llvm::Error WeightImage::write(Sink sink) const {
  ConversionTables tables;
  std::vector<WeightReader> readers;
  readers.reserve(itemList.size());
  for (const Item &item : itemList) {
    llvm::Expected<WeightReader> reader = WeightReader::create(item.weight, *store, tables);
    if (!reader)
      return reader.takeError();
    readers.push_back(std::move(*reader));
  }
  const uint64_t pieces = llvm::divideCeil(totalSize, kPiece);
  std::atomic<uint64_t> next = 0;
  std::atomic<bool> stop = false;
  std::mutex mutex;
  uint64_t failedPiece = pieces;
  llvm::Error first = llvm::Error::success();
  // Pieces are begun in order: when one fails, all before it have been begun, and are finished.
  auto work = [&] {
    std::vector<char> buffer;
    for (uint64_t piece = next++; piece < pieces && !stop; piece = next++) {
      llvm::Error error = writePiece(readers, piece * kPiece, buffer, sink);
      if (!error)
        continue;
      stop = true;
      std::scoped_lock lock(mutex);
      if (piece < failedPiece)
        std::swap(first, error);
      failedPiece = std::min(failedPiece, piece);
      llvm::consumeError(std::move(error));
    }
  };
  unsigned workers = std::min<uint64_t>(pieces, std::min(kMaxWorkers, llvm::hardware_concurrency().compute_thread_count()));
  if (workers <= 1) {
    work();
  } else {
    llvm::DefaultThreadPool pool(llvm::hardware_concurrency(workers));
    for (unsigned i = 0; i != workers; ++i)
      pool.async(work);
    pool.wait();
  }
  return first;
}

} // namespace ingot
