// Dumps: the IR after each phase as a file, with its weights beside it (tools/execution/ProgramFile.h).
#ifndef INGOT_TOOLS_INGOT_DUMP_H
#define INGOT_TOOLS_INGOT_DUMP_H

#include "compiler/pipeline/Phases.h"
#include "tools/execution/ProgramFile.h"
#include "tools/ingot/Driver.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <string>

namespace ingot::driver {

// DIR/NN-PHASE.mlir (.ll for emit); the folder is made if need be.
Status writeDump(const std::string &dir, const std::string &modelName, Phase phase,
                 llvm::function_ref<void(llvm::raw_ostream &)> print);
// STEMweights.json and STEMweights.bin, the stem being "DIR/" or "FILE.". `what` is the option that asks for them.
Status writeWeightIndex(llvm::StringRef what, const std::string &stem, const WeightStore &store);

} // namespace ingot::driver

#endif // INGOT_TOOLS_INGOT_DUMP_H
