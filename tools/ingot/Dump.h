// Dumps: the IR after a phase as a file, and going on from one. A dump elides weights; the folder's weights.json says where
// each of the store's entries is, and weights.bin holds those that are in no file.
#ifndef INGOT_TOOLS_INGOT_DUMP_H
#define INGOT_TOOLS_INGOT_DUMP_H

#include "compiler/pipeline/Phases.h"
#include "ir/WeightStore.h"
#include "tools/ingot/Driver.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <string>
#include <vector>

namespace ingot::driver {

// Every dump starts with this in a comment.
inline constexpr llvm::StringLiteral kDumpMark = "// ingot ";

// DIR/NN-PHASE.mlir (.ll for emit); the folder is made if need be.
Status writeDump(const std::string &dir, const std::string &modelName, Phase phase,
                 llvm::function_ref<void(llvm::raw_ostream &)> print);
// DIR/weights.json and weights.bin.
Status writeWeightIndex(const std::string &dir, const WeightStore &store);

// Reads a dump of a program phase (import to schedule) and the weight index beside it. Text deeper than 64 brackets or
// longer than 256 MB is refused before it is parsed. `files` receives the paths of the index and of what it names.
bool readDump(const std::string &path, mlir::MLIRContext &context, Program &program, std::vector<std::string> &files,
              std::string *why);

} // namespace ingot::driver

#endif // INGOT_TOOLS_INGOT_DUMP_H
