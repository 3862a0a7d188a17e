#include "ir/Types.h"
#include "ir/reference/Families.h"

#include <cstring>

using namespace mlir;

namespace ingot::reference {

int64_t Tensor::numElements() const {
  int64_t count = 1;
  for (int64_t dim : dims)
    count *= dim;
  return count;
}

Tensor Tensor::zeros(Type elementType, ArrayRef<int64_t> dims) {
  Tensor tensor{elementType, SmallVector<int64_t>(dims), {}, {}};
  tensor.bytes.resize(size_t(tensor.numElements() * elementBytes(elementType)));
  return tensor;
}

Tensor fromAttribute(DenseElementsAttr attribute) {
  auto type = cast<RankedTensorType>(attribute.getType());
  Tensor tensor = Tensor::zeros(type.getElementType(), type.getShape());
  int64_t size = elementBytes(tensor.elementType),
          count = attribute.isSplat() ? std::min<int64_t>(1, tensor.numElements()) : tensor.numElements();
  if (isa<IntegerType>(tensor.elementType) && type.getElementTypeBitWidth() < 8) {
    bool isSigned = tensor.elementType.isSignlessInteger() && !tensor.elementType.isInteger(1);
    for (auto [index, value] : llvm::enumerate(attribute.getValues<APInt>())) {
      if (int64_t(index) == count)
        break;
      tensor.bytes[index] = char(isSigned ? value.getSExtValue() : int64_t(value.getZExtValue()));
    }
  } else if (count != 0) {
    std::memcpy(tensor.bytes.data(), attribute.getRawData().data(), size_t(count * size));
  }
  if (attribute.isSplat() && tensor.numElements() > 1)
    for (int64_t i = 1, e = tensor.numElements(); i != e; ++i)
      std::memcpy(tensor.bytes.data() + i * size, tensor.bytes.data(), size_t(size));
  return tensor;
}

DenseElementsAttr toAttribute(const Tensor &tensor) {
  auto type = RankedTensorType::get(tensor.dims, tensor.elementType);
  unsigned width = tensor.elementType.isIntOrFloat() ? type.getElementTypeBitWidth() : 0;
  if (tensor.numElements() == 0)
    return DenseElementsAttr::get(type, ArrayRef<Attribute>());
  if (width == 1) // any byte but zero stands for true
    return DenseElementsAttr::get(type, llvm::map_to_vector(tensor.bytes, [](char byte) { return byte != 0; }));
  if (isa<IntegerType>(tensor.elementType) && width < 8) {
    SmallVector<APInt> values;
    for (char byte : tensor.bytes)
      values.push_back(APInt(width, uint64_t(uint8_t(byte)), /*isSigned=*/false, /*implicitTrunc=*/true));
    return DenseElementsAttr::get(type, values);
  }
  return DenseElementsAttr::getFromRawBuffer(type, tensor.bytes);
}

llvm::Expected<SmallVector<int64_t>> concreteDims(RankedTensorType type, ArrayRef<int64_t> sizes) {
  SmallVector<int64_t> dims;
  int64_t bytes = elementBytes(type.getElementType());
  if (!hasKnownDims(type) || bytes == 0)
    return llvm::createStringError(std::errc::invalid_argument, "%s has no dims or element type that can be evaluated",
                                   describeType(type, {}).c_str());
  for (AffineExpr expr : dimExprs(type)) {
    std::optional<int64_t> dim = evaluateExpr(expr, sizes);
    if (!dim || *dim < 0)
      return llvm::createStringError(std::errc::invalid_argument, "the dim %s of %s is %s at these sizes",
                                     describeExpr(expr, {}).c_str(), describeType(type, {}).c_str(),
                                     dim ? "negative" : "undefined");
    dims.push_back(*dim);
    if (*dim != 0 && llvm::MulOverflow(bytes, *dim, bytes))
      return llvm::createStringError(std::errc::value_too_large, "%s is too large at these sizes",
                                     describeType(type, {}).c_str());
  }
  return dims;
}

Results emptyResults(Operation *op, ArrayRef<int64_t> sizes) {
  std::vector<Tensor> results;
  for (Type type : op->getResultTypes()) {
    auto dims = concreteDims(cast<RankedTensorType>(type), sizes);
    if (!dims)
      return dims.takeError();
    results.push_back(Tensor::zeros(cast<RankedTensorType>(type).getElementType(), *dims));
  }
  return results;
}

} // namespace ingot::reference
