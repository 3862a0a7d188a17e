// Ops with windows whose sizes or padding may come from attributes or from operands.
#ifndef INGOT_FRONTENDS_STABLEHLO_OPS_WINDOWS_H
#define INGOT_FRONTENDS_STABLEHLO_OPS_WINDOWS_H

#include "frontends/stablehlo/OpContext.h"

namespace ingot::stablehlo {

// Gathers from operand 0 at operand 1 slices of these sizes.
mlir::LogicalResult gatherOf(OpContext &c, llvm::ArrayRef<mlir::AffineExpr> sliceSizes);
// Convolves operand 0 by operand 1; padding is low and high of each spatial dim, flattened. None: operand 2 holds it at run
// time, and the result's dims are declared.
mlir::LogicalResult convolutionOf(OpContext &c, std::optional<llvm::ArrayRef<int64_t>> padding);

} // namespace ingot::stablehlo

#endif // INGOT_FRONTENDS_STABLEHLO_OPS_WINDOWS_H
