#include "frontends/common/ElementBytes.h"

#include "ir/Types.h"
#include "ir/reference/Interpreter.h"

using namespace mlir;

namespace ingot::frontend {

llvm::Expected<std::vector<char>> readSource(const WeightSource &source) {
  std::vector<char> bytes(source.type.getNumElements() * elementBytes(source.type.getElementType()));
  if (llvm::Error error = source.read(0, bytes))
    return std::move(error);
  return bytes;
}

DenseElementsAttr attributeOf(RankedTensorType type, ArrayRef<char> bytes) {
  return reference::toAttribute({type.getElementType(), SmallVector<int64_t>(type.getShape()), bytes.vec()});
}

std::vector<char> bytesOf(DenseElementsAttr attribute) { return reference::fromAttribute(attribute).bytes; }

} // namespace ingot::frontend
