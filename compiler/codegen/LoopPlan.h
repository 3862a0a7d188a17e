// How the loop emitter runs one kernel: a loop nest for each group of results with equal dims. Internal to codegen.
#ifndef INGOT_COMPILER_CODEGEN_LOOPPLAN_H
#define INGOT_COMPILER_CODEGEN_LOOPPLAN_H

#include "compiler/codegen/KernelEmitter.h"
#include "ir/Types.h"

#include <vector>

namespace ingot {

class RegionAnalysis;

// What the loops compute of the kernel's results: the returned values; of an update (passes/schedule/Schedule.h), whose
// result lies in its operand's memory, the window alone.
llvm::SmallVector<mlir::Value> computedValues(KernelOp kernel);

// Loops from the outside in: the points of the outer dims, flattened and cut into tiles; the middle dims; the lane dim in
// steps of `width`; the inner dims. The space is the results' dims with the last `collapsed` of them run as one. Dims that
// are always 1 have no loop. Reductions that depend on the outer dims (and lanes) alone are made between the loops.
struct LoopNest {
  llvm::SmallVector<int64_t> results; // numbers of the kernel's results computed here
  int64_t collapsed = 1;
  llvm::SmallVector<int64_t> outer, middle, inner;
  int64_t lane = -1;   // dim of the space, -1: no lanes
  int64_t width = 1;   // lanes
  int64_t unroll = 1;  // vectors a round
  bool masked = false; // every round of the lane loop is masked; else only the last, or scalar loops do what is left
  int64_t tile = 1;    // outer points a tile
  // A dim that memory is contiguous along where it is strided along the lanes, -1: none. Blocks of width x width places of
  // the two are read by rows and transposed in registers. Such a dim is none of the others.
  int64_t transposed = -1;
  int64_t split = 0; // lane elements a tile; 0: all of them
  // Values kept in the worker's scratch by the first reduction that needs them, for the later ones and the results:
  // positions of their ops in the kernel's block. Such a nest has one lane loop over a dim that all its reductions run over.
  llvm::SmallVector<int64_t> cached;
  double cost = 0; // nanoseconds at the sizes' maxima

  // The dims of the space as expressions.
  llvm::SmallVector<mlir::AffineExpr> extents(KernelOp kernel) const;
  mlir::AffineExpr outerPoints(KernelOp kernel) const;
  mlir::AffineExpr grid(KernelOp kernel) const;
  mlir::AffineExpr scratch(KernelOp kernel) const;
};

// Follows the evaluation of what the nest computes, with a variable of the analysis for each dim of its space.
void visitSpace(RegionAnalysis &analysis, KernelOp kernel, const LoopNest &nest, llvm::ArrayRef<int64_t> extents);

// The elements that the nests make of each reduction, contraction and window where size i is sizes[i] (LoopWork.cpp).
std::vector<OpWork> workOfLoops(KernelOp kernel, llvm::ArrayRef<LoopNest> nests, llvm::ArrayRef<int64_t> sizes);

// True if `op` takes one element of each row: a slice of a tensor with the dims of `space` to dims of 1 along `rowDims`.
bool isRowElement(mlir::Operation *op, mlir::RankedTensorType space, llvm::ArrayRef<int64_t> rowDims);

std::vector<LoopNest> planLoops(KernelOp kernel, const CpuLevel &level, llvm::ArrayRef<SizeAttr> sizes);

// As KernelPlan::params.
mlir::DictionaryAttr describeNests(mlir::MLIRContext *context, llvm::ArrayRef<LoopNest> nests);

} // namespace ingot

#endif // INGOT_COMPILER_CODEGEN_LOOPPLAN_H
