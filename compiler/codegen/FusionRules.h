// Which ops one kernel may hold, emitter by emitter: what the CPU TargetModel answers from.
#ifndef INGOT_COMPILER_CODEGEN_FUSIONRULES_H
#define INGOT_COMPILER_CODEGEN_FUSIONRULES_H

#include "ir/Dialect.h"

namespace ingot {

// `ops` in topological order, the last one the main consumer; `results` are their values that leave the region. True if the
// emitter makes one kernel of them without computing a contraction, a reduction or an expensive value more than once.
bool loopEmitterCanFuse(llvm::ArrayRef<mlir::Operation *> ops, llvm::ArrayRef<mlir::Value> results);
bool wholeOpEmitterCanFuse(llvm::ArrayRef<mlir::Operation *> ops, llvm::ArrayRef<mlir::Value> results);
bool contractionEmitterCanFuse(llvm::ArrayRef<mlir::Operation *> ops, llvm::ArrayRef<mlir::Value> results);

} // namespace ingot

#endif // INGOT_COMPILER_CODEGEN_FUSIONRULES_H
