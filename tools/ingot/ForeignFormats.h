// Names the formats of others, so that who comes with one is told what to do.
#ifndef INGOT_TOOLS_INGOT_FOREIGNFORMATS_H
#define INGOT_TOOLS_INGOT_FOREIGNFORMATS_H

#include "llvm/ADT/StringRef.h"

#include <string>

namespace ingot::driver {

// What a file is that starts as no model does that is read, and what to do about it: "a TensorFlow Lite model; convert it:
// ...". Empty where its first bytes say nothing. `path` is the file's name.
std::string nameForeignFormat(llvm::StringRef start, llvm::StringRef path);

// The same of a folder: one that holds a model says which file to give.
std::string nameForeignFolder(const std::string &path);

} // namespace ingot::driver

#endif // INGOT_TOOLS_INGOT_FOREIGNFORMATS_H
