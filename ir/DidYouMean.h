// The help for a mistyped name.
#ifndef INGOT_IR_DIDYOUMEAN_H
#define INGOT_IR_DIDYOUMEAN_H

#include "llvm/ADT/StringRef.h"

#include <algorithm>
#include <string>

namespace ingot {

// "; did you mean 'b'?" of the name that a mistyped one is likely to stand for; empty where none is near.
template <typename Names> std::string didYouMean(llvm::StringRef typed, const Names &names) {
  if (typed.empty())
    return "";
  // Two letters in each other's place count two.
  const unsigned most = typed.size() < 4 ? 1 : std::max(2u, static_cast<unsigned>(typed.size()) / 3);
  unsigned least = most + 1;
  std::string nearest;
  for (llvm::StringRef name : names) {
    unsigned distance = typed.equals_insensitive(name) ? 0 : typed.edit_distance(name, /*AllowReplacements=*/true, most);
    // A beginning, or what a name is the beginning of, of letters enough: "sequence" for "seq".
    if (std::min(typed.size(), name.size()) > 2 && (typed.starts_with(name) || name.starts_with(typed)))
      distance = std::min(distance, most);
    if (name != typed && distance < least) {
      least = distance;
      nearest = name.str();
    }
  }
  return least <= most ? "; did you mean '" + nearest + "'?" : "";
}

} // namespace ingot

#endif // INGOT_IR_DIDYOUMEAN_H
