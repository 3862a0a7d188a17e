// Pictures, and tensors of any rank, at another size.
#ifndef INGOT_FRONTENDS_COMMON_RESAMPLING_H
#define INGOT_FRONTENDS_COMMON_RESAMPLING_H

#include "frontends/common/ValueBuilder.h"

namespace ingot::frontend {

// What is asked for along one axis of the operand. Without a scale it is the ratio of the sizes.
struct ResamplingAxis {
  mlir::AffineExpr size;
  std::optional<double> scale;
  double start = 0, end = 1; // of the part that TF_CROP_AND_RESIZE takes
};

struct Resampling {
  InterpolationKernel kernel = InterpolationKernel::NEAREST;
  InterpolationCoordinates coordinates = InterpolationCoordinates::ASYMMETRIC;
  NearestMode nearest = NearestMode::FLOOR;
  double cubicCoefficient = -0.75, extrapolationValue = 0;
  bool antialias = false, excludeOutside = false;
  llvm::SmallVector<ResamplingAxis> axes; // one for each dim
};

// x at the sizes of `dims`, ascending. Either all of them have a scale, or none.
mlir::Value interpolate(ValueBuilder &b, mlir::Value x, const Resampling &r, llvm::ArrayRef<int64_t> dims);

// Resamples along the dims that change. Integers are interpolated as floats and truncated.
mlir::Value resample(ValueBuilder &b, mlir::Value x, const Resampling &r);

} // namespace ingot::frontend

#endif // INGOT_FRONTENDS_COMMON_RESAMPLING_H
