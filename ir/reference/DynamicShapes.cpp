// Ops whose shape comes from an operand: what the operand says must be what the result's type says.
#include "ir/ShapeInference.h"
#include "ir/Types.h"
#include "ir/Verification.h"
#include "ir/reference/Elements.h"
#include "ir/reference/Families.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace ingot::reference {
namespace {

SmallVector<int64_t> numbersOf(const Tensor &tensor) {
  SmallVector<int64_t> numbers;
  withValue(tensor.elementType, [&](auto value) {
    using V = decltype(value);
    std::vector<V> values(size_t(tensor.numElements()));
    decode<V>(tensor.elementType, tensor.bytes.data(), tensor.numElements(), values.data());
    if constexpr (std::is_integral_v<V>)
      for (V each : values)
        numbers.push_back(int64_t(each));
  });
  return numbers;
}

llvm::Error mismatch(StringRef what, ArrayRef<int64_t> says, const Tensor &result) {
  return llvm::createStringError(std::errc::invalid_argument, "%s says %s, but the result is %s", what.str().c_str(),
                                 listOf(says).c_str(),
                                 describeType(RankedTensorType::get(result.dims, result.elementType), {}).c_str());
}

llvm::Error evaluate(DynamicReshapeOp, Operands operands, Tensor &result) {
  if (numbersOf(*operands[1]) != result.dims)
    return mismatch("output_shape", numbersOf(*operands[1]), result);
  result.bytes = operands[0]->bytes;
  return llvm::Error::success();
}

llvm::Error evaluate(DynamicIotaOp op, Operands operands, Tensor &result) {
  if (numbersOf(*operands[0]) != result.dims)
    return mismatch("output_shape", numbersOf(*operands[0]), result);
  fillIota(op.getIotaDimension(), result);
  return llvm::Error::success();
}

llvm::Error evaluate(DynamicBroadcastInDimOp op, Operands operands, Tensor &result) {
  if (numbersOf(*operands[1]) != result.dims)
    return mismatch("output_dimensions", numbersOf(*operands[1]), result);
  broadcastInto(*operands[0], op.getBroadcastDimensions(), result);
  return llvm::Error::success();
}

llvm::Error evaluate(DynamicGatherOp op, Operands operands, Tensor &result) {
  SmallVector<int64_t> sizes;
  ArrayRef<int64_t> window = op.getDims().getWindowDims();
  for (int64_t dim = 0; dim != int64_t(operands[0]->dims.size()); ++dim) {
    bool isCollapsed = llvm::is_contained(op.getDims().getCollapsedDims(), dim);
    sizes.push_back(isCollapsed ? 1 : result.dims[size_t(window.front())]);
    window = isCollapsed ? window : window.drop_front();
  }
  if (numbersOf(*operands[2]) != sizes)
    return mismatch("slice_sizes", numbersOf(*operands[2]), result);
  return gatherInto(op.getDims(), operands.take_front(2), result);
}

llvm::Error evaluate(DynamicPadOp, Operands operands, Tensor &result) {
  SmallVector<int64_t> low = numbersOf(*operands[2]), high = numbersOf(*operands[3]), gaps = numbersOf(*operands[4]), dims;
  for (auto [dim, before, after, gap] : llvm::zip(operands[0]->dims, low, high, gaps)) {
    if (gap < 0)
      return mismatch("interior_padding", gaps, result);
    dims.push_back(before + dim + std::max<int64_t>(dim - 1, 0) * gap + after);
  }
  if (dims != result.dims)
    return mismatch("the padding", dims, result);
  padInto(*operands[0], *operands[1], low, gaps, result);
  return llvm::Error::success();
}

llvm::Error evaluate(RealDynamicSliceOp, Operands operands, Tensor &result) {
  SmallVector<int64_t> starts = numbersOf(*operands[1]), limits = numbersOf(*operands[2]), strides = numbersOf(*operands[3]),
                       dims;
  for (auto [dim, start, limit, stride] : llvm::zip(operands[0]->dims, starts, limits, strides)) {
    if (start < 0 || start > limit || limit > dim || stride < 1)
      return llvm::createStringError(std::errc::invalid_argument, "[%lld, %lld) by %lld is no range within a dim of %lld",
                                     (long long)start, (long long)limit, (long long)stride, (long long)dim);
    dims.push_back((limit - start + stride - 1) / stride);
  }
  if (dims != result.dims)
    return mismatch("the slice", dims, result);
  StridedView from{0, rowMajorStrides(operands[0]->dims)};
  for (auto [own, start, step] : llvm::zip(from.strides, starts, strides)) {
    from.offset += start * own;
    own *= step;
  }
  stridedCopy(operands[0]->bytes.data(), from, result.bytes.data(), {0, rowMajorStrides(result.dims)}, result.dims,
              elementBytes(result.elementType));
  return llvm::Error::success();
}

llvm::Error evaluate(DynamicConvOp op, Operands operands, Tensor &result) {
  SmallVector<int64_t> padding = numbersOf(*operands[2]), dims = result.dims;
  ConvDimsAttr numbers = op.getDims();
  for (auto [i, out] : llvm::enumerate(numbers.getOutputSpatial())) {
    AffineExpr input = getAffineConstantExpr(operands[0]->dims[size_t(numbers.getInputSpatial()[i])], op.getContext());
    AffineExpr positions =
        windowPositions(input, operands[1]->dims[size_t(numbers.getKernelSpatial()[i])], op.getWindowStrides()[i],
                        op.getLhsDilation()[i], op.getRhsDilation()[i], padding[2 * i], padding[2 * i + 1]);
    auto constant = dyn_cast_or_null<AffineConstantExpr>(positions);
    dims[size_t(out)] = constant ? constant.getValue() : -1;
  }
  if (dims != result.dims)
    return mismatch("the padding", dims, result);
  convolveInto({{op.getWindowStrides(), padding, op.getLhsDilation(), op.getRhsDilation(),
                 int64_t(op.getFeatureGroupCount()), int64_t(op.getBatchGroupCount())},
                op.getDims(),
                op.getWindowReversal().value_or(ArrayRef<bool>())},
               operands, result);
  return llvm::Error::success();
}

llvm::Error evaluate(GetDimensionSizeOp op, Operands operands, Tensor &result) {
  int64_t size = operands[0]->dims[size_t(op.getDimension())];
  encode<int64_t>(result.elementType, &size, 1, result.bytes.data());
  return llvm::Error::success();
}

llvm::Error evaluate(SetDimensionSizeOp op, Operands operands, Tensor &result) {
  int64_t size = numbersOf(*operands[1]).front();
  if (size != result.dims[size_t(op.getDimension())] || size > operands[0]->dims[size_t(op.getDimension())])
    return mismatch("size", {size}, result);
  stridedCopy(operands[0]->bytes.data(), {0, rowMajorStrides(operands[0]->dims)}, result.bytes.data(),
              {0, rowMajorStrides(result.dims)}, result.dims, elementBytes(result.elementType));
  return llvm::Error::success();
}

} // namespace

bool hasDynamicShape(Operation *op) {
  return isa<DynamicReshapeOp, DynamicIotaOp, DynamicBroadcastInDimOp, DynamicGatherOp, DynamicPadOp, RealDynamicSliceOp,
             DynamicConvOp, GetDimensionSizeOp, SetDimensionSizeOp>(op);
}

Results evaluateDynamicShape(Operation *op, Operands operands, ArrayRef<int64_t> sizes) {
  Results results = emptyResults(op, sizes);
  if (!results)
    return results;
  llvm::Error error = llvm::TypeSwitch<Operation *, llvm::Error>(op)
                          .Case<DynamicReshapeOp, DynamicIotaOp, DynamicBroadcastInDimOp, DynamicGatherOp, DynamicPadOp,
                                RealDynamicSliceOp, DynamicConvOp, GetDimensionSizeOp, SetDimensionSizeOp>(
                              [&](auto typed) { return evaluate(typed, operands, results->front()); })
                          .Default([](Operation *) { return llvm::Error::success(); });
  if (error)
    return std::move(error);
  return results;
}

} // namespace ingot::reference
