// Ops that find elements by tensors of indices.
#include "ir/Types.h"
#include "ir/reference/Bodies.h"
#include "ir/reference/Elements.h"
#include "ir/reference/Scalars.h"

#include <cstring>

using namespace mlir;

namespace ingot::reference {
namespace {

// Unsigned numbers beyond int64_t lie outside of every tensor, as its maximum does.
std::vector<int64_t> indicesOf(const Tensor &tensor) {
  std::vector<int64_t> indices(size_t(tensor.numElements()));
  if (valueClass(tensor.elementType) == ValueClass::Signed) {
    decode<int64_t>(tensor.elementType, tensor.bytes.data(), tensor.numElements(), indices.data());
    return indices;
  }
  std::vector<uint64_t> values(indices.size());
  decode<uint64_t>(tensor.elementType, tensor.bytes.data(), tensor.numElements(), values.data());
  for (auto [index, value] : llvm::zip(indices, values))
    index = int64_t(std::min<uint64_t>(value, INT64_MAX));
  return indices;
}

llvm::Error windowTooLarge(size_t dim, int64_t size, int64_t extent) {
  return llvm::createStringError(std::errc::invalid_argument,
                                 "the window takes %lld of dim %zu at these sizes, but the dim is %lld", (long long)size,
                                 dim, (long long)extent);
}

// Where the windows of a gather or scatter start: one entry a position of the dims outside the windows, in row-major order.
struct Windows {
  SmallVector<int64_t> outer;               // dims of the result (updates) outside the windows
  SmallVector<int64_t> walked;              // operand dims the window dims walk, in their order
  std::vector<SmallVector<int64_t>> starts; // for each position: a start for each operand dim
};

Windows windowsOf(GatherDimsAttr dims, const Tensor &indices, int64_t operandRank, ArrayRef<int64_t> windowsDims) {
  Windows windows;
  SmallVector<int64_t> outerDims;
  for (int64_t dim = 0; dim != int64_t(windowsDims.size()); ++dim)
    if (!llvm::is_contained(dims.getWindowDims(), dim)) {
      windows.outer.push_back(dim);
      outerDims.push_back(windowsDims[size_t(dim)]);
    }
  for (int64_t dim = 0; dim != operandRank; ++dim)
    if (!llvm::is_contained(dims.getCollapsedDims(), dim) && !llvm::is_contained(dims.getOperandBatchDims(), dim))
      windows.walked.push_back(dim);
  if (llvm::is_contained(outerDims, 0))
    return windows;
  std::vector<int64_t> numbers = indicesOf(indices);
  SmallVector<int64_t> strides = rowMajorStrides(indices.dims), position(outerDims.size(), 0);
  int64_t vector = dims.getIndexVectorDim();
  int64_t step = vector == int64_t(indices.dims.size()) ? 0 : strides[size_t(vector)];
  do {
    int64_t base = 0;
    for (size_t dim = 0, next = 0; dim != indices.dims.size(); ++dim)
      if (int64_t(dim) != vector)
        base += position[next++] * strides[dim];
    SmallVector<int64_t> starts(size_t(operandRank), 0);
    for (auto [component, dim] : llvm::enumerate(dims.getIndexMap()))
      starts[size_t(dim)] = numbers[size_t(base + int64_t(component) * step)];
    for (auto [operandDim, indicesDim] : llvm::zip(dims.getOperandBatchDims(), dims.getIndicesBatchDims()))
      starts[size_t(operandDim)] = position[size_t(indicesDim - (indicesDim > vector))];
    windows.starts.push_back(std::move(starts));
  } while (nextIndex(position, outerDims));
  return windows;
}

} // namespace

llvm::Error gatherInto(GatherDimsAttr dims, Operands operands, Tensor &result) {
  const Tensor &operand = *operands[0];
  if (result.numElements() == 0)
    return llvm::Error::success();
  Windows windows = windowsOf(dims, *operands[1], int64_t(operand.dims.size()), result.dims);
  SmallVector<int64_t> sizes(operand.dims.size(), 1), own = rowMajorStrides(operand.dims),
                                                      target = rowMajorStrides(result.dims);
  SmallVector<int64_t> box, fromStrides, toStrides, outerDims, position(windows.outer.size(), 0);
  for (auto [operandDim, windowDim] : llvm::zip(windows.walked, dims.getWindowDims())) {
    sizes[size_t(operandDim)] = result.dims[size_t(windowDim)];
    box.push_back(result.dims[size_t(windowDim)]);
    fromStrides.push_back(own[size_t(operandDim)]);
    toStrides.push_back(target[size_t(windowDim)]);
  }
  for (size_t dim = 0; dim != sizes.size(); ++dim)
    if (sizes[dim] > operand.dims[dim])
      return windowTooLarge(dim, sizes[dim], operand.dims[dim]);
  for (int64_t dim : windows.outer)
    outerDims.push_back(result.dims[size_t(dim)]);
  for (ArrayRef<int64_t> starts : windows.starts) {
    int64_t from = 0, to = 0;
    for (size_t dim = 0; dim != sizes.size(); ++dim)
      from += std::clamp<int64_t>(starts[dim], 0, operand.dims[dim] - sizes[dim]) * own[dim];
    for (auto [dim, index] : llvm::zip(windows.outer, position))
      to += index * target[size_t(dim)];
    stridedCopy(operand.bytes.data(), {from, fromStrides}, result.bytes.data(), {to, toStrides}, box,
                elementBytes(result.elementType));
    nextIndex(position, outerDims);
  }
  return llvm::Error::success();
}

namespace {

llvm::Error evaluate(GatherOp op, Operands operands, Tensor &result) { return gatherInto(op.getDims(), operands, result); }

// Puts update element `from` into results element `to`.
using Apply = std::function<llvm::Error(int64_t to, int64_t from)>;

Apply applierOf(Block &body, Operands updates, std::vector<Tensor> &results) {
  Operation *terminator = body.getTerminator();
  size_t count = results.size();
  bool replaces = true;
  for (size_t i = 0; i != count; ++i)
    replaces &= terminator->getOperand(unsigned(i)) == body.getArgument(unsigned(count + i));
  if (replaces)
    return [updates, &results](int64_t to, int64_t from) {
      for (auto [update, result] : llvm::zip(updates, results)) {
        int64_t size = elementBytes(result.elementType);
        std::memcpy(result.bytes.data() + to * size, update->bytes.data() + from * size, size_t(size));
      }
      return llvm::Error::success();
    };
  Apply typed;
  if (Operation *single = singleOp(body))
    withValue(results[0].elementType, [&](auto value) {
      using V = decltype(value);
      BinaryFunctions<V> function = binaryFunction<V>(single->getName().stripDialect());
      Type type = results[0].elementType;
      if (function)
        typed = [function, type, update = updates[0], &result = results[0]](int64_t to, int64_t from) {
          int64_t size = elementBytes(type);
          V present, added;
          decode<V>(type, result.bytes.data() + to * size, 1, &present);
          decode<V>(type, update->bytes.data() + from * size, 1, &added);
          present = function(present, added, type.isIntOrFloat() ? type.getIntOrFloatBitWidth() : 0);
          encode<V>(type, &present, 1, result.bytes.data() + to * size);
          return llvm::Error::success();
        };
    });
  if (typed)
    return typed;
  return [&body, updates, &results](int64_t to, int64_t from) -> llvm::Error {
    SmallVector<Tensor> arguments;
    for (const Tensor &result : results)
      arguments.push_back(scalarAt(result, to));
    for (const Tensor *update : updates)
      arguments.push_back(scalarAt(*update, from));
    auto returned = evaluateBody(body, arguments);
    if (!returned)
      return returned.takeError();
    for (auto [result, value] : llvm::zip(results, *returned))
      std::memcpy(result.bytes.data() + size_t(to) * value.bytes.size(), value.bytes.data(), value.bytes.size());
    return llvm::Error::success();
  };
}

llvm::Error evaluate(ScatterOp op, Operands operands, std::vector<Tensor> &results) {
  size_t count = results.size();
  Operands updates = operands.take_back(count);
  for (auto [result, input] : llvm::zip(results, operands))
    result.bytes = input->bytes;
  ArrayRef<int64_t> dims = results[0].dims, updateDims = updates[0]->dims;
  if (updates[0]->numElements() == 0)
    return llvm::Error::success();
  Windows windows = windowsOf(op.getDims(), *operands[count], int64_t(dims.size()), updateDims);
  Apply apply = applierOf(op.getBody().front(), updates, results);
  SmallVector<int64_t> strides = rowMajorStrides(dims), index(updateDims.size(), 0);
  int64_t from = 0;
  do {
    int64_t outer = 0;
    for (int64_t dim : windows.outer)
      outer = outer * updateDims[size_t(dim)] + index[size_t(dim)];
    SmallVector<int64_t> place(windows.starts[size_t(outer)]);
    bool isInside = true;
    for (auto [dim, windowDim] : llvm::zip(windows.walked, op.getDims().getWindowDims()))
      isInside &= !llvm::AddOverflow(place[size_t(dim)], index[size_t(windowDim)], place[size_t(dim)]);
    int64_t to = 0;
    for (size_t dim = 0; isInside && dim != dims.size(); ++dim) {
      isInside = place[dim] >= 0 && place[dim] < dims[dim];
      to += isInside ? place[dim] * strides[dim] : 0;
    }
    if (isInside)
      if (llvm::Error error = apply(to, from))
        return error;
    ++from;
  } while (nextIndex(index, updateDims));
  return llvm::Error::success();
}

// The offset of a window of `sizes` whose starts are clamped so that it lies within `dims`.
llvm::Expected<int64_t> clampedOffset(ArrayRef<int64_t> dims, ArrayRef<int64_t> sizes, Operands starts) {
  int64_t offset = 0;
  SmallVector<int64_t> strides = rowMajorStrides(dims);
  for (size_t dim = 0; dim != dims.size(); ++dim) {
    if (sizes[dim] > dims[dim])
      return windowTooLarge(dim, sizes[dim], dims[dim]);
    offset += std::clamp<int64_t>(indicesOf(*starts[dim]).front(), 0, dims[dim] - sizes[dim]) * strides[dim];
  }
  return offset;
}

llvm::Error evaluate(DynamicSliceOp, Operands operands, Tensor &result) {
  auto offset = clampedOffset(operands[0]->dims, result.dims, operands.drop_front());
  if (!offset)
    return offset.takeError();
  stridedCopy(operands[0]->bytes.data(), {*offset, rowMajorStrides(operands[0]->dims)}, result.bytes.data(),
              {0, rowMajorStrides(result.dims)}, result.dims, elementBytes(result.elementType));
  return llvm::Error::success();
}

llvm::Error evaluate(DynamicUpdateSliceOp, Operands operands, Tensor &result) {
  const Tensor &update = *operands[1];
  auto offset = clampedOffset(result.dims, update.dims, operands.drop_front(2));
  if (!offset)
    return offset.takeError();
  result.bytes = operands[0]->bytes;
  stridedCopy(update.bytes.data(), {0, rowMajorStrides(update.dims)}, result.bytes.data(),
              {*offset, rowMajorStrides(result.dims)}, update.dims, elementBytes(result.elementType));
  return llvm::Error::success();
}

} // namespace

Results evaluateIndexing(Operation *op, Operands operands, ArrayRef<int64_t> sizes) {
  Results results = emptyResults(op, sizes);
  if (!results)
    return results;
  llvm::Error error = [&] {
    if (auto gather = dyn_cast<GatherOp>(op))
      return evaluate(gather, operands, results->front());
    if (auto scatter = dyn_cast<ScatterOp>(op))
      return evaluate(scatter, operands, *results);
    if (auto slice = dyn_cast<DynamicSliceOp>(op))
      return evaluate(slice, operands, results->front());
    return evaluate(cast<DynamicUpdateSliceOp>(op), operands, results->front());
  }();
  if (error)
    return error;
  return results;
}

} // namespace ingot::reference
