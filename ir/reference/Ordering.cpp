// Sorts, selections by rank, running accumulations. All three see their operands as slices along one dim.
#include "ir/Types.h"
#include "ir/reference/Bodies.h"
#include "ir/reference/Elements.h"
#include "ir/reference/Scalars.h"

#include <bit>
#include <cstring>
#include <numeric>

using namespace mlir;

namespace ingot::reference {
namespace {

// The slices along dim `dim`: element i of slice (o, n) lies at (o * length + i) * inner + n.
struct Slices {
  int64_t outer = 1, length, inner = 1;
  Slices(ArrayRef<int64_t> dims, size_t dim) : length(dims[dim]) {
    for (int64_t extent : dims.take_front(dim))
      outer *= extent;
    for (int64_t extent : dims.drop_front(dim + 1))
      inner *= extent;
  }
  int64_t at(int64_t slice, int64_t i) const { return (slice / inner * length + i) * inner + slice % inner; }
  int64_t count() const { return outer * inner; }
};

//--- sort

// Whether the elements at one place go before those at another.
using Before = std::function<llvm::Expected<bool>(int64_t, int64_t)>;

// A comparator `return compare(x, y)` on the two elements of one input compares native values.
Before comparatorOf(SortOp op, Operands inputs) {
  Block &body = op.getComparator().front();
  auto compare = dyn_cast<CompareOp>(body.front());
  if (compare && !compare.getTotalOrder() && body.getOperations().size() == 2 &&
      body.getTerminator()->getOperand(0) == compare.getResult()) {
    auto lhs = dyn_cast<BlockArgument>(compare.getLhs()), rhs = dyn_cast<BlockArgument>(compare.getRhs());
    if (lhs && rhs && lhs != rhs && lhs.getArgNumber() / 2 == rhs.getArgNumber() / 2) {
      const Tensor &keys = *inputs[lhs.getArgNumber() / 2];
      bool isSwapped = lhs.getArgNumber() > rhs.getArgNumber();
      return withValue(keys.elementType, [&](auto value) -> Before {
        using V = decltype(value);
        std::vector<V> values(size_t(keys.numElements()));
        decode<V>(keys.elementType, keys.bytes.data(), keys.numElements(), values.data());
        return [values = std::move(values), direction = compare.getDirection(), isSwapped](int64_t a, int64_t b) {
          return compareValues(direction, values[size_t(isSwapped ? b : a)], values[size_t(isSwapped ? a : b)]);
        };
      });
    }
  }
  return [&body, inputs](int64_t a, int64_t b) -> llvm::Expected<bool> {
    SmallVector<Tensor> arguments;
    for (const Tensor *input : inputs) {
      arguments.push_back(scalarAt(*input, a));
      arguments.push_back(scalarAt(*input, b));
    }
    auto returned = evaluateBody(body, arguments);
    if (!returned)
      return returned.takeError();
    return returned->front().bytes[0] != 0;
  };
}

// A stable merge sort, bottom up: any comparator, consistent or not, leaves a permutation.
llvm::Error mergeSort(std::vector<int64_t> &order, const Before &before) {
  std::vector<int64_t> merged(order.size());
  for (size_t width = 1; width < order.size(); width *= 2) {
    for (size_t start = 0; start < order.size(); start += 2 * width) {
      size_t middle = std::min(start + width, order.size()), end = std::min(start + 2 * width, order.size());
      for (size_t left = start, right = middle, out = start; out != end; ++out) {
        bool takesRight = left == middle;
        if (!takesRight && right != end) {
          llvm::Expected<bool> isBefore = before(order[right], order[left]);
          if (!isBefore)
            return isBefore.takeError();
          takesRight = *isBefore;
        }
        merged[out] = takesRight ? order[right++] : order[left++];
      }
    }
    order.swap(merged);
  }
  return llvm::Error::success();
}

llvm::Error evaluate(SortOp op, Operands inputs, std::vector<Tensor> &results) {
  Slices slices(inputs[0]->dims, op.getDimension());
  Before before = comparatorOf(op, inputs);
  std::vector<int64_t> order(static_cast<size_t>(slices.length));
  for (int64_t slice = 0; slice != slices.count(); ++slice) {
    for (int64_t i = 0; i != slices.length; ++i)
      order[size_t(i)] = slices.at(slice, i);
    if (llvm::Error error = mergeSort(order, before))
      return error;
    for (auto [input, result] : llvm::zip(inputs, results)) {
      int64_t size = elementBytes(input->elementType);
      for (int64_t i = 0; i != slices.length; ++i)
        std::memcpy(result.bytes.data() + slices.at(slice, i) * size, input->bytes.data() + order[size_t(i)] * size,
                    size_t(size));
    }
  }
  return llvm::Error::success();
}

//--- top_k

template <typename V> V rankOf(V value) { return value; }
// The order of these integers is the total order of the floats.
int64_t rankOf(double value) {
  auto bits = std::bit_cast<int64_t>(value);
  return bits ^ ((bits >> 63) & INT64_MAX);
}

llvm::Error evaluate(TopKOp, Operands operands, std::vector<Tensor> &results) {
  const Tensor &operand = *operands[0];
  Tensor &values = results[0], &indices = results[1];
  int64_t length = operand.dims.back(), k = values.dims.back(), size = elementBytes(operand.elementType);
  if (k > length)
    return llvm::createStringError(std::errc::invalid_argument, "k is %lld at these sizes, but the last dim is %lld",
                                   (long long)k, (long long)length);
  if (values.numElements() == 0)
    return llvm::Error::success();
  withValue(operand.elementType, [&](auto value) {
    using V = decltype(value);
    if constexpr (!std::is_same_v<V, Complex>) {
      std::vector<V> row(static_cast<size_t>(length));
      std::vector<int64_t> order(static_cast<size_t>(length));
      for (int64_t r = 0, rows = values.numElements() / k; r != rows; ++r) {
        decode<V>(operand.elementType, operand.bytes.data() + r * length * size, length, row.data());
        std::iota(order.begin(), order.end(), 0);
        std::sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
          auto rankA = rankOf(row[size_t(a)]), rankB = rankOf(row[size_t(b)]);
          return rankA != rankB ? rankA > rankB : a < b;
        });
        for (int64_t i = 0; i != k; ++i) {
          std::memcpy(values.bytes.data() + (r * k + i) * size,
                      operand.bytes.data() + (r * length + order[size_t(i)]) * size, size_t(size));
          indices.data<int32_t>()[r * k + i] = int32_t(order[size_t(i)]);
        }
      }
    }
  });
  return llvm::Error::success();
}

//--- scan

// Accumulates in the native type of the class; rounds where an element is stored.
template <typename V>
void scanTyped(BinaryFunctions<V> function, ScanOp op, const Tensor &input, const Tensor &init, Tensor &result) {
  Type type = input.elementType;
  unsigned width = type.isIntOrFloat() ? type.getIntOrFloatBitWidth() : 0;
  std::vector<V> values(size_t(input.numElements()));
  decode<V>(type, input.bytes.data(), input.numElements(), values.data());
  V initial;
  decode<V>(type, init.bytes.data(), 1, &initial);
  Slices slices(input.dims, op.getDimension());
  for (int64_t slice = 0; slice != slices.count(); ++slice) {
    V accumulator = initial;
    for (int64_t i = 0; i != slices.length; ++i) {
      V &value = values[size_t(slices.at(slice, op.getReverse() ? slices.length - 1 - i : i))];
      V next = function(accumulator, value, width);
      value = op.getExclusive() ? accumulator : next;
      accumulator = next;
    }
  }
  encode<V>(type, values.data(), input.numElements(), result.bytes.data());
}

// All slices at once: the accumulators are flat tensors with a lane a slice.
llvm::Error scanByBody(ScanOp op, Operands inputs, Operands inits, std::vector<Tensor> &results) {
  Slices slices(inputs[0]->dims, op.getDimension());
  if (slices.count() == 0)
    return llvm::Error::success();
  std::vector<Tensor> accumulators, elements;
  for (const Tensor *init : inits) {
    accumulators.push_back(flattened(*init, slices.count()));
    elements.push_back(accumulators.back());
  }
  for (int64_t step = 0; step != slices.length; ++step) {
    int64_t i = op.getReverse() ? slices.length - 1 - step : step;
    auto store = [&] {
      for (auto [accumulator, result] : llvm::zip(accumulators, results)) {
        int64_t size = elementBytes(result.elementType);
        for (int64_t slice = 0; slice != slices.count(); ++slice)
          std::memcpy(result.bytes.data() + slices.at(slice, i) * size, accumulator.bytes.data() + slice * size,
                      size_t(size));
      }
    };
    if (op.getExclusive())
      store();
    for (auto [input, element] : llvm::zip(inputs, elements)) {
      int64_t size = elementBytes(input->elementType);
      for (int64_t slice = 0; slice != slices.count(); ++slice)
        std::memcpy(element.bytes.data() + slice * size, input->bytes.data() + slices.at(slice, i) * size, size_t(size));
    }
    if (llvm::Error error = combine(op.getBody().front(), accumulators, elements))
      return error;
    if (!op.getExclusive())
      store();
  }
  return llvm::Error::success();
}

llvm::Error evaluate(ScanOp op, Operands operands, std::vector<Tensor> &results) {
  Operands inputs = operands.take_front(results.size()), inits = operands.drop_front(results.size());
  bool done = false;
  if (Operation *single = singleOp(op.getBody().front()))
    withValue(inputs[0]->elementType, [&](auto value) {
      using V = decltype(value);
      if (auto function = binaryFunction<V>(single->getName().stripDialect())) {
        scanTyped<V>(function, op, *inputs[0], *inits[0], results[0]);
        done = true;
      }
    });
  return done ? llvm::Error::success() : scanByBody(op, inputs, inits, results);
}

} // namespace

Results evaluateOrdering(Operation *op, Operands operands, ArrayRef<int64_t> sizes) {
  Results results = emptyResults(op, sizes);
  if (!results)
    return results;
  llvm::Error error = [&] {
    if (auto sort = dyn_cast<SortOp>(op))
      return evaluate(sort, operands, *results);
    if (auto topK = dyn_cast<TopKOp>(op))
      return evaluate(topK, operands, *results);
    return evaluate(cast<ScanOp>(op), operands, *results);
  }();
  if (error)
    return error;
  return results;
}

} // namespace ingot::reference
