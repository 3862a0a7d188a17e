// Probes of the interpreter that StableHLO's suites are written for: what a value is each time that the op of its id runs.
#ifndef INGOT_TOOLS_CONFORMANCE_PROBES_H
#define INGOT_TOOLS_CONFORMANCE_PROBES_H

#include "frontends/stablehlo/Tree.h"

#include <string>

namespace ingot::conformance {

// Makes the function, which is of one block, keep what the probes of `id` see when they run for the time `iteration`, from 0:
// loops carry it on, branches give it on. Returns the value as the function's block has it at its end. False with *why, where
// there is no such probe, or where it stands in another region.
bool keepProbed(stablehlo::Module &module, stablehlo::Function &function, llvm::StringRef id, int64_t iteration,
                stablehlo::ValueRef &kept, std::string *why);

// Makes of all probes within the region ops that give what they take.
void removeProbes(stablehlo::Region &region);

} // namespace ingot::conformance

#endif // INGOT_TOOLS_CONFORMANCE_PROBES_H
