// What passes over whole programs share: which functions are programs, and the check at a phase's boundary.
#ifndef INGOT_PASSES_PROGRAMS_H
#define INGOT_PASSES_PROGRAMS_H

#include "ir/Dialect.h"
#include "llvm/ADT/SetVector.h"

namespace ingot {

// The functions that become command lists: those marked `ingot.entry`; where none is, every public function with a body.
// Other functions are decompositions of composites.
llvm::SmallVector<mlir::func::FuncOp> programFunctions(mlir::ModuleOp module);

// What is the program's own, no kernel's: if, case and while, whose blocks belong to the program around them and may use its values, and
// bind_size, which keeps its place among the ops before and behind it.
bool isControlFlow(mlir::Operation *op);

// The blocks that hold a program's ops: the function's and those of control flow, each after the blocks within it.
llvm::SmallVector<mlir::Block *> programBlocks(mlir::func::FuncOp function);

// True for an op that gives its operand's elements, as they lie in memory, under other dims; false for none.
bool isView(mlir::Operation *op);

// True for an op of its operand's elements under other dims, in their order or repeated, which costs nothing; false for none.
bool isFreeMove(mlir::Operation *op);

// The constant that all elements of a value are, or null.
mlir::Attribute scalarConstant(mlir::Value value);

// The values an op reads: its operands and, for control flow, what its blocks use from outside; each once.
llvm::SetVector<mlir::Value> valuesReadBy(mlir::Operation *op);

// Reports every op of `root` (itself excluded) that `problem` finds fault with as an error at that op: "after PHASE:
// PROBLEM". An empty problem means legal. All ops of all regions are looked at where `recurse`; else those of the program's
// blocks, control flow and what ends its blocks excepted.
mlir::LogicalResult checkBoundary(mlir::Operation *root, llvm::StringRef phase, bool recurse,
                                  llvm::function_ref<std::string(mlir::Operation *)> problem);

// True if rounding may change: `ingot.numerics` of the module around `op` is not "strict".
bool allowsReassociation(mlir::Operation *op);

} // namespace ingot

#endif // INGOT_PASSES_PROGRAMS_H
