// Programs as files: the module's text, which elides weights, and beside it an index that says where each of the store's entries
// is, in a file of its own or in one that was there before.
#ifndef INGOT_TOOLS_EXECUTION_PROGRAMFILE_H
#define INGOT_TOOLS_EXECUTION_PROGRAMFILE_H

#include "ir/WeightStore.h"
#include "llvm/Support/raw_ostream.h"

#include <string>
#include <vector>

namespace ingot::driver {

// Every program's file starts with this in a comment.
inline constexpr llvm::StringLiteral kDumpMark = "// ingot ";

// The module after a phase, named by `model`.
void printProgram(llvm::raw_ostream &os, llvm::StringRef model, llvm::StringRef phase, mlir::ModuleOp module);

// Prints the weights that are in no file to `data`, and returns the index, as JSON. `copies`: also those that are, so that the
// program's files are all that it needs; fails where one of them cannot be read.
llvm::Expected<std::string> printWeights(llvm::raw_ostream &data, const WeightStore &store, bool copies);

// Reads a program up to schedule, and the index beside it: STEM.weights.json of STEM.mlir or, where there is none,
// weights.json of the folder; weights.bin is called alike. Text deeper than 64 brackets or longer than 256 MB is refused before it
// is parsed. `files` receives the paths of the index and of what it names.
bool readProgram(const std::string &path, mlir::MLIRContext &context, Program &program, std::vector<std::string> &files,
                 std::string *why);

} // namespace ingot::driver

#endif // INGOT_TOOLS_EXECUTION_PROGRAMFILE_H
