#include "frontends/stablehlo/BytecodeFile.h"

namespace ingot::stablehlo {

using namespace bytecode;

namespace {

constexpr const char *kSectionNames[kSectionCount] = {
    "strings",   "dialects",  "attributes and types", "offsets of attributes",
    "ops",       "resources", "offsets of resources", "versions of dialects",
    "properties"};
constexpr uint8_t kPadding = 0xCB;

std::string spell(Version version) { return std::to_string(version.major) + "." + std::to_string(version.minor); }

// The version within "StableHLO_v1.17.0". What other producers wrote says none: its ops tell.
bool readVersion(llvm::StringRef producer, std::optional<Version> &version, Cursor &at) {
  if (!producer.consume_front("StableHLO_v"))
    return true;
  auto [major, rest] = producer.split('.');
  llvm::StringRef minor = rest.split('.').first;
  Version read;
  if (major.getAsInteger(10, read.major) || minor.getAsInteger(10, read.minor))
    return at.fail("the producer 'StableHLO_v" + producer.take_front(40) + "' tells no version");
  if (read < kOldestVersion || read > kNewestVersion)
    return at.fail("a portable artifact of version " + spell(read) + " of VHLO; read are " + spell(kOldestVersion) + " to " +
                   spell(kNewestVersion));
  version = read;
  return true;
}

class FileReader {
public:
  FileReader(llvm::StringRef bytes, uint64_t offset, BytecodeFile &file, Failure &failure)
      : whole(bytes), base(offset), file(file), failure(failure) {}

  bool read() { return header() && sections() && strings() && dialects() && entries() && properties(); }

private:
  llvm::StringRef whole;
  uint64_t base;
  BytecodeFile &file;
  Failure &failure;
  std::optional<BytecodeFile::Range> found[kSectionCount];
  std::vector<llvm::StringRef> dialectNames;
  size_t headerBytes = 0;

  Cursor open(Section section) {
    const BytecodeFile::Range &range = *found[size_t(section)];
    return Cursor(range.bytes, range.offset, failure);
  }

  bool header() {
    Cursor at(whole, base, failure);
    llvm::StringRef magic;
    if (!at.take(4, magic, "a magic number"))
      return false;
    if (magic != "ML\xEFR")
      return failure.set(base, "no MLIR bytecode: the first bytes are not 4D 4C EF 52");
    uint64_t version;
    if (!at.number(version, "the version of the bytecode"))
      return false;
    if (version > kNewestFrame)
      return at.fail("version " + llvm::Twine(version) + " of MLIR's bytecode; read are 0 to " +
                     llvm::Twine(unsigned(kNewestFrame)));
    file.frame = version;
    size_t begin = whole.size() - at.remaining(), end = whole.find('\0', begin);
    if (end == llvm::StringRef::npos)
      return at.fail("the producer's name has no end");
    file.producer = whole.substr(begin, std::min<size_t>(end - begin, 256)).str();
    headerBytes = end + 1;
    return readVersion(whole.slice(begin, end), file.version, at);
  }

  bool sections() {
    Cursor at(whole.drop_front(headerBytes), base + headerBytes, failure);
    while (!at.atEnd()) {
      uint8_t id;
      uint64_t length, alignment;
      if (!at.byte(id, "the id of a section") || !at.number(length, "the length of a section"))
        return false;
      bool isAligned = id & 0x80;
      id &= 0x7F;
      if (id >= kSectionCount)
        return at.fail("a section of id " + llvm::Twine(unsigned(id)) + "; there are " + llvm::Twine(kSectionCount));
      if (isAligned) {
        if (!at.number(alignment, "the alignment of a section"))
          return false;
        if (!alignment || (alignment & (alignment - 1)) || alignment > (uint64_t(1) << 32))
          return at.fail("a section aligned to " + llvm::Twine(alignment) + " bytes");
        while ((at.offset() - base) % alignment) {
          uint8_t padding;
          if (!at.byte(padding, "the padding of a section"))
            return false;
          if (padding != kPadding)
            return at.fail("a section is padded by " + llvm::Twine(unsigned(padding)) + " instead of 203");
        }
      }
      if (found[id])
        return at.fail(llvm::Twine("a second section of ") + kSectionNames[id]);
      BytecodeFile::Range range;
      range.offset = at.offset();
      if (!at.take(length, range.bytes, kSectionNames[id]))
        return false;
      found[id] = range;
    }
    for (Section section : {Section::Strings, Section::Dialects, Section::Attributes, Section::Offsets, Section::Ops})
      if (!found[size_t(section)])
        return at.fail(llvm::Twine("there is no section of ") + kSectionNames[size_t(section)]);
    file.ops = *found[size_t(Section::Ops)];
    return true;
  }

  // Lengths stand before all strings, the last one's first; each counts the zero at its end.
  bool strings() {
    Cursor at = open(Section::Strings);
    uint64_t count;
    if (!at.count(count, "strings"))
      return false;
    std::vector<uint64_t> lengths(count);
    for (size_t i = count; i--;)
      if (!at.number(lengths[i], "the length of a string"))
        return false;
    file.strings.reserve(count);
    for (uint64_t length : lengths) {
      llvm::StringRef string;
      if (!at.take(length, string, "a string"))
        return false;
      if (string.empty() || string.back() != '\0')
        return at.fail("a string does not end in a zero");
      file.strings.push_back(string.drop_back());
    }
    return at.atEnd() || at.fail(llvm::Twine(at.remaining()) + " bytes follow the strings");
  }

  bool dialects() {
    Cursor at = open(Section::Dialects);
    uint64_t count;
    if (!at.count(count, "dialects"))
      return false;
    for (uint64_t i = 0; i < count; ++i) {
      uint64_t name;
      bool hasVersion = false;
      if (file.frame >= kDialectVersions ? !at.numberAndFlag(name, hasVersion, "a dialect") : !at.number(name, "a dialect"))
        return false;
      if (name >= file.strings.size())
        return at.fail("string " + llvm::Twine(name) + " of " + llvm::Twine(file.strings.size()) + " for a dialect's name");
      dialectNames.push_back(file.strings[name]);
      if (hasVersion) {
        uint8_t id;
        uint64_t length;
        llvm::StringRef version;
        if (!at.byte(id, "a dialect's version") || !at.number(length, "the length of a dialect's version") ||
            !at.take(length, version, "a dialect's version"))
          return false;
        if (id != uint8_t(Section::Versions))
          return at.fail("a section of id " + llvm::Twine(unsigned(id)) + " for a dialect's version");
      }
    }
    uint64_t expected = 0;
    if (file.frame >= kElidedLocations && !at.count(expected, "op names"))
      return false;
    while (!at.atEnd()) {
      uint64_t dialect, names;
      if (!at.index(dialect, dialectNames.size(), "dialect") || !at.count(names, "op names"))
        return false;
      for (uint64_t i = 0; i < names; ++i) {
        uint64_t name;
        bool registered = true;
        if (file.frame >= kProperties ? !at.numberAndFlag(name, registered, "an op's name")
                                      : !at.number(name, "an op's name"))
          return false;
        if (name >= file.strings.size())
          return at.fail("string " + llvm::Twine(name) + " of " + llvm::Twine(file.strings.size()) + " for an op's name");
        file.opNames.push_back({dialectNames[dialect], file.strings[name], registered});
      }
    }
    return true;
  }

  bool entries() {
    Cursor at = open(Section::Offsets);
    const BytecodeFile::Range &data = *found[size_t(Section::Attributes)];
    uint64_t attributes, types, begin = 0;
    if (!at.count(attributes, "attributes") || !at.count(types, "types"))
      return false;
    if (attributes + types > at.remaining())
      return at.fail(llvm::Twine(attributes + types) + " attributes and types where " + llvm::Twine(at.remaining()) +
                     " bytes are left");
    auto read = [&](std::vector<BytecodeFile::Entry> &list, uint64_t count) {
      list.reserve(count);
      while (list.size() < count) {
        uint64_t dialect, group;
        if (!at.index(dialect, dialectNames.size(), "dialect") || !at.number(group, "a group of attributes"))
          return false;
        if (group > count - list.size())
          return at.fail(llvm::Twine(group) + " attributes of a dialect where " + llvm::Twine(count - list.size()) +
                         " are left");
        if (!group)
          return at.fail("no attributes of a dialect");
        for (uint64_t i = 0; i < group; ++i) {
          uint64_t size;
          bool encoded;
          if (!at.numberAndFlag(size, encoded, "the size of an attribute"))
            return false;
          if (size > data.bytes.size() - begin)
            return at.fail("an attribute of " + llvm::Twine(size) + " bytes where " +
                           llvm::Twine(data.bytes.size() - begin) + " are left");
          list.push_back({{data.bytes.substr(begin, size), data.offset + begin}, dialectNames[dialect], encoded});
          begin += size;
        }
      }
      return true;
    };
    if (!read(file.attributes, attributes) || !read(file.types, types))
      return false;
    return at.atEnd() || at.fail(llvm::Twine(at.remaining()) + " bytes follow the offsets of attributes");
  }

  bool properties() {
    if (!found[size_t(Section::Properties)])
      return true;
    Cursor at = open(Section::Properties);
    uint64_t count;
    if (!at.count(count, "properties"))
      return false;
    file.properties.resize(count);
    for (BytecodeFile::Range &range : file.properties) {
      uint64_t size;
      if (!at.number(size, "the size of properties"))
        return false;
      range.offset = at.offset();
      if (!at.take(size, range.bytes, "properties"))
        return false;
    }
    return true;
  }
};

} // namespace

bool readBytecodeFile(llvm::StringRef bytes, uint64_t offset, BytecodeFile &file, Failure &failure) {
  file.size = bytes.size();
  return FileReader(bytes, offset, file, failure).read();
}

} // namespace ingot::stablehlo
