// Evaluates the tensor values of a fusion region element by element, or vectors of neighbouring elements at a time: the one place where
// elementwise, shape and reduction ops become scalar and vector code. The loop emitter is built on it, and the contraction emitter calls
// it for packing its left operand and for its epilogues.
#ifndef INGOT_COMPILER_CODEGEN_REGIONVECTORIZER_H
#define INGOT_COMPILER_CODEGEN_REGIONVECTORIZER_H

#include "compiler/codegen/CpuLevel.h"
#include "compiler/codegen/KernelFunction.h"
#include "llvm/ADT/DenseMap.h"

#include <functional>

namespace ingot {

// An index along one dim for all lanes of a vector: base + step * lane, or, where it is not affine in the lane, a vector of indices.
struct LaneIndex {
  mlir::Value base;     // index; unset if `lanes` is set
  int64_t step = 0;     // elements of this dim per lane; 0: all lanes share the index
  mlir::Value lanes;    // vector<W x index>, or null
};

class RegionVectorizer {
public:
  // Asks for the value of a tensor at `indices`; what evaluate returns.
  using Provider =
      std::function<mlir::Value(mlir::OpBuilder &, mlir::Location, llvm::ArrayRef<LaneIndex> indices, mlir::Value mask)>;

  // `function` supplies the buffers of the kernel's block arguments and the sizes. `width` lanes; 1: scalar code.
  RegionVectorizer(KernelOp kernel, const KernelFunction &function, const CpuLevel &level, int64_t width);

  // Makes `provider` the source of `tensor` instead of its defining op: an accumulator, a staged row, a reduction's result.
  void provide(mlir::Value tensor, Provider provider);

  // The element(s) of `tensor` at `indices` (one per dim): a scalar of computeType if width is 1, else vector<width x computeType>.
  // `mask` (vector<width x i1>, i1 if width is 1, or null = all on): lanes that are off touch no memory and yield unspecified values.
  // Values are cached while the builder's block and indices are the same (call clearCache when moving on).
  mlir::Value evaluate(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value tensor, llvm::ArrayRef<LaneIndex> indices,
                       mlir::Value mask);

  // Writes `value` to `buffer` at `indices` for the lanes that are on.
  void store(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value, mlir::Value buffer, llvm::ArrayRef<LaneIndex> indices,
             mlir::Value mask);

  void clearCache();
  int64_t width() const { return laneCount; }

private:
  KernelOp kernel;
  const KernelFunction &function;
  const CpuLevel &level;
  int64_t laneCount;
  llvm::DenseMap<mlir::Value, Provider> providers;
  struct Cache;
  std::shared_ptr<Cache> cache;
};

} // namespace ingot

#endif // INGOT_COMPILER_CODEGEN_REGIONVECTORIZER_H
