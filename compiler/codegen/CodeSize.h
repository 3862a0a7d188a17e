// Whether the code of one kernel stays linear in its ops.
#ifndef INGOT_COMPILER_CODEGEN_CODESIZE_H
#define INGOT_COMPILER_CODEGEN_CODESIZE_H

#include "ir/Dialect.h"

namespace ingot {

// How many evaluations the code of a kernel of `ops` holds, counted up to `limit`. An op on demand is evaluated in place
// wherever a reader asks for it, and readers at one index under one condition share what they ask for; so an op is counted
// once for every pair of an index (as a function of the results' indices) and a condition that it is asked for with. What
// the emitters repeat whatever the region is (unrolled rounds, remainders) is not counted.
unsigned countEvaluations(llvm::ArrayRef<mlir::Operation *> ops, llvm::ArrayRef<mlir::Value> results, unsigned limit);

// True if there are at most a few evaluations for each op: a value that is read through k different movements is evaluated k
// times, and what stands k levels of such readers deep would be evaluated 2^k times.
bool makesLinearCode(llvm::ArrayRef<mlir::Operation *> ops, llvm::ArrayRef<mlir::Value> results);

} // namespace ingot

#endif // INGOT_COMPILER_CODEGEN_CODESIZE_H
