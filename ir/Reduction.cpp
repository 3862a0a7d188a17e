#include "ir/Dialect.h"
#include "ir/ShapeInference.h"
#include "ir/Verification.h"

using namespace mlir;

namespace ingot {

LogicalResult ReduceOp::verify() {
  if (failed(verifyAccumulation(*this, getInputs(), getInitValues(), getResultTypes(), getBody())))
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
  if (failed(verifyAccumulation(*this, getInputs(), getInitValues(), getResultTypes(), getBody())))
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
