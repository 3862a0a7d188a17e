// The archive form: the object form's .o as the only member of a .a, its header beside it.
#include "compiler/aot/Link.h"

#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

namespace ingot {

using namespace llvm;

static Error userError(StringRef path, std::error_code code) {
  return make_error<LinkError>("cannot write '" + path.str() + "': " + code.message());
}

Expected<LinkReport> packageArchive(const LinkInputs &inputs) {
  StringRef output = inputs.outputPath;
  // Object and header are made in a folder of their own, so that no NAME.o of the user's is overwritten.
  SmallString<128> folder;
  if (std::error_code code = sys::fs::createUniqueDirectory(output + ".tmp", folder))
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
  if (!report)
    return finish(report.takeError());
  Expected<NewArchiveMember> member = NewArchiveMember::getFile(object, /*Deterministic=*/true);
  if (!member)
    return finish(member.takeError());
  std::string memberName = stem + ".o";
  member->MemberName = memberName;
  std::vector<NewArchiveMember> members;
  members.push_back(std::move(*member));
  std::string archive = (folder + "/" + stem + ".a").str();
  if (Error error = writeArchive(archive, members, SymtabWritingMode::NormalSymtab, object::Archive::K_GNU, /*Deterministic=*/true,
                                 /*Thin=*/false))
    return finish(std::move(error));
  SmallString<128> headerPath(output);
  sys::path::replace_extension(headerPath, ".h");
  if (std::error_code code = sys::fs::rename(archive, output))
    return finish(userError(output, code));
  if (std::error_code code = sys::fs::rename(header, headerPath))
    return finish(userError(headerPath, code));
  uint64_t size = 0;
  sys::fs::file_size(output, size);
  report->fileSize = size;
  if (Error error = finish(Error::success()))
    return std::move(error);
  return *report;
}

} // namespace ingot
