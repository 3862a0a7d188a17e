// A standalone executable made by ingot, mapped into this process so that its model can be run, benched and compared here as
// a shared library's can: its own program is not started.
#ifndef INGOT_TOOLS_INGOT_EXECUTABLEIMAGE_H
#define INGOT_TOOLS_INGOT_EXECUTABLEIMAGE_H

#include "runtime/abi/artifact.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <string>

namespace ingot::driver {

class ExecutableImage {
public:
  // Null (no error) where `path` is no executable but another kind of ELF file.
  static llvm::Expected<std::unique_ptr<ExecutableImage>> openIfExecutable(const std::string &path);
  ~ExecutableImage();
  ExecutableImage(const ExecutableImage &) = delete;

  const ingot_image *image() const { return found; }
  // The memory that holds the image, its tables, code and weights; all of it is readable.
  const void *start() const { return base; }
  uint64_t size() const { return extent; }

private:
  ExecutableImage() = default;
  char *base = nullptr; // of the reserved range
  uint64_t extent = 0;
  const ingot_image *found = nullptr;
};

} // namespace ingot::driver

#endif // INGOT_TOOLS_INGOT_EXECUTABLEIMAGE_H
