// Parts of StableHLO modules, for what shrinks a failing model.
#ifndef INGOT_FRONTENDS_STABLEHLO_SLICE_H
#define INGOT_FRONTENDS_STABLEHLO_SLICE_H

#include "frontends/common/ModelSlicer.h"

namespace ingot {

// Opens a module of any form. It is cut between the ops of its entry, with the calls there inlined; a part is written as a portable artifact
// where the module is one and VHLO has words for it, else as text.
llvm::Expected<std::unique_ptr<ModelSlicer>> openStablehloSlicer(const std::string &path);

} // namespace ingot

#endif // INGOT_FRONTENDS_STABLEHLO_SLICE_H
