#include "ir/Verification.h"

using namespace mlir;

namespace ingot {

bool areUniqueDims(ArrayRef<int64_t> dims, int64_t rank) {
  llvm::SmallVector<bool> seen(size_t(rank), false);
  for (int64_t dim : dims) {
    if (dim < 0 || dim >= rank || seen[size_t(dim)])
      return false;
    seen[size_t(dim)] = true;
  }
  return true;
}

std::string listOf(ArrayRef<int64_t> values) {
  std::string text = "[";
  for (auto [index, value] : llvm::enumerate(values))
    text += (index ? ", " : "") + std::to_string(value);
  return text + "]";
}

RankedTensorType scalarType(Type tensor) {
  return RankedTensorType::get({}, cast<RankedTensorType>(tensor).getElementType());
}

LogicalResult verifyBody(Operation *op, StringRef label, StringRef what, Region &region, TypeRange arguments,
                         TypeRange results) {
  Block &block = region.front();
  if (block.getArgumentTypes() != arguments)
    return op->emitOpError() << "(" << label << ") " << what << " takes (" << block.getArgumentTypes() << "), but ("
                             << arguments << ") are needed";
  TypeRange returned = block.getTerminator()->getOperandTypes();
  if (returned != results)
    return op->emitOpError() << "(" << label << ") " << what << " returns (" << returned << "), but (" << results
                             << ") are needed";
  return success();
}

LogicalResult verifySameDims(Operation *op, StringRef label, StringRef what, ValueRange values) {
  RankedTensorType first = tensorType(values.front());
  for (auto [index, value] : llvm::enumerate(values))
    if (withElementType(tensorType(value), first.getElementType()) != first)
      return op->emitOpError() << "(" << label << ") " << what << " " << index << " is "
                               << describeType(tensorType(value), moduleSizes(op)) << ", but " << what << " 0 is "
                               << describeType(first, moduleSizes(op));
  return success();
}

LogicalResult verifyAccumulation(Operation *op, ValueRange inputs, ValueRange initValues, TypeRange outputs, Region &body) {
  SmallVector<SizeAttr> sizes = moduleSizes(op);
  if (inputs.empty() || outputs.size() != inputs.size())
    return op->emitOpError() << "(C1) there are " << inputs.size() << " inputs and " << outputs.size() << " results";
  if (failed(verifySameDims(op, "C1", "input", inputs)))
    return failure();
  SmallVector<Type> scalars;
  for (auto [index, input, init, output] : llvm::enumerate(inputs, initValues, outputs)) {
    RankedTensorType initType = tensorType(init);
    Type elementType = tensorType(input).getElementType();
    if (initType.getRank() != 0 || initType.getElementType() != elementType)
      return op->emitOpError() << "(C3) init value " << index << " is " << describeType(initType, sizes)
                               << ", but a scalar of " << elementType << " is needed";
    if (cast<RankedTensorType>(output).getElementType() != elementType)
      return op->emitOpError() << "(C3) result " << index << " holds " << cast<RankedTensorType>(output).getElementType()
                               << ", but the body returns " << elementType;
    scalars.push_back(initType);
  }
  SmallVector<Type> expected(scalars);
  llvm::append_range(expected, scalars);
  Block &block = body.front();
  if (block.getArgumentTypes() != TypeRange(expected))
    return op->emitOpError() << "(C3) the body takes (" << block.getArgumentTypes()
                             << "), but accumulators and elements are (" << TypeRange(expected) << ")";
  if (block.getTerminator()->getOperandTypes() != TypeRange(scalars))
    return op->emitOpError() << "(C3) the body returns (" << block.getTerminator()->getOperandTypes()
                             << "), but the accumulators are (" << TypeRange(scalars) << ")";
  return success();
}

bool isAlwaysLarger(AffineExpr part, AffineExpr whole, ArrayRef<SizeAttr> sizes) {
  std::optional<int64_t> slack = maxOfExpr(simplifyExpr(whole - part), sizes);
  return slack && *slack < 0;
}

} // namespace ingot
