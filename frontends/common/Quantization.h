// Floats as integers by a scale and a zero point.
#ifndef INGOT_FRONTENDS_COMMON_QUANTIZATION_H
#define INGOT_FRONTENDS_COMMON_QUANTIZATION_H

#include "frontends/common/ValueBuilder.h"

namespace ingot::frontend {

// How scale and zero point are laid over what is quantised.
struct Granularity {
  std::optional<int64_t> axis, block;
  // Of rank 0 without an axis, a vector along it, or one of x's rank with an element for each block; no zero point: it is 0.
  mlir::Value scale, zeroPoint;
};

// The scale (or zero point) over all of `dims`.
mlir::Value spread(ValueBuilder &b, mlir::Value x, const Granularity &g, llvm::ArrayRef<mlir::AffineExpr> dims);
// x / scale + zero point as integers of type `to`, saturated.
mlir::Value quantize(ValueBuilder &b, mlir::Value x, const Granularity &g, mlir::Type to);
// (x - zero point) * scale, in the scale's type. The zero point of floats is 0.
mlir::Value dequantize(ValueBuilder &b, mlir::Value x, const Granularity &g);

// To 8 bits without sign by the range of the elements, which is made to hold 0.
struct DynamicallyQuantized {
  mlir::Value value, scale, zeroPoint;
};
DynamicallyQuantized quantizeByRange(ValueBuilder &b, mlir::Value x);

// sum * scale / divisor + zero point, saturated to the zero point's type; the last two are one number each.
mlir::Value requantized(ValueBuilder &b, mlir::Value sum, mlir::Value scale, mlir::Value divisor, mlir::Value zeroPoint);

} // namespace ingot::frontend

#endif // INGOT_FRONTENDS_COMMON_QUANTIZATION_H
