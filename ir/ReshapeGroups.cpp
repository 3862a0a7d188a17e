#include "ir/ReshapeGroups.h"

using namespace mlir;

namespace ingot {

// Products in normal form, which are equal where they are the same expression.
static AffineExpr multiply(AffineExpr lhs, AffineExpr rhs) {
  AffineExpr product = lhs * rhs;
  return isa<AffineConstantExpr>(product) ? product : simplifyExpr(product);
}

AffineExpr productOfDims(RankedTensorType type, unsigned begin, unsigned end) {
  AffineExpr product = getAffineConstantExpr(1, type.getContext());
  for (unsigned dim = begin; dim < end; ++dim)
    product = multiply(product, dimExpr(type, dim));
  return product;
}

namespace {
// Of the dims in front of each border between dims, and behind it.
struct BorderProducts {
  SmallVector<AffineExpr> before, behind;

  explicit BorderProducts(RankedTensorType type) {
    SmallVector<AffineExpr> dims = dimExprs(type);
    AffineExpr one = getAffineConstantExpr(1, type.getContext());
    before.assign(dims.size() + 1, one);
    behind.assign(dims.size() + 1, one);
    for (size_t dim = 0; dim < dims.size(); ++dim)
      before[dim + 1] = multiply(before[dim], dims[dim]);
    for (size_t dim = dims.size(); dim-- > 0;)
      behind[dim] = multiply(dims[dim], behind[dim + 1]);
  }
};
} // namespace

SmallVector<ReshapeGroup> reshapeGroups(RankedTensorType from, RankedTensorType to) {
  const BorderProducts left(from), right(to);
  const unsigned fromRank = from.getRank(), toRank = to.getRank();
  // The whole is equal, so either side of a border tells, but for one without elements; a division in a dim may hide one of
  // them.
  auto isSame = [](AffineExpr lhs, AffineExpr rhs) {
    auto constant = dyn_cast<AffineConstantExpr>(lhs);
    return lhs == rhs && !(constant && constant.getValue() == 0);
  };
  auto isBorder = [&](unsigned i, unsigned j) {
    return isSame(left.before[i], right.before[j]) || isSame(left.behind[i], right.behind[j]);
  };
  SmallVector<ReshapeGroup> groups;
  unsigned i = 0, j = 0;
  while (i < fromRank || j < toRank) {
    ReshapeGroup group{i, fromRank, j, toRank};
    bool found = false;
    for (unsigned nextI = i + 1; nextI <= fromRank && !found; ++nextI)
      for (unsigned nextJ = j + 1; nextJ <= toRank && !found; ++nextJ)
        if ((found = isBorder(nextI, nextJ))) {
          group.fromEnd = nextI;
          group.toEnd = nextJ;
        }
    groups.push_back(group);
    i = group.fromEnd;
    j = group.toEnd;
  }
  return groups;
}

} // namespace ingot
