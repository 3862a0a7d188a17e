// A standalone executable made by ingot, mapped into this process so that its model can be run, benched and compared here as
// a shared library's can: its own program is not started.
#ifndef INGOT_TOOLS_INGOT_EXECUTABLEIMAGE_H
#define INGOT_TOOLS_INGOT_EXECUTABLEIMAGE_H

#include <ingot/runtime.h>

#include "runtime/abi/artifact.h"

#include <memory>
#include <string>

namespace ingot::driver {

class ExecutableImage {
public:
  // Null where `path` is no executable but another kind of ELF file (no error), or is refused.
  static std::unique_ptr<ExecutableImage> openIfExecutable(const std::string &path, ingot_error &error);
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

// An artifact of any file that can be loaded, and what it lives in, which must go after it.
struct OpenArtifact {
  ingot_artifact *artifact = nullptr; // null: see the error, whose message names the file
  std::shared_ptr<void> image;
  ingot_error error{};
};

// Opens a shared library through the runtime's loader, an executable through its image.
OpenArtifact openArtifact(const std::string &path);

} // namespace ingot::driver

#endif // INGOT_TOOLS_INGOT_EXECUTABLEIMAGE_H
