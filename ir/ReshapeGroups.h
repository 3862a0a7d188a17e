// Which dims of a reshape's two shapes hold the same positions.
#ifndef INGOT_IR_RESHAPEGROUPS_H
#define INGOT_IR_RESHAPEGROUPS_H

#include "ir/Types.h"

namespace ingot {

// Dims [fromBegin, fromEnd) of one shape hold the same positions as [toBegin, toEnd) of the other: their products are equal.
// Either side may be empty where the other has dims of one place alone.
struct ReshapeGroup {
  unsigned fromBegin, fromEnd, toBegin, toEnd;
  unsigned fromCount() const { return fromEnd - fromBegin; }
  unsigned toCount() const { return toEnd - toBegin; }
};

// The finest grouping that the normal form of the dims' products proves. Precondition: both have as many elements.
llvm::SmallVector<ReshapeGroup> reshapeGroups(mlir::RankedTensorType from, mlir::RankedTensorType to);

// The product of dims [begin, end).
mlir::AffineExpr productOfDims(mlir::RankedTensorType type, unsigned begin, unsigned end);

} // namespace ingot

#endif // INGOT_IR_RESHAPEGROUPS_H
