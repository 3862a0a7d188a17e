// Checks the verifiers of several families share. Each reports the first problem with the op's label for it, as "C3".
#ifndef INGOT_IR_VERIFICATION_H
#define INGOT_IR_VERIFICATION_H

#include "ir/Types.h"

namespace ingot {

// True if `dims` are unique and in [0, rank).
bool areUniqueDims(llvm::ArrayRef<int64_t> dims, int64_t rank);
// "[1, 2]", for messages.
std::string listOf(llvm::ArrayRef<int64_t> values);

inline mlir::RankedTensorType tensorType(mlir::Value value) { return mlir::cast<mlir::RankedTensorType>(value.getType()); }
// The rank-0 tensor type of the same element type.
mlir::RankedTensorType scalarType(mlir::Type tensor);

// Reports `label` unless `region` takes and returns these types. `what` names the region: "the body".
mlir::LogicalResult verifyBody(mlir::Operation *op, llvm::StringRef label, llvm::StringRef what, mlir::Region &region,
                               mlir::TypeRange arguments, mlir::TypeRange results);

// Reports `label` unless all `values` have the dims of the first. `what` names one of them: "input".
mlir::LogicalResult verifySameDims(mlir::Operation *op, llvm::StringRef label, llvm::StringRef what,
                                   mlir::ValueRange values);

// What reduce, reduce_window and scan share: (C1) equal dims of the inputs, as many results; (C3) element types, and a body
// from two rank-0 tensors an input to one.
mlir::LogicalResult verifyAccumulation(mlir::Operation *op, mlir::ValueRange inputs, mlir::ValueRange initValues,
                                       mlir::TypeRange outputs, mlir::Region &body);

// True if `part` is larger than `whole` whatever the sizes in their ranges are.
bool isAlwaysLarger(mlir::AffineExpr part, mlir::AffineExpr whole, llvm::ArrayRef<SizeAttr> sizes);

} // namespace ingot

#endif // INGOT_IR_VERIFICATION_H
