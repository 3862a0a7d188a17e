// The innermost loops: the sums of one register tile.
#ifndef INGOT_COMPILER_CODEGEN_CONTRACTION_MICROKERNEL_H
#define INGOT_COMPILER_CODEGEN_CONTRACTION_MICROKERNEL_H

#include "compiler/codegen/contraction/IndexMath.h"
#include "compiler/codegen/contraction/Plan.h"

namespace ingot {

// The part of the depth one pass sums over: segments [segmentBegin, segmentEnd), of each the run's elements [runBegin,
// runEnd).
struct DepthBlock {
  mlir::Value segmentBegin, segmentEnd, runBegin, runEnd;
  // Depth of the first element: segmentBegin * run + runBegin.
  mlir::Value depthBegin;
};

// Lines of the right operand to bring into the second-level cache while a tile is summed: `linesPerStep` from each step of
// the innermost loop, from element `offset` on, none beyond `limit`. linesPerStep 0: none.
struct Prefetch {
  mlir::Value offset, limit;
  int64_t linesPerStep = 0;
};

struct TileOperands {
  mlir::Value left; // memref<?xf32>
  // Offsets of the tile's rows at depth 0: one for each row, or one base to which rowDeltas are added.
  llvm::SmallVector<mlir::Value> rowOffsets;
  llvm::SmallVector<int64_t> rowDeltas;
  llvm::SmallVector<mlir::Value> segmentSteps; // by the dims of the match's segments
  mlir::Value right;                           // memref<?xf32>
  mlir::Value rightOffset;                     // of depth 0 and the tile's first column; steps by panelWidth along depth
};

// Adds the products over `depth` to `init` (rows * vectors accumulators, row by row) and returns the sums.
llvm::SmallVector<mlir::Value> emitTileSums(IndexMath &math, const ContractionMatch &match, const ContractionPlan &plan,
                                            const CpuLevel &level, int64_t rows, const TileOperands &operands,
                                            const DepthBlock &depth, const Prefetch &prefetch, mlir::ValueRange init);

// Steps the innermost loop makes for a tile in one depth block, at most.
int64_t stepsPerTile(const ContractionPlan &plan);

} // namespace ingot

#endif // INGOT_COMPILER_CODEGEN_CONTRACTION_MICROKERNEL_H
