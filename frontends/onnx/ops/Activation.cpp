// Activation functions, softmax and its kin: composites where the operator has a name there.
#include "frontends/common/Activations.h"
#include "frontends/onnx/Common.h"
#include "frontends/onnx/OpTable.h"

#include <cmath>

using namespace mlir;

namespace ingot::onnx {

namespace {

LogicalResult needFloat(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return failure();
  return isa<FloatType>(n.element(0)) ? success() : n.error("needs floats, not " + n.show(n.type(0)));
}

// Calls `body` with the only (float) operand, in the type of steps.
template <typename Body> LogicalResult onFloat(NodeContext &n, Body body) {
  if (failed(needFloat(n)))
    return failure();
  n.result(0, n.b.inSteps(n.value(0), [&](Value x) { return body(n.b, x); }));
  return success();
}

// An activation of one op.
template <typename Op> LogicalResult oneOp(NodeContext &n) {
  if (failed(needFloat(n)))
    return failure();
  n.result(0, n.b.unary<Op>(n.value(0)));
  return success();
}

// Calls `body` as onFloat does, for the decomposition of a composite.
template <typename Body>
LogicalResult onFloat(NodeContext &n, StringRef name, ArrayRef<NamedAttribute> attributes, Body body) {
  if (failed(needFloat(n)))
    return failure();
  auto build = [&](ArrayRef<Value> x) {
    return SmallVector<Value>{n.b.inSteps(x.front(), [&](Value step) { return body(n.b, step); })};
  };
  n.result(0, n.composite(name, attributes, n.value(0), {}, build).front());
  return success();
}

Value positive(ValueBuilder &b, Value x) { return b.compare(ComparisonDirection::GT, x, b.like(x, 0)); }
Value times(ValueBuilder &b, Value x, double factor) { return b.mul(x, b.like(x, factor)); }
// e^x - 1
Value expm1(ValueBuilder &b, Value x) { return b.unary<ExponentialMinusOneOp>(x); }
LogicalResult relu(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return failure();
  n.result(0, n.b.max(n.value(0), n.b.like(n.value(0), 0)));
  return success();
}

LogicalResult leakyRelu(NodeContext &n) {
  double alpha = n.floatAttr("alpha", 0.01f);
  return onFloat(n, "leaky_relu", n.named("alpha", alpha),
                 [&](ValueBuilder &b, Value x) { return leakyReluOf(b, x, alpha); });
}

LogicalResult elu(NodeContext &n) {
  double alpha = n.floatAttr("alpha", 1);
  return onFloat(n, "elu", n.named("alpha", alpha), [&](ValueBuilder &b, Value x) { return eluOf(b, x, alpha); });
}

LogicalResult selu(NodeContext &n) {
  double alpha = n.floatAttr("alpha", n.opset < 6 ? 1.6732f : 1.67326319217681884765625);
  double gamma = n.floatAttr("gamma", n.opset < 6 ? 1.0507f : 1.05070102214813232421875);
  return onFloat(n, "selu", {n.named("alpha", alpha), n.named("gamma", gamma)}, [&](ValueBuilder &b, Value x) {
    return times(b, b.select(positive(b, x), x, times(b, expm1(b, x), alpha)), gamma);
  });
}

LogicalResult celu(NodeContext &n) {
  double alpha = n.floatAttr("alpha", 1);
  return onFloat(n, "celu", n.named("alpha", alpha), [&](ValueBuilder &b, Value x) {
    Value scaled = b.div(x, b.like(x, alpha));
    return b.select(positive(b, x), x, times(b, expm1(b, scaled), alpha));
  });
}

LogicalResult gelu(NodeContext &n) {
  std::string approximate = n.stringAttr("approximate", "none");
  if (approximate != "none" && approximate != "tanh")
    return n.error("approximate is '" + approximate + "', not none or tanh");
  return onFloat(n, "gelu", n.b.getNamedAttr("approximate", n.b.getStringAttr(approximate)), [&](ValueBuilder &b, Value x) {
    Value inner;
    if (approximate == "none") {
      inner = b.unary<ErfOp>(times(b, x, 1 / std::sqrt(2.0)));
    } else {
      Value cube = b.mul(b.mul(x, x), x);
      inner = b.unary<TanhOp>(times(b, b.add(x, times(b, cube, 0.044715)), std::sqrt(2 / M_PI)));
    }
    return b.mul(times(b, x, 0.5), b.add(inner, b.like(x, 1)));
  });
}

LogicalResult hardSigmoid(NodeContext &n) {
  double alpha = n.floatAttr("alpha", 0.2f), beta = n.floatAttr("beta", 0.5);
  return onFloat(n, "hard_sigmoid", {n.named("alpha", alpha), n.named("beta", beta)},
                 [&](ValueBuilder &b, Value x) { return hardSigmoidOf(b, x, alpha, beta); });
}

LogicalResult hardSwish(NodeContext &n) {
  return onFloat(n, "hard_swish", {}, [](ValueBuilder &b, Value x) { return b.mul(x, hardSigmoidOf(b, x, 1.0 / 6, 0.5)); });
}

LogicalResult mish(NodeContext &n) {
  return onFloat(n, "mish", {}, [](ValueBuilder &b, Value x) { return b.mul(x, b.unary<TanhOp>(softplusOf(b, x))); });
}

LogicalResult softplus(NodeContext &n) { return onFloat(n, "softplus", {}, softplusOf); }

LogicalResult softsign(NodeContext &n) { return onFloat(n, "softsign", {}, softsignOf); }

LogicalResult swish(NodeContext &n) {
  double alpha = n.floatAttr("alpha", 1);
  return onFloat(n, "swish", n.named("alpha", alpha),
                 [&](ValueBuilder &b, Value x) { return b.mul(x, b.unary<LogisticOp>(times(b, x, alpha))); });
}

LogicalResult thresholdedRelu(NodeContext &n) {
  double alpha = n.floatAttr("alpha", 1);
  return onFloat(n, "thresholded_relu", n.named("alpha", alpha), [&](ValueBuilder &b, Value x) {
    return b.select(b.compare(ComparisonDirection::GT, x, b.like(x, alpha)), x, b.like(x, 0));
  });
}

LogicalResult shrink(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return failure();
  double bias = n.floatAttr("bias", 0), lambda = n.floatAttr("lambd", 0.5);
  Value x = n.value(0);
  Type type = n.element(0);
  Type compute = isa<FloatType>(type) ? n.b.stepType(type) : n.b.getF32Type(); // the bounds are floats
  Value wide = n.b.convert(x, compute);
  Value below = n.b.compare(ComparisonDirection::LT, wide, n.b.like(wide, -lambda));
  Value above = n.b.compare(ComparisonDirection::GT, wide, n.b.like(wide, lambda));
  Value result = n.b.select(above, n.b.sub(wide, n.b.like(wide, bias)), n.b.like(wide, 0));
  n.result(0, n.b.convert(n.b.select(below, n.b.add(wide, n.b.like(wide, bias)), result), type));
  return success();
}

// The slope broadcasts to x; before opset 7 a vector of slopes belongs to the channels, dim 1.
LogicalResult prelu(NodeContext &n) {
  if (failed(n.needInputs(2, 2)))
    return failure();
  if (n.element(0) != n.element(1))
    return n.error("the operands have different element types");
  Value x = n.value(0), slope = n.value(1);
  if (n.opset < 7 && n.rank(1) == 1 && n.rank(0) > 1 && staticDim(n.dims(1)[0]) != 1) {
    Dims dims(n.rank(0) - 1, n.b.number(1));
    dims[0] = n.dims(1)[0];
    slope = n.b.reshape(slope, dims);
  }
  std::optional<Dims> dims = n.broadcastAll({x, slope});
  if (!dims)
    return failure();
  if (*dims != ValueBuilder::dimsOf(x))
    return n.error("the slope " + n.show(n.type(1)) + " does not broadcast to " + n.show(n.type(0)));
  auto build = [&](ArrayRef<Value> in) {
    Value scaled = n.b.mul(in[0], n.b.broadcast(in[1], *dims));
    return SmallVector<Value>{n.b.select(n.b.compare(ComparisonDirection::LT, in[0], n.b.like(in[0], 0)), scaled, in[0])};
  };
  const bool isFloat = isa<FloatType>(n.element(0));
  n.result(0, (isFloat ? n.composite("prelu", {}, {x, slope}, {}, build) : build({x, slope})).front());
  return success();
}

// Before opset 13 the axes from `axis` on form one row; since then softmax runs along `axis` alone.
std::optional<SmallVector<int64_t>> softmaxAxes(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return std::nullopt;
  if (!isa<FloatType>(n.element(0))) {
    (void)n.error("needs floats, not " + n.show(n.type(0)));
    return std::nullopt;
  }
  int64_t rank = n.rank(0);
  int64_t given = n.intAttr("axis", n.opset < 13 ? 1 : -1);
  if (n.opset < 13 && given == rank) // rows of one element
    return SmallVector<int64_t>();
  std::optional<int64_t> axis = n.axis(given, rank);
  if (!axis)
    return std::nullopt;
  SmallVector<int64_t> axes(1, *axis);
  for (int64_t next = *axis + 1; n.opset < 13 && next < rank; ++next)
    axes.push_back(next);
  return axes;
}

// Rows without axes are of one element.
LogicalResult alongRows(NodeContext &n, StringRef name, double ofOne,
                        Value (ValueBuilder::*emit)(Value, ArrayRef<int64_t>)) {
  std::optional<SmallVector<int64_t>> axes = softmaxAxes(n);
  if (!axes)
    return failure();
  auto build = [&](ArrayRef<Value> x) { return SmallVector<Value>{(n.b.*emit)(x.front(), *axes)}; };
  NamedAttribute attribute = n.b.getNamedAttr("axes", n.b.getDenseI64ArrayAttr(*axes));
  n.result(0, axes->empty() ? n.b.like(n.value(0), ofOne) : n.composite(name, attribute, n.value(0), {}, build).front());
  return success();
}

LogicalResult softmax(NodeContext &n) { return alongRows(n, "softmax", 1, &ValueBuilder::softmax); }
LogicalResult logSoftmax(NodeContext &n) { return alongRows(n, "log_softmax", 0, &ValueBuilder::logSoftmax); }

// One at the first greatest element of each row, zero elsewhere.
LogicalResult hardmax(NodeContext &n) {
  std::optional<SmallVector<int64_t>> axes = softmaxAxes(n);
  if (!axes)
    return failure();
  if (axes->empty()) {
    n.result(0, n.b.like(n.value(0), 1));
    return success();
  }
  ValueBuilder &b = n.b;
  Value x = n.value(0);
  // The rows' axes are adjacent: numbered row-major by one index.
  Type indexType = b.getI64Type();
  Value place = b.splat(n.dims(0), indexType, 0);
  for (int64_t axis : *axes) {
    Value extent = b.broadcast(b.sizeOf(n.dims(0)[axis], indexType), n.dims(0));
    place = b.add(b.mul(place, extent), b.iota(n.dims(0), indexType, axis));
  }
  Value isMax = b.compare(ComparisonDirection::EQ, x, b.reduceBack(Reduction::Maximum, x, *axes));
  if (isa<FloatType>(n.element(0))) // NaN is the greatest, as to ArgMax
    isMax = b.binary<OrOp>(isMax, b.compare(ComparisonDirection::NE, x, x));
  Value far = b.broadcast(b.greatest(indexType), n.dims(0));
  Value first = b.reduceBack(Reduction::Minimum, b.select(isMax, place, far), *axes);
  n.result(0, b.convert(b.compare(ComparisonDirection::EQ, place, first), n.element(0)));
  return success();
}

constexpr OpRow rows[] = {
    {"Celu", 12, kNewestOpset, celu},
    {"Elu", 1, kNewestOpset, elu},
    {"Gelu", 20, kNewestOpset, gelu},
    {"HardSigmoid", 1, kNewestOpset, hardSigmoid},
    {"HardSwish", 14, kNewestOpset, hardSwish},
    {"Hardmax", 1, kNewestOpset, hardmax},
    {"LeakyRelu", 1, kNewestOpset, leakyRelu},
    {"LogSoftmax", 1, kNewestOpset, logSoftmax},
    {"Mish", 18, kNewestOpset, mish},
    {"PRelu", 1, kNewestOpset, prelu},
    {"Relu", 1, kNewestOpset, relu},
    {"Selu", 1, kNewestOpset, selu},
    {"Shrink", 9, kNewestOpset, shrink},
    {"Sigmoid", 1, kNewestOpset, oneOp<LogisticOp>},
    {"Softmax", 1, kNewestOpset, softmax},
    {"Softplus", 1, kNewestOpset, softplus},
    {"Softsign", 1, kNewestOpset, softsign},
    {"Swish", 24, kNewestOpset, swish},
    {"Tanh", 1, kNewestOpset, oneOp<TanhOp>},
    {"ThresholdedRelu", 10, kNewestOpset, thresholdedRelu},
};

} // namespace

llvm::ArrayRef<OpRow> activationOps() { return rows; }

} // namespace ingot::onnx
