// What passes over whole programs share: which functions are programs, and the check at a phase's boundary.
#ifndef INGOT_PASSES_PROGRAMS_H
#define INGOT_PASSES_PROGRAMS_H

#include "ir/Dialect.h"

namespace ingot {

// The functions that become command lists: those marked `ingot.entry`; where none is, every public function with a body.
// Other functions are decompositions of composites.
llvm::SmallVector<mlir::func::FuncOp> programFunctions(mlir::ModuleOp module);

// Reports every op of `root` (itself excluded, regions included where `recurse`) that `problem` finds fault with as an error
// at that op: "after PHASE: PROBLEM". An empty problem means legal.
mlir::LogicalResult checkBoundary(mlir::Operation *root, llvm::StringRef phase, bool recurse,
                                  llvm::function_ref<std::string(mlir::Operation *)> problem);

// True if rounding may change: `ingot.numerics` of the module around `op` is not "strict".
bool allowsReassociation(mlir::Operation *op);

} // namespace ingot

#endif // INGOT_PASSES_PROGRAMS_H
