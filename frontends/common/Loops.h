// Loops over the steps of a sequence.
#ifndef INGOT_FRONTENDS_COMMON_LOOPS_H
#define INGOT_FRONTENDS_COMMON_LOOPS_H

#include "frontends/common/ValueBuilder.h"

namespace ingot::frontend {

// Runs `body` on the step's number (a scalar i64, from 0) and the carried values, `steps` times; one step runs without a
// loop. Returns the values carried out, which have the types of `initial`. `goesOn`, if any, tells of the carried values whether
// another step would change them (a scalar i1); the loop ends where none would.
llvm::SmallVector<mlir::Value>
countedLoop(ValueBuilder &b, mlir::AffineExpr steps, llvm::ArrayRef<mlir::Value> initial,
            llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value step, llvm::ArrayRef<mlir::Value> carried)> body,
            llvm::function_ref<mlir::Value(llvm::ArrayRef<mlir::Value> carried)> goesOn = nullptr);

// The part of x at `place` (a scalar i64) along dim 0, without that dim.
mlir::Value partAt(ValueBuilder &b, mlir::Value x, mlir::Value place);
// x with that part replaced.
mlir::Value withPartAt(ValueBuilder &b, mlir::Value x, mlir::Value part, mlir::Value place);

} // namespace ingot::frontend

#endif // INGOT_FRONTENDS_COMMON_LOOPS_H
