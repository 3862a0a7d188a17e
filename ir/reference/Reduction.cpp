// Reductions. A body of one commutative op runs as a typed loop; a body of elementwise ops runs on all results at once, one
// input element each a step; any other runs for each element.
#include "ir/Types.h"
#include "ir/reference/Bodies.h"
#include "ir/reference/Elements.h"
#include "ir/reference/Families.h"
#include "ir/reference/Scalars.h"

#include <cstring>

using namespace mlir;

namespace ingot::reference {
namespace {

// One view of both ops: result element r, step t reads input element base(r) + step(t), or the init value where that is
// outside.
struct Walk {
  SmallVector<int64_t> resultDims; // of each result
  SmallVector<int64_t> stepDims;   // steps for each result, odometer order
  // The input index along input dim d at a result index and step index; -1 in padding and gaps.
  SmallVector<std::vector<int64_t>> tables;
  // Which entry of the result index and of the step index input dim d follows; -1 if none.
  SmallVector<int64_t> resultDimOf, stepDimOf;
};

Walk walkOf(ReduceOp op, ArrayRef<int64_t> inputDims) {
  Walk walk;
  for (auto [dim, extent] : llvm::enumerate(inputDims)) {
    bool isReduced = llvm::is_contained(op.getDimensions(), int64_t(dim));
    walk.resultDimOf.push_back(isReduced ? -1 : int64_t(walk.resultDims.size()));
    walk.stepDimOf.push_back(isReduced ? int64_t(walk.stepDims.size()) : -1);
    (isReduced ? walk.stepDims : walk.resultDims).push_back(extent);
    std::vector<int64_t> identity(static_cast<size_t>(extent));
    for (int64_t i = 0; i != extent; ++i)
      identity[size_t(i)] = i;
    walk.tables.push_back(std::move(identity));
  }
  return walk;
}

Walk walkOf(ReduceWindowOp op, ArrayRef<int64_t> inputDims, ArrayRef<int64_t> resultDims) {
  Walk walk;
  walk.resultDims.assign(resultDims.begin(), resultDims.end());
  walk.stepDims.assign(op.getWindowDimensions().begin(), op.getWindowDimensions().end());
  for (size_t i = 0; i != inputDims.size(); ++i) {
    walk.resultDimOf.push_back(int64_t(i));
    walk.stepDimOf.push_back(int64_t(i));
    std::vector<int64_t> table;
    int64_t dilation = op.getBaseDilations()[i];
    for (int64_t result = 0; result != resultDims[i]; ++result)
      for (int64_t step = 0; step != walk.stepDims[i]; ++step) {
        int64_t dilated = result * op.getWindowStrides()[i] + step * op.getWindowDilations()[i] - op.getPadding()[2 * i];
        bool inside = dilated >= 0 && dilated % dilation == 0 && dilated / dilation < inputDims[i];
        table.push_back(inside ? dilated / dilation : -1);
      }
    walk.tables.push_back(std::move(table));
  }
  return walk;
}

int64_t countOf(ArrayRef<int64_t> dims) {
  int64_t count = 1;
  for (int64_t dim : dims)
    count *= dim;
  return count;
}

// For one step: the input's linear index for every result element, -1 for the init value.
void sourcesAt(const Walk &walk, ArrayRef<int64_t> step, ArrayRef<int64_t> inputStrides, std::vector<int64_t> &sources) {
  SmallVector<int64_t> result(walk.resultDims.size(), 0);
  size_t rank = walk.tables.size();
  for (int64_t &source : sources) {
    source = 0;
    for (size_t d = 0; d != rank; ++d) {
      int64_t resultIndex = walk.resultDimOf[d] < 0 ? 0 : result[size_t(walk.resultDimOf[d])];
      int64_t stepIndex = walk.stepDimOf[d] < 0 ? 0 : step[size_t(walk.stepDimOf[d])];
      int64_t steps = walk.stepDimOf[d] < 0 ? 1 : walk.stepDims[size_t(walk.stepDimOf[d])];
      int64_t position = walk.tables[d][size_t(resultIndex * steps + stepIndex)];
      if (position < 0) {
        source = -1;
        break;
      }
      source += position * inputStrides[d];
    }
    nextIndex(result, walk.resultDims);
  }
}

// Accumulates in the native type of the class, f64 for all floats, and rounds once at the end.
template <typename V>
void reduceTyped(BinaryFunctions<V> function, const Walk &walk, const Tensor &input, const Tensor &init, Tensor &result) {
  Type type = input.elementType;
  unsigned width = type.isIntOrFloat() ? type.getIntOrFloatBitWidth() : 0;
  std::vector<V> values(size_t(input.numElements()));
  decode<V>(type, input.bytes.data(), input.numElements(), values.data());
  V initial;
  decode<V>(type, init.bytes.data(), 1, &initial);
  std::vector<V> accumulators(size_t(result.numElements()), initial);
  std::vector<int64_t> sources(accumulators.size());
  SmallVector<int64_t> step(walk.stepDims.size(), 0), strides = rowMajorStrides(input.dims);
  if (countOf(walk.stepDims) != 0 && !accumulators.empty())
    do {
      sourcesAt(walk, step, strides, sources);
      for (size_t i = 0, e = accumulators.size(); i != e; ++i)
        accumulators[i] = function(accumulators[i], sources[i] < 0 ? initial : values[size_t(sources[i])], width);
    } while (nextIndex(step, walk.stepDims));
  encode<V>(type, accumulators.data(), int64_t(accumulators.size()), result.bytes.data());
}

// Runs the body with every accumulator as one flat tensor over the results (`lanes` of them).
llvm::Error reduceByBody(Block &body, const Walk &walk, Operands inputs, Operands inits, std::vector<Tensor> &results) {
  size_t lanes = size_t(results.front().numElements());
  if (lanes == 0)
    return llvm::Error::success();
  std::vector<Tensor> accumulators, elements;
  for (const Tensor *init : inits) {
    accumulators.push_back(flattened(*init, int64_t(lanes)));
    elements.push_back(accumulators.back());
  }
  std::vector<int64_t> sources(lanes);
  SmallVector<int64_t> step(walk.stepDims.size(), 0), strides = rowMajorStrides(inputs.front()->dims);
  if (countOf(walk.stepDims) != 0)
    do {
      sourcesAt(walk, step, strides, sources);
      for (auto [input, init, element] : llvm::zip(inputs, inits, elements)) {
        size_t size = size_t(elementBytes(input->elementType));
        for (size_t lane = 0; lane != lanes; ++lane)
          std::memcpy(element.bytes.data() + lane * size,
                      sources[lane] < 0 ? init->bytes.data() : input->bytes.data() + size_t(sources[lane]) * size, size);
      }
      if (llvm::Error error = combine(body, accumulators, elements))
        return error;
    } while (nextIndex(step, walk.stepDims));
  for (auto [result, accumulator] : llvm::zip(results, accumulators))
    result.bytes = std::move(accumulator.bytes);
  return llvm::Error::success();
}

// The element of a window that select prefers, as its linear index; -1 if all of it is padding.
llvm::Expected<int64_t> pick(SelectAndScatterOp op, const Tensor &operand, ArrayRef<int64_t> position) {
  SmallVector<int64_t> within(position.size(), 0), strides = rowMajorStrides(operand.dims);
  int64_t picked = -1;
  do {
    int64_t candidate = 0;
    bool isInside = true;
    for (size_t d = 0; d != position.size(); ++d) {
      int64_t at = position[d] * op.getWindowStrides()[d] + within[d] - op.getPadding()[2 * d];
      isInside &= at >= 0 && at < operand.dims[d];
      candidate += at * strides[d];
    }
    if (!isInside)
      continue;
    if (picked >= 0) {
      auto prefers = evaluateBody(op.getSelect().front(), {scalarAt(operand, picked), scalarAt(operand, candidate)});
      if (!prefers)
        return prefers.takeError();
      candidate = prefers->front().bytes[0] ? picked : candidate;
    }
    picked = candidate;
  } while (nextIndex(within, op.getWindowDimensions()));
  return picked;
}

llvm::Error evaluate(SelectAndScatterOp op, Operands operands, Tensor &result) {
  const Tensor &source = *operands[1];
  result.bytes = flattened(*operands[2], result.numElements()).bytes;
  SmallVector<int64_t> position(source.dims.size(), 0);
  for (int64_t from = 0, count = source.numElements(); from != count; ++from, nextIndex(position, source.dims)) {
    auto to = pick(op, *operands[0], position);
    if (!to)
      return to.takeError();
    if (*to < 0)
      continue;
    auto value = evaluateBody(op.getScatter().front(), {scalarAt(result, *to), scalarAt(source, from)});
    if (!value)
      return value.takeError();
    std::memcpy(result.bytes.data() + size_t(*to) * value->front().bytes.size(), value->front().bytes.data(),
                value->front().bytes.size());
  }
  return llvm::Error::success();
}

} // namespace

Results evaluateReduction(Operation *op, Operands operands, ArrayRef<int64_t> sizes) {
  if (auto select = dyn_cast<SelectAndScatterOp>(op)) {
    Results results = emptyResults(op, sizes);
    llvm::Error error = results ? evaluate(select, operands, results->front()) : results.takeError();
    return error ? Results(std::move(error)) : std::move(results);
  }
  Operands inputs = operands.take_front(operands.size() / 2), inits = operands.drop_front(operands.size() / 2);
  Results results = emptyResults(op, sizes);
  if (!results)
    return results;
  auto reduce = dyn_cast<ReduceOp>(op);
  Walk walk =
      reduce ? walkOf(reduce, inputs[0]->dims) : walkOf(cast<ReduceWindowOp>(op), inputs[0]->dims, results->front().dims);
  Block &body = op->getRegion(0).front();
  if (Operation *single = singleOp(body)) {
    bool done = withValue(inputs[0]->elementType, [&](auto value) {
      using V = decltype(value);
      auto function = binaryFunction<V>(single->getName().stripDialect());
      if (function)
        reduceTyped<V>(function, walk, *inputs[0], *inits[0], results->front());
      return function != nullptr;
    });
    if (done)
      return results;
  }
  if (llvm::Error error = reduceByBody(body, walk, inputs, inits, *results))
    return error;
  return results;
}

} // namespace ingot::reference
