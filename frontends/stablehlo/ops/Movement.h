// What ops that move elements need of quantised tensors, whether attributes or operands say where to.
#ifndef INGOT_FRONTENDS_STABLEHLO_OPS_MOVEMENT_H
#define INGOT_FRONTENDS_STABLEHLO_OPS_MOVEMENT_H

#include "frontends/stablehlo/OpContext.h"

namespace ingot::stablehlo {

// Of operand 0, whose dims are the result's at `places`.
mlir::LogicalResult needBroadcastMeaning(OpContext &c, llvm::ArrayRef<int64_t> places);
// Of operand 0 in the order of its elements.
mlir::LogicalResult needReshapedMeaning(OpContext &c);

} // namespace ingot::stablehlo

#endif // INGOT_FRONTENDS_STABLEHLO_OPS_MOVEMENT_H
