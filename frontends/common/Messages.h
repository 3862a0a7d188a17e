// Errors, and words for them.
#ifndef INGOT_FRONTENDS_COMMON_MESSAGES_H
#define INGOT_FRONTENDS_COMMON_MESSAGES_H

#include "ir/DidYouMean.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"

#include <string>

namespace ingot::frontend {

// A mistake of the user's.
inline llvm::Error failure(const llvm::Twine &message) {
  return llvm::createStringError(std::errc::invalid_argument, "%s", message.str().c_str());
}

// "1 tensor has", "2 tensors have".
inline std::string countOf(size_t count, llvm::StringRef one, llvm::StringRef many) {
  return std::to_string(count) + " " + (count == 1 ? one : many).str();
}

// "'a'", or "'a', 'b', 'c' and 4 more".
inline std::string listNames(llvm::ArrayRef<std::string> names) {
  constexpr size_t kMost = 3;
  std::string text;
  for (const std::string &name : names.take_front(kMost))
    text += (text.empty() ? "'" : ", '") + name + "'";
  return names.size() <= kMost ? text : text + " and " + std::to_string(names.size() - kMost) + " more";
}

} // namespace ingot::frontend

#endif // INGOT_FRONTENDS_COMMON_MESSAGES_H
