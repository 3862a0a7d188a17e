// The function an emitter fills: the bufferised form of one kernel, in destination-passing style.
#ifndef INGOT_COMPILER_CODEGEN_KERNELFUNCTION_H
#define INGOT_COMPILER_CODEGEN_KERNELFUNCTION_H

#include "ir/Dialect.h"
#include "ir/Types.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

namespace ingot {

// func.func @NAME(operands.. : memref, results.. : memref, sizes.. : index, %begin: index, %end: index, %scratch:
// memref<?xi8>)
//
// One memref of identity layout for each operand and result of the kernel, dynamic where the dim is symbolic; one index for
// each of the module's sizes; [begin, end) is the range of grid tiles to compute; scratch is this worker's, 64-byte aligned.
// Elements of i1 are stored as i8 (0 or 1), elements narrower than a byte one per byte. No two memrefs alias except where
// schedule put a result in place of an operand. The result of an update always lies in its operand's memory.
struct KernelFunction {
  mlir::func::FuncOp function;
  llvm::SmallVector<mlir::Value> operands; // memrefs, by the kernel's block arguments
  llvm::SmallVector<mlir::Value> results;  // memrefs, by the kernel's returned values
  llvm::SmallVector<mlir::Value> sizes;    // index
  mlir::Value begin, end;                  // index
  mlir::Value scratch;                     // memref<?xi8>

  // A counting kernel's: how many elements were loaded of each argument and made of each op's first result, and what the
  // contraction emitter multiplied; null in others.
  mlir::Value counters;
  llvm::DenseMap<mlir::Value, int64_t> counterOf;
  static int64_t counterCount(KernelOp kernel);

  // Makes the empty function for `kernel` in front of `builder`'s insertion point and leaves the builder in its body, before
  // the return.
  // `countersName`: of the global that a counting kernel counts in; empty: it does not count.
  static KernelFunction create(mlir::OpBuilder &builder, KernelOp kernel, unsigned sizeCount,
                               llvm::StringRef countersName = "");

  // Adds `elements`, an index, to the counter of `tensor` (null: of products) where the kernel counts.
  void count(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value tensor,
             llvm::function_ref<mlir::Value()> elements) const;

  // The value of an expression over the sizes, as an index.
  mlir::Value materialize(mlir::OpBuilder &builder, mlir::Location loc, mlir::AffineExpr expr) const;
};

// Attributes of the function: of an argument with symbolic dims its #ingot.dims, of the function the number of size
// arguments.
inline constexpr llvm::StringLiteral kDimsAttr = "ingot.dims";
inline constexpr llvm::StringLiteral kSizeCountAttr = "ingot.size_count";

// The value of an expression, size i being sizes[i], as an index.
mlir::Value materializeExpr(mlir::OpBuilder &builder, mlir::Location loc, mlir::AffineExpr expr, mlir::ValueRange sizes);

// The memref a tensor lives in.
mlir::MemRefType bufferType(mlir::RankedTensorType type);
// The element type a buffer stores for a tensor's element type: signless integers of at least 8 bits (i1 -> i8, ui4 -> i8);
// floats narrower than 32 bits as integers of their bits (bf16 -> i16, f8E5M2 -> i8). And the type registers hold: signless
// integers (ui8 -> i8, i1 -> i1), f32 for all narrower floats.
mlir::Type storageType(mlir::Type elementType);
mlir::Type computeType(mlir::Type elementType);

} // namespace ingot

#endif // INGOT_COMPILER_CODEGEN_KERNELFUNCTION_H
