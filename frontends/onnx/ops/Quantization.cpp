// Floats as integers by a scale and a zero point, and products of such integers.
#include "frontends/common/Quantization.h"
#include "frontends/onnx/OpTable.h"
#include "frontends/onnx/ops/Products.h"

using namespace mlir;

namespace ingot::onnx {
namespace {

bool isOne(NodeContext &n, size_t index) { return n.type(index).hasStaticShape() && n.type(index).getNumElements() == 1; }

std::optional<Granularity> readGranularity(NodeContext &n) {
  if (failed(n.needInputs(2, n.opset < 10 ? 2 : 3)))
    return std::nullopt;
  ValueBuilder &b = n.b;
  Granularity g;
  g.scale = n.value(1);
  if (n.has(2))
    g.zeroPoint = n.value(2);
  auto fail = [&] {
    (void)n.error("the scale " + n.show(n.type(1)) + (n.has(2) ? " and the zero point " + n.show(n.type(2)) : "") +
                  " do not fit " + n.show(n.type(0)));
    return std::nullopt;
  };
  if (!isa<FloatType>(n.element(1)) || (n.has(2) && n.dims(2) != n.dims(1) && !(isOne(n, 1) && isOne(n, 2))))
    return fail();
  const int64_t block = n.opset >= 21 ? n.intAttr("block_size", 0) : 0;
  if (block < 0 || (block > 0 && n.rank(1) != n.rank(0)))
    return fail();
  if (block == 0 && isOne(n, 1) && n.rank(1) < 2) {
    g.scale = b.reshape(g.scale, {});
    if (g.zeroPoint)
      g.zeroPoint = b.reshape(g.zeroPoint, {});
    return g;
  }
  if (n.opset < 13)
    return fail();
  g.axis = n.axis(n.intAttr("axis", 1), n.rank(0));
  if (!g.axis)
    return std::nullopt;
  Dims expected = {n.dims(0)[*g.axis]};
  if (block) {
    g.block = block;
    expected = n.dims(0);
    expected[*g.axis] = simplifyExpr(expected[*g.axis].ceilDiv(block));
  }
  if (n.dims(1) != expected)
    return fail();
  return g;
}

// An element type named by an integer attribute; `otherwise` where absent or 0.
std::optional<Type> typeAttr(NodeContext &n, llvm::StringRef name, Type otherwise) {
  int64_t number = n.intAttr(name, 0);
  if (number == 0)
    return otherwise;
  if (Type type = elementTypeOf(n.b.getContext(), static_cast<int32_t>(number)))
    return type;
  (void)n.error(name + " is " + dataTypeName(static_cast<int32_t>(number)) + ", which is not supported");
  return std::nullopt;
}

LogicalResult quantizeLinear(NodeContext &n) {
  std::optional<Granularity> g = readGranularity(n);
  if (!g)
    return failure();
  ValueBuilder &b = n.b;
  std::optional<Type> stated = typeAttr(n, "output_dtype", b.getIntegerType(8, /*isSigned=*/false));
  std::optional<Type> precision = typeAttr(n, "precision", n.element(1));
  if (!stated || !precision)
    return failure();
  Type to = g->zeroPoint ? n.element(2) : *stated;
  if (isa<ComplexType>(n.element(0)) || isa<ComplexType>(to) || to.isInteger(1) || !isa<FloatType>(*precision) ||
      (isa<FloatType>(to) && cast<FloatType>(to).getWidth() > 8))
    return n.error("a result of " + n.show(makeTensorType(n.dims(0), to)) + " is not supported");
  Value x = b.convert(n.value(0), *precision);
  g->scale = b.convert(g->scale, *precision);
  if (isa<FloatType>(to)) { // its zero point is 0
    n.result(0, convertTo(n, b.div(x, spread(b, g->scale, *g, n.dims(0))), to));
    return success();
  }
  n.result(0, quantize(b, x, *g, to));
  return success();
}

LogicalResult dequantizeLinear(NodeContext &n) {
  std::optional<Granularity> g = readGranularity(n);
  std::optional<Type> to = g ? typeAttr(n, "output_dtype", n.element(1)) : std::nullopt;
  if (!to)
    return failure();
  ValueBuilder &b = n.b;
  if (isa<ComplexType>(n.element(0)) || n.element(0).isInteger(1) || !isa<FloatType>(*to) ||
      (n.has(2) && n.element(2) != n.element(0)))
    return n.error("the zero point must have the operand's element type, a number, not " + n.show(n.type(0)));
  n.result(0, b.convert(dequantize(b, n.value(0), *g), *to));
  return success();
}

LogicalResult dynamicQuantizeLinear(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return failure();
  if (!n.element(0).isF32())
    return n.error("needs f32, not " + n.show(n.type(0)));
  DynamicallyQuantized result = quantizeByRange(n.b, n.value(0));
  n.result(0, result.value);
  n.result(1, result.scale);
  n.result(2, result.zeroPoint);
  return success();
}

//===--- products ------------------------------------------------------------------------------------------------------===//

// Operand `index` minus the zero point of operand `zeroIndex`, in 32 bits: one number, or a vector along `axis`, or what
// broadcasts.
std::optional<Value> centered(NodeContext &n, size_t index, size_t zeroIndex, int64_t axis) {
  ValueBuilder &b = n.b;
  Value x = b.convert(n.value(index), b.getI32Type());
  if (!n.has(zeroIndex))
    return x;
  Value zero = b.convert(n.value(zeroIndex), b.getI32Type());
  Dims dims = n.dims(index);
  if (isOne(n, zeroIndex))
    return b.sub(x, b.broadcast(b.reshape(zero, {}), dims));
  if (n.rank(zeroIndex) == 1 && axis >= 0 && n.dims(zeroIndex)[0] == dims[axis])
    return b.sub(x, b.broadcast(zero, dims, axis));
  std::optional<Dims> full = broadcastDims(dims, n.dims(zeroIndex));
  if (n.rank(zeroIndex) == 1 || !full || *full != dims) {
    (void)n.error("the zero point " + n.show(n.type(zeroIndex)) + " does not fit " + n.show(n.type(index)));
    return std::nullopt;
  }
  return b.sub(x, b.broadcast(zero, dims));
}

// Both sides of a matrix product: zero points are one number, or one a row (of the left) or a column (of the right).
std::optional<Value> integerProduct(NodeContext &n, size_t lhs, size_t lhsZero, size_t rhs, size_t rhsZero) {
  std::optional<Value> left = centered(n, lhs, lhsZero, n.rank(lhs) - 2), right = centered(n, rhs, rhsZero, n.rank(rhs) - 1);
  return left && right ? matmulOf(n, *left, *right) : std::nullopt;
}

LogicalResult matMulInteger(NodeContext &n) {
  if (failed(n.needInputs(2, 4)))
    return failure();
  std::optional<Value> product = integerProduct(n, 0, 2, 1, 3);
  if (!product)
    return failure();
  n.result(0, *product);
  return success();
}

// The convolution of the centered operands x and w.
std::optional<Value> integerConvolution(NodeContext &n, size_t x, size_t xZero, size_t w, size_t wZero) {
  if (n.rank(x) < 3 || n.rank(w) != n.rank(x) || !n.type(w).hasStaticShape() || n.type(w).getNumElements() == 0 ||
      staticDim(n.dims(x)[1]) < 0) {
    (void)n.error("the input " + n.show(n.type(x)) + " and the weight " + n.show(n.type(w)) + " do not fit");
    return std::nullopt;
  }
  std::optional<Value> input = centered(n, x, xZero, -1), weight = centered(n, w, wZero, 0);
  return input && weight ? convolve(n, *input, *weight) : std::nullopt;
}

LogicalResult convInteger(NodeContext &n) {
  if (failed(n.needInputs(2, 4)))
    return failure();
  std::optional<Value> product = integerConvolution(n, 0, 2, 1, 3);
  if (!product)
    return failure();
  n.result(0, *product);
  return success();
}

// The product of the scales of operands `lhs` and `rhs` over `dims`: each is one number, a vector along its axis, or what
// broadcasts. In f32.
std::optional<Value> productScale(NodeContext &n, std::pair<size_t, int64_t> lhs, std::pair<size_t, int64_t> rhs,
                                  ArrayRef<AffineExpr> dims) {
  ValueBuilder &b = n.b;
  Value scales[2];
  for (size_t side : {0, 1}) {
    auto [index, axis] = side ? rhs : lhs;
    Value scale = b.convert(n.value(index), b.getF32Type());
    std::optional<Dims> full = broadcastDims(dims, n.dims(index));
    if (isOne(n, index))
      scale = b.broadcast(b.reshape(scale, {}), dims);
    else if (n.rank(index) == 1 && axis >= 0 && n.dims(index)[0] == dims[axis])
      scale = b.broadcast(scale, dims, axis);
    else if (n.rank(index) > 1 && full && *full == Dims(dims))
      scale = b.broadcast(scale, dims);
    else {
      (void)n.error("the scale " + n.show(n.type(index)) + " does not fit " + n.show(dims));
      return std::nullopt;
    }
    scales[side] = scale;
  }
  return b.mul(scales[0], scales[1]);
}

// sum * scale / (operand `scaleIndex`) + (operand `zeroIndex`), saturated to the zero point's type.
LogicalResult requantize(NodeContext &n, Value sum, Value scale, size_t scaleIndex, size_t zeroIndex) {
  ValueBuilder &b = n.b;
  if (!isOne(n, scaleIndex) || !isOne(n, zeroIndex))
    return n.error("the result's scale and zero point must be one number, not " + n.show(n.type(scaleIndex)));
  n.result(0, requantized(b, sum, scale, n.value(scaleIndex), n.value(zeroIndex)));
  return success();
}

// a, its scale and zero point; b, the same; the result's.
LogicalResult qLinearMatMul(NodeContext &n) {
  if (failed(n.needInputs(8, 8)))
    return failure();
  std::optional<Value> product = integerProduct(n, 0, 2, 3, 5);
  if (!product)
    return failure();
  Dims dims = ValueBuilder::dimsOf(*product);
  const int64_t rank = static_cast<int64_t>(dims.size());
  std::optional<Value> scale = productScale(n, {1, n.rank(3) > 1 ? rank - 2 : rank - 1}, {4, rank - 1}, dims);
  return scale ? requantize(n, *product, *scale, 6, 7) : failure();
}

// x, its scale and zero point; w, the same, perhaps one for each output channel; the result's; a bias in units of both
// scales.
LogicalResult qLinearConv(NodeContext &n) {
  if (failed(n.needInputs(8, 9)))
    return failure();
  ValueBuilder &b = n.b;
  std::optional<Value> product = integerConvolution(n, 0, 2, 3, 5);
  if (!product)
    return failure();
  Dims dims = ValueBuilder::dimsOf(*product);
  if (n.has(8)) {
    if (n.rank(8) != 1 || n.dims(8)[0] != dims[1] || !n.element(8).isInteger(32))
      return n.error("the bias " + n.show(n.type(8)) + " does not fit " + n.show(dims));
    product = b.add(*product, b.broadcast(n.value(8), dims, 1));
  }
  std::optional<Value> scale = productScale(n, {1, -1}, {4, 1}, dims);
  return scale ? requantize(n, *product, *scale, 6, 7) : failure();
}

constexpr OpRow rows[] = {
    {"ConvInteger", 10, kNewestOpset, convInteger},
    {"DequantizeLinear", 10, kNewestOpset, dequantizeLinear},
    {"DynamicQuantizeLinear", 11, kNewestOpset, dynamicQuantizeLinear},
    {"MatMulInteger", 10, kNewestOpset, matMulInteger},
    {"QLinearConv", 10, kNewestOpset, qLinearConv},
    {"QLinearMatMul", 10, kNewestOpset, qLinearMatMul},
    {"QuantizeLinear", 10, kNewestOpset, quantizeLinear},
};

} // namespace

llvm::ArrayRef<OpRow> quantizationOps() { return rows; }

} // namespace ingot::onnx
