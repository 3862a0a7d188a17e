#include "frontends/common/RaggedDot.h"

using namespace mlir;

namespace ingot::frontend {

// The left factor with a last dim for the groups, in each of which all but the group's elements are zero.
static Value byGroups(ValueBuilder &b, Value lhs, Value groupSizes, const RaggedDims &dims) {
  const int64_t rank = ValueBuilder::rankOf(lhs), sizesRank = ValueBuilder::rankOf(groupSizes);
  Dims all = ValueBuilder::dimsOf(lhs);
  all.push_back(ValueBuilder::dimsOf(groupSizes).back());
  // Where the dims of the sizes stand in the left factor.
  const bool isContracted = llvm::is_contained(dims.lhsContract, dims.lhsRagged);
  SmallVector<int64_t> places;
  if (sizesRank > 1) {
    llvm::append_range(places, dims.lhsBatch);
    for (int64_t dim = 0; dim < rank && int64_t(places.size()) + 1 < sizesRank; ++dim)
      if (!isContracted && dim < dims.lhsRagged && !llvm::is_contained(dims.lhsBatch, dim) &&
          !llvm::is_contained(dims.lhsContract, dim))
        places.push_back(dim);
    for (int64_t dim : dims.lhsContract) {
      if (!isContracted || dim == dims.lhsRagged)
        break;
      places.push_back(dim);
    }
  }
  places.push_back(rank);
  Type integer = ValueBuilder::elementOf(groupSizes);
  Value ends = b.scan(Reduction::Add, groupSizes, sizesRank - 1), starts = b.sub(ends, groupSizes);
  Value position = b.iota(all, integer, dims.lhsRagged);
  Value isInside = b.binary<AndOp>(b.compare(ComparisonDirection::GE, position, b.broadcast(starts, all, places)),
                                   b.compare(ComparisonDirection::LT, position, b.broadcast(ends, all, places)));
  SmallVector<int64_t> own = llvm::to_vector(llvm::seq(rank));
  return b.select(isInside, b.broadcast(lhs, all, own), b.splat(all, ValueBuilder::elementOf(lhs), 0));
}

Value raggedDot(ValueBuilder &b, Value lhs, Value rhs, Value groupSizes, const RaggedDims &dims, Type resultElement) {
  SmallVector<int64_t> lhsContract(dims.lhsContract), rhsContract(dims.rhsContract);
  if (llvm::is_contained(dims.lhsBatch, dims.lhsRagged))
    return b.dot(lhs, rhs, dims.lhsBatch, dims.rhsBatch, lhsContract, rhsContract, resultElement);
  const int64_t rank = ValueBuilder::rankOf(lhs);
  Value groups = byGroups(b, lhs, groupSizes, dims);
  if (!llvm::is_contained(dims.lhsContract, dims.lhsRagged)) {
    lhsContract.push_back(rank);
    rhsContract.push_back(*dims.rhsGroup);
    return b.dot(groups, rhs, dims.lhsBatch, dims.rhsBatch, lhsContract, rhsContract, resultElement);
  }
  Value product = b.dot(groups, rhs, dims.lhsBatch, dims.rhsBatch, lhsContract, rhsContract, resultElement);
  // The groups are the last of the left factor's free dims.
  const int64_t group = rank - int64_t(lhsContract.size());
  SmallVector<int64_t> permutation{group};
  for (int64_t dim = 0; dim < ValueBuilder::rankOf(product); ++dim)
    if (dim != group)
      permutation.push_back(dim);
  return b.transpose(product, permutation);
}

} // namespace ingot::frontend
