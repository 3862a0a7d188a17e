// A small tensor whose elements the importer knows: a constant, or shape arithmetic, whose integers may be expressions over
// sizes.
#ifndef INGOT_FRONTENDS_ONNX_HOSTVALUE_H
#define INGOT_FRONTENDS_ONNX_HOSTVALUE_H

#include "ir/Dialect.h"
#include "ir/Types.h"

#include <optional>

namespace ingot::onnx {

struct HostValue {
  // Tensors of more elements are data, never host values.
  static constexpr int64_t kMaxElements = 4096;

  mlir::RankedTensorType type;              // static
  llvm::SmallVector<mlir::AffineExpr> ints; // elements of an integer or i1 type
  llvm::SmallVector<double> floats;         // elements of a float type, rounded to it
  // Set where an element comes from the bytes of a run-time input (ImportOptions::specialise): it may decide a shape, but is
  // no substitute for the data.
  bool fromInput = false;

  bool isFloat() const { return mlir::isa<mlir::FloatType>(type.getElementType()); }
  int64_t size() const { return isFloat() ? floats.size() : ints.size(); }
  // All elements as numbers; none if one is an expression or the type is a float.
  std::optional<llvm::SmallVector<int64_t>> constants() const;
  // Element `index` as a float; none for an expression.
  std::optional<double> number(int64_t index) const;
  // True if no element is an expression.
  bool isConstant() const { return isFloat() || constants().has_value(); }

  static HostValue makeInts(mlir::RankedTensorType type, llvm::ArrayRef<mlir::AffineExpr> elements);
  static HostValue makeInts(mlir::RankedTensorType type, llvm::ArrayRef<int64_t> elements);
  static HostValue makeFloats(mlir::RankedTensorType type, llvm::ArrayRef<double> elements);
};

// True for the element types a HostValue can hold.
bool canBeHostValue(mlir::RankedTensorType type);

// The value rounded (wrapped, for integers) to the element type.
double roundToType(double value, mlir::Type elementType);
int64_t wrapToType(int64_t value, mlir::Type elementType);

// The constant as an attribute. Precondition: value.isConstant().
mlir::DenseElementsAttr toAttribute(const HostValue &value);
// The elements of an attribute. Precondition: canBeHostValue(its type).
HostValue fromAttribute(mlir::DenseElementsAttr attribute);

// The product of `numerators` divided by that of `denominators`, where it divides evenly; null where it does not.
mlir::AffineExpr divideExactly(llvm::ArrayRef<mlir::AffineExpr> numerators, llvm::ArrayRef<mlir::AffineExpr> denominators,
                               mlir::MLIRContext *context);

} // namespace ingot::onnx

#endif // INGOT_FRONTENDS_ONNX_HOSTVALUE_H
