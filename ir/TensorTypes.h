// What is asked of the types of values everywhere.
#ifndef INGOT_IR_TENSORTYPES_H
#define INGOT_IR_TENSORTYPES_H

#include "ir/Types.h"

namespace ingot {

inline mlir::RankedTensorType typeOf(mlir::Value value) { return mlir::cast<mlir::RankedTensorType>(value.getType()); }

// True if both have the same dims, whatever their element types.
inline bool sameDims(mlir::RankedTensorType lhs, mlir::RankedTensorType rhs) {
  return lhs.getShape() == rhs.getShape() &&
         (lhs.getEncoding() == rhs.getEncoding() || llvm::equal(dimExprs(lhs), dimExprs(rhs), sameExpr));
}

} // namespace ingot

#endif // INGOT_IR_TENSORTYPES_H
