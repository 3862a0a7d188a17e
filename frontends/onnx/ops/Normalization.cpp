// Normalisations: batch, layer, instance, group, local response, lp.
#include "frontends/common/Normalization.h"
#include "frontends/onnx/OpTable.h"

#include <array>
#include <cmath>

using namespace mlir;

namespace ingot::onnx {
namespace {

LogicalResult needFloats(NodeContext &n) {
  return isa<FloatType>(n.element(0)) ? success() : n.error("needs floats, not " + n.show(n.type(0)));
}

// Scales, biases and statistics are floats beside an operand of floats.
LogicalResult needFloats(NodeContext &n, size_t operand) {
  return isa<FloatType>(n.element(operand))
             ? success()
             : n.error("operand " + llvm::Twine(operand) + " must be of floats, not " + n.show(n.type(operand)));
}

// A vector along dim 1 of x.
LogicalResult checkChannels(NodeContext &n, size_t operand) {
  if (failed(needFloats(n, operand)))
    return failure();
  if (n.rank(operand) == 1 && n.dims(operand)[0] == n.dims(0)[1])
    return success();
  return n.error("operand " + llvm::Twine(operand) + " " + n.show(n.type(operand)) + " does not fit the channels of " +
                 n.show(n.type(0)));
}

SmallVector<int64_t> axesFrom(int64_t first, int64_t rank) {
  SmallVector<int64_t> axes;
  for (int64_t i = first; i < rank; ++i)
    axes.push_back(i);
  return axes;
}

// scale * (x - mean) / sqrt(var + epsilon) + bias: one factor and one summand a channel, computed here where they are
// constants.
LogicalResult batchNormalization(NodeContext &n) {
  if (failed(n.needInputs(5, 5)) || failed(needFloats(n)))
    return failure();
  if (n.rank(0) < 2)
    return n.error("needs a tensor with batch and channels, not " + n.show(n.type(0)));
  for (size_t i = 1; i != 5; ++i)
    if (failed(checkChannels(n, i)))
      return failure();
  ValueBuilder &b = n.b;
  const double epsilon = n.floatAttr("epsilon", 1e-5f);
  if (n.opset < 9 && n.hasAttribute("spatial") && n.intAttr("spatial", 1) == 0)
    return n.error("spatial = 0 is not supported");
  const bool training = n.opset >= 14 ? n.intAttr("training_mode", 0) != 0 : n.opset < 7 && n.intAttr("is_test", 0) == 0;
  if (training && n.opset >= 14) {
    SmallVector<int64_t> axes = axesFrom(2, n.rank(0));
    axes.insert(axes.begin(), 0);
    const double momentum = n.floatAttr("momentum", 0.9f);
    const std::array<bool, 3> wanted = {true, n.wants(1), n.wants(2)};
    SmallVector<Value> results = batchNormTraining(n.p, n.values(), axes, epsilon, momentum, wanted);
    for (size_t i : {0, 1, 2})
      if (results[i])
        n.result(i, results[i]);
    return success();
  }
  for (size_t i = 1; i < static_cast<size_t>(n.node.output_size()); ++i)
    if (n.wants(i) && n.opset >= 7)
      return n.error("outputs beside Y exist in training mode alone");

  std::optional<std::vector<double>> constants[4];
  bool allConstant = true;
  for (size_t i = 0; i != 4; ++i) {
    constants[i] = n.constantData(i + 1);
    allConstant &= constants[i].has_value();
  }
  if (allConstant) {
    auto &[scales, biases, means, variances] = constants;
    for (size_t i = 0; i != scales->size(); ++i) {
      (*scales)[i] /= std::sqrt((*variances)[i] + epsilon);
      (*biases)[i] -= (*means)[i] * (*scales)[i];
    }
    RankedTensorType vector = makeTensorType(n.dims(1), b.stepType(n.element(0)));
    n.result(0, scaleChannels(n.p, n.value(0), n.constant("scale", vector, *scales), n.constant("shift", vector, *biases),
                              epsilon));
    return success();
  }
  n.result(0, batchNorm(n.p, n.values(), epsilon));
  return success();
}

LogicalResult instanceNormalization(NodeContext &n) {
  if (failed(n.needInputs(3, 3)) || failed(needFloats(n)))
    return failure();
  if (n.rank(0) < 3)
    return n.error("needs a tensor with batch, channels and spatial dims, not " + n.show(n.type(0)));
  if (failed(checkChannels(n, 1)) || failed(checkChannels(n, 2)))
    return failure();
  n.result(0, instanceNorm(n.p, n.values(), n.floatAttr("epsilon", 1e-5f)));
  return success();
}

// Groups of channels, each normalised as a whole. Scale and bias belong to groups before opset 21, to channels since.
LogicalResult groupNormalization(NodeContext &n) {
  if (failed(n.needInputs(3, 3)) || failed(needFloats(n)))
    return failure();
  Dims dims = n.dims(0);
  const int64_t groups = n.intAttr("num_groups", 0), channels = dims.size() < 2 ? -1 : staticDim(dims[1]);
  if (groups < 1 || channels < 1 || channels % groups != 0)
    return n.error(llvm::Twine(groups) + " groups do not divide the channels of " + n.show(n.type(0)));
  const bool perChannel = n.opset >= 21;
  for (size_t i : {1, 2})
    if (failed(needFloats(n, i)))
      return failure();
    else if (n.rank(i) != 1 || staticDim(n.dims(i)[0]) != (perChannel ? channels : groups))
      return n.error("operand " + llvm::Twine(i) + " " + n.show(n.type(i)) + " does not fit");
  n.result(0, groupNorm(n.p, n.values(), groups, perChannel, n.floatAttr("epsilon", 1e-5f)));
  return success();
}

// Over the dims from `axis` on.
std::optional<SmallVector<int64_t>> trailingAxes(NodeContext &n) {
  std::optional<int64_t> axis = n.axis(n.intAttr("axis", -1), n.rank(0));
  return axis ? std::optional(axesFrom(*axis, n.rank(0))) : std::nullopt;
}

LogicalResult checkBroadcasts(NodeContext &n, size_t operand) {
  if (failed(needFloats(n, operand)))
    return failure();
  std::optional<Dims> full = broadcastDims(n.dims(0), n.dims(operand));
  if (full && *full == n.dims(0))
    return success();
  return n.error("operand " + llvm::Twine(operand) + " " + n.show(n.type(operand)) + " does not broadcast to " +
                 n.show(n.type(0)));
}

// The type of what a normalisation keeps beside its result. An f16 or bf16 one is computed in f32 all the same.
std::optional<Type> stashType(NodeContext &n) {
  Type stash = elementTypeOf(n.b.getContext(), static_cast<int32_t>(n.intAttr("stash_type", 1)));
  if (!stash || !isa<FloatType>(stash)) {
    (void)n.error("stash_type is no float type");
    return std::nullopt;
  }
  // A double operand loses nothing.
  return n.element(0).isF64() ? n.element(0) : stash;
}

LogicalResult layerNormalization(NodeContext &n) {
  if (failed(n.needInputs(2, 3)) || failed(needFloats(n)) || failed(checkBroadcasts(n, 1)) ||
      (n.has(2) && failed(checkBroadcasts(n, 2))))
    return failure();
  std::optional<SmallVector<int64_t>> axes = trailingAxes(n);
  std::optional<Type> stash = stashType(n);
  if (!axes || !stash)
    return failure();
  const std::array<bool, 3> wanted = {true, n.wants(1), n.wants(2)};
  SmallVector<Value> results = layerNorm(n.p, {n.value(0), n.value(1), n.has(2) ? n.value(2) : Value()}, *axes,
                                         n.floatAttr("epsilon", 1e-5f), *stash, wanted);
  for (size_t i : {0, 1, 2})
    if (results[i])
      n.result(i, results[i]);
  return success();
}

LogicalResult rmsNormalization(NodeContext &n) {
  if (failed(n.needInputs(2, 2)) || failed(needFloats(n)) || failed(checkBroadcasts(n, 1)))
    return failure();
  std::optional<SmallVector<int64_t>> axes = trailingAxes(n);
  std::optional<Type> stash = stashType(n);
  if (!axes || !stash)
    return failure();
  n.result(0, rmsNorm(n.p, n.values(), *axes, n.floatAttr("epsilon", 1e-5f), *stash));
  return success();
}

LogicalResult meanVarianceNormalization(NodeContext &n) {
  if (failed(n.needInputs(1, 1)) || failed(needFloats(n)))
    return failure();
  std::optional<SmallVector<int64_t>> axes = n.axes(n.intsAttr("axes").value_or(SmallVector<int64_t>{0, 2, 3}), n.rank(0));
  if (!axes)
    return failure();
  ValueBuilder &b = n.b;
  n.result(0, b.inSteps(n.value(0), [&](Value x) {
    Value centred = b.centre(x, *axes, n.sizes()).value;
    Value deviation = b.unary<SqrtOp>(b.mean(b.mul(centred, centred), *axes));
    return b.div(centred, b.broadcast(b.add(deviation, b.like(deviation, 1e-9)), n.dims(0)));
  }));
  return success();
}

// x / (bias + alpha / size * sum of squares of the neighbouring channels)^beta
LogicalResult lrn(NodeContext &n) {
  if (failed(n.needInputs(1, 1)) || failed(needFloats(n)))
    return failure();
  const int64_t size = n.intAttr("size", 0);
  if (size < 1 || size > (1 << 20) || n.rank(0) < 2)
    return n.error("size is " + llvm::Twine(size) + " for " + n.show(n.type(0)));
  ValueBuilder &b = n.b;
  SmallVector<int64_t> ones(n.rank(0), 1), window = ones, padding(2 * n.rank(0), 0);
  window[1] = size;
  padding[2] = (size - 1) / 2;
  padding[3] = size - 1 - (size - 1) / 2;
  const double alpha = n.floatAttr("alpha", 1e-4f) / static_cast<double>(size), beta = n.floatAttr("beta", 0.75),
               bias = n.floatAttr("bias", 1);
  n.result(0, b.inSteps(n.value(0), [&](Value x) {
    Value sum = b.reduceWindow(Reduction::Add, b.mul(x, x), window, ones, ones, padding);
    Value base = b.add(b.mul(sum, b.like(sum, alpha)), b.like(sum, bias));
    return b.div(x, b.binary<PowerOp>(base, b.like(base, beta)));
  }));
  return success();
}

LogicalResult lpNormalization(NodeContext &n) {
  if (failed(n.needInputs(1, 1)) || failed(needFloats(n)))
    return failure();
  std::optional<int64_t> axis = n.axis(n.intAttr("axis", -1), n.rank(0));
  const int64_t p = n.intAttr("p", 2);
  if (!axis)
    return failure();
  if (p != 1 && p != 2)
    return n.error("p is " + llvm::Twine(p) + ", not 1 or 2");
  ValueBuilder &b = n.b;
  n.result(0, b.inSteps(n.value(0), [&](Value x) {
    Value norm = b.reduceBack(Reduction::Add, p == 1 ? b.unary<AbsOp>(x) : b.mul(x, x), *axis);
    if (p == 2)
      norm = b.unary<SqrtOp>(norm);
    // A row of zeros stays one.
    Value isZero = b.compare(ComparisonDirection::EQ, norm, b.like(norm, 0));
    return b.select(isZero, b.like(x, 0), b.div(x, norm));
  }));
  return success();
}

constexpr OpRow rows[] = {
    {"BatchNormalization", 1, kNewestOpset, batchNormalization},
    {"GroupNormalization", 18, kNewestOpset, groupNormalization},
    {"InstanceNormalization", 1, kNewestOpset, instanceNormalization},
    {"LRN", 1, kNewestOpset, lrn},
    {"LayerNormalization", 17, kNewestOpset, layerNormalization},
    {"LpNormalization", 1, kNewestOpset, lpNormalization},
    {"MeanVarianceNormalization", 9, kNewestOpset, meanVarianceNormalization},
    {"RMSNormalization", 23, kNewestOpset, rmsNormalization},
};

} // namespace

llvm::ArrayRef<OpRow> normalizationOps() { return rows; }

} // namespace ingot::onnx
