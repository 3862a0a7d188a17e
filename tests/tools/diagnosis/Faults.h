// Faults planted into kernels just before they are compiled, as a mistake of code generation would be. For tests alone.
#ifndef INGOT_TESTS_TOOLS_DIAGNOSIS_FAULTS_H
#define INGOT_TESTS_TOOLS_DIAGNOSIS_FAULTS_H

#include "ir/Dialect.h"
#include "mlir/IR/BuiltinOps.h"

#include <string>
#include <vector>

namespace ingot::test {

enum class FaultKind { OperandsSwapped, TailLost, IndexOffByOne, TermDropped, ConstantOff };

// Names its place by what outlives shrinking the model: the node an op of a kernel comes from, and the op's name.
struct Fault {
  FaultKind kind;
  std::string node, op;
};

// All faults the module's kernels have room for.
std::vector<Fault> possibleFaults(mlir::ModuleOp module);

// Plants the fault once in each kernel that has its place; returns the names of those kernels.
std::vector<std::string> plantFault(mlir::ModuleOp module, const Fault &fault);

} // namespace ingot::test

#endif // INGOT_TESTS_TOOLS_DIAGNOSIS_FAULTS_H
