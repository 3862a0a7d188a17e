// Ops that draw random numbers. Each node draws the same numbers in every run: from its attribute `seed`, or from the name
// of its output where that is absent.
#include "frontends/onnx/OpTable.h"

#include "llvm/ADT/bit.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;

namespace ingot::onnx {
namespace {

int64_t seedOf(NodeContext &n) {
  if (n.hasAttribute("seed")) {
    // As older opsets of Dropout have it, the attribute may be an integer.
    const AttributeProto *seed = n.attribute("seed");
    return seed->type() == AttributeProto::INT ? n.intAttr("seed", 0) : llvm::bit_cast<int64_t>(n.floatAttr("seed", 0));
  }
  return static_cast<int64_t>(llvm::xxh3_64bits(n.node.output_size() ? n.node.output(0) : n.node.name()));
}

Value draw(NodeContext &n, RngDistribution distribution, ArrayRef<AffineExpr> dims, Type type, double a, double b) {
  return RngOp::create(n.b, makeTensorType(dims, type), n.b.scalar(type, a), n.b.scalar(type, b), distribution, seedOf(n));
}

// Uniform in [0, 1), as floats wide enough to compare with `like`.
Value uniform(NodeContext &n, ArrayRef<AffineExpr> dims, Type like) {
  return draw(n, RngDistribution::UNIFORM, dims, like.isF64() ? like : Type(n.b.getF32Type()), 0, 1);
}

// The element type that the attribute dtype names.
std::optional<Type> dtypeOf(NodeContext &n, Type otherwise) {
  Type type = otherwise;
  if (n.hasAttribute("dtype"))
    type = elementTypeOf(n.b.getContext(), static_cast<int32_t>(n.intAttr("dtype", 0)));
  if (type)
    return type;
  (void)n.error("the element type of dtype is not supported");
  return std::nullopt;
}

template <RngDistribution distribution, bool like> LogicalResult random(NodeContext &n) {
  if (failed(n.needInputs(like ? 1 : 0, like ? 1 : 0)))
    return failure();
  std::optional<Type> type = dtypeOf(n, like ? n.element(0) : Type(n.b.getF32Type()));
  if (!type)
    return failure();
  if (!isa<FloatType>(*type) || cast<FloatType>(*type).getWidth() < 16)
    return n.error("the numbers must be floats of at least 16 bits");
  Dims dims;
  if (like) {
    dims = n.dims(0);
  } else {
    std::optional<SmallVector<int64_t>> shape = n.intsAttr("shape");
    if (!shape)
      return n.error("shape is absent");
    for (int64_t dim : *shape)
      if (dim < 0 || dim > (int64_t(1) << 40))
        return n.error("shape holds " + llvm::Twine(dim));
    dims = n.b.numbers(*shape);
  }
  const bool normal = distribution == RngDistribution::NORMAL;
  double a = normal ? n.floatAttr("mean", 0) : n.floatAttr("low", 0);
  double b = normal ? n.floatAttr("scale", 1) : n.floatAttr("high", 1);
  n.result(0, draw(n, distribution, dims, *type, a, b));
  return success();
}

// 1 with the probability of each element, else 0.
LogicalResult bernoulli(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return failure();
  std::optional<Type> type = dtypeOf(n, n.element(0));
  if (!type)
    return failure();
  ValueBuilder &b = n.b;
  Value numbers = uniform(n, n.dims(0), n.element(0));
  Value p = b.convert(n.value(0), ValueBuilder::elementOf(numbers));
  n.result(0, b.convert(b.compare(ComparisonDirection::LT, numbers, p), *type));
  return success();
}

// Places drawn by unnormalised logarithms of probabilities: how many running sums a number in [0, total) has passed.
LogicalResult multinomial(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return failure();
  ValueBuilder &b = n.b;
  const int64_t samples = n.intAttr("sample_size", 1);
  std::optional<Type> type = dtypeOf(n, b.getI32Type());
  if (!type)
    return failure();
  if (n.rank(0) != 2 || samples < 0 || samples > (1 << 24) || !type->isInteger() || !isa<FloatType>(n.element(0)))
    return n.error("needs floats [batch, classes] and a sample_size of at least 0, not " + n.show(n.type(0)) + " and " +
                   llvm::Twine(samples));
  Type compute = n.element(0).isF64() ? n.element(0) : Type(b.getF32Type());
  Value logarithms = b.convert(n.value(0), compute);
  Value powers = b.unary<ExponentialOp>(b.sub(logarithms, b.reduceBack(Reduction::Maximum, logarithms, 1)));
  Value sums = b.scan(Reduction::Add, powers, 1), total = b.reduce(Reduction::Add, powers, 1, /*keep=*/false);
  Dims drawn = {n.dims(0)[0], b.number(samples)}, all = {drawn[0], drawn[1], n.dims(0)[1]};
  Value numbers = b.mul(uniform(n, drawn, n.element(0)), b.broadcast(total, drawn, int64_t(0)));
  Value passed = b.compare(ComparisonDirection::LE, b.broadcast(sums, all, {0, 2}), b.broadcast(numbers, all, {0, 1}));
  Value count = b.reduce(Reduction::Add, b.convert(passed, *type), 2, /*keep=*/false);
  Value last = b.broadcast(b.sizeOf(simplifyExpr(n.dims(0)[1] - 1), *type), drawn);
  n.result(0, b.min(count, last));
  return success();
}

// In inference the identity, with a mask of ones. In training, elements are dropped with the probability `ratio`, the others
// divided by that of keeping one.
LogicalResult dropout(NodeContext &n) {
  if (failed(n.needInputs(1, 3)))
    return failure();
  ValueBuilder &b = n.b;
  const Type mask = n.opset < 10 ? n.element(0) : Type(b.getI1Type());
  bool trains = n.opset < 7 && n.intAttr("is_test", 0) == 0 && n.hasAttribute("is_test");
  if (n.opset >= 12 && n.has(2)) {
    std::optional<SmallVector<int64_t>> training = n.decidingInts(2, "whether it trains");
    if (!training)
      return failure();
    if (training->size() != 1)
      return n.error("training_mode must be one BOOL");
    trains = training->front() != 0;
  }
  if (!trains) {
    n.result(0, n.value(0));
    n.result(1, b.splat(n.dims(0), mask, 1));
    return success();
  }
  Value numbers = uniform(n, n.dims(0), n.element(0));
  Type compute = ValueBuilder::elementOf(numbers);
  Value ratio = b.scalar(compute, n.opset < 12 ? n.floatAttr("ratio", 0.5) : 0.5);
  if (n.opset >= 12 && n.has(1)) {
    if (!n.type(1).hasStaticShape() || n.type(1).getNumElements() != 1 || !isa<FloatType>(n.element(1)))
      return n.error("ratio must be one float, not " + n.show(n.type(1)));
    ratio = b.reshape(b.convert(n.value(1), compute), {});
  }
  Value kept = b.compare(ComparisonDirection::GE, numbers, b.broadcast(ratio, n.dims(0)));
  Value x = b.convert(n.value(0), compute), share = b.sub(b.scalar(compute, 1), ratio);
  Value scaled = b.select(kept, b.div(x, b.broadcast(share, n.dims(0))), b.like(x, 0));
  n.result(0, b.convert(scaled, n.element(0)));
  n.result(1, b.convert(kept, mask));
  return success();
}

constexpr OpRow rows[] = {
    {"Bernoulli", 15, kNewestOpset, bernoulli},
    {"Dropout", 1, kNewestOpset, dropout},
    {"Multinomial", 7, kNewestOpset, multinomial},
    {"RandomNormal", 1, kNewestOpset, random<RngDistribution::NORMAL, false>},
    {"RandomNormalLike", 1, kNewestOpset, random<RngDistribution::NORMAL, true>},
    {"RandomUniform", 1, kNewestOpset, random<RngDistribution::UNIFORM, false>},
    {"RandomUniformLike", 1, kNewestOpset, random<RngDistribution::UNIFORM, true>},
};

} // namespace

llvm::ArrayRef<OpRow> randomOps() { return rows; }

} // namespace ingot::onnx
