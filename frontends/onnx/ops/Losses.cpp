// Losses, and the steps of optimisers.
#include "frontends/onnx/OpTable.h"

using namespace mlir;

namespace ingot::onnx {
namespace {

// The loss -weight[t] * x[t] of each target t, from scores [N, C, ...] in the type of steps, targets [N, ...] and an
// optional weight [C], reduced as the node says.
LogicalResult targetLoss(NodeContext &n, Value scores) {
  ValueBuilder &b = n.b;
  Dims dims = ValueBuilder::dimsOf(scores), rest = dims;
  rest.erase(rest.begin() + 1);
  Type type = ValueBuilder::elementOf(scores);
  if (!isa<IntegerType>(n.element(1)) || n.dims(1) != rest)
    return n.error("the targets are " + n.show(n.type(1)) + ", not integers " + n.show(rest));
  if (n.has(2) && (n.element(2) != n.element(0) || ArrayRef(n.dims(2)) != ArrayRef(dims[1])))
    return n.error("the weight is " + n.show(n.type(2)) + ", not " + n.show(ArrayRef(dims[1])));
  std::string reduction = n.stringAttr("reduction", "mean");
  if (reduction != "none" && reduction != "sum" && reduction != "mean")
    return n.error("reduction is '" + reduction + "', not none, sum or mean");

  Value targets = n.value(1);
  SmallVector<int64_t> places(1, 0);
  for (int64_t i = 2; i < static_cast<int64_t>(dims.size()); ++i)
    places.push_back(i);
  Value isTarget = b.compare(ComparisonDirection::EQ, b.iota(dims, ValueBuilder::elementOf(targets), 1),
                             b.broadcast(targets, dims, places));
  Value counts;
  if (n.hasAttribute("ignore_index")) {
    Value ignored = b.broadcast(b.integer(ValueBuilder::elementOf(targets), n.intAttr("ignore_index", 0)), rest);
    counts = b.compare(ComparisonDirection::NE, targets, ignored);
    isTarget = b.binary<AndOp>(isTarget, b.broadcast(counts, dims, places));
  }
  Value zero = b.splat(dims, type, 0);
  Value weight = n.has(2) ? b.broadcast(b.convert(n.value(2), type), dims, 1) : Value();
  Value picked = b.select(isTarget, weight ? b.mul(scores, weight) : scores, zero);
  Value loss = b.unary<NegateOp>(b.reduce(Reduction::Add, picked, 1, /*keep=*/false));
  if (reduction == "none") {
    n.result(0, b.convert(loss, n.element(0)));
    return success();
  }
  SmallVector<int64_t> all;
  for (int64_t i = 0; i != static_cast<int64_t>(rest.size()); ++i)
    all.push_back(i);
  Value sum = b.reduce(Reduction::Add, loss, all, /*keep=*/false);
  if (reduction == "mean") {
    Value total;
    if (weight)
      total = b.reduce(Reduction::Add, b.reduce(Reduction::Add, b.select(isTarget, weight, zero), 1, /*keep=*/false), all,
                       /*keep=*/false);
    else if (counts)
      total = b.reduce(Reduction::Add, b.convert(counts, type), all, /*keep=*/false);
    else
      total = b.sizeOf(b.extent(loss, all), type);
    sum = b.div(sum, total);
  }
  n.result(0, b.convert(sum, n.element(0)));
  return success();
}

LogicalResult checkScores(NodeContext &n) {
  if (failed(n.needInputs(2, 3)))
    return failure();
  if (!isa<FloatType>(n.element(0)) || n.rank(0) < 2)
    return n.error("needs floats with batch and classes, not " + n.show(n.type(0)));
  return success();
}

LogicalResult negativeLogLikelihoodLoss(NodeContext &n) {
  return failed(checkScores(n)) ? failure() : targetLoss(n, n.b.convert(n.value(0), n.b.stepType(n.element(0))));
}

LogicalResult softmaxCrossEntropyLoss(NodeContext &n) {
  if (failed(checkScores(n)))
    return failure();
  Value scores = n.b.logSoftmax(n.b.convert(n.value(0), n.b.stepType(n.element(0))), 1);
  n.result(1, n.b.convert(scores, n.element(0)));
  return targetLoss(n, scores);
}

//===--- optimisers ----------------------------------------------------------------------------------------------------===//

// Operands: the rate R and the update count T, then `groups` lists of equally many tensors.
struct Optimiser {
  Value rate, count;
  size_t tensors = 0;
  double norm = 0;
};
std::optional<Optimiser> readOptimiser(NodeContext &n, size_t groups) {
  Optimiser result;
  result.tensors = n.numInputs() < 2 ? 0 : (n.numInputs() - 2) / groups;
  if (result.tensors == 0 || n.numInputs() != 2 + groups * result.tensors) {
    (void)n.error("has " + llvm::Twine(n.numInputs()) + " operands, not two and " + llvm::Twine(groups) + " lists");
    return std::nullopt;
  }
  if (failed(n.needInputs(n.numInputs(), n.numInputs())))
    return std::nullopt;
  if (!isa<FloatType>(n.element(0)) || !n.element(1).isInteger(64) || !n.type(0).hasStaticShape() ||
      n.type(0).getNumElements() != 1 || !n.type(1).hasStaticShape() || n.type(1).getNumElements() != 1) {
    (void)n.error("the rate and the update count must be one float and one 64-bit integer");
    return std::nullopt;
  }
  for (size_t i = 2; i != n.numInputs(); ++i)
    if (n.type(i) != n.type(2 + (i - 2) % result.tensors) || !isa<FloatType>(n.element(i))) {
      (void)n.error("operand " + llvm::Twine(i) + " " + n.show(n.type(i)) + " is no float tensor like its parameter");
      return std::nullopt;
    }
  result.rate = n.b.reshape(n.value(0), {});
  result.count = n.b.reshape(n.value(1), {});
  result.norm = n.floatAttr("norm_coefficient", 0);
  return result;
}

// A scalar as a tensor like x.
Value spread(ValueBuilder &b, Value scalar, Value x) {
  return b.broadcast(b.convert(scalar, ValueBuilder::elementOf(x)), ValueBuilder::dimsOf(x));
}
Value scaled(ValueBuilder &b, Value x, double factor) { return b.mul(x, b.like(x, factor)); }

LogicalResult adagrad(NodeContext &n) {
  std::optional<Optimiser> o = readOptimiser(n, 3);
  if (!o)
    return failure();
  ValueBuilder &b = n.b;
  const double decay = n.floatAttr("decay_factor", 0), epsilon = n.floatAttr("epsilon", 1e-6f);
  Value times = b.convert(o->count, ValueBuilder::elementOf(o->rate));
  Value rate = b.div(o->rate, b.add(scaled(b, times, decay), b.like(times, 1)));
  for (size_t i = 0; i != o->tensors; ++i) {
    Value x = n.value(2 + i), squares = n.value(2 + 2 * o->tensors + i);
    Value gradient = b.add(scaled(b, x, o->norm), n.value(2 + o->tensors + i));
    squares = b.add(squares, b.mul(gradient, gradient));
    Value step = b.div(b.mul(spread(b, rate, x), gradient), b.add(b.unary<SqrtOp>(squares), b.like(squares, epsilon)));
    n.result(i, b.sub(x, step));
    n.result(o->tensors + i, squares);
  }
  return success();
}

LogicalResult adam(NodeContext &n) {
  std::optional<Optimiser> o = readOptimiser(n, 4);
  if (!o)
    return failure();
  ValueBuilder &b = n.b;
  const double alpha = n.floatAttr("alpha", 0.9f), beta = n.floatAttr("beta", 0.999f),
               epsilon = n.floatAttr("epsilon", 1e-6f);
  const double after = n.floatAttr("norm_coefficient_post", 0);
  // Averages that start at zero are too small at first.
  Type type = ValueBuilder::elementOf(o->rate);
  Value times = b.convert(o->count, type);
  auto remaining = [&](double factor) { return b.sub(b.scalar(type, 1), b.binary<PowerOp>(b.scalar(type, factor), times)); };
  Value corrected = b.div(b.mul(o->rate, b.unary<SqrtOp>(remaining(beta))), remaining(alpha));
  Value isLater = b.compare(ComparisonDirection::GT, o->count, b.integer(ValueBuilder::elementOf(o->count), 0));
  Value rate = b.select(isLater, corrected, o->rate);
  for (size_t i = 0; i != o->tensors; ++i) {
    Value x = n.value(2 + i), mean = n.value(2 + 2 * o->tensors + i), squares = n.value(2 + 3 * o->tensors + i);
    Value gradient = b.add(scaled(b, x, o->norm), n.value(2 + o->tensors + i));
    mean = b.add(scaled(b, mean, alpha), scaled(b, gradient, 1 - alpha));
    squares = b.add(scaled(b, squares, beta), scaled(b, b.mul(gradient, gradient), 1 - beta));
    Value step = b.div(b.mul(spread(b, rate, x), mean), b.add(b.unary<SqrtOp>(squares), b.like(squares, epsilon)));
    n.result(i, scaled(b, b.sub(x, step), 1 - after));
    n.result(o->tensors + i, mean);
    n.result(2 * o->tensors + i, squares);
  }
  return success();
}

LogicalResult momentum(NodeContext &n) {
  std::optional<Optimiser> o = readOptimiser(n, 3);
  if (!o)
    return failure();
  ValueBuilder &b = n.b;
  std::string mode = n.stringAttr("mode", "standard");
  if (mode != "standard" && mode != "nesterov")
    return n.error("mode is '" + mode + "', not standard or nesterov");
  const double alpha = n.floatAttr("alpha", 0), beta = n.floatAttr("beta", 0);
  Type type = ValueBuilder::elementOf(o->rate);
  Value isLater = b.compare(ComparisonDirection::GT, o->count, b.integer(ValueBuilder::elementOf(o->count), 0));
  Value share = b.select(isLater, b.scalar(type, beta), b.scalar(type, 1)); // of the gradient, in the first update all
  for (size_t i = 0; i != o->tensors; ++i) {
    Value x = n.value(2 + i), velocity = n.value(2 + 2 * o->tensors + i);
    Value gradient = b.add(scaled(b, x, o->norm), n.value(2 + o->tensors + i));
    velocity = b.add(scaled(b, velocity, alpha), b.mul(spread(b, share, x), gradient));
    Value step = mode == "nesterov" ? b.add(gradient, scaled(b, velocity, alpha)) : velocity;
    n.result(i, b.sub(x, b.mul(spread(b, o->rate, x), step)));
    n.result(o->tensors + i, velocity);
  }
  return success();
}

constexpr OpRow rows[] = {
    {"NegativeLogLikelihoodLoss", 12, kNewestOpset, negativeLogLikelihoodLoss},
    {"SoftmaxCrossEntropyLoss", 12, kNewestOpset, softmaxCrossEntropyLoss},
};

constexpr OpRow trainingRows[] = {
    {"Adagrad", 1, 1, adagrad},
    {"Adam", 1, 1, adam},
    {"Momentum", 1, 1, momentum},
};

} // namespace

llvm::ArrayRef<OpRow> lossOps() { return rows; }
llvm::ArrayRef<OpRow> trainingOps() { return trainingRows; }

} // namespace ingot::onnx
