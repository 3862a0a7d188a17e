#include "ir/WeightStore.h"
#include "ir/Types.h"

#include <cerrno>
#include <cstring>
#include <unistd.h>

using namespace mlir;

namespace ingot {

WeightFile::WeightFile(int descriptor, std::string path, uint64_t size)
    : descriptor(descriptor), filePath(std::move(path)), fileSize(size) {}

WeightFile::~WeightFile() {
  if (descriptor >= 0)
    close(descriptor);
}

llvm::Error WeightFile::read(uint64_t offset, MutableArrayRef<char> out) const {
  if (offset > fileSize || out.size() > fileSize - offset)
    return llvm::createStringError(std::errc::invalid_argument, "%s: bytes %llu to %llu are beyond the file's end at %llu",
                                   filePath.c_str(), (unsigned long long)offset, (unsigned long long)(offset + out.size()),
                                   (unsigned long long)fileSize);
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

std::string WeightStore::add(StringRef hint, WeightSource source) {
  std::string key = hint.str();
  for (unsigned suffix = 1; entries.contains(key); ++suffix)
    key = (hint + "_" + Twine(suffix)).str();
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

llvm::Error WeightStore::read(StringRef key, std::vector<char> &out) const {
  const WeightSource *source = find(key);
  if (!source)
    return llvm::createStringError(std::errc::invalid_argument, "the weight store has no entry '%s'", key.str().c_str());
  int64_t elementSize = elementBytes(source->type.getElementType());
  uint64_t size = uint64_t(source->type.getNumElements()) * uint64_t(elementSize);
  auto wrongSize = [&](uint64_t actual) {
    return llvm::createStringError(std::errc::invalid_argument, "weight '%s': %s takes %llu bytes, but the entry has %llu",
                                   key.str().c_str(), describeType(source->type, {}).c_str(), (unsigned long long)size,
                                   (unsigned long long)actual);
  };
  switch (source->kind) {
  case WeightSource::Kind::FileRange:
    out.resize(size);
    return source->file->read(source->offset, out);
  case WeightSource::Kind::Owned:
    if (source->bytes.size() != size)
      return wrongSize(source->bytes.size());
    out = source->bytes;
    return llvm::Error::success();
  case WeightSource::Kind::Splat:
    if (int64_t(source->bytes.size()) != elementSize)
      return wrongSize(source->bytes.size());
    out.resize(size);
    for (uint64_t at = 0; at < size; at += uint64_t(elementSize))
      std::memcpy(out.data() + at, source->bytes.data(), size_t(elementSize));
    return llvm::Error::success();
  }
  llvm_unreachable("every kind returns");
}

} // namespace ingot
