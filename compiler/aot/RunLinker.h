// lld, called as a function, and the temporary files its interface asks for.
#ifndef INGOT_COMPILER_AOT_RUNLINKER_H
#define INGOT_COMPILER_AOT_RUNLINKER_H

#include "compiler/aot/ElfImage.h"

#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/StringRef.h>
#include <llvm/Support/Error.h>
#include <llvm/Support/FileSystem.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace ingot {

// A file beside the output that is removed with its last owner or by a fatal signal. lld reads and writes paths only.
class ScratchFile {
public:
  // Creates an empty file, with `bytes` written to it. A LinkError where the folder cannot be written.
  static llvm::Expected<ScratchFile> create(llvm::StringRef outputPath, llvm::StringRef bytes, unsigned mode = 0666);
  ScratchFile(ScratchFile &&) = default;
  ScratchFile &operator=(ScratchFile &&) = delete;
  ~ScratchFile();

  const std::string &path() const { return file->TmpName; }
  int descriptor() const { return file->FD; }
  // Gives the file its final name, or that of the file which links of that name lead to.
  llvm::Error keep(llvm::StringRef name);

private:
  explicit ScratchFile(llvm::sys::fs::TempFile &&temporary) : file(std::move(temporary)) {}
  std::optional<llvm::sys::fs::TempFile> file;
};

// Bytes that lld reads by a path: in memory (memfd_create), or a scratch file where /proc is not there to name them.
class LinkerInput {
public:
  static llvm::Expected<LinkerInput> create(llvm::StringRef outputPath, llvm::StringRef bytes);
  LinkerInput(LinkerInput &&other) noexcept
      : descriptor(std::exchange(other.descriptor, -1)), name(std::move(other.name)), file(std::move(other.file)) {}
  LinkerInput &operator=(LinkerInput &&) = delete;
  ~LinkerInput();

  const std::string &path() const { return file ? file->path() : name; }

private:
  LinkerInput() = default;
  int descriptor = -1;
  std::string name;
  std::optional<ScratchFile> file;
};

// Writes at `offset` of a file; 64 KiB of zeros are left out, which make holes where the file ends behind them.
std::error_code writeWithHoles(int descriptor, uint64_t offset, llvm::ArrayRef<uint8_t> bytes);

// Links `objects` (bytes of object files) and `files` (paths) with `options`; returns the result in memory. lld is not
// reentrant: calls wait for each other.
llvm::Expected<ElfImage> runLinker(llvm::StringRef outputPath, llvm::ArrayRef<llvm::StringRef> objects,
                                   llvm::ArrayRef<std::string> files, llvm::ArrayRef<std::string> options);

struct LinkInputs;
// An error of a link as the user's mistake, where the model calls functions or he names what to link.
llvm::Error withFunctions(llvm::Error error, const LinkInputs &inputs);

} // namespace ingot

#endif // INGOT_COMPILER_AOT_RUNLINKER_H
