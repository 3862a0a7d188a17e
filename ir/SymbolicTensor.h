// A small tensor whose elements are known before a program runs: numbers, and integers that are expressions over the
// module's sizes.
#ifndef INGOT_IR_SYMBOLICTENSOR_H
#define INGOT_IR_SYMBOLICTENSOR_H

#include "ir/Dialect.h"
#include "ir/Types.h"

#include <optional>

namespace ingot {

struct SymbolicTensor {
  // Tensors of more elements are data, never symbolic.
  static constexpr int64_t kMaxElements = 4096;

  mlir::RankedTensorType type;              // static
  llvm::SmallVector<mlir::AffineExpr> ints; // elements of an integer or i1 type
  llvm::SmallVector<double> floats;         // elements of a float type, rounded to it
  // The arguments of the entry function whose given elements decide these: they hold for such a call alone, so they may
  // decide a shape, but are no substitute for the data. Ascending.
  llvm::SmallVector<unsigned> arguments;

  bool isFloat() const { return mlir::isa<mlir::FloatType>(type.getElementType()); }
  bool isGiven() const { return !arguments.empty(); }
  int64_t size() const { return isFloat() ? floats.size() : ints.size(); }
  // All elements as numbers; none if one is an expression or the type is a float.
  std::optional<llvm::SmallVector<int64_t>> constants() const;
  // Element `index` as a float; none for an expression.
  std::optional<double> number(int64_t index) const;
  // True if no element is an expression.
  bool isConstant() const { return isFloat() || constants().has_value(); }

  static SymbolicTensor makeInts(mlir::RankedTensorType type, llvm::ArrayRef<mlir::AffineExpr> elements);
  static SymbolicTensor makeInts(mlir::RankedTensorType type, llvm::ArrayRef<int64_t> elements);
  static SymbolicTensor makeFloats(mlir::RankedTensorType type, llvm::ArrayRef<double> elements);
};

// True for the types a SymbolicTensor can have.
bool canBeSymbolic(mlir::RankedTensorType type);

// The value rounded (wrapped, for integers) to the element type.
double roundToType(double value, mlir::Type elementType);
int64_t wrapToType(int64_t value, mlir::Type elementType);

// The constant as an attribute. Precondition: value.isConstant().
mlir::DenseElementsAttr toAttribute(const SymbolicTensor &value);
// The elements of an attribute. Precondition: canBeSymbolic(its type).
SymbolicTensor fromAttribute(mlir::DenseElementsAttr attribute);

} // namespace ingot

#endif // INGOT_IR_SYMBOLICTENSOR_H
