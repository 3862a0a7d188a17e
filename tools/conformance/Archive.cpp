#include "tools/conformance/Archive.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <archive.h>
#include <archive_entry.h>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace ingot::conformance {

namespace {

class Unpacker {
public:
  Unpacker(const std::string &folder, const ArchiveLimits &limits, std::string *why)
      : handle(archive_read_new()), folder(folder), limits(limits), why(why) {
    archive_read_support_filter_all(handle);
    archive_read_support_format_tar(handle);
    archive_read_support_format_zip(handle);
    archive_read_support_format_7zip(handle);
  }
  ~Unpacker() { archive_read_free(handle); }

  bool unpack(const std::string &path) {
    if (archive_read_open_filename(handle, path.c_str(), 1 << 16) != ARCHIVE_OK)
      return wrong();
    while (true) {
      archive_entry *entry = nullptr;
      int code = archive_read_next_header(handle, &entry);
      if (code == ARCHIVE_EOF)
        return true;
      if (code < ARCHIVE_WARN)
        return wrong();
      if (++members > limits.members)
        return wrong("holds more than " + std::to_string(limits.members) + " members");
      if (!unpackMember(entry))
        return false;
    }
  }

private:
  bool wrong() {
    const char *text = archive_error_string(handle);
    return wrong(text ? text : "cannot be read");
  }
  bool wrong(const std::string &text) {
    *why = text;
    return false;
  }

  bool unpackMember(archive_entry *entry) {
    const char *raw = archive_entry_pathname(entry);
    if (!raw)
      return wrong("a member has no name");
    llvm::StringRef name(raw);
    for (auto part = llvm::sys::path::begin(name), end = llvm::sys::path::end(name); part != end; ++part)
      if (*part == "..")
        return wrong("member '" + name.str() + "' leaves the folder");
    if (llvm::sys::path::is_absolute(name))
      return wrong("member '" + name.str() + "' has an absolute path");
    if (archive_entry_filetype(entry) == AE_IFDIR)
      return true;
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry))
      return wrong("member '" + name.str() + "' is a link or no regular file");
    llvm::SmallString<256> target(folder);
    llvm::sys::path::append(target, name);
    std::error_code code = llvm::sys::fs::create_directories(llvm::sys::path::parent_path(target));
    if (code)
      return wrong(target.str().str() + ": " + code.message());
    llvm::raw_fd_ostream file(target, code);
    if (code)
      return wrong(target.str().str() + ": " + code.message());
    bool fine = copyData(file, name);
    file.close();
    if (fine && file.has_error())
      fine = wrong(target.str().str() + ": " + file.error().message());
    file.clear_error();
    return fine;
  }

  bool copyData(llvm::raw_ostream &out, llvm::StringRef name) {
    std::vector<char> chunk(1 << 16);
    while (true) {
      la_ssize_t got = archive_read_data(handle, chunk.data(), chunk.size());
      if (got == 0)
        return true;
      if (got < 0)
        return wrong("member '" + name.str() + "': " + (archive_error_string(handle) ? archive_error_string(handle) : ""));
      bytes += got;
      if (bytes > limits.bytes)
        return wrong("unfolds to more than " + std::to_string(limits.bytes) + " bytes");
      out.write(chunk.data(), got);
    }
  }

  archive *handle;
  const std::string &folder;
  const ArchiveLimits &limits;
  std::string *why;
  uint64_t bytes = 0, members = 0;
};

} // namespace

bool unpackArchive(const std::string &archive, const std::string &folder, const ArchiveLimits &limits, std::string *why) {
  return Unpacker(folder, limits, why).unpack(archive);
}

TemporaryFolder::~TemporaryFolder() {
  if (!name.empty())
    llvm::sys::fs::remove_directories(name);
}

bool TemporaryFolder::make(std::string *why) {
  const char *base = std::getenv("TMPDIR");
  std::string pattern = std::string(base && *base ? base : "/tmp") + "/ingot-XXXXXX";
  if (!mkdtemp(pattern.data())) {
    *why = pattern + ": " + std::strerror(errno);
    return false;
  }
  name = pattern;
  return true;
}

} // namespace ingot::conformance
