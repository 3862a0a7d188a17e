// Interpolation: a table of places and weights a dim, then one pass a dim over f64 values; NEAREST moves elements.
#include "ir/Interpolation.h"
#include "ir/Types.h"
#include "ir/reference/Bodies.h"
#include "ir/reference/Elements.h"

#include <cmath>
#include <cstring>

using namespace mlir;

namespace ingot::reference {
namespace {

// What an element of the result along one dim is made of.
struct Mix {
  bool isOutside = false; // takes extrapolation_value
  SmallVector<std::pair<int64_t, double>> parts;
};

// One dim of the op at known lengths.
struct Axis {
  InterpolateOp op;
  double from, to;           // lengths of operand and result
  ScaleFraction scale;       // to / from where none is given
  double length, parts;      // the result's as the coordinates see it is their quotient
  double start = 0, end = 1; // of the region of interest

  Axis(InterpolateOp op, int64_t from, int64_t to, std::optional<double> given)
      : op(op), from(double(from)), to(double(to)), scale(given ? fractionOf(*given) : ScaleFraction{this->to, this->from}),
        length(given ? scale.numerator * this->from : this->to), parts(given ? scale.denominator : 1) {}

  double place(int64_t index);
  Mix mixAt(int64_t i);
};

double Axis::place(int64_t index) {
  const auto i = double(index);
  const double span = from - 1, rest = length - parts;
  const double middle = (2 * i + 1) * scale.denominator, twice = 2 * scale.numerator;
  switch (op.getCoordinates()) {
  case InterpolationCoordinates::HALF_PIXEL:
    return (middle - scale.numerator) / twice;
  case InterpolationCoordinates::HALF_PIXEL_SYMMETRIC:
    return (middle - scale.numerator + (from * scale.numerator - to * scale.denominator)) / twice;
  case InterpolationCoordinates::PYTORCH_HALF_PIXEL:
    return rest <= 0 ? 0 : (middle - scale.numerator) / twice;
  case InterpolationCoordinates::ASYMMETRIC:
    return i * scale.denominator / scale.numerator;
  case InterpolationCoordinates::ALIGN_CORNERS:
    return rest == 0 ? 0 : i * span * parts / rest;
  case InterpolationCoordinates::TF_CROP_AND_RESIZE: {
    const RegionFraction region = regionBetween(start, end);
    if (rest == 0)
      return (2 * region.start + region.length) * span / (2 * region.parts);
    return (region.start * span * rest + i * region.length * span * parts) / (rest * region.parts);
  }
  case InterpolationCoordinates::TF_HALF_PIXEL_FOR_NN:
    return middle / twice;
  }
  llvm_unreachable("a system of coordinates without a case");
}

// The weight of an element `distance` away.
double weightAt(InterpolateOp op, double distance) {
  double x = std::fabs(distance);
  if (op.getKernel() == InterpolationKernel::LINEAR)
    return std::max(0.0, 1 - x);
  if (x == 1) // exactly, whatever the coefficient
    return 0;
  double a = op.getCubicCoeff().convertToDouble();
  if (x <= 1)
    return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

int64_t nearestOf(NearestMode mode, double x) {
  double floor = std::floor(x), rest = x - floor;
  bool goesUp = (mode == NearestMode::ROUND_PREFER_FLOOR && rest > 0.5) ||
                (mode == NearestMode::ROUND_PREFER_CEIL && rest >= 0.5) || (mode == NearestMode::CEIL && rest > 0);
  return int64_t(floor) + goesUp;
}

Mix Axis::mixAt(int64_t i) {
  double x = place(i);
  Mix mix;
  mix.isOutside = op.getCoordinates() == InterpolationCoordinates::TF_CROP_AND_RESIZE && (x < 0 || x > from - 1);
  // Far outside, all places count as the nearest inside; this keeps the arithmetic on integers small.
  x = std::clamp(x, -16 * from - 16, 16 * from + 16);
  auto inside = [&](int64_t index) { return std::clamp<int64_t>(index, 0, int64_t(from) - 1); };
  if (op.getKernel() == InterpolationKernel::NEAREST) {
    mix.parts.push_back({inside(nearestOf(op.getNearest(), x)), 1});
    return mix;
  }
  double stretch = op.getAntialias() ? std::min(1.0, scale.numerator / scale.denominator) : 1;
  double radius = (op.getKernel() == InterpolationKernel::LINEAR ? 1 : 2) / stretch, sum = 0;
  for (auto index = int64_t(std::floor(x - radius)) + 1; double(index) < x + radius; ++index) {
    bool isExcluded = op.getExcludeOutside() && (index < 0 || double(index) >= from);
    double weight = isExcluded ? 0 : weightAt(op, (double(index) - x) * stretch);
    sum += weight;
    if (weight != 0)
      mix.parts.push_back({inside(index), weight});
  }
  if (op.getExcludeOutside() || stretch < 1)
    for (auto &part : mix.parts)
      part.second /= sum;
  return mix;
}

// For each dim of the result, the mix of each of its places.
using Mixes = SmallVector<std::vector<Mix>>;

Mixes mixesOf(InterpolateOp op, ArrayRef<int64_t> from, ArrayRef<int64_t> to) {
  Mixes mixes(from.size());
  for (size_t dim = 0; dim != from.size(); ++dim) {
    ArrayRef<int64_t> dims = op.getDimensions();
    auto found = llvm::find(dims, int64_t(dim));
    size_t number = size_t(found - dims.begin());
    std::optional<double> scale;
    if (found != dims.end() && op.getScales())
      scale = (*op.getScales())[number];
    Axis axis(op, from[dim], to[dim], scale);
    if (found != dims.end() && !op.getRoi().empty()) {
      axis.start = op.getRoi()[2 * number];
      axis.end = op.getRoi()[2 * number + 1];
    }
    for (int64_t i = 0; i != to[dim]; ++i) {
      mixes[dim].push_back(found == dims.end() ? Mix() : axis.mixAt(i));
      if (found == dims.end())
        mixes[dim].back().parts.push_back({i, 1});
    }
  }
  return mixes;
}

// Calls `function` with the linear index of every element of the result that lies outside.
void forOutside(const Mixes &mixes, ArrayRef<int64_t> dims, function_ref<void(int64_t)> function) {
  SmallVector<int64_t> index(dims.size(), 0);
  int64_t linear = 0;
  do {
    for (size_t dim = 0; dim != dims.size(); ++dim)
      if (mixes[dim][size_t(index[dim])].isOutside) {
        function(linear);
        break;
      }
    ++linear;
  } while (nextIndex(index, dims));
}

void evaluateNearest(const Mixes &mixes, const Tensor &operand, Tensor &result) {
  SmallVector<int64_t> strides = rowMajorStrides(operand.dims), index(result.dims.size(), 0);
  int64_t size = elementBytes(result.elementType), to = 0;
  do {
    int64_t from = 0;
    for (size_t dim = 0; dim != strides.size(); ++dim)
      from += mixes[dim][size_t(index[dim])].parts.front().first * strides[dim];
    std::memcpy(result.bytes.data() + to++ * size, operand.bytes.data() + from * size, size_t(size));
  } while (nextIndex(index, result.dims));
}

void evaluateMixes(InterpolateOp op, const Mixes &mixes, const Tensor &operand, Tensor &result) {
  std::vector<double> values(size_t(operand.numElements()));
  decode<double>(operand.elementType, operand.bytes.data(), operand.numElements(), values.data());
  SmallVector<int64_t> dims(operand.dims);
  for (int64_t dimension : op.getDimensions()) {
    auto dim = size_t(dimension);
    int64_t inner = rowMajorStrides(dims)[dim], outer = int64_t(values.size()) / (inner * dims[dim]);
    std::vector<double> next;
    next.reserve(size_t(outer * result.dims[dim] * inner));
    for (int64_t o = 0; o != outer; ++o)
      for (const Mix &mix : mixes[dim])
        for (int64_t n = 0; n != inner; ++n) {
          double sum = 0;
          for (auto [index, weight] : mix.parts)
            sum += weight * values[size_t((o * dims[dim] + index) * inner + n)];
          next.push_back(sum);
        }
    values = std::move(next);
    dims[dim] = result.dims[dim];
  }
  encode<double>(result.elementType, values.data(), int64_t(values.size()), result.bytes.data());
}

} // namespace

Results evaluateInterpolation(Operation *op, Operands operands, ArrayRef<int64_t> sizes) {
  Results results = emptyResults(op, sizes);
  if (!results)
    return results;
  auto typed = cast<InterpolateOp>(op);
  const Tensor &operand = *operands[0];
  Tensor &result = results->front();
  if (result.numElements() == 0)
    return results;
  if (operand.numElements() == 0)
    return llvm::createStringError(std::errc::invalid_argument,
                                   "the operand is empty at these sizes, but the result is not");
  Mixes mixes = mixesOf(typed, operand.dims, result.dims);
  if (typed.getKernel() == InterpolationKernel::NEAREST)
    evaluateNearest(mixes, operand, result);
  else
    evaluateMixes(typed, mixes, operand, result);
  double extrapolation = typed.getExtrapolationValue().convertToDouble();
  withValue(result.elementType, [&](auto value) {
    using V = decltype(value);
    V outside(extrapolation);
    int64_t size = elementBytes(result.elementType);
    forOutside(mixes, result.dims,
               [&](int64_t index) { encode<V>(result.elementType, &outside, 1, result.bytes.data() + index * size); });
  });
  return results;
}

} // namespace ingot::reference
