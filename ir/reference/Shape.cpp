// Shape ops: constants, iota, and everything that only moves elements.
#include "ir/Types.h"
#include "ir/reference/Elements.h"
#include "ir/reference/Families.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cstring>

using namespace mlir;

namespace ingot::reference {
namespace {

// Copies between whole tensors; the views say where.
void copyInto(const Tensor &source, const StridedView &from, Tensor &target, const StridedView &to, ArrayRef<int64_t> dims) {
  stridedCopy(source.bytes.data(), from, target.bytes.data(), to, dims, elementBytes(target.elementType));
}

} // namespace

void fillIota(int64_t dimension, Tensor &result) {
  size_t dim = size_t(dimension);
  int64_t extent = result.dims[dim];
  // The indices themselves, repeated along the other dims.
  Tensor indices = Tensor::zeros(result.elementType, {extent});
  withValue(result.elementType, [&](auto value) {
    using V = decltype(value);
    std::vector<V> values(static_cast<size_t>(extent));
    for (int64_t i = 0; i != extent; ++i)
      values[size_t(i)] = V(double(i));
    encode<V>(result.elementType, values.data(), extent, indices.bytes.data());
  });
  SmallVector<int64_t> strides(result.dims.size(), 0);
  strides[dim] = 1;
  copyInto(indices, {0, strides}, result, {0, rowMajorStrides(result.dims)}, result.dims);
}

void broadcastInto(const Tensor &operand, ArrayRef<int64_t> dimensions, Tensor &result) {
  SmallVector<int64_t> strides(result.dims.size(), 0), own = rowMajorStrides(operand.dims);
  for (auto [index, dim] : llvm::enumerate(dimensions))
    strides[size_t(dim)] = operand.dims[index] == 1 ? 0 : own[index];
  copyInto(operand, {0, strides}, result, {0, rowMajorStrides(result.dims)}, result.dims);
}

void padInto(const Tensor &operand, const Tensor &value, ArrayRef<int64_t> low, ArrayRef<int64_t> interior, Tensor &result) {
  SmallVector<int64_t> none(result.dims.size(), 0);
  copyInto(value, {0, none}, result, {0, rowMajorStrides(result.dims)}, result.dims);
  StridedView from{0, rowMajorStrides(operand.dims)}, to{0, rowMajorStrides(result.dims)};
  SmallVector<int64_t> box;
  for (size_t i = 0, e = result.dims.size(); i != e; ++i) {
    // Element x of the operand lands on low + x * gap; a negative low or high cuts the first or last ones off.
    int64_t gap = interior[i] + 1;
    int64_t first = low[i] < 0 ? (-low[i] + gap - 1) / gap : 0;
    int64_t last = result.dims[i] - 1 - low[i] < 0 ? -1 : std::min(operand.dims[i] - 1, (result.dims[i] - 1 - low[i]) / gap);
    if (last < first)
      return;
    from.offset += first * from.strides[i];
    to.offset += (low[i] + first * gap) * to.strides[i];
    to.strides[i] *= gap;
    box.push_back(last - first + 1);
  }
  copyInto(operand, from, result, to, box);
}

namespace {

void evaluate(IotaOp op, Operands, Tensor &result) { fillIota(op.getIotaDimension(), result); }

void evaluate(BroadcastInDimOp op, Operands operands, Tensor &result) {
  broadcastInto(*operands[0], op.getBroadcastDimensions(), result);
}

void evaluate(ReshapeOp, Operands operands, Tensor &result) { result.bytes = operands[0]->bytes; }

void evaluate(TransposeOp op, Operands operands, Tensor &result) { result = transposed(*operands[0], op.getPermutation()); }

void evaluate(SliceOp op, Operands operands, Tensor &result) {
  StridedView from{0, rowMajorStrides(operands[0]->dims)};
  for (auto [stride, start, step] : llvm::zip(from.strides, op.getStartIndices(), op.getStrides())) {
    from.offset += start * stride;
    stride *= step;
  }
  copyInto(*operands[0], from, result, {0, rowMajorStrides(result.dims)}, result.dims);
}

void evaluate(PadOp op, Operands operands, Tensor &result) {
  padInto(*operands[0], *operands[1], op.getEdgePaddingLow(), op.getInteriorPadding(), result);
}

void evaluate(ConcatenateOp op, Operands operands, Tensor &result) {
  StridedView to{0, rowMajorStrides(result.dims)};
  for (const Tensor *operand : operands) {
    copyInto(*operand, {0, rowMajorStrides(operand->dims)}, result, to, operand->dims);
    to.offset += operand->dims[op.getDimension()] * to.strides[op.getDimension()];
  }
}

void evaluate(ReverseOp op, Operands operands, Tensor &result) {
  StridedView from{0, rowMajorStrides(result.dims)}, to = from;
  for (int64_t dim : op.getDimensions()) {
    from.offset += (result.dims[size_t(dim)] - 1) * from.strides[size_t(dim)];
    from.strides[size_t(dim)] = -from.strides[size_t(dim)];
  }
  copyInto(*operands[0], from, result, to, result.dims);
}

void evaluate(UnpackOp op, Operands operands, Tensor &result) {
  size_t dim = size_t(op.getDim());
  int64_t width = int64_t(op.getWidth()), extent = result.dims[dim];
  SmallVector<int64_t> own = rowMajorStrides(operands[0]->dims), panelStrides(own.begin() + 1, own.end() - 1);
  panelStrides.insert(panelStrides.begin() + int64_t(dim), 1);
  StridedView to{0, rowMajorStrides(result.dims)};
  for (int64_t start = 0, panel = 0; start < extent; start += width, ++panel) {
    SmallVector<int64_t> box(result.dims);
    box[dim] = std::min(width, extent - start);
    copyInto(*operands[0], {panel * own[0], panelStrides}, result, to, box);
    to.offset += width * to.strides[dim];
  }
}

} // namespace

Results evaluateShape(Operation *op, Operands operands, ArrayRef<int64_t> sizes) {
  std::vector<Tensor> results;
  if (auto constant = dyn_cast<ConstantOp>(op)) {
    results.push_back(fromAttribute(cast<DenseElementsAttr>(constant.getValue())));
    return results;
  }
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  auto dims = concreteDims(type, sizes);
  if (!dims)
    return dims.takeError();
  results.push_back(Tensor::zeros(type.getElementType(), *dims));
  if (auto sizeOf = dyn_cast<SizeOfOp>(op)) {
    std::optional<int64_t> value = evaluateExpr(sizeOf.getValue().getResult(0), sizes);
    if (!value)
      return llvm::createStringError(std::errc::invalid_argument, "'ingot.size_of' has no value at these sizes");
    auto bits = uint64_t(*value);
    encode<uint64_t>(type.getElementType(), &bits, 1, results[0].bytes.data());
    return results;
  }
  if (auto slice = dyn_cast<SliceOp>(op))
    for (auto [dim, count] : llvm::enumerate(*dims))
      if (int64_t last = slice.getStartIndices()[dim] + (count - 1) * slice.getStrides()[dim];
          count > 0 && last >= operands[0]->dims[dim])
        return llvm::createStringError(std::errc::invalid_argument, "'ingot.slice' reaches element %lld of dim %u of %lld",
                                       static_cast<long long>(last), static_cast<unsigned>(dim),
                                       static_cast<long long>(operands[0]->dims[dim]));
  bool known =
      llvm::TypeSwitch<Operation *, bool>(op)
          .Case<IotaOp, BroadcastInDimOp, ReshapeOp, TransposeOp, SliceOp, PadOp, ConcatenateOp, ReverseOp, UnpackOp>(
              [&](auto typed) {
                evaluate(typed, operands, results[0]);
                return true;
              })
          .Default(false);
  if (!known)
    return llvm::createStringError(std::errc::not_supported, "'%s' is no shape op",
                                   op->getName().getStringRef().str().c_str());
  return results;
}

} // namespace ingot::reference
