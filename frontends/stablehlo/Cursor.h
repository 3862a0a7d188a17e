// Reading bytes that nobody vouches for: every read is bounded, the first failure is kept with its place, and what follows it
// fails as well. Functions return whether they succeeded.
#ifndef INGOT_FRONTENDS_STABLEHLO_CURSOR_H
#define INGOT_FRONTENDS_STABLEHLO_CURSOR_H

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"

#include <cstdint>
#include <string>

namespace ingot::stablehlo {

// The first thing that was wrong with a file; no message while nothing is.
struct Failure {
  std::string message;
  bool set(uint64_t offset, const llvm::Twine &what) {
    if (message.empty())
      message = ("byte " + llvm::Twine(offset) + ": " + what).str();
    return false;
  }
};

// A range of a file, read from its beginning; numbers as MLIR's bytecode writes them.
class Cursor {
public:
  Cursor(llvm::StringRef bytes, uint64_t offset, Failure &failure) : bytes(bytes), base(offset), failure(&failure) {}

  uint64_t offset() const { return base + at; } // in the file
  size_t remaining() const { return bytes.size() - at; }
  bool atEnd() const { return at == bytes.size(); }
  bool fail(const llvm::Twine &what) const { return failure->set(offset(), what); }

  bool byte(uint8_t &value, const char *what) {
    if (atEnd())
      return fail(llvm::Twine("the section ends before ") + what);
    value = uint8_t(bytes[at++]);
    return true;
  }

  bool take(uint64_t size, llvm::StringRef &taken, const char *what) {
    if (size > remaining())
      return fail(llvm::Twine(what) + " of " + llvm::Twine(size) + " bytes where " + llvm::Twine(remaining()) + " are left");
    taken = bytes.substr(at, size);
    at += size;
    return true;
  }

  // A number whose first byte says by its trailing zeros how many bytes follow.
  bool number(uint64_t &value, const char *what) {
    uint8_t first;
    if (!byte(first, what))
      return false;
    if (first & 1) {
      value = first >> 1;
      return true;
    }
    unsigned more = first ? __builtin_ctz(first) : 8;
    if (more > remaining())
      return fail(llvm::Twine("the section ends within ") + what);
    uint64_t rest = 0;
    for (unsigned i = 0; i < more; ++i)
      rest |= uint64_t(uint8_t(bytes[at + i])) << (8 * i);
    at += more;
    value = first ? (rest << (8 - (more + 1))) | (first >> (more + 1)) : rest;
    return true;
  }

  bool numberAndFlag(uint64_t &value, bool &flag, const char *what) {
    if (!number(value, what))
      return false;
    flag = value & 1;
    value >>= 1;
    return true;
  }

  bool signedNumber(int64_t &value, const char *what) {
    uint64_t bits;
    if (!number(bits, what))
      return false;
    value = int64_t(bits >> 1) ^ -int64_t(bits & 1);
    return true;
  }

  // How many things follow, each of at least a byte.
  bool count(uint64_t &value, const char *what) {
    if (!number(value, what))
      return false;
    if (value > remaining())
      return fail(llvm::Twine(value) + " " + what + " where " + llvm::Twine(remaining()) + " bytes are left");
    return true;
  }

  // A place in a table of `size`.
  bool index(uint64_t &value, size_t size, const char *what) {
    if (!number(value, what))
      return false;
    return value < size || fail(llvm::Twine(what) + " " + llvm::Twine(value) + " of " + llvm::Twine(size));
  }

private:
  llvm::StringRef bytes;
  uint64_t base;
  size_t at = 0;
  Failure *failure;
};

} // namespace ingot::stablehlo

#endif // INGOT_FRONTENDS_STABLEHLO_CURSOR_H
