// Portable artifacts. What is read is written and read again: what the writer takes, the reader does.
#include "frontends/stablehlo/Bytecode.h"

using namespace ingot::stablehlo;

static llvm::Expected<std::unique_ptr<Module>> read(llvm::StringRef bytes) {
  return readPortableArtifact(llvm::MemoryBuffer::getMemBufferCopy(bytes), "input");
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::Expected<std::unique_ptr<Module>> module = read({reinterpret_cast<const char *>(data), size});
  if (!module) {
    llvm::consumeError(module.takeError());
    return 0;
  }
  llvm::Expected<std::string> written = writePortableArtifact(**module);
  if (!written) {
    llvm::consumeError(written.takeError()); // what a foreign dialect gives
    return 0;
  }
  llvm::cantFail(read(*written), "what was written is not read");
  return 0;
}
