// How a contraction is cut up: register tile, depth blocks, grid, scratch.
#ifndef INGOT_COMPILER_CODEGEN_CONTRACTION_PLAN_H
#define INGOT_COMPILER_CODEGEN_CONTRACTION_PLAN_H

#include "compiler/codegen/CpuLevel.h"
#include "compiler/codegen/KernelEmitter.h"
#include "compiler/codegen/contraction/Match.h"

namespace ingot {

// Where element (row, depth) of the left operand lies, in elements from the start of an outer index's part (read in place)
// or of the packed block, as expressions over the sizes. A row index is taken apart into dims of `rowExtents` (that of the
// first is not needed), each with its step.
struct LeftAddress {
  llvm::SmallVector<mlir::AffineExpr> rowExtents, rowSteps;
  llvm::SmallVector<mlir::AffineExpr> segmentSteps;
  mlir::AffineExpr outerStep; // in place, windowed: elements of an image; otherwise rows * the step of one
};

// Nouns
//   panel   `panelWidth` columns of the right operand, contiguous: [depth][panelWidth].
//   tile    `tileRows` rows (or fewer) by some vectors of `lanes` columns, whose sums are registers. The rows of an outer
//           index are cut into tiles of equal height: ceil(rows / tileRows) of them, whose heights differ by at most one.
//   sub     consecutive tiles of one panel: what one grid index stands for.
//   block   `subsPerBlock` subs: rows whose left operand stays in the second-level cache while panels pass by.
// Grid indices run over (outer index, block, panel, sub), the last fastest.
struct ContractionPlan {
  int64_t panelWidth = 0, panels = 0; // at most so many panels
  int64_t lanes = 0, tileRows = 0;
  // Vectors side by side in a tile of each height up to tileRows. All the same where the number of rows is known when
  // compiling.
  llvm::SmallVector<int64_t> vectorsOfHeight;
  int64_t unroll = 1;                                                       // depth steps in the innermost loop's body
  int64_t segmentsPerDepthBlock = 1, runPerDepthBlock = 0, depthBlocks = 1; // at most so many
  int64_t tilesPerSub = 1, subsPerBlock = 1;
  int64_t panelsPerPass = 0; // panels a pass over the depth blocks holds partial sums for; 0: any number
  bool packLeft = false, packRight = false;
  bool storeFromRegisters = false; // the epilogue runs on the registers; else on the tile's sums in scratch, in a loop
  bool alignedTiles = false;       // all tiles are of tileRows rows and start where the last row dim's index is known
  LeftAddress left;
  // Windowed, packed: the spatial extents with padding; that of the first dim is not needed.
  llvm::SmallVector<mlir::AffineExpr> packedExtents;
  int64_t leftBytes = 0, rightBytes = 0, sumBytes = 0; // of scratch, in this order

  int64_t vectors(int64_t height) const { return vectorsOfHeight[height]; }
  int64_t tilesPerBlock() const { return tilesPerSub * subsPerBlock; }
  int64_t rowsPerBlock() const { return tilesPerBlock() * tileRows; }
  // Number of depth blocks that share one segment.
  int64_t runBlocks(const ContractionMatch &match) const {
    return (match.mostRun + runPerDepthBlock - 1) / runPerDepthBlock;
  }
};

ContractionPlan planContraction(const ContractionMatch &match, const CpuLevel &level, llvm::ArrayRef<SizeAttr> sizes);

// Number of panels, of tiles of an outer index, and of grid indices.
mlir::AffineExpr panelCountExpr(const ContractionMatch &match, const ContractionPlan &plan);
mlir::AffineExpr tileCountExpr(const ContractionMatch &match, const ContractionPlan &plan);
mlir::AffineExpr gridExpr(const ContractionMatch &match, const ContractionPlan &plan);

// The choices worth seeing in a dump.
mlir::DictionaryAttr describePlan(const ContractionPlan &plan, mlir::MLIRContext *context);
// Nanoseconds on one worker at the sizes' maxima.
double estimateContraction(const ContractionMatch &match, const ContractionPlan &plan, const CpuLevel &level,
                           llvm::ArrayRef<SizeAttr> sizes);

// Width of the panels a weight with this many columns is packed into, for every level: the widest whose zero padding stays
// under 15 %.
int64_t panelWidthFor(int64_t columns);
// The same for panels of a group that are packed where they are used, for one level.
int64_t groupPanelWidthFor(int64_t columns, const CpuLevel &level);

} // namespace ingot

#endif // INGOT_COMPILER_CODEGEN_CONTRACTION_PLAN_H
