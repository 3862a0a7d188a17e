// Contractions: operands are brought into one layout and one native type, then summed by plain loops.
#include "ir/Types.h"
#include "ir/reference/Elements.h"
#include "ir/reference/Families.h"

using namespace mlir;

namespace ingot::reference {
namespace {

// Integers sum in uint64_t whatever their sign: wrapping to the result's width makes both equal.
template <typename Function> auto withAccumulator(Type elementType, Function &&function) {
  switch (valueClass(elementType)) {
  case ValueClass::Float:
    return function(double());
  case ValueClass::Complex:
    return function(Complex());
  default:
    return function(uint64_t());
  }
}

template <typename A> std::vector<A> decodeAll(const Tensor &tensor) {
  std::vector<A> values(size_t(tensor.numElements()));
  if (valueClass(tensor.elementType) == ValueClass::Signed) {
    if constexpr (std::is_same_v<A, uint64_t>)
      decode<int64_t>(tensor.elementType, tensor.bytes.data(), tensor.numElements(),
                      reinterpret_cast<int64_t *>(values.data()));
  } else {
    decode<A>(tensor.elementType, tensor.bytes.data(), tensor.numElements(), values.data());
  }
  return values;
}

// The sum of i1 products is true where any is.
template <typename A> void encodeAll(std::vector<A> &sums, Tensor &result) {
  if constexpr (std::is_same_v<A, uint64_t>)
    if (result.elementType.isInteger(1))
      for (uint64_t &sum : sums)
        sum = sum != 0;
  if constexpr (std::is_same_v<A, uint64_t>)
    if (valueClass(result.elementType) == ValueClass::Signed)
      return encode<int64_t>(result.elementType, reinterpret_cast<const int64_t *>(sums.data()), int64_t(sums.size()),
                             result.bytes.data());
  encode<A>(result.elementType, sums.data(), int64_t(sums.size()), result.bytes.data());
}

int64_t productOf(const Tensor &tensor, ArrayRef<int64_t> dims) {
  int64_t product = 1;
  for (int64_t dim : dims)
    product *= tensor.dims[size_t(dim)];
  return product;
}

SmallVector<int64_t> joined(ArrayRef<int64_t> first, ArrayRef<int64_t> second, ArrayRef<int64_t> third) {
  SmallVector<int64_t> all(first);
  llvm::append_range(all, second);
  llvm::append_range(all, third);
  return all;
}

void evaluateDot(DotGeneralOp op, Operands operands, Tensor &result) {
  DotDimsAttr dims = op.getDims();
  SmallVector<int64_t> lhsFree = op.getLhsFreeDims(), rhsFree = op.getRhsFreeDims();
  int64_t batch = productOf(*operands[0], dims.getLhsBatch()), depth = productOf(*operands[0], dims.getLhsContract());
  int64_t rows = productOf(*operands[0], lhsFree), columns = productOf(*operands[1], rhsFree);
  Tensor lhs = transposed(*operands[0], joined(dims.getLhsBatch(), lhsFree, dims.getLhsContract()));
  Tensor rhs = transposed(*operands[1], joined(dims.getRhsBatch(), rhsFree, dims.getRhsContract()));
  withAccumulator(lhs.elementType, [&](auto accumulator) {
    using A = decltype(accumulator);
    std::vector<A> left = decodeAll<A>(lhs), right = decodeAll<A>(rhs), sums(size_t(result.numElements()));
    size_t at = 0;
    for (int64_t b = 0; b != batch; ++b)
      for (int64_t row = 0; row != rows; ++row)
        for (int64_t column = 0; column != columns; ++column) {
          const A *x = left.data() + (b * rows + row) * depth, *y = right.data() + (b * columns + column) * depth;
          A sum = 0;
          for (int64_t k = 0; k != depth; ++k)
            sum += product(x[k], y[k]);
          sums[at++] = sum;
        }
    encodeAll(sums, result);
  });
}

// Where the window's element `tap` stands in the input for every output position of one spatial dim; -1 in padding and gaps.
std::vector<int64_t> tapPositions(int64_t outputs, int64_t taps, int64_t input, int64_t stride, int64_t low,
                                  int64_t lhsDilation, int64_t rhsDilation) {
  std::vector<int64_t> positions;
  positions.reserve(size_t(outputs * taps));
  for (int64_t output = 0; output != outputs; ++output)
    for (int64_t tap = 0; tap != taps; ++tap) {
      int64_t dilated = output * stride + tap * rhsDilation - low;
      bool inside = dilated >= 0 && dilated % lhsDilation == 0 && dilated / lhsDilation < input;
      positions.push_back(inside ? dilated / lhsDilation : -1);
    }
  return positions;
}

// Steps `index` through `dims` in row-major order; false after the last.
bool next(SmallVectorImpl<int64_t> &index, ArrayRef<int64_t> dims) {
  for (size_t i = dims.size(); i-- > 0;) {
    if (++index[i] < dims[i])
      return true;
    index[i] = 0;
  }
  return false;
}

} // namespace

void convolveInto(const Convolution &convolution, Operands operands, Tensor &result) {
  ConvDimsAttr dims = convolution.dims;
  // Input as [batch, spatial .., feature], kernel as [output feature, spatial .., input feature], sums as the input.
  Tensor input = transposed(*operands[0], joined({dims.getInputBatch()}, dims.getInputSpatial(), {dims.getInputFeature()}));
  Tensor kernel = transposed(
      *operands[1], joined({dims.getKernelOutputFeature()}, dims.getKernelSpatial(), {dims.getKernelInputFeature()}));
  size_t spatial = dims.getInputSpatial().size();
  SmallVector<int64_t> outputPermutation =
      joined({dims.getOutputBatch()}, dims.getOutputSpatial(), {dims.getOutputFeature()});
  SmallVector<int64_t> outputDims =
      llvm::map_to_vector(outputPermutation, [&](int64_t dim) { return result.dims[size_t(dim)]; });
  ArrayRef<int64_t> window = ArrayRef(kernel.dims).slice(1, spatial), positions = ArrayRef(outputDims).slice(1, spatial);
  int64_t outputFeatures = kernel.dims.front();
  int64_t depth = kernel.dims.back(), outputBatch = outputDims.front();
  int64_t featuresPerGroup = outputFeatures / convolution.window.featureGroups;
  int64_t featuresPerBatchGroup = outputFeatures / convolution.window.batchGroups;
  int64_t taps = 1;
  std::vector<std::vector<int64_t>> tables;
  SmallVector<int64_t> inputStrides = rowMajorStrides(input.dims);
  for (size_t i = 0; i != spatial; ++i) {
    taps *= window[i];
    tables.push_back(tapPositions(positions[i], window[i], input.dims[i + 1], convolution.window.strides[i],
                                  convolution.window.padding[2 * i], convolution.window.lhsDilation[i],
                                  convolution.window.rhsDilation[i]));
    // Element t of a reversed kernel stands where the element as far from its other end would.
    for (auto row = tables.back().begin();
         !convolution.reversal.empty() && convolution.reversal[i] && row != tables.back().end(); row += window[i])
      std::reverse(row, row + window[i]);
  }
  Tensor ordered = Tensor::zeros(result.elementType, outputDims);
  if (ordered.numElements() == 0)
    return;
  withAccumulator(input.elementType, [&](auto accumulator) {
    using A = decltype(accumulator);
    std::vector<A> values = decodeAll<A>(input), weights = decodeAll<A>(kernel), sums(size_t(ordered.numElements()));
    SmallVector<int64_t> place(spatial, 0);
    int64_t placeCount = 0;
    int64_t allPlaces = ordered.numElements() / (outputBatch * outputFeatures);
    std::vector<int64_t> offsets(static_cast<size_t>(taps)); // of each tap's features in the input, -1 outside
    do {
      SmallVector<int64_t> tap(spatial, 0);
      for (int64_t &offset : offsets) {
        offset = 0;
        for (size_t i = 0; i != spatial && offset >= 0; ++i) {
          int64_t position = tables[i][size_t(place[i] * window[i] + tap[i])];
          offset = position < 0 ? -1 : offset + position * inputStrides[i + 1];
        }
        next(tap, window);
      }
      for (int64_t batch = 0; batch != outputBatch; ++batch)
        for (int64_t feature = 0; feature != outputFeatures; ++feature) {
          int64_t sourceBatch = feature / featuresPerBatchGroup * outputBatch + batch;
          if (convolution.window.batchGroups == 1)
            sourceBatch = batch;
          int64_t firstFeature = feature / featuresPerGroup * depth;
          const A *x = values.data() + sourceBatch * inputStrides[0] + firstFeature;
          const A *w = weights.data() + feature * taps * depth;
          A sum = 0;
          for (int64_t t = 0; t != taps; ++t) {
            if (offsets[size_t(t)] < 0)
              continue;
            const A *source = x + offsets[size_t(t)], *factor = w + t * depth;
            for (int64_t k = 0; k != depth; ++k)
              sum += product(source[k], factor[k]);
          }
          sums[size_t((batch * allPlaces + placeCount) * outputFeatures + feature)] = sum;
        }
      ++placeCount;
    } while (next(place, positions));
    encodeAll(sums, ordered);
  });
  // Back to the result's order of dims.
  SmallVector<int64_t> inverse(outputPermutation.size());
  for (auto [index, dim] : llvm::enumerate(outputPermutation))
    inverse[size_t(dim)] = int64_t(index);
  result = transposed(ordered, inverse);
}

Results evaluateContraction(Operation *op, Operands operands, ArrayRef<int64_t> sizes) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  auto dims = concreteDims(type, sizes);
  if (!dims)
    return dims.takeError();
  std::vector<Tensor> results;
  results.push_back(Tensor::zeros(type.getElementType(), *dims));
  if (auto dot = dyn_cast<DotGeneralOp>(op)) {
    evaluateDot(dot, operands, results[0]);
  } else {
    auto convolution = cast<ConvolutionOp>(op);
    convolveInto({{convolution.getWindowStrides(), convolution.getPadding(), convolution.getLhsDilation(),
                   convolution.getRhsDilation(), int64_t(convolution.getFeatureGroupCount()),
                   int64_t(convolution.getBatchGroupCount())},
                  convolution.getDims(),
                  convolution.getWindowReversal().value_or(ArrayRef<bool>())},
                 operands, results[0]);
  }
  return results;
}

} // namespace ingot::reference
