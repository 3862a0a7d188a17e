// Transcendental functions as polynomials of our own, on scalars and vectors, without calls.
#ifndef INGOT_COMPILER_CODEGEN_MATHAPPROXIMATION_H
#define INGOT_COMPILER_CODEGEN_MATHAPPROXIMATION_H

#include "compiler/codegen/CpuLevel.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace ingot {

// Replaces the math ops that pointwise ops become and that machines have no instruction for, and arith.remf, on f32 and f64
// in `function`. Their largest errors in units of the last place are measured and bounded by
// tests/compiler/codegen/MathApproximationTest.cpp.
void expandMath(mlir::func::FuncOp function, const CpuLevel &level);

} // namespace ingot

#endif // INGOT_COMPILER_CODEGEN_MATHAPPROXIMATION_H
