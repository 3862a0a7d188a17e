// A product in which one dim of the left factor falls into groups of sizes that are data, as CHLO's ragged_dot.
#ifndef INGOT_FRONTENDS_COMMON_RAGGEDDOT_H
#define INGOT_FRONTENDS_COMMON_RAGGEDDOT_H

#include "frontends/common/ValueBuilder.h"

namespace ingot::frontend {

struct RaggedDims {
  llvm::SmallVector<int64_t> lhsBatch, rhsBatch, lhsContract, rhsContract;
  int64_t lhsRagged = 0;
  std::optional<int64_t> rhsGroup;
};

// Groups lie one after the other from the front of the ragged dim. Where it is a free dim, each group is multiplied with its
// own slice of the right factor, and what is in no group gives zeros; where it is contracted, the result has a dim for the
// groups in front; where it is a batch dim they do not matter. `groupSizes` is a vector, or has in front of its last dim those
// of the left factor's batch dims and of the dims of the ragged one's kind that stand before it (all in that order).
// Precondition: the operands' dims fit together, and a free ragged dim comes with a group dim.
mlir::Value raggedDot(ValueBuilder &b, mlir::Value lhs, mlir::Value rhs, mlir::Value groupSizes, const RaggedDims &dims,
                      mlir::Type resultElement = {});

} // namespace ingot::frontend

#endif // INGOT_FRONTENDS_COMMON_RAGGEDDOT_H
