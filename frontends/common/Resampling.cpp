#include "frontends/common/Resampling.h"

using namespace mlir;

namespace ingot::frontend {

Value interpolate(ValueBuilder &b, Value x, const Resampling &r, ArrayRef<int64_t> dims) {
  Dims to = ValueBuilder::dimsOf(x);
  SmallVector<double> scales, roi;
  for (int64_t dim : dims) {
    const ResamplingAxis &axis = r.axes[dim];
    to[dim] = axis.size;
    if (axis.scale)
      scales.push_back(*axis.scale);
    if (r.coordinates == InterpolationCoordinates::TF_CROP_AND_RESIZE)
      roi.append({axis.start, axis.end});
  }
  return InterpolateOp::create(b, makeTensorType(to, ValueBuilder::elementOf(x)), x, r.kernel, r.coordinates, dims,
                               scales.empty() ? DenseF64ArrayAttr() : b.getDenseF64ArrayAttr(scales), r.nearest,
                               llvm::APFloat(r.cubicCoefficient), roi, llvm::APFloat(r.extrapolationValue), r.antialias,
                               r.excludeOutside);
}

Value resample(ValueBuilder &b, Value x, const Resampling &r) {
  SmallVector<int64_t> dims;
  for (auto [index, dim] : llvm::enumerate(ValueBuilder::dimsOf(x))) {
    const ResamplingAxis &axis = r.axes[index];
    bool cropped = r.coordinates == InterpolationCoordinates::TF_CROP_AND_RESIZE && (axis.start != 0 || axis.end != 1);
    if (r.coordinates == InterpolationCoordinates::PYTORCH_HALF_PIXEL && staticDim(axis.size) == 1 && staticDim(dim) > 1) {
      x = b.slice(x, static_cast<int64_t>(index), 0, 1);
      continue;
    }
    if (axis.size != dim || axis.scale.value_or(1) != 1 || cropped)
      dims.push_back(index);
  }
  if (dims.empty())
    return x;
  Type type = ValueBuilder::elementOf(x);
  if (r.kernel != InterpolationKernel::NEAREST && !isa<FloatType>(type))
    x = b.convert(x, type.getIntOrFloatBitWidth() > 16 ? Type(b.getF64Type()) : Type(b.getF32Type()));
  return b.convert(interpolate(b, x, r, dims), type);
}

} // namespace ingot::frontend
