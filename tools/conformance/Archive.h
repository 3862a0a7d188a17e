// Archives as test suites come in: tar (plain or compressed by any common method), zip and 7-zip.
#ifndef INGOT_TOOLS_CONFORMANCE_ARCHIVE_H
#define INGOT_TOOLS_CONFORMANCE_ARCHIVE_H

#include <cstdint>
#include <string>

namespace ingot::conformance {

// Bounds of what an archive may unfold to.
struct ArchiveLimits {
  uint64_t bytes = 64ull << 30;
  uint64_t members = 1 << 20;
};

// Writes the regular files of `archive` beneath `folder`, which exists. Links, devices and names that would leave the folder
// are refused. False with *why.
bool unpackArchive(const std::string &archive, const std::string &folder, const ArchiveLimits &limits, std::string *why);

// A fresh folder that goes, with all in it, when this object does.
class TemporaryFolder {
public:
  TemporaryFolder() = default;
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder &) = delete;
  // Makes it, in $TMPDIR or /tmp. False with *why.
  bool make(std::string *why);
  const std::string &path() const { return name; }

private:
  std::string name;
};

} // namespace ingot::conformance

#endif // INGOT_TOOLS_CONFORMANCE_ARCHIVE_H
