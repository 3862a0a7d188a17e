#include <dlfcn.h>
#include <limits.h>
#include <string.h>

#include "runtime/loaders/artifact_state.h"
#include "runtime/loaders/elf_file.h"
#include "runtime/loaders/elf_layout.h"
#include "runtime/loaders/mapped_image.h"
#include "runtime/platform/memory.h"

namespace ingot::rt {
namespace {

/// Files up to this size are checked whole before the dynamic linker sees them (a few milliseconds); of larger ones all but
/// the weights.
constexpr uint64_t wholeFileLimit = 32u << 20;

/// The dynamic linker trusts a file; so the file is checked from its bytes first.
ingot_code checkFile(const MappedFile &file, ingot_error *error) {
  FileTable artifact;
  const uint8_t *weights = nullptr;
  if (const ingot_code code = artifact.open(file.data, file.size, ElfUse::LoadHere, error); code != INGOT_OK)
    return code;
  if (const ingot_code code = checkArch(artifact.table, error); code != INGOT_OK)
    return code;
  if (const ingot_code code = checkLayout(artifact.elf, error); code != INGOT_OK)
    return code;
  const ingot_table_header &header = artifact.table.header();
  if (const ingot_code code = artifact.checkPlaces(weights, error); code != INGOT_OK)
    return code;
  if (header.file_size == file.size) {
    if (const ingot_code code = artifact.checkFile(weights, error); code != INGOT_OK)
      return code;
    for (uint32_t block = 0; weights && file.size <= wholeFileLimit && block < header.weight_hashes.count; ++block)
      if (const ingot_code code = checkWeightBlock(artifact.table, weights, block, error); code != INGOT_OK)
        return code;
  }
  return artifact.checkCode(error);
}

/// dlopen searches its own path for a name without a slash.
ingot_code openLibrary(const char *path, void *&library, ingot_error *error) {
  char local[PATH_MAX];
  if (!strchr(path, '/')) {
    if (strlen(path) + 3 > sizeof local)
      return Failure(error, INGOT_INVALID) << "the path is too long";
    Message(local, sizeof local) << "./" << path;
    path = local;
  }
  library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return Failure(error, INGOT_IO) << "the dynamic linker refuses it: " << static_cast<const char *>(dlerror());
  return INGOT_OK;
}

ingot_code checkPath(const char *path, ingot_error *error) {
  MappedFile file;
  if (const ingot_code code = mapFile(path, file, error); code != INGOT_OK)
    return code;
  const ingot_code code = checkFile(file, error);
  unmapFile(file);
  return code;
}

/// Begin the message with the path unless it names it.
ingot_code located(const char *path, ingot_code code, ingot_error &reason) {
  if (code == INGOT_OK || strstr(reason.message, path) != nullptr)
    return code;
  const ingot_error found = reason;
  return Failure(&reason, found.code) << path << ": " << static_cast<const char *>(found.message);
}

ingot_artifact *load(const char *path, ingot_error *error) {
  void *library = nullptr;
  if (checkPath(path, error) != INGOT_OK || openLibrary(path, library, error) != INGOT_OK)
    return nullptr;
  const ingot_image *const image = static_cast<const ingot_image *>(dlsym(library, "ingot_image"));
  if (!image)
    Failure(error, INGOT_NOT_FOUND) << "it exports no symbol ingot_image";
  ingot_artifact *const artifact = image ? loadImage(image, library, {}, error) : nullptr;
  if (!artifact)
    dlclose(library);
  return artifact;
}

} // namespace
} // namespace ingot::rt

using namespace ingot::rt;

ingot_artifact *ingot_load_file(const char *path, ingot_error *error) {
  ingot_error own{};
  ingot_error &reason = error ? *error : own;
  ingot_artifact *const artifact = load(path, &reason);
  if (!artifact)
    located(path, reason.code, reason);
  return artifact;
}

ingot_code ingot_check_file(const char *path, ingot_error *error) {
  ingot_error own{};
  ingot_error &reason = error ? *error : own;
  return located(path, checkPath(path, &reason), reason);
}

void ingot_unload(ingot_artifact *artifact) {
  if (!artifact)
    return;
  if (artifact->library)
    dlclose(artifact->library);
  releaseArray(artifact->chosen);
  releaseArray(artifact);
}
