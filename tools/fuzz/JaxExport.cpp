// Containers of jax.export, and the artifacts inside.
#include "frontends/stablehlo/JaxExport.h"

using namespace ingot::stablehlo;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::shared_ptr<const llvm::MemoryBuffer> file =
      llvm::MemoryBuffer::getMemBufferCopy({reinterpret_cast<const char *>(data), size});
  llvm::Expected<JaxExport> container = readJaxExport(file->getBuffer(), "input");
  if (!container) {
    llvm::consumeError(container.takeError());
    return 0;
  }
  llvm::Expected<std::unique_ptr<Module>> module = readPortableArtifact(file, "input", container->module);
  if (!module)
    llvm::consumeError(module.takeError());
  return 0;
}
