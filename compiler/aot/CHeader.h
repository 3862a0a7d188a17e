// The C99 header of the object form, and what it and the run functions agree on.
#ifndef INGOT_COMPILER_AOT_CHEADER_H
#define INGOT_COMPILER_AOT_CHEADER_H

#include "runtime/abi/artifact.h"

#include <llvm/ADT/StringRef.h>

#include <cstdint>
#include <string>
#include <vector>

namespace ingot {

// One run function: `int FUNCTION(sizes..., inputs..., results..., addresses of sizes of data..., void *workspace,
// const ingot_pool *pool)`.
struct RunFunction {
  uint32_t entry;
  std::string name;
};

// NAME_run where there is one entry point, else NAME_ENTRY_run for each. `entry` is its first record.
std::vector<RunFunction> runFunctionsOf(const ingot_table_header *table, llvm::StringRef name);

// The sizes a run function takes, by index: those of the entry point.
std::vector<uint32_t> sizesOfFunction(const ingot_table_header *table, uint32_t entry);

// Bytes of workspace one call of the entry point takes at the largest sizes, by whichever specialisation, without and per worker.
struct WorkspaceBytes {
  uint64_t fixed, perWorker;
};
WorkspaceBytes workspaceBytesOf(const ingot_table_header *table, uint32_t entry);

// A text as an identifier of C and C++ that is not reserved: letters, digits and single underscores, `before` before one that
// does not begin with a letter.
std::string asIdentifier(llvm::StringRef text, llvm::StringRef before);

// Whether a function or macro of the runtime's public headers may begin as the identifier's would.
bool isRuntimeName(llvm::StringRef name);

// Whether a text begins as those of makeHeader do.
bool isMadeHeader(llvm::StringRef text);

// The header's text; `name` is the identifier all its names begin with.
std::string makeHeader(const ingot_table_header *table, llvm::StringRef name);

} // namespace ingot

#endif // INGOT_COMPILER_AOT_CHEADER_H
