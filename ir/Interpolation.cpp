#include "ir/Interpolation.h"

#include "ir/Dialect.h"
#include "ir/Verification.h"

#include <cmath>
#include <utility>

using namespace mlir;

namespace ingot {

ScaleFraction fractionOf(double scale) {
  // The convergents of the continued fraction: one of so small a denominator that rounds to the scale is among them.
  constexpr double kMostDenominator = 1 << 20, kMostNumerator = 0x1p40;
  double above = 1, aboveBefore = 0, below = 0, belowBefore = 1, rest = scale;
  for (;;) {
    const double whole = std::floor(rest);
    aboveBefore = std::exchange(above, whole * above + aboveBefore);
    belowBefore = std::exchange(below, whole * below + belowBefore);
    if (!(below <= kMostDenominator && above <= kMostNumerator))
      return {scale, 1};
    if (above / below == scale)
      return {above, below};
    rest = 1 / (rest - whole);
  }
}

RegionFraction regionBetween(double start, double end) {
  const ScaleFraction first = fractionOf(start), last = fractionOf(end);
  const double from = first.numerator * last.denominator;
  return {from, last.numerator * first.denominator - from, first.denominator * last.denominator};
}

LogicalResult InterpolateOp::verify() {
  RankedTensorType operand = getOperand().getType(), result = getType();
  SmallVector<SizeAttr> sizes = moduleSizes(*this);
  ArrayRef<int64_t> dims = getDimensions();
  if (!areUniqueDims(dims, operand.getRank()) || !llvm::is_sorted(dims))
    return emitOpError() << "(C1) dims " << listOf(dims) << " are not unique, ascending dims of rank " << operand.getRank();
  bool matches = operand.getRank() == result.getRank() && operand.getElementType() == result.getElementType();
  for (unsigned dim = 0; matches && dim != unsigned(operand.getRank()); ++dim)
    matches = llvm::is_contained(dims, int64_t(dim)) || sameExpr(dimExpr(operand, dim), dimExpr(result, dim));
  if (!matches)
    return emitOpError() << "(C2) the operand is " << describeType(operand, sizes) << ", but the result is "
                         << describeType(result, sizes) << " and only dims " << listOf(dims) << " may differ";
  if (auto scales = getScales())
    if (scales->size() != dims.size() || !llvm::all_of(*scales, [](double scale) { return scale > 0 && scale < HUGE_VAL; }))
      return emitOpError() << "(C3) scales must be positive, one for each of dims " << listOf(dims);
  bool crops = getCoordinates() == InterpolationCoordinates::TF_CROP_AND_RESIZE;
  if (getRoi().size() != (crops ? 2 * dims.size() : 0))
    return emitOpError() << "(C4) roi has " << getRoi().size() << " entries, but " << (crops ? 2 * dims.size() : 0)
                         << " are needed";
  if (getKernel() != InterpolationKernel::NEAREST && !isa<FloatType>(operand.getElementType()))
    return emitOpError() << "(C5) " << stringifyInterpolationKernel(getKernel()) << " of " << operand.getElementType()
                         << " is not possible";
  if (getKernel() == InterpolationKernel::NEAREST && getAntialias())
    return emitOpError() << "(C6) NEAREST has no antialias";
  return success();
}

// At scale 1 the place of element i is i in all systems of coordinates but two.
OpFoldResult InterpolateOp::fold(FoldAdaptor) {
  auto scales = getScales();
  bool isIdentity = getOperand().getType() == getType() &&
                    getCoordinates() != InterpolationCoordinates::TF_CROP_AND_RESIZE &&
                    getCoordinates() != InterpolationCoordinates::TF_HALF_PIXEL_FOR_NN &&
                    (!scales || llvm::all_of(*scales, [](double scale) { return scale == 1; }));
  return isIdentity ? OpFoldResult(getOperand()) : OpFoldResult();
}

// Elements that are mixed along a dim.
static AffineExpr tapsAlong(InterpolateOp op, unsigned dim) {
  RankedTensorType from = op.getOperand().getType(), to = op.getType();
  int64_t taps = op.getKernel() == InterpolationKernel::NEAREST ? 1 : op.getKernel() == InterpolationKernel::LINEAR ? 2 : 4;
  if (op.getAntialias() && !from.isDynamicDim(dim) && !to.isDynamicDim(dim) && to.getDimSize(dim) > 0)
    taps *= std::max<int64_t>(1, from.getDimSize(dim) / to.getDimSize(dim));
  return getAffineConstantExpr(taps, op.getContext());
}

IndexRelation InterpolateOp::getIndexRelation(unsigned) {
  IndexRelation relation = relationOf(getResult());
  SmallVector<AffineExpr> place = relation.identity();
  for (int64_t dim : getDimensions()) {
    AffineExpr tap = relation.addVariable(tapsAlong(*this, unsigned(dim)), /*unrolled=*/!getAntialias());
    SmallVector<AffineExpr> from{relation.index(unsigned(dim)), tap};
    place[size_t(dim)] = relation.addComputed(from, dimExpr(getOperand().getType(), unsigned(dim)));
  }
  relation.read(0, place);
  return relation;
}

} // namespace ingot
