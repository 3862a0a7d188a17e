// What of the random generators follows from types.
#ifndef INGOT_IR_RANDOM_H
#define INGOT_IR_RANDOM_H

#include "mlir/IR/BuiltinTypes.h"

#include <optional>

namespace ingot {

// The dim of a Threefry output that pairs of words lie along: the first even one, else the first of the largest. None for a
// scalar, and where it depends on the sizes.
std::optional<unsigned> halvedDim(mlir::RankedTensorType output);

} // namespace ingot

#endif // INGOT_IR_RANDOM_H
