// The C99 header of the object form, and what it and the run functions agree on.
#ifndef INGOT_COMPILER_AOT_CHEADER_H
#define INGOT_COMPILER_AOT_CHEADER_H

#include "runtime/abi/artifact.h"

#include <llvm/ADT/StringRef.h>

#include <cstdint>
#include <string>
#include <vector>

namespace ingot {

// One run function: `int FUNCTION(sizes..., inputs..., results..., void *workspace, const ingot_pool *pool)`.
struct RunFunction {
  uint32_t entry;
  std::string name;
};

// NAME_run for the first entry, NAME_ENTRY_run for every further one.
std::vector<RunFunction> runFunctionsOf(const ingot_table_header *table, llvm::StringRef name);

// Bytes of workspace one call of the entry takes at the largest sizes, without and per worker.
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
