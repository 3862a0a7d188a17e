// Portable artifacts: MLIR bytecode that holds the VHLO dialect. Reader and writer are our own: MLIR's reader is not made for
// files that nobody vouches for.
#ifndef INGOT_FRONTENDS_STABLEHLO_BYTECODE_H
#define INGOT_FRONTENDS_STABLEHLO_BYTECODE_H

#include "frontends/stablehlo/Schema.h"
#include "frontends/stablehlo/Tree.h"

#include "llvm/Support/Error.h"

namespace ingot::stablehlo {

// A part of a file; `length` npos: to its end.
struct FileRange {
  size_t offset = 0, length = llvm::StringRef::npos;
};

bool isBytecode(llvm::StringRef bytes);

// Reads the artifact in a file, or in a part of it (what jax.export wraps). Messages begin with `name` and tell the byte's place.
// The tree is upgraded (Upgrades.h).
llvm::Expected<std::unique_ptr<Module>> readPortableArtifact(std::shared_ptr<const llvm::MemoryBuffer> file,
                                                             llvm::StringRef name, FileRange range = {});

// The module as an artifact of that version, from kOldestWritten on. What the version lacks is refused by name.
inline constexpr Version kOldestWritten{0, 15};
llvm::Expected<std::string> writePortableArtifact(const Module &module, Version version = kNewestVersion);

} // namespace ingot::stablehlo

#endif // INGOT_FRONTENDS_STABLEHLO_BYTECODE_H
