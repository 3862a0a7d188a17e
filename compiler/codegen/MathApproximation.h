// Transcendental functions as polynomials of our own, on scalars and vectors, without calls.
#ifndef INGOT_COMPILER_CODEGEN_MATHAPPROXIMATION_H
#define INGOT_COMPILER_CODEGEN_MATHAPPROXIMATION_H

#include "compiler/codegen/CpuLevel.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace ingot {

// Replaces every math op on f32 and f64 that the machine has no instruction for, and arith.remf, in `function`. Largest
// errors in units of the last place over all arguments, measured by tests/compiler/codegen/MathApproximationTest.cpp, are
// stated there.
void expandMath(mlir::func::FuncOp function, const CpuLevel &level);

} // namespace ingot

#endif // INGOT_COMPILER_CODEGEN_MATHAPPROXIMATION_H
