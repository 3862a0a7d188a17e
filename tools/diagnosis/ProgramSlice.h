// Parts of a program, whichever format it came from, as programs of their own.
#ifndef INGOT_TOOLS_DIAGNOSIS_PROGRAMSLICE_H
#define INGOT_TOOLS_DIAGNOSIS_PROGRAMSLICE_H

#include "frontends/common/ModelSlicer.h"
#include "ir/WeightStore.h"
#include "tools/execution/HostTensor.h"

namespace ingot::diagnosis {

// Cuts the entry function: nodes are its ops. Types stay as they are, expressions over the sizes included; so that these are bound
// as in the program, a part keeps the inputs that bind them. `feed`: the tensors of the inputs but states, in order.
llvm::Expected<std::unique_ptr<ModelSlicer>> makeProgramSlicer(std::unique_ptr<mlir::MLIRContext> context, Program program,
                                                               std::string name, llvm::ArrayRef<driver::HostTensor> feed);

} // namespace ingot::diagnosis

#endif // INGOT_TOOLS_DIAGNOSIS_PROGRAMSLICE_H
