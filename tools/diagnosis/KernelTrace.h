// What each kernel of an outlined program was given and gave when it was interpreted; and the program that runs each of them
// alone.
#ifndef INGOT_TOOLS_DIAGNOSIS_KERNELTRACE_H
#define INGOT_TOOLS_DIAGNOSIS_KERNELTRACE_H

#include "ir/WeightStore.h"
#include "ir/reference/Interpreter.h"
#include "tools/execution/HostTensor.h"

#include <map>
#include <vector>

namespace ingot::diagnosis {

driver::HostTensor hostTensorOf(const reference::Tensor &tensor);
reference::Tensor referenceTensorOf(mlir::MLIRContext *context, const driver::HostTensor &tensor);

// A dispatch the first time it ran. Operands that are weights or constants of the program are left out.
struct TracedDispatch {
  DispatchOp op;
  std::vector<reference::Tensor> operands, results;
};

// Interprets the program's entry point and fills `trace`, and `dataSizes` with the sizes that data led to, by index; returns its
// results.
llvm::Expected<std::vector<reference::Tensor>> traceKernels(const Program &program,
                                                            llvm::ArrayRef<reference::Tensor> arguments,
                                                            std::vector<TracedDispatch> &trace,
                                                            std::map<unsigned, int64_t> &dataSizes);

// A program past outline whose entry point takes the original's arguments, which bind the sizes, then the operands of each
// of `dispatches`, then for each size of data a vector of i1 that has it, and returns the results of each: all kernels, each alone.
Program isolateKernels(const Program &program, llvm::ArrayRef<TracedDispatch> dispatches);

// The program with a module and a store of its own.
Program cloneProgram(const Program &program);
mlir::func::FuncOp entryOf(const Program &program);

} // namespace ingot::diagnosis

#endif // INGOT_TOOLS_DIAGNOSIS_KERNELTRACE_H
