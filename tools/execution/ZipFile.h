// The members of ZIP archives: what .npz files are, and some conformance suites.
#ifndef INGOT_TOOLS_EXECUTION_ZIPFILE_H
#define INGOT_TOOLS_EXECUTION_ZIPFILE_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <string>

namespace ingot {

// Puts the next bytes of a member, unpacked, into a buffer; returns their number, 0 at the end, and a negative number where the
// member is damaged or packed in a way that is not read (only stored and deflated members are).
using ZipBytes = llvm::function_ref<int64_t(char *to, size_t room)>;

struct ZipMember {
  std::string name;
  bool regular; // neither a folder nor, as far as the archive tells, a link or a device
};

// Whether a file begins as a ZIP archive does.
bool isZip(const std::string &path);

// Calls `take` with each member in the order of the archive's directory, until it gives false, which *why explains then. False
// with *why where the archive cannot be read.
bool readZip(const std::string &path, llvm::function_ref<bool(const ZipMember &member, ZipBytes bytes)> take,
             std::string *why);

} // namespace ingot

#endif // INGOT_TOOLS_EXECUTION_ZIPFILE_H
