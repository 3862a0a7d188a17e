#include "ir/Dialect.h"
#include "ir/ShapeInference.h"

using namespace mlir;

namespace ingot {

static SmallVector<int64_t> freeDims(int64_t rank, ArrayRef<int64_t> batch, ArrayRef<int64_t> contract) {
  SmallVector<int64_t> dims;
  for (int64_t dim = 0; dim != rank; ++dim)
    if (!llvm::is_contained(batch, dim) && !llvm::is_contained(contract, dim))
      dims.push_back(dim);
  return dims;
}

SmallVector<int64_t> DotGeneralOp::getLhsFreeDims() {
  return freeDims(getLhs().getType().getRank(), getDims().getLhsBatch(), getDims().getLhsContract());
}

SmallVector<int64_t> DotGeneralOp::getRhsFreeDims() {
  return freeDims(getRhs().getType().getRank(), getDims().getRhsBatch(), getDims().getRhsContract());
}

LogicalResult DotGeneralOp::verify() {
  InferredType inferred = inferDotGeneral(getLhs().getType(), getRhs().getType(), getDims(), getType().getElementType(),
                                          [&] { return emitOpError(); });
  if (failed(inferred))
    return failure();
  return verifyDims(*this, getType(), *inferred, "C3", "the batch or free dim");
}

LogicalResult ConvolutionOp::verify() {
  ConvolutionWindow window{
      getWindowStrides(),           getPadding(), getLhsDilation(), getRhsDilation(), int64_t(getFeatureGroupCount()),
      int64_t(getBatchGroupCount())};
  InferredType inferred = inferConvolution(getLhs().getType(), getRhs().getType(), window, getDims(),
                                           getType().getElementType(), [&] { return emitOpError(); });
  if (failed(inferred))
    return failure();
  return verifyDims(*this, getType(), *inferred, "C5", "what follows from input, kernel and window");
}

} // namespace ingot
