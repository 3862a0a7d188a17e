// What happens to a tile's sums: the region's elementwise end and the stores of its results.
#ifndef INGOT_COMPILER_CODEGEN_CONTRACTION_EPILOGUE_H
#define INGOT_COMPILER_CODEGEN_CONTRACTION_EPILOGUE_H

#include "compiler/codegen/RegionVectorizer.h"
#include "compiler/codegen/contraction/IndexMath.h"
#include "compiler/codegen/contraction/Plan.h"

namespace ingot {

class Epilogue {
public:
  // Builds, at the builder's insertion point, what all tiles share. That point must dominate every later call.
  Epilogue(IndexMath &math, KernelOp kernel, const ContractionMatch &match, const ContractionPlan &plan,
           const CpuLevel &level, const KernelFunction &function);

  // Finishes one vector of sums: row `row` of outer index `outer`, columns from `column`. `mask`: null, or the lanes within
  // the result.
  void emit(mlir::Value outer, mlir::Value row, mlir::Value column, mlir::Value sums, mlir::Value mask);

  // Finishes `rows` rows of sums in scratch, row r at offset + r * stride, columns [column, column + count).
  void emitRows(mlir::Value scratch, mlir::Value offset, int64_t stride, mlir::Value outer, mlir::Value row,
                mlir::Value rows, mlir::Value column, int64_t count);

private:
  // Inputs of the epilogue that have the result's index space: read by position instead of by dims.
  void provideFlatInputs();
  llvm::SmallVector<LaneIndex> indices(mlir::Value outer, mlir::Value row, mlir::Value column);
  llvm::SmallVector<LaneIndex> follow(const Movement &movement, llvm::SmallVector<LaneIndex> from);

  IndexMath &math;
  const ContractionMatch &match;
  const ContractionPlan &plan;
  const KernelFunction &function;
  RegionVectorizer vectorizer;
  mlir::VectorType type;
  llvm::SmallVector<mlir::Value> extents; // of the result's dims but the last
  mlir::Value rows, allColumns;
  mlir::Value position; // of the vector being finished, in the flat result
};

} // namespace ingot

#endif // INGOT_COMPILER_CODEGEN_CONTRACTION_EPILOGUE_H
