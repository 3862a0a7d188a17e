// What an artifact was made from, for a build system: one rule in the syntax of Make, as compilers write it (-MF).
#ifndef INGOT_TOOLS_INGOT_DEPFILE_H
#define INGOT_TOOLS_INGOT_DEPFILE_H

#include "tools/ingot/Driver.h"
#include "llvm/ADT/ArrayRef.h"

#include <string>

namespace ingot::driver {

// "TARGETS: FILES" with the escapes of Make, Ninja and CMake for spaces, '#' and '$'.
std::string dependencyRule(llvm::ArrayRef<std::string> targets, llvm::ArrayRef<std::string> files);

// Writes the rule to `path`; - is the standard output. A name that no rule can hold is a mistake.
Status writeDepfile(const std::string &path, llvm::ArrayRef<std::string> targets, llvm::ArrayRef<std::string> files);

} // namespace ingot::driver

#endif // INGOT_TOOLS_INGOT_DEPFILE_H
