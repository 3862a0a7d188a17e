// Programs that StableHLO's suites run on a grid of processes: ops `interpreter.run_parallel` of a module's main.
#ifndef INGOT_TOOLS_CONFORMANCE_PARALLELPROGRAMS_H
#define INGOT_TOOLS_CONFORMANCE_PARALLELPROGRAMS_H

#include "frontends/stablehlo/Tree.h"
#include "tools/execution/HostTensor.h"

#include <string>
#include <vector>

namespace ingot::conformance {

// What a function without arguments gives, in the interpreter. False with *why.
bool interpretFunction(stablehlo::Module &module, stablehlo::Function &function, const std::string &path,
                       std::vector<driver::HostTensor> &results, std::string *why);

bool hasParallelPrograms(const stablehlo::Function &function);
// Puts constants in the place of the function's ops run_parallel: what their programs give in the interpreter. False with *why.
bool runParallelPrograms(stablehlo::Module &module, stablehlo::Function &function, const std::string &path,
                         std::string *why);

} // namespace ingot::conformance

#endif // INGOT_TOOLS_CONFORMANCE_PARALLELPROGRAMS_H
