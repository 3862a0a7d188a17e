// The groups of processes that a collective op works in.
#ifndef INGOT_FRONTENDS_STABLEHLO_OPS_REPLICAGROUPS_H
#define INGOT_FRONTENDS_STABLEHLO_OPS_REPLICAGROUPS_H

#include "frontends/stablehlo/OpContext.h"

namespace ingot::stablehlo {

// Rows of ids that an attribute lists, or (of replica groups) that axes of a mesh stand for. Null after an error.
mlir::DenseIntElementsAttr rowsOf(OpContext &c, llvm::StringRef name);

} // namespace ingot::stablehlo

#endif // INGOT_FRONTENDS_STABLEHLO_OPS_REPLICAGROUPS_H
