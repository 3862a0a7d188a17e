#include "ir/WeightStore.h"
#include "ir/Types.h"

#include "llvm/Support/MathExtras.h"

#include <cerrno>
#include <cstring>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace mlir;

namespace ingot {

WeightFile::WeightFile(int descriptor, std::string path, uint64_t size)
    : descriptor(descriptor), filePath(std::move(path)), fileSize(size) {
  findExtents();
}

WeightFile::~WeightFile() {
  if (descriptor >= 0)
    close(descriptor);
}

// A file of more extents than this is read as if it had no holes: holes are then small.
static constexpr size_t kMaxExtents = 4096;

void WeightFile::findExtents() {
  struct stat status;
  bool isSparse =
      fstat(descriptor, &status) == 0 && uint64_t(status.st_size) == fileSize && uint64_t(status.st_blocks) * 512 < fileSize;
  for (off_t at = 0; isSparse && uint64_t(at) < fileSize;) {
    off_t begin = lseek(descriptor, at, SEEK_DATA);
    if (begin < 0 && errno == ENXIO) // the rest is a hole
      return;
    off_t end = begin < 0 ? -1 : lseek(descriptor, begin, SEEK_HOLE);
    if (end <= begin || extents.size() == kMaxExtents)
      break;
    extents.push_back({uint64_t(begin), uint64_t(end)});
    at = end;
    if (uint64_t(at) >= fileSize)
      return;
  }
  extents.assign(1, {0, fileSize});
}

llvm::Error WeightFile::read(uint64_t offset, MutableArrayRef<char> out) const {
  if (offset > fileSize || out.size() > fileSize - offset)
    return llvm::createStringError(std::errc::invalid_argument, "%s: bytes %llu to %llu are beyond the file's end at %llu",
                                   filePath.c_str(), (unsigned long long)offset, (unsigned long long)(offset + out.size()),
                                   (unsigned long long)fileSize);
  auto extent = llvm::partition_point(extents, [&](const Extent &candidate) { return candidate.end <= offset; });
  uint64_t at = offset, end = offset + out.size();
  auto take = [&](uint64_t until) { return out.slice(at - offset, until - at); };
  for (; at != end && extent != extents.end() && extent->begin < end; ++extent) {
    if (at < extent->begin) {
      llvm::fill(take(extent->begin), 0);
      at = extent->begin;
    }
    uint64_t until = std::min(extent->end, end);
    if (llvm::Error error = readBytes(at, take(until)))
      return error;
    at = until;
  }
  llvm::fill(take(end), 0);
  return llvm::Error::success();
}

llvm::Error WeightFile::readBytes(uint64_t offset, MutableArrayRef<char> out) const {
  size_t done = 0;
  while (done < out.size()) {
    ssize_t count = pread(descriptor, out.data() + done, out.size() - done, off_t(offset + done));
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return llvm::createStringError(std::error_code(errno, std::generic_category()), "%s: cannot read: %s",
                                     filePath.c_str(), std::strerror(errno));
    if (count == 0)
      return llvm::createStringError(std::errc::io_error,
                                     "%s: the file ended at byte %llu while it was read; it had %llu bytes",
                                     filePath.c_str(), (unsigned long long)(offset + done), (unsigned long long)fileSize);
    done += size_t(count);
  }
  return llvm::Error::success();
}

llvm::Error WeightFile::write(uint64_t offset, ArrayRef<char> bytes) const {
  while (!bytes.empty()) {
    ssize_t count = pwrite(descriptor, bytes.data(), bytes.size(), off_t(offset));
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return llvm::createStringError(std::error_code(errno, std::generic_category()), "%s: cannot write: %s",
                                     filePath.c_str(), std::strerror(errno));
    bytes = bytes.drop_front(size_t(count));
    offset += uint64_t(count);
  }
  return llvm::Error::success();
}

llvm::Error WeightFile::mapAt(void *address, uint64_t offset, uint64_t size) const {
  if (mmap(address, size, PROT_READ, MAP_PRIVATE | MAP_FIXED, descriptor, off_t(offset)) != MAP_FAILED)
    return llvm::Error::success();
  return llvm::createStringError(std::error_code(errno, std::generic_category()), "%s: cannot map: %s", filePath.c_str(),
                                 std::strerror(errno));
}

// Reads elements that lie several to a byte, through a small buffer.
static llvm::Error readPacked(const WeightSource &source, int64_t first, MutableArrayRef<char> out) {
  Type type = source.type.getElementType();
  unsigned width = type.getIntOrFloatBitWidth(), each = source.perByte;
  char buffer[4096];
  for (size_t done = 0; done != out.size();) {
    uint64_t begin = (uint64_t(first) + done) / each, skip = (uint64_t(first) + done) % each;
    size_t count = std::min<uint64_t>(out.size() - done, sizeof buffer * each - skip);
    if (llvm::Error error =
            source.file->read(source.offset + begin, {buffer, llvm::divideCeil(skip + count, uint64_t(each))}))
      return error;
    for (size_t i = 0; i != count; ++i) {
      uint64_t bits =
          uint8_t(buffer[(skip + i) / each]) >> ((skip + i) % each * width) & llvm::maskTrailingOnes<uint64_t>(width);
      out[done + i] = char(type.isSignlessInteger() ? uint64_t(llvm::SignExtend64(bits, width)) : bits);
    }
    done += count;
  }
  return llvm::Error::success();
}

llvm::Error WeightSource::read(int64_t first, MutableArrayRef<char> out) const {
  int64_t size = elementBytes(type.getElementType());
  uint64_t begin = uint64_t(first) * uint64_t(size);
  switch (kind) {
  case Kind::FileRange:
    if (perByte > 1)
      return readPacked(*this, first, out);
    if (llvm::Error error = file->read(offset + begin, out))
      return error;
    if (type.getElementType().isInteger(1))
      for (char &byte : out)
        byte = byte != 0;
    return llvm::Error::success();
  case Kind::Owned:
    llvm::copy(llvm::ArrayRef<char>(bytes).slice(begin, out.size()), out.begin());
    return llvm::Error::success();
  case Kind::Splat:
    for (size_t at = 0; at < out.size(); at += size_t(size))
      std::memcpy(out.data() + at, bytes.data(), size_t(size));
    return llvm::Error::success();
  }
  llvm_unreachable("every kind returns");
}

std::string WeightStore::add(StringRef hint, WeightSource source) {
  auto keyOf = [&](uint64_t suffix) { return suffix ? (hint + "_" + Twine(suffix)).str() : hint.str(); };
  // The least suffix where all that are taken are the first ones, found by halves: a program has many constants.
  uint64_t taken = 0, free = 0;
  while (entries.contains(keyOf(free))) {
    taken = free;
    free = free ? 2 * free : 1;
  }
  while (free - taken > 1) {
    uint64_t middle = taken + (free - taken) / 2;
    (entries.contains(keyOf(middle)) ? taken : free) = middle;
  }
  std::string key = keyOf(free);
  entries.try_emplace(key, std::move(source));
  return key;
}

std::vector<std::string> WeightStore::keys() const {
  std::vector<std::string> sorted;
  for (const auto &entry : entries)
    sorted.push_back(entry.getKey().str());
  llvm::sort(sorted);
  return sorted;
}

const WeightSource *WeightStore::find(StringRef key) const {
  auto found = entries.find(key);
  return found == entries.end() ? nullptr : &found->second;
}

llvm::Expected<const WeightSource *> WeightStore::require(StringRef key) const {
  const WeightSource *source = find(key);
  if (!source)
    return llvm::createStringError(std::errc::invalid_argument, "the weight store has no entry '%s'", key.str().c_str());
  int64_t elements = source->kind == WeightSource::Kind::Splat ? 1 : source->type.getNumElements();
  uint64_t size = uint64_t(elements) * uint64_t(elementBytes(source->type.getElementType()));
  if (source->kind != WeightSource::Kind::FileRange && source->bytes.size() != size)
    return llvm::createStringError(std::errc::invalid_argument, "weight '%s': %s takes %llu bytes, but the entry has %llu",
                                   key.str().c_str(), describeType(source->type, {}).c_str(), (unsigned long long)size,
                                   (unsigned long long)source->bytes.size());
  return source;
}

llvm::Error WeightStore::read(StringRef key, std::vector<char> &out) const {
  llvm::Expected<const WeightSource *> source = require(key);
  if (!source)
    return source.takeError();
  out.resize(uint64_t((*source)->type.getNumElements()) * uint64_t(elementBytes((*source)->type.getElementType())));
  return (*source)->read(0, out);
}

void packBits(ArrayRef<char> elements, unsigned each, MutableArrayRef<char> out) {
  const unsigned bits = 8 / each, mask = (1u << bits) - 1;
  for (size_t byte = 0; byte != out.size(); ++byte) {
    unsigned value = 0;
    ArrayRef<char> own = elements.drop_front(byte * each).take_front(each);
    for (unsigned i = 0; i != own.size(); ++i)
      value |= (uint8_t(own[i]) & mask) << (i * bits);
    out[byte] = char(value);
  }
}

} // namespace ingot
