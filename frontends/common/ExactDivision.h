// Division of dims that is exact for all sizes.
#ifndef INGOT_FRONTENDS_COMMON_EXACTDIVISION_H
#define INGOT_FRONTENDS_COMMON_EXACTDIVISION_H

#include "mlir/IR/AffineExpr.h"

namespace ingot::frontend {

// The product of `numerators` divided by that of `denominators`, where it divides evenly; null where it does not.
mlir::AffineExpr divideExactly(llvm::ArrayRef<mlir::AffineExpr> numerators, llvm::ArrayRef<mlir::AffineExpr> denominators,
                               mlir::MLIRContext *context);

} // namespace ingot::frontend

#endif // INGOT_FRONTENDS_COMMON_EXACTDIVISION_H
