#include "ir/Dialect.h"
#include "ir/ShapeInference.h"
#include "ir/Types.h"

using namespace mlir;

namespace ingot {

// What reduce and reduce_window share: equal dims of the inputs, and a body from two rank-0 tensors an input to one.
static LogicalResult verifyReduction(Operation *op, ValueRange inputs, ValueRange initValues, TypeRange outputs,
                                     Region &body) {
  SmallVector<SizeAttr> sizes = moduleSizes(op);
  if (inputs.empty() || outputs.size() != inputs.size())
    return op->emitOpError() << "(C1) there are " << inputs.size() << " inputs and " << outputs.size() << " results";
  auto first = cast<RankedTensorType>(inputs.front().getType());
  for (auto [index, input] : llvm::enumerate(inputs)) {
    auto type = cast<RankedTensorType>(input.getType());
    if (withElementType(type, first.getElementType()) != first)
      return op->emitOpError() << "(C1) input " << index << " is " << describeType(type, sizes) << ", but input 0 is "
                               << describeType(first, sizes);
  }
  SmallVector<Type> scalars;
  for (auto [index, input, init, output] : llvm::enumerate(inputs, initValues, outputs)) {
    auto initType = cast<RankedTensorType>(init.getType());
    Type elementType = cast<RankedTensorType>(input.getType()).getElementType();
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

LogicalResult ReduceOp::verify() {
  if (failed(verifyReduction(*this, getInputs(), getInitValues(), getResultTypes(), getBody())))
    return failure();
  for (auto [input, output] : llvm::zip(getInputs(), getOutputs())) {
    InferredType inferred =
        inferReduce(cast<RankedTensorType>(input.getType()), getDimensions(), [&] { return emitOpError(); });
    if (failed(inferred) ||
        failed(verifyDims(*this, cast<RankedTensorType>(output.getType()), *inferred, "C4", "the input's remaining dim")))
      return failure();
  }
  return success();
}

LogicalResult ReduceWindowOp::verify() {
  if (failed(verifyReduction(*this, getInputs(), getInitValues(), getResultTypes(), getBody())))
    return failure();
  for (auto [input, output] : llvm::zip(getInputs(), getOutputs())) {
    InferredType inferred =
        inferReduceWindow(cast<RankedTensorType>(input.getType()), getWindowDimensions(), getWindowStrides(),
                          getBaseDilations(), getWindowDilations(), getPadding(), [&] { return emitOpError(); });
    if (failed(inferred) || failed(verifyDims(*this, cast<RankedTensorType>(output.getType()), *inferred, "C4",
                                              "the number of window positions")))
      return failure();
  }
  return success();
}

} // namespace ingot
