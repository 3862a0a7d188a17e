#include "tools/execution/ZipFile.h"

#include "llvm/ADT/ScopeExit.h"

#include <sys/stat.h>
#include <unzip.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace ingot {

// How a member begins, and what an archive without members is.
static constexpr char memberMark[] = "PK\3\4", emptyMark[] = "PK\5\6";

static bool beginsWith(const std::string &path, const char *mark) {
  char begin[4] = {};
  FILE *file = std::fopen(path.c_str(), "rb");
  if (!file)
    return false;
  size_t got = std::fread(begin, 1, sizeof begin, file);
  std::fclose(file);
  return got == sizeof begin && std::memcmp(begin, mark, sizeof begin) == 0;
}

bool isZip(const std::string &path) { return beginsWith(path, memberMark) || beginsWith(path, emptyMark); }

// Name and kind of the member that the archive stands at; false where its directory is damaged.
static bool readHeader(unzFile archive, ZipMember &member, uint64_t &size) {
  unz_file_info64 info;
  if (unzGetCurrentFileInfo64(archive, &info, nullptr, 0, nullptr, 0, nullptr, 0) != UNZ_OK)
    return false;
  std::string name(info.size_filename + 1, '\0');
  if (unzGetCurrentFileInfo64(archive, &info, name.data(), name.size(), nullptr, 0, nullptr, 0) != UNZ_OK)
    return false;
  member.name = name.c_str();
  size = info.uncompressed_size;
  const bool hasMode = info.version >> 8 == 3; // made on a Unix
  const mode_t kind = hasMode ? (info.external_fa >> 16) & S_IFMT : 0;
  member.regular = !llvm::StringRef(member.name).ends_with("/") && (kind == 0 || kind == S_IFREG);
  return true;
}

bool readZip(const std::string &path, llvm::function_ref<bool(const ZipMember &, ZipBytes)> take, std::string *why) {
  if (beginsWith(path, emptyMark)) // which the library takes for no archive
    return true;
  unzFile archive = unzOpen64(path.c_str());
  if (!archive) {
    *why = path + ": is no zip archive, or cut off";
    return false;
  }
  auto close = llvm::make_scope_exit([&] { unzClose(archive); });
  int code = unzGoToFirstFile(archive);
  for (; code == UNZ_OK; code = unzGoToNextFile(archive)) {
    ZipMember member;
    uint64_t left = 0;
    if (!readHeader(archive, member, left))
      break;
    bool open = false, ended = false;
    auto bytes = [&](char *to, size_t room) -> int64_t {
      if (ended)
        return 0;
      if (!open && unzOpenCurrentFile(archive) != UNZ_OK)
        return -1;
      open = true;
      int64_t got = unzReadCurrentFile(archive, to, std::min<size_t>(room, 1 << 20));
      if (got < 0 || uint64_t(got) > left)
        return -1;
      left -= got;
      ended = got == 0;
      if (ended) { // the check sum is looked at when a member is closed, but only of one that is whole
        open = false;
        return unzCloseCurrentFile(archive) == UNZ_OK && left == 0 ? 0 : -1;
      }
      return got;
    };
    bool fine = take(member, bytes);
    if (open)
      unzCloseCurrentFile(archive);
    if (!fine)
      return false;
  }
  if (code == UNZ_END_OF_LIST_OF_FILE)
    return true;
  *why = path + ": the directory of the archive is damaged";
  return false;
}

} // namespace ingot
