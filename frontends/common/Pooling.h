// Pools over windows of a tensor with batch and channels first.
#ifndef INGOT_FRONTENDS_COMMON_POOLING_H
#define INGOT_FRONTENDS_COMMON_POOLING_H

#include "frontends/common/ProgramBuilder.h"
#include "frontends/common/Windows.h"

namespace ingot::frontend {

// A pool's windows over a tensor with batch and channels first, extended on the right where a last, partial
// one is asked for.
struct Pool {
  Windows windows; // of the spatial dims, after `placed` has padded those with starts
  Windows placed;
  llvm::SmallVector<int64_t> fullHigh;                            // high padding as stated, without the extension
  llvm::SmallVector<int64_t> kernel, strides, dilations, padding; // of all dims, for reduce_window
  size_t rank() const { return windows.kernel.size(); }
  bool hasStart(size_t dim) const { return !placed.starts.empty() && placed.starts[dim]; }
  // x with the padding of the dims that have a start.
  mlir::Value pad(ValueBuilder &b, mlir::Value x, mlir::Value padding) const {
    return padBeforeStarts(b, placed, x, padding, llvm::to_vector(llvm::seq<int64_t>(2, ValueBuilder::rankOf(x))));
  }
};

// The pool of windows over these spatial dims. Where `mayBePartial`, a last window may reach beyond the padding, unless the
// padding comes from the dims. None, with *why, where padding is negative, or what is asked for needs fixed dims.
std::optional<Pool> poolOf(ValueBuilder &b, Windows windows, llvm::ArrayRef<mlir::AffineExpr> spatial, bool mayBePartial,
                           std::string *why);

// Each window's elements, reduced.
mlir::Value reducePool(ValueBuilder &b, const Pool &pool, Reduction kind, mlir::Value x);
// Each window's sum divided by how many elements of x, and of the stated padding if `withPadding`, it covers. `hint` names
// these numbers. None where there are too many windows.
std::optional<mlir::Value> averageOf(ProgramBuilder &p, const Pool &pool, mlir::Value x, bool withPadding,
                                     llvm::StringRef hint);
// Each window's greatest element and its place in the whole tensor, i64; where `columnMajor` the first spatial dim varies fastest.
struct PooledMaximum {
  mlir::Value greatest, places;
};
PooledMaximum maximumOf(ValueBuilder &b, const Pool &pool, mlir::Value x, bool columnMajor);

// (sum |x|^p)^(1/p): what is summed, and what is made of the sum.
mlir::Value powered(ValueBuilder &b, mlir::Value x, double p);
mlir::Value rooted(ValueBuilder &b, mlir::Value x, double p);

} // namespace ingot::frontend

#endif // INGOT_FRONTENDS_COMMON_POOLING_H
