#include "compiler/jit/Jit.h"

#include "runtime/abi/hash.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <sys/mman.h>
#include <unistd.h>

namespace ingot {

struct LoadedModel::Impl {
  std::unique_ptr<llvm::orc::LLJIT> jit;
  char *table = nullptr;   // 64-byte aligned
  char *weights = nullptr; // mapped, weightBytes long
  uint64_t weightBytes = 0;
  std::vector<char> image; // ingot_image with its kernels[]

  llvm::Error loadWeights(const WeightImage &image);
  ~Impl() {
    std::free(table);
    if (weights)
      munmap(weights, weightBytes);
  }
};

// Whole pages of zeros are left to the system, which gives them memory when they are first written: never.
static void copyPages(char *target, llvm::ArrayRef<char> bytes) {
  constexpr size_t page = 4096;
  for (; !bytes.empty(); target += page) {
    llvm::ArrayRef<char> part = bytes.take_front(page);
    if (llvm::any_of(part, [](char byte) { return byte != 0; }))
      std::memcpy(target, part.data(), part.size());
    bytes = bytes.drop_front(part.size());
  }
}

llvm::Error LoadedModel::Impl::loadWeights(const WeightImage &image) {
  const uint64_t page = uint64_t(sysconf(_SC_PAGESIZE));
  weightBytes = image.size();
  if (weightBytes == 0)
    return llvm::Error::success();
  void *memory = mmap(nullptr, weightBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    return llvm::createStringError("no memory for %llu bytes of weights", static_cast<unsigned long long>(weightBytes));
  weights = static_cast<char *>(memory);
  if (llvm::Error error = image.write([&](uint64_t offset, llvm::ArrayRef<char> bytes) {
        copyPages(weights + offset, bytes);
        return llvm::Error::success();
      }))
    return error;
  if (mprotect(weights, weightBytes, PROT_READ) != 0)
    return llvm::createStringError(std::error_code(errno, std::generic_category()), "the weights cannot be protected");
  for (const WeightImage::Item &item : image.items()) {
    if (!item.mapped)
      continue;
    uint64_t skip = item.offset % page;
    if (llvm::Error error =
            item.mapped->file->mapAt(weights + (item.offset - skip), item.mapped->offset - skip, item.size + skip))
      return error;
  }
  return llvm::Error::success();
}

LoadedModel::LoadedModel(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
LoadedModel::~LoadedModel() = default;
const ingot_image *LoadedModel::image() const { return reinterpret_cast<const ingot_image *>(impl->image.data()); }

llvm::Expected<const int64_t *> LoadedModel::counters(llvm::StringRef symbol) const {
  llvm::Expected<llvm::orc::ExecutorAddr> address = impl->jit->lookup((symbol + ".work").str());
  if (!address)
    return address.takeError();
  return address->toPtr<const int64_t *>();
}

static llvm::Expected<std::unique_ptr<llvm::orc::LLJIT>> makeJit() {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
  });
  return llvm::orc::LLJITBuilder().create();
}

llvm::Expected<std::unique_ptr<LoadedModel>> LoadedModel::load(const CompiledModel &model, FindFunction findFunction) {
  auto impl = std::make_unique<Impl>();
  llvm::Expected<std::unique_ptr<llvm::orc::LLJIT>> jit = makeJit();
  if (!jit)
    return jit.takeError();
  impl->jit = std::move(*jit);

  size_t variants = 0;
  for (const CompiledKernel &kernel : model.kernels) {
    variants += kernel.variants.size();
    for (const CompiledVariant &variant : kernel.variants) {
      llvm::StringRef bytes(variant.object.data(), variant.object.size());
      if (llvm::Error error = impl->jit->addObjectFile(llvm::MemoryBuffer::getMemBufferCopy(bytes, variant.symbol)))
        return error;
    }
  }

  variants += model.table.functions.size();
  Table table = model.table;
  table.weightHashes.clear(); // there is no file whose damage they would show
  if (llvm::Error error = impl->loadWeights(model.weights))
    return error;

  table.header.weights_size = impl->weightBytes;
  std::vector<char> bytes = table.serialize();
  impl->table = static_cast<char *>(std::aligned_alloc(64, llvm::alignTo(bytes.size(), 64)));
  if (!impl->table)
    return llvm::createStringError("no memory for %zu bytes of tables", bytes.size());
  std::memcpy(impl->table, bytes.data(), bytes.size());

  impl->image.resize(sizeof(ingot_image) + variants * sizeof(ingot_kernel_fn));
  auto *image = reinterpret_cast<ingot_image *>(impl->image.data());
  image->struct_size = sizeof(ingot_image);
  image->variant_count = variants;
  image->table = reinterpret_cast<const ingot_table_header *>(impl->table);
  image->weights = impl->weights;
  size_t index = 0;
  for (const CompiledKernel &kernel : model.kernels)
    for (const CompiledVariant &variant : kernel.variants) {
      llvm::Expected<llvm::orc::ExecutorAddr> address = impl->jit->lookup(variant.symbol);
      if (!address)
        return address.takeError();
      image->kernels[index++] = address->toPtr<ingot_kernel_fn>();
    }
  for (const std::string &symbol : model.table.functions)
    image->kernels[index++] = reinterpret_cast<ingot_kernel_fn>(findFunction ? findFunction(symbol) : nullptr);
  return std::unique_ptr<LoadedModel>(new LoadedModel(std::move(impl)));
}

} // namespace ingot
