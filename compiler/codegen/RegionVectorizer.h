// Evaluates the tensor values of a fusion region element by element, or vectors of neighbouring elements at a time: the one
// place where elementwise, shape and reduction ops become scalar and vector code. The loop emitter is built on it, and the
// contraction emitter calls it for packing its left operand and for its epilogues.
//
// Precondition of all calls: the builder's insertion point only ever moves forward, into the regions of ops made there and
// out of them again, until clearCache. What does not depend on a loop (scf.for) around the insertion point is made in front
// of it.
#ifndef INGOT_COMPILER_CODEGEN_REGIONVECTORIZER_H
#define INGOT_COMPILER_CODEGEN_REGIONVECTORIZER_H

#include "compiler/codegen/CpuLevel.h"
#include "compiler/codegen/KernelFunction.h"
#include "llvm/ADT/DenseMap.h"

#include <functional>
#include <memory>

namespace ingot {

struct RegionState;

// An index along one dim for all lanes of a vector: base + step * lane, or, where it is not affine in the lane, a vector of
// indices.
struct LaneIndex {
  mlir::Value base;  // index; unset if `lanes` is set
  int64_t step = 0;  // elements of this dim per lane; 0: all lanes share the index
  mlir::Value lanes; // vector<W x index>, or null
};

class RegionVectorizer {
public:
  // Asks for the value of a tensor at `indices`; what evaluate returns.
  using Provider =
      std::function<mlir::Value(mlir::OpBuilder &, mlir::Location, llvm::ArrayRef<LaneIndex> indices, mlir::Value mask)>;

  // `function` supplies the buffers of the kernel's block arguments and the sizes. `width` lanes; 1: scalar code. All three
  // must outlive the vectorizer.
  RegionVectorizer(KernelOp kernel, const KernelFunction &function, const CpuLevel &level, int64_t width);

  // The same region, function and caches at another width; what either provides the other does not see.
  RegionVectorizer withWidth(int64_t width) const;

  // Makes `provider` the source of `tensor` instead of its defining op, for this width: an accumulator, a cached row, a
  // reduction's result. Replaces an earlier one; a null one takes it back. Clears the caches.
  void provide(mlir::Value tensor, Provider provider);

  // The element(s) of `tensor` at `indices` (one per dim): a scalar of computeType if width is 1, else vector<width x
  // computeType>. `mask` (vector<width x i1>, i1 if width is 1, or null = all on): lanes that are off touch no memory and
  // yield unspecified values. Indices of lanes that are on are within the tensor. Values are cached (call clearCache when
  // moving on). Complex tensors: width 1.
  mlir::Value evaluate(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value tensor, llvm::ArrayRef<LaneIndex> indices,
                       mlir::Value mask);

  // Makes ready what evaluate will be asked for at several places that differ along the lanes: reductions share their loops.
  void evaluateTogether(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value tensor,
                        llvm::ArrayRef<llvm::SmallVector<LaneIndex>> places, mlir::Value mask);

  // Writes `value` to `buffer`, one of the function's results, at `indices` for the lanes that are on.
  void store(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value, mlir::Value buffer,
             llvm::ArrayRef<LaneIndex> indices, mlir::Value mask);

  // Promises: `value` is a multiple of `multiple`; some lane of `mask` is on.
  void assumeMultiple(mlir::Value value, int64_t multiple);
  void assumeNonEmpty(mlir::Value mask);

  // A constant index, made once, in the function's entry block; the value of an expression over the sizes.
  mlir::Value constantIndex(int64_t value);
  mlir::Value materialize(mlir::OpBuilder &builder, mlir::Location loc, mlir::AffineExpr expr);

  void clearCache();
  int64_t width() const { return laneCount; }
  RegionState &sharedState() { return *state; }

private:
  RegionVectorizer(std::shared_ptr<RegionState> state, int64_t width) : state(std::move(state)), laneCount(width) {}
  std::shared_ptr<RegionState> state;
  int64_t laneCount;
};

// Lanes for a region at a level: as many as fit a register of its widest element in registers. 1 if it holds complex
// elements.
int64_t regionWidth(KernelOp kernel, const CpuLevel &level);

} // namespace ingot

#endif // INGOT_COMPILER_CODEGEN_REGIONVECTORIZER_H
