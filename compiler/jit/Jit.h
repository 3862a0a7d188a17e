// Just in time: the objects of a compiled model loaded into this process, with the same tables an artifact file has.
#ifndef INGOT_COMPILER_JIT_JIT_H
#define INGOT_COMPILER_JIT_JIT_H

#include "compiler/pipeline/Compile.h"
#include "runtime/abi/artifact.h"
#include "llvm/Support/Error.h"

#include <memory>

namespace ingot {

class LoadedModel {
public:
  // Links the model's code with ORC/JITLink, evaluates its weights into memory or maps them from their files, seals the
  // tables. The compiled model may go afterwards.
  // `findFunction` gives the addresses of functions that the model calls, by symbol: null where there is none, which loading the
  // image then refuses.
  using FindFunction = llvm::function_ref<void *(const std::string &symbol)>;
  static llvm::Expected<std::unique_ptr<LoadedModel>> load(const CompiledModel &model, FindFunction findFunction = nullptr);
  ~LoadedModel();
  LoadedModel(const LoadedModel &) = delete;

  // For ingot_load_image; valid as long as this object.
  const ingot_image *image() const;

  // Of a model compiled with countWork: the counters of a kernel's variant, see KernelFunction. They only ever grow.
  llvm::Expected<const int64_t *> counters(llvm::StringRef symbol) const;

private:
  struct Impl;
  explicit LoadedModel(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

} // namespace ingot

#endif // INGOT_COMPILER_JIT_JIT_H
