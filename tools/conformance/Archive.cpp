#include "tools/conformance/Archive.h"

#include "tools/execution/ZipFile.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <archive.h>
#include <archive_entry.h>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <tuple>

namespace ingot::conformance {

namespace {

// Writes members beneath a folder, within limits.
class Unpacker {
public:
  Unpacker(const std::string &folder, const ArchiveLimits &limits, std::string *why)
      : folder(folder), limits(limits), why(why) {}

  bool unpackTar(const std::string &path) {
    archive *handle = archive_read_new();
    auto free = llvm::make_scope_exit([&] { archive_read_free(handle); });
    // By name: others start programs, or bring large libraries along where this one is linked statically.
    archive_read_support_filter_gzip(handle);
    archive_read_support_filter_bzip2(handle);
    archive_read_support_filter_xz(handle);
    archive_read_support_filter_lzma(handle);
    archive_read_support_filter_zstd(handle);
    archive_read_support_filter_lz4(handle);
    archive_read_support_filter_compress(handle);
    archive_read_support_format_tar(handle);
    archive_read_support_format_7zip(handle);
    auto failed = [&] {
      const char *text = archive_error_string(handle);
      return wrong(text ? text : "cannot be read");
    };
    if (archive_read_open_filename(handle, path.c_str(), 1 << 16) != ARCHIVE_OK)
      return failed();
    while (true) {
      archive_entry *entry = nullptr;
      int code = archive_read_next_header(handle, &entry);
      if (code == ARCHIVE_EOF)
        return true;
      if (code < ARCHIVE_WARN)
        return failed();
      const char *name = archive_entry_pathname(entry);
      if (!name)
        return wrong("a member has no name");
      const bool regular = archive_entry_filetype(entry) == AE_IFREG && !archive_entry_hardlink(entry);
      if (!unpackMember(name, regular, archive_entry_filetype(entry) == AE_IFDIR,
                        [&](char *to, size_t room) { return archive_read_data(handle, to, room); }))
        return false;
    }
  }

  bool unpackZip(const std::string &path) {
    return readZip(
        path,
        [&](const ZipMember &member, ZipBytes bytes) {
          return unpackMember(member.name, member.regular, llvm::StringRef(member.name).ends_with("/"), bytes);
        },
        why);
  }

private:
  bool wrong(const std::string &text) {
    *why = text;
    return false;
  }

  bool unpackMember(llvm::StringRef name, bool regular, bool isFolder, ZipBytes bytes) {
    if (++members > limits.members)
      return wrong("holds more than " + std::to_string(limits.members) + " members");
    for (auto part = llvm::sys::path::begin(name), end = llvm::sys::path::end(name); part != end; ++part)
      if (*part == "..")
        return wrong("member '" + name.str() + "' leaves the folder");
    if (llvm::sys::path::is_absolute(name))
      return wrong("member '" + name.str() + "' has an absolute path");
    if (isFolder)
      return true;
    if (!regular)
      return wrong("member '" + name.str() + "' is a link or no regular file");
    llvm::SmallString<256> target(folder);
    llvm::sys::path::append(target, name);
    std::error_code code = llvm::sys::fs::create_directories(llvm::sys::path::parent_path(target));
    if (code)
      return wrong(target.str().str() + ": " + code.message());
    llvm::raw_fd_ostream file(target, code);
    if (code)
      return wrong(target.str().str() + ": " + code.message());
    bool fine = copyData(file, name, bytes);
    file.close();
    if (fine && file.has_error())
      fine = wrong(target.str().str() + ": " + file.error().message());
    file.clear_error();
    return fine;
  }

  bool copyData(llvm::raw_ostream &out, llvm::StringRef name, ZipBytes bytes) {
    std::vector<char> chunk(1 << 16);
    while (true) {
      int64_t got = bytes(chunk.data(), chunk.size());
      if (got == 0)
        return true;
      if (got < 0)
        return wrong("member '" + name.str() + "' is damaged or cut off");
      written += got;
      if (written > limits.bytes)
        return wrong("unfolds to more than " + std::to_string(limits.bytes) + " bytes");
      out.write(chunk.data(), got);
    }
  }

  const std::string &folder;
  const ArchiveLimits &limits;
  std::string *why;
  uint64_t written = 0, members = 0;
};

} // namespace

bool unpackArchive(const std::string &archive, const std::string &folder, const ArchiveLimits &limits, std::string *why) {
  Unpacker unpacker(folder, limits, why);
  return isZip(archive) ? unpacker.unpackZip(archive) : unpacker.unpackTar(archive);
}

TemporaryFolder::~TemporaryFolder() {
  if (!name.empty())
    std::ignore = llvm::sys::fs::remove_directories(name);
}

bool TemporaryFolder::make(std::string *why) {
  const char *base = std::getenv("TMPDIR");
  std::string pattern = std::string(base && *base ? base : "/tmp") + "/ingot-XXXXXX";
  if (!mkdtemp(pattern.data())) {
    *why = "no temporary folder can be made in '" + std::string(base && *base ? base : "/tmp") +
           "' (TMPDIR): " + std::strerror(errno);
    return false;
  }
  name = pattern;
  return true;
}

} // namespace ingot::conformance
