#include "ir/SymbolicTensor.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace ingot {

std::optional<SmallVector<int64_t>> SymbolicTensor::constants() const {
  if (isFloat())
    return std::nullopt;
  SmallVector<int64_t> values;
  for (AffineExpr element : ints) {
    auto constant = dyn_cast<AffineConstantExpr>(element);
    if (!constant)
      return std::nullopt;
    values.push_back(constant.getValue());
  }
  return values;
}

std::optional<double> SymbolicTensor::number(int64_t index) const {
  if (isFloat())
    return floats[index];
  if (auto constant = dyn_cast<AffineConstantExpr>(ints[index]))
    return static_cast<double>(constant.getValue());
  return std::nullopt;
}

SymbolicTensor SymbolicTensor::makeInts(RankedTensorType type, ArrayRef<AffineExpr> elements) {
  SymbolicTensor value;
  value.type = type;
  for (AffineExpr element : elements) {
    AffineExpr expr = simplifyExpr(element);
    if (auto constant = dyn_cast<AffineConstantExpr>(expr))
      expr = getAffineConstantExpr(wrapToType(constant.getValue(), type.getElementType()), type.getContext());
    value.ints.push_back(expr);
  }
  return value;
}

SymbolicTensor SymbolicTensor::makeInts(RankedTensorType type, ArrayRef<int64_t> elements) {
  SymbolicTensor value;
  value.type = type;
  for (int64_t element : elements)
    value.ints.push_back(getAffineConstantExpr(wrapToType(element, type.getElementType()), type.getContext()));
  return value;
}

SymbolicTensor SymbolicTensor::makeFloats(RankedTensorType type, ArrayRef<double> elements) {
  SymbolicTensor value;
  value.type = type;
  for (double element : elements)
    value.floats.push_back(roundToType(element, type.getElementType()));
  return value;
}

bool canBeSymbolic(RankedTensorType type) {
  if (!type.hasStaticShape() || type.getRank() > 16)
    return false;
  int64_t count = 1;
  for (int64_t dim : type.getShape()) {
    if (dim > SymbolicTensor::kMaxElements)
      return false;
    count *= dim;
    if (count > SymbolicTensor::kMaxElements)
      return false;
  }
  return isa<FloatType, IntegerType>(type.getElementType());
}

double roundToType(double value, Type elementType) {
  auto type = cast<FloatType>(elementType);
  if (type.isF64())
    return value;
  if (type.isF32())
    return static_cast<float>(value);
  llvm::APFloat number(value);
  bool loses = false;
  number.convert(type.getFloatSemantics(), llvm::APFloat::rmNearestTiesToEven, &loses);
  number.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven, &loses);
  return number.convertToDouble();
}

int64_t wrapToType(int64_t value, Type elementType) {
  auto type = cast<IntegerType>(elementType);
  unsigned width = type.getWidth();
  if (width == 1)
    return value != 0;
  if (width >= 64)
    return value;
  uint64_t bits = static_cast<uint64_t>(value) & llvm::maskTrailingOnes<uint64_t>(width);
  return type.isUnsigned() ? static_cast<int64_t>(bits) : llvm::SignExtend64(bits, width);
}

DenseElementsAttr toAttribute(const SymbolicTensor &value) {
  Type elementType = value.type.getElementType();
  if (value.isFloat()) {
    SmallVector<llvm::APFloat> elements;
    for (double element : value.floats) {
      llvm::APFloat number(element);
      bool loses = false;
      number.convert(cast<FloatType>(elementType).getFloatSemantics(), llvm::APFloat::rmNearestTiesToEven, &loses);
      elements.push_back(number);
    }
    return DenseElementsAttr::get(value.type, elements);
  }
  unsigned width = cast<IntegerType>(elementType).getWidth();
  SmallVector<llvm::APInt> elements;
  for (AffineExpr element : value.ints)
    elements.push_back(llvm::APInt(64, static_cast<uint64_t>(cast<AffineConstantExpr>(element).getValue())).trunc(width));
  return DenseElementsAttr::get(value.type, elements);
}

SymbolicTensor fromAttribute(DenseElementsAttr attribute) {
  SymbolicTensor value;
  value.type = cast<RankedTensorType>(attribute.getType());
  if (value.isFloat()) {
    for (llvm::APFloat element : attribute.getValues<llvm::APFloat>()) {
      bool loses = false;
      element.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven, &loses);
      value.floats.push_back(element.convertToDouble());
    }
    return value;
  }
  auto type = cast<IntegerType>(value.type.getElementType());
  bool zeroExtend = type.isUnsigned() || type.getWidth() == 1;
  for (const llvm::APInt &element : attribute.getValues<llvm::APInt>())
    value.ints.push_back(getAffineConstantExpr(
        zeroExtend ? static_cast<int64_t>(element.getZExtValue()) : element.getSExtValue(), type.getContext()));
  return value;
}

} // namespace ingot
