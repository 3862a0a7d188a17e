// The named phases of a compilation, in order. The driver can stop after any, dump after each and time each.
#ifndef INGOT_COMPILER_PIPELINE_PHASES_H
#define INGOT_COMPILER_PIPELINE_PHASES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <optional>

namespace ingot {

enum class Phase {
  Import,    // the model as the source wrote it, in the ingot dialect
  Transform, // what tracing recorded as ops on functions is resolved
  Simplify,  // canonical, folded, composites inlined or raised, weights' initialisers extended
  Layout,    // channels-last where the target prefers it, contraction weights packed into panels
  Fuse,      // every op that computes is in an ingot.fusion: one region, one kernel
  Outline,   // fusions are ingot.kernel symbols, the program is a list of dispatches
  Schedule,  // every value has its place: an argument, a result, a weight or an arena offset
  Tile,      // every kernel has its emitter and plan, for each instruction-set level
  Bufferize, // every kernel is loops over memrefs
  Lower,     // every kernel is in the LLVM dialect
  Emit,      // machine code and tables
};

struct PhaseInfo {
  Phase phase;
  llvm::StringLiteral name;
  llvm::StringLiteral summary;
};

// All phases in order.
llvm::ArrayRef<PhaseInfo> allPhases();
llvm::StringRef phaseName(Phase phase);
std::optional<Phase> parsePhase(llvm::StringRef name);

} // namespace ingot

#endif // INGOT_COMPILER_PIPELINE_PHASES_H
