// Texts of StableHLO.
#include "frontends/stablehlo/Text.h"

using namespace ingot::stablehlo;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::shared_ptr<const llvm::MemoryBuffer> file =
      llvm::MemoryBuffer::getMemBufferCopy({reinterpret_cast<const char *>(data), size});
  for (const TextSection &section : splitSections(file->getBuffer())) {
    llvm::Expected<std::unique_ptr<Module>> module = parseText(file, "input", section);
    if (!module)
      llvm::consumeError(module.takeError());
  }
  return 0;
}
