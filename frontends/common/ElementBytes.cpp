#include "frontends/common/ElementBytes.h"

#include "ir/Types.h"

using namespace mlir;

namespace ingot::frontend {

llvm::Expected<std::vector<char>> readSource(const WeightSource &source) {
  std::vector<char> bytes(source.type.getNumElements() * elementBytes(source.type.getElementType()));
  if (llvm::Error error = source.read(0, bytes))
    return std::move(error);
  return bytes;
}

DenseElementsAttr attributeOf(RankedTensorType type, ArrayRef<char> bytes) {
  if (type.getElementType().isInteger(1)) {
    SmallVector<bool> bits;
    for (char byte : bytes)
      bits.push_back(byte != 0);
    return DenseElementsAttr::get(type, bits);
  }
  if (type.getNumElements() == 0)
    return DenseElementsAttr::get(type, ArrayRef<Attribute>());
  return DenseElementsAttr::getFromRawBuffer(type, bytes);
}

std::vector<char> bytesOf(DenseElementsAttr attribute) {
  std::vector<char> bytes;
  Type elementType = attribute.getElementType();
  size_t width = elementBytes(elementType);
  auto append = [&](const llvm::APInt &bits) {
    uint64_t value = bits.getZExtValue();
    const char *data = reinterpret_cast<const char *>(&value);
    bytes.insert(bytes.end(), data, data + width);
  };
  if (auto complex = dyn_cast<ComplexType>(elementType)) {
    width = elementBytes(complex.getElementType());
    for (std::complex<llvm::APFloat> value : attribute.getValues<std::complex<llvm::APFloat>>()) {
      append(value.real().bitcastToAPInt());
      append(value.imag().bitcastToAPInt());
    }
  } else if (isa<FloatType>(elementType)) {
    for (const llvm::APFloat &value : attribute.getValues<llvm::APFloat>())
      append(value.bitcastToAPInt());
  } else {
    bool isSigned = !elementType.isUnsignedInteger() && !elementType.isInteger(1);
    for (const llvm::APInt &value : attribute.getValues<llvm::APInt>())
      append(isSigned && value.getBitWidth() < 64 ? value.sext(64) : value);
  }
  return bytes;
}

} // namespace ingot::frontend
