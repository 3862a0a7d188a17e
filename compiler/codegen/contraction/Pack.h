// Copies of the operands in scratch, where they cannot be read in place: the left operand's rows with padding and whatever
// computes them, and panels of a right operand that is no weight.
#ifndef INGOT_COMPILER_CODEGEN_CONTRACTION_PACK_H
#define INGOT_COMPILER_CODEGEN_CONTRACTION_PACK_H

#include "compiler/codegen/RegionVectorizer.h"
#include "compiler/codegen/contraction/IndexMath.h"
#include "compiler/codegen/contraction/MicroKernel.h"
#include "compiler/codegen/contraction/Plan.h"

namespace ingot {

class LeftPacker {
public:
  // `packed`: memref<?xf32> of scratch. Builds at the builder's insertion point what all calls share.
  LeftPacker(IndexMath &math, KernelOp kernel, const ContractionMatch &match, const ContractionPlan &plan,
             const CpuLevel &level, const KernelFunction &function, mlir::Value packed);

  // Packs what rows [first, end) of outer index `outer` read.
  void pack(mlir::Value outer, mlir::Value first, mlir::Value end);

private:
  void packRows(mlir::Value outer, mlir::Value first, mlir::Value end);
  void packWindows(mlir::Value outer, mlir::Value first, mlir::Value end);
  // Packs one line along the last spatial dim: `count` positions of which [low, high) exist; the first that exists is input
  // position `source` of the line at `place` (the other dims' indices). `target`: offset of position 0.
  void packLine(llvm::ArrayRef<mlir::Value> place, mlir::Value source, mlir::Value low, mlir::Value high, mlir::Value count,
                mlir::Value target);
  void copyLine(llvm::ArrayRef<mlir::Value> place, mlir::Value source, mlir::Value count, mlir::Value target);
  void computeLine(llvm::ArrayRef<mlir::Value> place, mlir::Value source, mlir::Value count, mlir::Value target);
  // The features of one place, all known to exist.
  void copyFeatures(mlir::Value from, mlir::Value to);
  void fillZeros(mlir::Value begin, mlir::Value end);
  mlir::Value mask(RegionVectorizer &vectorizer, mlir::Value lanes);

  IndexMath &math;
  const ContractionMatch &match;
  const ContractionPlan &plan;
  const CpuLevel &level;
  const KernelFunction &function;
  mlir::Value packed;
  mlir::RankedTensorType lhsType;
  RegionVectorizer vectorizer;
  mlir::Value input;        // flat, if the left operand is an input's memory
  mlir::Value firstFeature; // of the group being packed
  llvm::SmallVector<mlir::Value> lhsExtents;
  llvm::SmallVector<mlir::Value> packedExtents; // of the spatial dims behind the first
  mlir::Value innerRows;                        // of one output place along the first spatial dim
  mlir::Value rowStep;                          // not windowed: packed elements of a row
  mlir::Value run;
};

class RightPacker {
public:
  RightPacker(IndexMath &math, KernelOp kernel, const ContractionMatch &match, const ContractionPlan &plan,
              const CpuLevel &level, const KernelFunction &function, mlir::Value packed);

  // Packs [depth block][panelWidth] of panel `panel` from depth `begin` on, `count` deep, for outer index `outer`.
  void pack(mlir::Value outer, mlir::Value panel, mlir::Value begin, mlir::Value count);

private:
  // `column` is of the group.
  llvm::SmallVector<LaneIndex> indices(mlir::Value outer, mlir::Value depth, mlir::Value column, bool alongDepth);

  IndexMath &math;
  const ContractionMatch &match;
  const ContractionPlan &plan;
  mlir::Value packed;
  bool depthIsLast; // lanes run along depth, where neighbours lie side by side
  RegionVectorizer vectorizer;
  mlir::Value allColumns;
  llvm::SmallVector<mlir::Value> outerExtents;
};

} // namespace ingot

#endif // INGOT_COMPILER_CODEGEN_CONTRACTION_PACK_H
