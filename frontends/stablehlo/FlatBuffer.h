// Reading FlatBuffers that nobody vouches for: every offset is held to the bytes before it is followed. What is absent or lies
// outside gives nothing, and the first thing outside is kept in the Failure.
#ifndef INGOT_FRONTENDS_STABLEHLO_FLATBUFFER_H
#define INGOT_FRONTENDS_STABLEHLO_FLATBUFFER_H

#include "frontends/stablehlo/Cursor.h"

#include <optional>

namespace ingot::stablehlo {

class FlatTable;

// Elements of one width at a place of the buffer.
struct FlatVector {
  size_t begin = 0, size = 0;
};

class FlatBuffer {
public:
  FlatBuffer(llvm::StringRef bytes, Failure &failure) : bytes(bytes), failure(failure) {}

  std::optional<FlatTable> root();

  template <typename T> std::optional<T> scalar(size_t at) {
    if (at > bytes.size() || bytes.size() - at < sizeof(T))
      return fail(at, "a value");
    uint64_t value = 0;
    for (size_t i = 0; i < sizeof(T); ++i)
      value |= uint64_t(uint8_t(bytes[at + i])) << (8 * i);
    return T(value);
  }

  // What an offset at a place points to.
  std::optional<size_t> follow(size_t at) {
    std::optional<uint32_t> offset = scalar<uint32_t>(at);
    if (!offset)
      return std::nullopt;
    if (*offset == 0 || *offset > bytes.size() - at)
      return fail(at, "an offset of " + llvm::Twine(*offset));
    return at + *offset;
  }

  std::optional<FlatVector> vectorAt(size_t at, size_t width) {
    std::optional<uint32_t> count = scalar<uint32_t>(at);
    if (!count)
      return std::nullopt;
    size_t begin = at + 4;
    if (*count > (bytes.size() - begin) / width)
      return fail(at, llvm::Twine(*count) + " elements of " + llvm::Twine(width) + " bytes");
    return FlatVector{begin, *count};
  }

  std::optional<llvm::StringRef> stringAt(size_t at) {
    std::optional<FlatVector> range = vectorAt(at, 1);
    if (!range)
      return std::nullopt;
    return bytes.substr(range->begin, range->size);
  }

  std::optional<FlatTable> tableAt(size_t at);

  std::nullopt_t fail(size_t at, const llvm::Twine &what) {
    failure.set(at, what + " in a FlatBuffer of " + llvm::Twine(bytes.size()) + " bytes");
    return std::nullopt;
  }

private:
  llvm::StringRef bytes;
  Failure &failure;
};

// A table: fields by their numbers, each of which may be absent.
class FlatTable {
public:
  FlatTable(FlatBuffer &buffer, size_t begin, size_t fields, size_t fieldCount)
      : buffer(&buffer), begin(begin), fields(fields), fieldCount(fieldCount) {}

  template <typename T> std::optional<T> scalar(unsigned field) {
    std::optional<size_t> at = place(field);
    return at ? buffer->scalar<T>(*at) : std::nullopt;
  }
  std::optional<llvm::StringRef> string(unsigned field) {
    std::optional<size_t> at = target(field);
    return at ? buffer->stringAt(*at) : std::nullopt;
  }
  // `width` of an element; 4 of strings and tables.
  std::optional<FlatVector> vector(unsigned field, size_t width) {
    std::optional<size_t> at = target(field);
    return at ? buffer->vectorAt(*at, width) : std::nullopt;
  }

  // Where what the field refers to would lie, be it beyond the bytes.
  std::optional<uint64_t> whereabouts(unsigned field) {
    std::optional<size_t> at = place(field);
    std::optional<uint32_t> offset = at ? buffer->scalar<uint32_t>(*at) : std::nullopt;
    return offset && *offset ? std::optional(uint64_t(*at) + *offset) : std::nullopt;
  }

private:
  FlatBuffer *buffer;
  size_t begin, fields, fieldCount;

  std::optional<size_t> place(unsigned field) {
    if (field >= fieldCount)
      return std::nullopt;
    std::optional<uint16_t> offset = buffer->scalar<uint16_t>(fields + 2 * field);
    return offset && *offset ? std::optional(begin + *offset) : std::nullopt;
  }
  std::optional<size_t> target(unsigned field) {
    std::optional<size_t> at = place(field);
    return at ? buffer->follow(*at) : std::nullopt;
  }
};

inline std::optional<FlatTable> FlatBuffer::tableAt(size_t at) {
  std::optional<uint32_t> back = scalar<uint32_t>(at);
  if (!back)
    return std::nullopt;
  // The table of its fields' places lies before it or behind it.
  int64_t fields = int64_t(at) - int32_t(*back);
  if (fields < 0 || uint64_t(fields) > bytes.size())
    return fail(at, "a table of fields at " + llvm::Twine(fields));
  std::optional<uint16_t> size = scalar<uint16_t>(size_t(fields));
  if (!size)
    return std::nullopt;
  if (*size < 4 || *size % 2 || *size > bytes.size() - size_t(fields))
    return fail(size_t(fields), "a table of fields of " + llvm::Twine(*size) + " bytes");
  return FlatTable(*this, at, size_t(fields) + 4, (*size - 4) / 2);
}

inline std::optional<FlatTable> FlatBuffer::root() {
  std::optional<size_t> at = follow(0);
  return at ? tableAt(*at) : std::nullopt;
}

} // namespace ingot::stablehlo

#endif // INGOT_FRONTENDS_STABLEHLO_FLATBUFFER_H
