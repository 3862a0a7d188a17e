// Where the dims of a gather's result come from. Internal to codegen.
#ifndef INGOT_COMPILER_CODEGEN_GATHERPLACES_H
#define INGOT_COMPILER_CODEGEN_GATHERPLACES_H

#include "ir/Dialect.h"

namespace ingot {

struct GatherPlaces {
  explicit GatherPlaces(GatherOp op);

  llvm::SmallVector<int64_t> outer;  // dims of the result outside the windows: those of start_indices without `vector`
  llvm::SmallVector<int64_t> walked; // operand dims that the window dims walk, in their order

  // The indices of an index vector's component in start_indices.
  template <typename Index>
  llvm::SmallVector<Index> startPlace(GatherOp op, llvm::ArrayRef<Index> indices, const Index &component) const {
    llvm::SmallVector<Index> place;
    for (int64_t dim : outer)
      place.push_back(indices[dim]);
    int64_t vector = op.getDims().getIndexVectorDim();
    if (vector < op.getStartIndices().getType().getRank())
      place.insert(place.begin() + vector, component);
    return place;
  }
};

// True if windows of the operand's dim always start at 0: they are as large as the dim.
bool isWholeDim(mlir::RankedTensorType operand, unsigned dim, mlir::AffineExpr windowSize);

} // namespace ingot

#endif // INGOT_COMPILER_CODEGEN_GATHERPLACES_H
