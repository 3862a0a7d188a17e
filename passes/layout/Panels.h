// How the target wants the right operand of a contraction, in whichever way it comes to be so.
#ifndef INGOT_PASSES_LAYOUT_PANELS_H
#define INGOT_PASSES_LAYOUT_PANELS_H

#include "passes/TargetModel.h"

namespace ingot {

// Of a dot_general or convolution; none where it is of a form that has no panels, or where the target wants none.
std::optional<ContractionLayout> panelLayoutOf(mlir::Operation *contraction, const TargetModel &target);

// What reads `panels` as a value of type `plain`.
mlir::Value unpacked(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value panels, mlir::RankedTensorType plain,
                     ContractionLayout layout);

} // namespace ingot

#endif // INGOT_PASSES_LAYOUT_PANELS_H
