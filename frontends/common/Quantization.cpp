#include "frontends/common/Quantization.h"

using namespace mlir;

namespace ingot::frontend {

Value spread(ValueBuilder &b, Value x, const Granularity &g, ArrayRef<AffineExpr> dims) {
  if (!g.axis)
    return b.broadcast(x, dims);
  if (!g.block)
    return b.broadcast(x, dims, *g.axis);
  Dims from = ValueBuilder::dimsOf(x), repeated, joined;
  SmallVector<int64_t> places;
  for (auto [index, dim] : llvm::enumerate(from)) {
    places.push_back(repeated.size());
    repeated.push_back(dim);
    joined.push_back(dim);
    if (static_cast<int64_t>(index) == *g.axis) {
      repeated.push_back(b.number(*g.block));
      joined.back() = dim * *g.block;
    }
  }
  Value whole = b.reshape(b.broadcast(x, repeated, places), joined);
  SmallVector<int64_t> none(dims.size(), 0), high(dims.size(), 0);
  auto excess = dyn_cast<AffineConstantExpr>(simplifyExpr(dims[*g.axis] - joined[*g.axis]));
  if (excess)
    high[*g.axis] = excess.getValue();
  return b.pad(whole, b.scalar(ValueBuilder::elementOf(x), 0), none, high);
}

static IntegerAttr numberOrNull(ValueBuilder &b, std::optional<int64_t> number) {
  return number ? b.getI64IntegerAttr(*number) : IntegerAttr();
}

Value quantize(ValueBuilder &b, Value x, const Granularity &g, Type to) {
  return QuantizeOp::create(b, makeTensorType(ValueBuilder::dimsOf(x), to), x, g.scale, g.zeroPoint, numberOrNull(b, g.axis),
                            numberOrNull(b, g.block));
}

Value dequantize(ValueBuilder &b, Value x, const Granularity &g) {
  const Type compute = ValueBuilder::elementOf(g.scale);
  const Dims dims = ValueBuilder::dimsOf(x);
  if (isa<FloatType>(ValueBuilder::elementOf(x)))
    return b.mul(b.convert(x, compute), spread(b, g.scale, g, dims));
  return DequantizeOp::create(b, makeTensorType(dims, compute), x, g.scale, g.zeroPoint, numberOrNull(b, g.axis),
                              numberOrNull(b, g.block));
}

DynamicallyQuantized quantizeByRange(ValueBuilder &b, Value x) {
  const SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, ValueBuilder::rankOf(x)));
  Type type = ValueBuilder::elementOf(x), to = b.getIntegerType(8, /*isSigned=*/false);
  Value zero = b.scalar(type, 0), one = b.scalar(type, 1);
  Value least = b.min(b.reduce(Reduction::Minimum, x, axes, /*keep=*/false), zero);
  Value greatest = b.max(b.reduce(Reduction::Maximum, x, axes, /*keep=*/false), zero);
  Value scale = b.div(b.sub(greatest, least), b.scalar(type, 255));
  scale = b.select(b.compare(ComparisonDirection::EQ, scale, zero), one, scale); // all elements are 0
  Value zeroPoint = b.unary<RoundNearestEvenOp>(b.min(b.div(b.sub(zero, least), scale), b.scalar(type, 255)));
  zeroPoint = b.convert(zeroPoint, to);
  return {quantize(b, x, {std::nullopt, std::nullopt, scale, zeroPoint}, to), scale, zeroPoint};
}

Value requantized(ValueBuilder &b, Value sum, Value scale, Value divisor, Value zeroPoint) {
  Type real = b.getF32Type();
  Value one = b.reshape(b.convert(divisor, real), {});
  Value multiplier = b.div(scale, b.broadcast(one, ValueBuilder::dimsOf(scale)));
  Value scaled = b.mul(b.convert(sum, real), multiplier);
  return quantize(b, scaled, {std::nullopt, std::nullopt, b.scalar(real, 1), b.reshape(zeroPoint, {})},
                  ValueBuilder::elementOf(zeroPoint));
}

} // namespace ingot::frontend
