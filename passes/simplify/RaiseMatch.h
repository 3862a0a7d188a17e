// What the recognisers of `raise` find: a value that is a composite of others.
#ifndef INGOT_PASSES_SIMPLIFY_RAISEMATCH_H
#define INGOT_PASSES_SIMPLIFY_RAISEMATCH_H

#include "passes/simplify/RaiseAlgebra.h"

namespace ingot::raise {

struct Match {
  llvm::StringRef name;
  llvm::SmallVector<mlir::NamedAttribute> attributes; // but for the lists of roles
  llvm::SmallVector<mlir::Value> operands;            // by the roles of the name's row, null where absent
  mlir::Value result;                                 // of the first role
  mlir::Value second = {};                            // of the second role, where others read it too; made before `result`
};

// A question about one value: is it a composite of x? `form` is the value as the algebra of x has it.
using Recogniser = std::optional<Match> (*)(Algebra &a, mlir::Value x, mlir::Value value, const Poly &form);

std::optional<Match> matchSoftmax(Algebra &a, mlir::Value x, mlir::Value value, const Poly &form);
std::optional<Match> matchLogSoftmax(Algebra &a, mlir::Value x, mlir::Value value, const Poly &form);
// layer_norm, instance_norm, rms_norm.
std::optional<Match> matchNormalization(Algebra &a, mlir::Value x, mlir::Value value, const Poly &form);
// x is the variance.
std::optional<Match> matchBatchNorm(Algebra &a, mlir::Value x, mlir::Value value, const Poly &form);
// gelu, swish, mish, hard_swish, hard_sigmoid, softplus, softsign.
std::optional<Match> matchActivation(Algebra &a, mlir::Value x, mlir::Value value, const Poly &form);

// elu, selu, celu, leaky_relu, prelu, thresholded_relu: functions that an op (a select, a maximum) splits at a number.
struct Split {
  mlir::Value x;
  double threshold;
};
std::optional<Split> splitAt(mlir::Operation *op);
// The same split of what `split.x` is a multiple of, or a number away from.
std::optional<Split> splitOf(mlir::Value x, const Split &split);
// What values are on each side of the number.
struct Sides {
  Sides(const Split &split, mlir::Block *block);
  Split split;
  Algebra above, at, below, unordered;
};
std::optional<Match> matchPieces(Sides &sides, mlir::Value value);

// A normalisation of groups that a reshape has made rows; larger matches last.
llvm::SmallVector<Match> matchGroupNorm(CompositeOp rows);
// The softmax's row of scores is of queries by keys, and weighs values. Weights that others read are its second result.
std::optional<Match> matchAttention(CompositeOp softmax);

//===--- what recognisers share ----------------------------------------------------------------------------------------===//

// The dims of x that the first sum over any of them binds.
llvm::SmallVector<int64_t> summedDims(const Algebra &a, mlir::Value x, const Poly &form);
// The tensor that a factor is, to the power of one; null if it is none.
const Atom *leafOf(const Algebra &a, const Factor &factor);
// The dims of a tensor of this rank that another stands along; nothing where they are the last ones in order. Dims of size 1
// stand anywhere.
std::optional<llvm::SmallVector<int64_t>> placeOf(llvm::ArrayRef<int8_t> access, int64_t rank);
// A number that constants of f32 were combined to, as the f32 it was written as.
double asWritten(double value);
// The number that all elements of a value are, seen through views.
std::optional<double> numberOf(mlir::Value value);
// The value under conversions between floats.
mlir::Value withoutConverts(mlir::Value value);
bool haveSameDims(mlir::Value a, mlir::Value b);

} // namespace ingot::raise

#endif // INGOT_PASSES_SIMPLIFY_RAISEMATCH_H
