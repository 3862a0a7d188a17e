// StableHLO's text, pretty and generic, read by a parser of our own: MLIR's parsers never see a user's file.
#ifndef INGOT_FRONTENDS_STABLEHLO_TEXT_H
#define INGOT_FRONTENDS_STABLEHLO_TEXT_H

#include "frontends/stablehlo/Tree.h"
#include "llvm/Support/Error.h"

namespace ingot::stablehlo {

// A part of a file that is a module by itself; suites separate theirs by lines of "// -----".
struct TextSection {
  llvm::StringRef text;
  unsigned firstLine = 1;
};
std::vector<TextSection> splitSections(llvm::StringRef text);

// The module of a text, normal as Tree.h says; `name` is the file's in messages and locations. On failure the error has a line
// "name:line:column: message" for each mistake, the first 20.
llvm::Expected<std::unique_ptr<Module>> parseText(std::shared_ptr<const llvm::MemoryBuffer> file, llvm::StringRef name);
// The same of one section of the file.
llvm::Expected<std::unique_ptr<Module>> parseText(std::shared_ptr<const llvm::MemoryBuffer> file, llvm::StringRef name,
                                                  const TextSection &section);

// The module as text in the generic form of ops, without the places of a source. What is not kept of other dialects is not in it.
std::string writeText(const Module &module);

// True if a file that starts so is a module's text: behind comments and aliases stands a module or a function.
bool startsLikeStablehloText(llvm::StringRef start);

} // namespace ingot::stablehlo

#endif // INGOT_FRONTENDS_STABLEHLO_TEXT_H
