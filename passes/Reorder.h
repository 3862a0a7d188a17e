// Building blocks for passes that move dims about.
#ifndef INGOT_PASSES_REORDER_H
#define INGOT_PASSES_REORDER_H

#include "ir/Dialect.h"
#include "ir/TensorTypes.h"
#include "mlir/IR/PatternMatch.h"

namespace ingot {

bool isIdentity(llvm::ArrayRef<int64_t> permutation);
llvm::SmallVector<int64_t> inverseOf(llvm::ArrayRef<int64_t> permutation);
// Element i is values[permutation[i]].
template <typename T> llvm::SmallVector<T> permuted(llvm::ArrayRef<T> values, llvm::ArrayRef<int64_t> permutation) {
  return llvm::map_to_vector(permutation, [&](int64_t dim) { return values[dim]; });
}
mlir::RankedTensorType permutedType(mlir::RankedTensorType type, llvm::ArrayRef<int64_t> permutation);

// The transposed value; the value itself for the identity.
mlir::Value transposed(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value, llvm::ArrayRef<int64_t> permutation);
// The value under the dims of `type`.
mlir::Value reshaped(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value, mlir::RankedTensorType type);
// `count` zeros behind dim `dim`; the value itself where they are none.
mlir::Value paddedBehind(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value, int64_t dim, int64_t count);

// Whether all elements are the same number: a splat constant or the broadcast of a scalar. Such a value is the same under
// any dims.
bool isUniform(mlir::Value value);
// A uniform value with the dims of `shape`.
mlir::Value uniformWithDims(mlir::OpBuilder &builder, mlir::Value value, mlir::RankedTensorType shape);

// True if the value is known at compile time: a constant, a weight, or pointwise ops, reshapes and broadcasts of such, at
// most `depth` deep. evaluate-vectors computes the small ones.
bool isKnown(mlir::Value value, int depth = 8);

// A pointwise op on other operands, its result with the dims of `shape`.
mlir::Value clonePointwise(mlir::RewriterBase &rewriter, mlir::Operation *op, llvm::ArrayRef<mlir::Value> operands,
                           mlir::RankedTensorType shape);

} // namespace ingot

#endif // INGOT_PASSES_REORDER_H
