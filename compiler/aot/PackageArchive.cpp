// The archive form: the object form's .o as the only member of a .a, its header beside it.
#include "compiler/aot/Link.h"
#include "compiler/aot/RunLinker.h"

#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <sys/mman.h>

namespace ingot {

using namespace llvm;

static Error userError(StringRef path, std::error_code code) {
  return make_error<LinkError>("cannot write '" + path.str() + "': " + code.message());
}

namespace {
// Writes an archive whose member is a mapped file, of which little is in memory at a time and no zeros reach the disk.
class ArchiveStream : public raw_ostream {
public:
  ArchiveStream(int descriptor, const MemoryBuffer &member)
      : raw_ostream(/*unbuffered=*/true), descriptor(descriptor), member(member) {}
  std::error_code failure;

private:
  void write_impl(const char *bytes, size_t size) override {
    constexpr size_t step = 1 << 20;
    for (size_t at = 0; at < size && !failure; at += step) {
      ArrayRef<uint8_t> part(reinterpret_cast<const uint8_t *>(bytes) + at, std::min(step, size - at));
      failure = writeWithHoles(descriptor, position, part);
      position += part.size();
      forget(bytes + at + part.size());
    }
  }
  // Gives back what of the mapped member was read before `end`.
  void forget(const char *end) {
    const char *start = member.getBufferStart();
    if (member.getBufferKind() != MemoryBuffer::MemoryBuffer_MMap || end < start || end > member.getBufferEnd() ||
        reinterpret_cast<uintptr_t>(start) % 4096 != 0)
      return;
    madvise(const_cast<char *>(start), size_t(end - start) / 65536 * 65536, MADV_DONTNEED);
  }
  uint64_t current_pos() const override { return position; }

  int descriptor;
  const MemoryBuffer &member;
  uint64_t position = 0;
};
} // namespace

Expected<LinkReport> packageArchive(const LinkInputs &inputs) {
  StringRef output = inputs.outputPath;
  // Object and header are made in a folder of their own, so that no NAME.o of the user's is overwritten.
  // It lies beside the output, so that renaming moves no bytes; a relative name would be taken below the system's temporary
  // folder.
  SmallString<128> folder, place(output);
  sys::fs::make_absolute(place);
  if (std::error_code code = sys::fs::createUniqueDirectory(place + ".tmp", folder))
    return userError(output, code);
  std::string stem = sys::path::stem(output).str();
  std::string object = (folder + "/" + stem + ".o").str(), header = (folder + "/" + stem + ".h").str();
  auto finish = [&](Error error) {
    sys::fs::remove_directories(folder);
    return error;
  };

  LinkInputs inner = inputs;
  inner.outputPath = object;
  Expected<LinkReport> report = packageObject(inner);
  if (!report) {
    Error error = report.takeError();
    if (!error.isA<LinkError>())
      return finish(std::move(error));
    // It speaks of a file the user did not ask for.
    std::string message = toString(std::move(error));
    size_t at = message.find(object);
    if (at != std::string::npos)
      message.replace(at, object.size(), output.str());
    return finish(make_error<LinkError>(message));
  }
  Expected<NewArchiveMember> member = NewArchiveMember::getFile(object, /*Deterministic=*/true);
  if (!member)
    return finish(member.takeError());
  std::string memberName = stem + ".o";
  member->MemberName = memberName;
  std::vector<NewArchiveMember> members;
  members.push_back(std::move(*member));
  Expected<ScratchFile> archive = ScratchFile::create(output, "");
  if (!archive)
    return finish(archive.takeError());
  {
    ArchiveStream os(archive->descriptor(), *members.front().Buf);
    Error error =
        writeArchiveToStream(os, members, SymtabWritingMode::NormalSymtab, object::Archive::K_GNU, /*Deterministic=*/true,
                             /*Thin=*/false);
    if (error)
      return finish(std::move(error));
    std::error_code code = os.failure ? os.failure : sys::fs::resize_file(archive->descriptor(), os.tell());
    if (code)
      return finish(userError(output, code));
  }
  SmallString<128> headerPath(output);
  sys::path::replace_extension(headerPath, ".h");
  // The header first: it alone does no harm where the archive cannot follow.
  if (std::error_code code = sys::fs::rename(header, throughLinks(headerPath)))
    return finish(userError(headerPath, code));
  if (Error error = archive->keep(output)) {
    sys::fs::remove(throughLinks(headerPath));
    return finish(std::move(error));
  }
  uint64_t size = 0;
  sys::fs::file_size(output, size);
  report->fileSize = size;
  if (Error error = finish(Error::success()))
    return std::move(error);
  return *report;
}

} // namespace ingot
