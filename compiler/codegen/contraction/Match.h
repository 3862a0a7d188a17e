// Recognises the contraction of a fused region and what surrounds it.
#ifndef INGOT_COMPILER_CODEGEN_CONTRACTION_MATCH_H
#define INGOT_COMPILER_CODEGEN_CONTRACTION_MATCH_H

#include "ir/Dialect.h"
#include "ir/Types.h"
#include "llvm/ADT/DenseMap.h"

#include <optional>

namespace ingot {

// A value computed from the contraction's result, element by element in the result's index space, and the transposes and
// reshapes that lead from that space to the value's.
using Movement = llvm::SmallVector<mlir::Operation *, 2>;

// A returned value: `source` in the index space `movement` leads to; the reshapes that stood between them only rename
// memory.
struct ContractionOutput {
  mlir::Value source;
  Movement movement;
};

// The contraction as a product [rows x depth] * [depth x columns] for each outer index. The result's dims are `outerRank`
// outer dims, then the row dims, then the columns of each group in turn; the group is the last part of an outer index; a
// matrix's rows are its row dims in row-major order. Depth is `segments` (a window's leading dims, in row-major order) times
// a `run` of neighbouring elements of the left operand.
struct ContractionMatch {
  mlir::Operation *op = nullptr; // DotGeneralOp or ConvolutionOp
  mlir::Value lhs, rhs;          // its operands

  unsigned outerRank = 0;
  mlir::AffineExpr outer, rows;
  int64_t groups = 1; // of a convolution's features
  // Of a group. -1 where only the expression tells; a depth that does is one segment and the right operand no panels.
  int64_t columns = 0;
  mlir::AffineExpr columnsExpr;
  int64_t mostColumns = 0;
  // Features of the left operand that a group reads of each place. Of windows alone.
  int64_t features = 0;
  llvm::SmallVector<int64_t> segments;
  int64_t run = 0;
  mlir::AffineExpr runExpr;
  int64_t mostRun = 0;

  // A window slides over the left operand; else the left operand has a row of `run` elements for each row.
  bool windowed = false;

  // The input whose memory is the left operand in row-major order, null if the operand is computed in the region.
  mlir::Value leftInput;
  // The input that holds the right operand in panels of `panelWidth` columns, null if it is none.
  mlir::Value panels;
  int64_t panelWidth = 0;

  llvm::SmallVector<mlir::Operation *> epilogue;   // ops computed from the contraction's result, in order
  llvm::DenseMap<mlir::Value, Movement> movements; // of the contraction's result and everything computed from it
  llvm::SmallVector<ContractionOutput> outputs;    // for each returned value
  bool prologueIsLight = true; // what computes the operands costs no more than a few instructions an element

  mlir::RankedTensorType resultType() const { return mlir::cast<mlir::RankedTensorType>(op->getResult(0).getType()); }
  int64_t depth() const; // at most
  // Elements of the left operand between neighbouring places (or rows) in its own memory; -1 where only `runExpr` tells.
  int64_t placeStride() const { return groups * (windowed ? features : run); }
  // The dim of lhs that runs along depth, and the dims of lhs for the outer and row dims of the result. Not for windows.
  unsigned lhsDepthDim() const;
  llvm::SmallVector<unsigned> lhsOuterRowDims() const;
};

// The match of a region made of `ops` in topological order that returns `results`; every other value is an input. None if
// the emitter does not take it: there must be exactly one contraction of f32, every result computed from it, and nothing but
// elementwise and data movement ops around it.
std::optional<ContractionMatch> matchContraction(llvm::ArrayRef<mlir::Operation *> ops, llvm::ArrayRef<mlir::Value> results);
std::optional<ContractionMatch> matchContraction(KernelOp kernel);

// f32 operands and result.
bool takesElementTypes(mlir::Operation *op);
// Channels-last dims, no dilated input, groups of enough features to fill vectors.
bool takesConvolution(ConvolutionOp op);
// Whether a product is so small that loops make it as fast for the program, and compile in a part of the time. Never of packed weights.
bool isTiny(DotGeneralOp op);

} // namespace ingot

#endif // INGOT_COMPILER_CODEGEN_CONTRACTION_MATCH_H
