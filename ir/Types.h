// Tensor types with symbolic dims: a dim is an AffineExpr, either a constant or an expression over the module's sizes s0,
// s1, ...
#ifndef INGOT_IR_TYPES_H
#define INGOT_IR_TYPES_H

#include "ir/Dialect.h"
#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"

#include <optional>
#include <string>
#include <utility>

namespace ingot {

// The tensor type with these dims; static dims where the expression is constant, else dynamic with the #ingot.dims encoding.
mlir::RankedTensorType makeTensorType(llvm::ArrayRef<mlir::AffineExpr> dims, mlir::Type elementType);
// All static.
mlir::RankedTensorType makeTensorType(llvm::ArrayRef<int64_t> dims, mlir::Type elementType);

// Dim `index` as an expression. Precondition: a dynamic dim comes with the encoding.
mlir::AffineExpr dimExpr(mlir::RankedTensorType type, unsigned index);
llvm::SmallVector<mlir::AffineExpr> dimExprs(mlir::RankedTensorType type);
// Product of all dims.
mlir::AffineExpr numElementsExpr(mlir::RankedTensorType type);

// The normal form of an expression: a sum of products with constant coefficients, ordered; divisions by constants reduced.
// Equal polynomials have one normal form, so makeTensorType uses it and equal types compare equal.
mlir::AffineExpr simplifyExpr(mlir::AffineExpr expr);
// True if both have the same value for all sizes, as far as the normal form tells.
bool sameExpr(mlir::AffineExpr lhs, mlir::AffineExpr rhs);

// The same dims with another element type.
mlir::RankedTensorType withElementType(mlir::RankedTensorType type, mlir::Type elementType);

// The sizes of the module around `op`, empty if it has none.
llvm::SmallVector<SizeAttr> moduleSizes(mlir::Operation *op);
// Value of an expression with size i = values[i]; nullopt on a division by zero or overflow.
std::optional<int64_t> evaluateExpr(mlir::AffineExpr expr, llvm::ArrayRef<int64_t> values);
// Value with every size at its maximum; expressions that shrink with a size are bounded over both ends.
std::optional<int64_t> maxOfExpr(mlir::AffineExpr expr, llvm::ArrayRef<SizeAttr> sizes);

// Smallest and largest value an expression takes over the sizes' ranges, conservatively; nullopt on overflow or an unknown
// size.
std::optional<std::pair<int64_t, int64_t>> rangeOfExpr(mlir::AffineExpr expr, llvm::ArrayRef<SizeAttr> sizes);

// True if the expression mentions this size.
bool mentionsSize(mlir::AffineExpr expr, unsigned size);
// What an expression is at most, whatever the sizes of data are: an expression over the other sizes, none of whose values is less than
// that of `expr` at the same values of these. nullopt on overflow or an unknown size.
std::optional<mlir::AffineExpr> boundOverData(mlir::AffineExpr expr, llvm::ArrayRef<SizeAttr> sizes);

// True if the type is static or all its dynamic dims carry expressions.
bool hasKnownDims(mlir::RankedTensorType type);
// What the dialect's ops compute on: known dims, and an element type with a dtype.
bool isOperandType(mlir::RankedTensorType type);

// Bytes an element takes in a buffer: sub-byte types and i1 take one. 0 if the type is none of ours.
int64_t elementBytes(mlir::Type elementType);
// How many elements a byte holds where their bits follow each other: 2 or 4 of types of 4 and 2 bits, else 1, also of booleans and of
// types of 6 bits. 0 if an element takes more than a byte.
unsigned elementsInByte(mlir::Type elementType);
// enum ingot_dtype of runtime/include/ingot/dtype.h, 0 if none, and back (signless integers for I*, null if unknown).
uint32_t dtypeOf(mlir::Type elementType);
mlir::Type elementTypeOf(mlir::MLIRContext *context, uint32_t dtype);

// For messages: "batch * 2 + 1" (s0, s1 ... where `sizes` does not name them).
std::string describeExpr(mlir::AffineExpr expr, llvm::ArrayRef<SizeAttr> sizes);
// For messages: "f32[batch,3,224,224]".
std::string describeType(mlir::RankedTensorType type, llvm::ArrayRef<SizeAttr> sizes);
// "f32": as messages, tables and headers spell it everywhere.
std::string describeElementType(mlir::Type type);

} // namespace ingot

#endif // INGOT_IR_TYPES_H
