// An input whose value is stated at compile time (--fix).
#ifndef INGOT_FRONTENDS_COMMON_FIXEDINPUT_H
#define INGOT_FRONTENDS_COMMON_FIXEDINPUT_H

#include "frontends/common/ProgramInput.h"

namespace ingot::frontend {

// Elements that an input can be fixed to at most.
inline constexpr int64_t kMostFixed = 1024;

// The elements of this input that `text` states, numbers or true and false between commas: one for each element, or one for
// all. The first open dim takes what is given, further ones are 1; at most kMostFixed elements. None, with *why, where they do
// not fit.
std::optional<WeightSource> fixedElements(const ProgramInput &input, llvm::StringRef text, std::string *why);

// The option as people write it, for messages.
inline std::string fixOption(llvm::StringRef name, llvm::StringRef text) {
  return ("--fix " + name + "=" + text + ": ").str();
}

} // namespace ingot::frontend

#endif // INGOT_FRONTENDS_COMMON_FIXEDINPUT_H
