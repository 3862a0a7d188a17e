// Attention and what goes with it: rotary positions, linear attention, causal convolution.
#include "frontends/common/Attention.h"
#include "frontends/common/Loops.h"
#include "frontends/onnx/OpTable.h"

#include <cmath>

using namespace mlir;

namespace ingot::onnx {
namespace {

//===--- scaled dot products -------------------------------------------------------------------------------------------===//

// [batch, length, heads * size] as [batch, heads, length, size]; an error where the heads do not divide it.
std::optional<Value> splitHeads(NodeContext &n, Value x, int64_t heads) {
  Dims dims = ValueBuilder::dimsOf(x);
  const int64_t width = staticDim(dims[2]);
  if (heads < 1 || width < 1 || width % heads != 0) {
    (void)n.error(llvm::Twine(heads) + " heads do not divide the last dim of " + n.show(dims));
    return std::nullopt;
  }
  return n.b.transpose(n.b.reshape(x, {dims[0], dims[1], n.b.number(heads), n.b.number(width / heads)}), {0, 2, 1, 3});
}

// Operands 0 to 2 with heads; checks that they fit.
std::optional<AttentionHeads> readHeads(NodeContext &n) {
  AttentionHeads heads;
  const int64_t rank = n.rank(0);
  if (!isa<FloatType>(n.element(0)) || n.element(1) != n.element(0) || !isa<FloatType>(n.element(2)) ||
      (rank != 3 && rank != 4) || n.rank(1) != rank || n.rank(2) != rank) {
    (void)n.error("query " + n.show(n.type(0)) + ", key " + n.show(n.type(1)) + " and value " + n.show(n.type(2)) +
                  " do not fit together");
    return std::nullopt;
  }
  const int64_t counts[] = {n.intAttr("q_num_heads", 0), n.intAttr("kv_num_heads", 0), n.intAttr("kv_num_heads", 0)};
  Value *places[] = {&heads.query, &heads.key, &heads.value};
  for (size_t i : {0, 1, 2}) {
    *places[i] = n.value(i);
    if (rank == 4)
      continue;
    std::optional<Value> split = splitHeads(n, n.value(i), counts[i]);
    if (!split)
      return std::nullopt;
    *places[i] = *split;
  }
  return heads;
}

// After past keys and values have joined.
LogicalResult checkHeads(NodeContext &n, const AttentionHeads &heads) {
  Dims query = ValueBuilder::dimsOf(heads.query), key = ValueBuilder::dimsOf(heads.key),
       value = ValueBuilder::dimsOf(heads.value);
  const int64_t many = staticDim(query[1]), few = staticDim(key[1]);
  if (many < 1 || few < 1 || many % few != 0 || key[1] != value[1])
    return n.error("the heads of query " + n.show(query) + ", key " + n.show(key) + " and value " + n.show(value) +
                   " do not fit together");
  if (query[0] != key[0] || key[0] != value[0] || query[3] != key[3] || key[2] != value[2] || staticDim(query[3]) < 1)
    return n.error("query " + n.show(query) + ", key " + n.show(key) + " and value " + n.show(value) +
                   " do not fit together");
  return success();
}

// A mask that is shorter than the keys hides those beyond it.
std::optional<Value> fullMask(NodeContext &n, AffineExpr keys) {
  ValueBuilder &b = n.b;
  Value mask = n.value(3);
  Dims dims = ValueBuilder::dimsOf(mask);
  if (dims.empty() || n.opset < 24 || dims.back() == keys)
    return mask;
  const int64_t have = staticDim(dims.back()), need = staticDim(keys);
  if (have < 0 || need < have) {
    (void)n.error("the mask " + n.show(n.type(3)) + " does not fit " + n.show(ArrayRef(keys)) + " keys");
    return std::nullopt;
  }
  Type type = ValueBuilder::elementOf(mask);
  if (!isa<FloatType>(type) && !type.isInteger(1))
    mask = b.convert(mask, type = n.element(0));
  SmallVector<int64_t> low(dims.size(), 0), high = low;
  high.back() = need - have;
  return b.pad(mask, b.scalar(type, type.isInteger(1) ? 0 : -INFINITY), low, high);
}

// Q, K, V, attn_mask, past_key, past_value, nonpad_kv_seqlen.
LogicalResult attention(NodeContext &n) {
  if (failed(n.needInputs(3, n.opset >= 24 ? 7 : 6)))
    return failure();
  ValueBuilder &b = n.b;
  std::optional<AttentionHeads> heads = readHeads(n);
  if (!heads)
    return failure();
  const int64_t mode = n.intAttr("qk_matmul_output_mode", 0);
  if (mode < 0 || mode > 3)
    return n.error("qk_matmul_output_mode is " + llvm::Twine(mode) + ", not 0 to 3");
  if (n.has(4) != n.has(5))
    return n.error("past_key and past_value must come together");
  if (n.has(4) && n.has(6))
    return n.error("nonpad_kv_seqlen cannot be used with past_key");
  Sight sight;
  sight.causal = n.intAttr("is_causal", 0) != 0;
  sight.left = n.opset >= 25 ? n.intAttr("left_window_size", -1) : -1;
  sight.right = n.opset >= 25 ? n.intAttr("right_window_size", -1) : -1;
  if (n.has(4)) {
    for (auto [index, place] : {std::pair<size_t, Value *>{4, &heads->key}, {5, &heads->value}}) {
      Dims dims = n.dims(index), fitting = ValueBuilder::dimsOf(*place);
      if (dims.size() == 4)
        fitting[2] = dims[2];
      if (dims != fitting || n.element(index) != ValueBuilder::elementOf(*place))
        return n.error("operand " + llvm::Twine(index) + " " + n.show(n.type(index)) + " does not fit " + n.show(fitting));
      sight.past = dims[2];
      *place = b.concat({n.value(index), *place}, 2);
    }
  }
  if (failed(checkHeads(n, *heads)))
    return failure();
  Dims query = ValueBuilder::dimsOf(heads->query);
  Dims dims = {query[0], query[1], query[2], ValueBuilder::dimsOf(heads->key)[2]};
  if (n.has(6) && (!isa<IntegerType>(n.element(6)) || ArrayRef(n.dims(6)) != ArrayRef(dims[0])))
    return n.error("nonpad_kv_seqlen is " + n.show(n.type(6)) + ", not " + n.show(ArrayRef(dims[0])));
  Value mask;
  if (n.has(3)) {
    std::optional<Value> full = fullMask(n, dims[3]);
    if (!full)
      return failure();
    std::optional<Dims> wide = broadcastDims(ValueBuilder::dimsOf(*full), dims);
    if (!wide || *wide != dims)
      return n.error("the mask " + n.show(n.type(3)) + " does not fit " + n.show(dims));
    mask = *full;
  }

  Type softmaxType = n.element(0);
  if (n.hasAttribute("softmax_precision"))
    softmaxType = elementTypeOf(b.getContext(), static_cast<int32_t>(n.intAttr("softmax_precision", 1)));
  if (!isa_and_nonnull<FloatType>(softmaxType))
    return n.error("softmax_precision is no float type");
  const double scale = n.floatAttr("scale", 1 / std::sqrt(static_cast<double>(staticDim(query[3])))),
               cap = n.floatAttr("softcap", 0);
  AttentionSpec spec;
  spec.scale = scale;
  spec.softcap = cap;
  spec.sight = sight;
  spec.softmaxType = softmaxType;
  if (n.wants(3))
    spec.shown = static_cast<AttentionSpec::Scores>(mode);
  SmallVector<Value> results = attend(n.p, spec, *heads, mask, n.has(6) ? n.value(6) : Value());
  n.result(0, n.rank(0) == 3 ? joinHeads(b, results[0]) : results[0]);
  n.result(1, heads->key);
  n.result(2, heads->value);
  if (n.wants(3))
    n.result(3, results[1]);
  return success();
}

// A graph attribute that makes scores of scores, or probabilities of probabilities; x where the node has none.
std::optional<Value> modified(NodeContext &n, StringRef name, Value x) {
  if (!n.hasAttribute(name))
    return x;
  std::optional<std::vector<EntryRef>> outputs = n.inlineGraph(name, NodeContext::tensor(x, name));
  if (!outputs)
    return std::nullopt;
  if (outputs->size() != 1 || outputs->front()->type != x.getType()) {
    (void)n.error("the graph " + name + " does not keep " + n.show(ValueBuilder::typeOf(x)));
    return std::nullopt;
  }
  return n.valueOf(outputs->front());
}

LogicalResult flexAttention(NodeContext &n) {
  if (failed(n.needInputs(3, 3)))
    return failure();
  ValueBuilder &b = n.b;
  std::optional<AttentionHeads> heads = n.rank(0) == 4 ? readHeads(n) : std::nullopt;
  if (!heads)
    return n.error("needs queries, keys and values of rank 4");
  if (failed(checkHeads(n, *heads)))
    return failure();
  Type type = n.element(0).isF64() ? n.element(0) : b.getF32Type();
  if (n.hasAttribute("softmax_precision"))
    type = elementTypeOf(b.getContext(), static_cast<int32_t>(n.intAttr("softmax_precision", 1)));
  if (!isa_and_nonnull<FloatType>(type))
    return n.error("softmax_precision is no float type");
  const auto size = static_cast<double>(staticDim(ValueBuilder::dimsOf(heads->query)[3]));
  Value scores = b.convert(scoresOf(b, *heads, n.floatAttr("scale", 1 / std::sqrt(size))), type);
  std::optional<Value> changed = modified(n, "score_mod", scores);
  std::optional<Value> weights = changed ? modified(n, "prob_mod", b.softmax(*changed, 3)) : std::nullopt;
  if (!weights)
    return failure();
  n.result(0, b.convert(weighted(b, *weights, heads->value), n.element(0)));
  return success();
}

//===--- linear attention ----------------------------------------------------------------------------------------------===//

// [batch, length, heads * size] as [length, batch, heads, size] in f32.
std::optional<Value> stepsOf(NodeContext &n, size_t index, int64_t heads) {
  ValueBuilder &b = n.b;
  Dims dims = n.dims(index);
  const int64_t width = dims.size() == 3 ? staticDim(dims[2]) : -1;
  if (heads < 1 || width < 1 || width % heads != 0 || !isa<FloatType>(n.element(index)) || dims[0] != n.dims(0)[0] ||
      dims[1] != n.dims(0)[1]) {
    (void)n.error("operand " + llvm::Twine(index) + " " + n.show(n.type(index)) + " does not fit " + llvm::Twine(heads) +
                  " heads");
    return std::nullopt;
  }
  Value x =
      b.reshape(b.convert(n.value(index), b.getF32Type()), {dims[0], dims[1], b.number(heads), b.number(width / heads)});
  return b.transpose(x, {1, 0, 2, 3});
}

// query, key, value, past_state, decay, beta. A state [batch, heads, key size, value size] is decayed, written and read at
// each step.
LogicalResult linearAttention(NodeContext &n) {
  if (failed(n.needInputs(3, 6)))
    return failure();
  ValueBuilder &b = n.b;
  std::string rule = n.stringAttr("update_rule", "gated_delta");
  const bool gated = rule == "gated" || rule == "gated_delta", corrected = rule == "delta" || rule == "gated_delta";
  if (!gated && !corrected && rule != "linear")
    return n.error("update_rule is '" + rule + "', not linear, gated, delta or gated_delta");
  if (gated != n.has(4) || corrected != n.has(5))
    return n.error("update_rule '" + rule + "' " +
                   (gated != n.has(4) ? gated ? "needs" : "takes no"
                    : corrected       ? "needs"
                                      : "takes no") +
                   (gated != n.has(4) ? " decay" : " beta"));
  const int64_t many = n.intAttr("q_num_heads", 0), few = n.intAttr("kv_num_heads", 0);
  if (many < 1 || few < 1 || many % few != 0)
    return n.error(llvm::Twine(few) + " key heads do not divide " + llvm::Twine(many) + " query heads");
  if (n.rank(0) != 3)
    return n.error("needs queries of rank 3, not " + n.show(n.type(0)));
  std::optional<Value> query = stepsOf(n, 0, many), key = stepsOf(n, 1, few), value = stepsOf(n, 2, few);
  std::optional<Value> decay, beta;
  if (!query || !key || !value)
    return failure();
  if (gated && !(decay = stepsOf(n, 4, few)))
    return failure();
  if (corrected && !(beta = stepsOf(n, 5, n.rank(5) == 3 && staticDim(n.dims(5)[2]) == 1 ? 1 : few)))
    return failure();
  Dims keyDims = ValueBuilder::dimsOf(*key), valueDims = ValueBuilder::dimsOf(*value);
  AffineExpr steps = keyDims[0], batch = keyDims[1];
  if (ValueBuilder::dimsOf(*query)[3] != keyDims[3])
    return n.error("query " + n.show(n.type(0)) + " and key " + n.show(n.type(1)) + " have heads of different sizes");
  for (const std::optional<Value> &scalars : {beta, decay})
    if (scalars && staticDim(ValueBuilder::dimsOf(*scalars)[3]) != 1 &&
        (scalars == beta || ValueBuilder::dimsOf(*scalars)[3] != keyDims[3]))
      return n.error("decay or beta does not fit the heads of the key");
  Dims stateDims = {batch, keyDims[2], keyDims[3], valueDims[3]};
  if (n.has(3) && n.dims(3) != stateDims)
    return n.error("past_state is " + n.show(n.type(3)) + ", not " + n.show(stateDims));
  Type type = b.getF32Type();
  Value state = n.has(3) ? b.convert(n.value(3), type) : b.splat(stateDims, type, 0);
  double scale = n.floatAttr("scale", 0);
  if (scale == 0)
    scale = 1 / std::sqrt(static_cast<double>(staticDim(keyDims[3])));
  if (gated)
    decay = b.unary<ExponentialOp>(*decay);
  Value scaled = b.mul(*query, b.like(*query, scale));

  Dims outputDims = {steps, batch, b.number(many), valueDims[3]};
  SmallVector<Value> ends =
      countedLoop(b, steps, {b.splat(outputDims, type, 0), state}, [&](Value step, ArrayRef<Value> before) {
        Value k = partAt(b, *key, step), v = partAt(b, *value, step), s = before[1];
        // A vector along key or value size, times the state's other dims.
        auto along = [&](Value x, ArrayRef<int64_t> places) { return b.broadcast(x, stateDims, places); };
        if (gated) {
          Value factor = partAt(b, *decay, step); // [batch, heads, key size or 1]
          Dims dims = ValueBuilder::dimsOf(factor);
          s = b.mul(s, staticDim(dims[2]) == 1 && stateDims[2] != dims[2]
                           ? along(b.reshape(factor, {dims[0], dims[1]}), {0, 1})
                           : along(factor, {0, 1, 2}));
        }
        if (corrected) {
          Value recalled = b.reduce(Reduction::Add, b.mul(s, along(k, {0, 1, 2})), 2, /*keep=*/false);
          Value rate = b.broadcast(partAt(b, *beta, step), ValueBuilder::dimsOf(v));
          v = b.mul(rate, b.sub(v, recalled));
        }
        s = b.add(s, b.mul(along(k, {0, 1, 2}), along(v, {0, 1, 3})));
        Value q = partAt(b, scaled, step);
        Dims grouped = {batch, b.number(few), b.number(many / few), keyDims[3]};
        Value read = b.dot(b.reshape(q, grouped), s, {0, 1}, {0, 1}, 3, 2);
        read = b.reshape(read, {batch, b.number(many), valueDims[3]});
        return SmallVector<Value>{withPartAt(b, before[0], read, step), s};
      });
  Value output = b.transpose(ends[0], {1, 0, 2, 3});
  n.result(0, b.convert(b.reshape(output, {batch, steps, simplifyExpr(valueDims[3] * many)}), n.element(0)));
  n.result(1, b.convert(ends[1], n.has(3) ? n.element(3) : n.element(0)));
  return success();
}

//===--- causal convolution --------------------------------------------------------------------------------------------===//

// input [batch, channels, length], weight [channels, 1, k], bias, past_state [batch, channels, k - 1].
LogicalResult causalConvWithState(NodeContext &n) {
  if (failed(n.needInputs(2, 4)))
    return failure();
  ValueBuilder &b = n.b;
  std::string activation = n.stringAttr("activation", "none");
  if (activation != "none" && activation != "silu" && activation != "swish")
    return n.error("activation is '" + activation + "', not none, silu or swish");
  Dims dims = n.dims(0), weight = n.dims(1);
  const int64_t window = weight.size() == 3 ? staticDim(weight[2]) : -1;
  if (!isa<FloatType>(n.element(0)) || n.element(1) != n.element(0) || dims.size() != 3 || window < 1 ||
      !n.type(1).hasStaticShape() || weight[0] != dims[1] || staticDim(weight[1]) != 1)
    return n.error("the input " + n.show(n.type(0)) + " and the weight " + n.show(n.type(1)) + " do not fit together");
  Dims stateDims = {dims[0], dims[1], b.number(window - 1)};
  if (n.has(3) && n.type(3) != makeTensorType(stateDims, n.element(0)))
    return n.error("past_state is " + n.show(n.type(3)) + ", not " + n.show(stateDims));
  if (n.has(2) && (n.element(2) != n.element(0) || ArrayRef(n.dims(2)) != ArrayRef(dims[1])))
    return n.error("the bias is " + n.show(n.type(2)) + ", not " + n.show(ArrayRef(dims[1])));
  Value padded = n.has(3) ? b.concat({n.value(3), n.value(0)}, 2)
                          : b.pad(n.value(0), b.scalar(n.element(0), 0), {0, 0, window - 1}, {0, 0, 0});
  auto numbers = ConvDimsAttr::get(b.getContext(), 0, 1, 2, 1, 0, 2, 0, 1, 2);
  const int64_t one[] = {1}, none[] = {0, 0};
  Value result = ConvolutionOp::create(b, makeTensorType(dims, n.element(0)), padded, n.value(1), one, none, one, one,
                                       numbers, staticDim(dims[1]), 1);
  if (n.has(2))
    result = b.add(result, b.broadcast(n.value(2), dims, 1));
  n.result(0, activation == "none" ? result : b.mul(result, b.unary<LogisticOp>(result)));

  // The last window - 1 places of what was convolved.
  if (int64_t length = staticDim(dims[2]); length >= 0) {
    n.result(1, b.slice(padded, 2, length, window - 1));
  } else {
    Value zero = b.integer(b.getI64Type(), 0), start = b.sizeOf(dims[2], b.getI64Type());
    n.result(1, DynamicSliceOp::create(b, makeTensorType(stateDims, n.element(0)), padded, ValueRange{zero, zero, start}));
  }
  return success();
}

//===--- rotary positions ----------------------------------------------------------------------------------------------===//

// X, cos_cache, sin_cache, position_ids: pairs of elements are turned by an angle that depends on the place.
LogicalResult rotaryEmbedding(NodeContext &n) {
  if (failed(n.needInputs(3, 4)))
    return failure();
  ValueBuilder &b = n.b;
  Type type = n.element(0);
  const int64_t rank = n.rank(0);
  if (!isa<FloatType>(type) || n.element(1) != type || n.element(2) != type || (rank != 3 && rank != 4) ||
      n.dims(1) != n.dims(2) || n.rank(1) != (n.has(3) ? 2 : 3))
    return n.error("the input " + n.show(n.type(0)) + " and the caches " + n.show(n.type(1)) + " and " + n.show(n.type(2)) +
                   " do not fit together");
  Dims given = n.dims(0), dims = given;
  Value x = n.value(0);
  if (rank == 3) {
    const int64_t heads = n.intAttr("num_heads", 0), width = staticDim(given[2]);
    if (heads < 1 || width < 1 || width % heads != 0)
      return n.error(llvm::Twine(heads) + " heads do not divide the last dim of " + n.show(given));
    dims = {given[0], given[1], b.number(heads), b.number(width / heads)};
    x = b.reshape(x, dims);
  }
  const int64_t size = staticDim(dims[3]),
                turned = n.intAttr("rotary_embedding_dim", 0) ? n.intAttr("rotary_embedding_dim", 0) : size;
  if (size < 1 || turned < 2 || turned > size || turned % 2 != 0)
    return n.error(llvm::Twine(turned) + " elements of " + n.show(n.type(0)) + " cannot be turned in pairs");
  const int64_t half = turned / 2, lengthAxis = rank == 3 ? 1 : 2;
  Dims angles = {dims[0], dims[lengthAxis], b.number(half)}, pairs = dims;
  pairs[3] = b.number(half);
  Value caches[2];
  for (size_t i : {0, 1}) {
    caches[i] = n.value(i + 1);
    if (n.has(3)) {
      if (!isa<IntegerType>(n.element(3)) || n.dims(3) != Dims{dims[0], dims[lengthAxis]})
        return n.error("position_ids is " + n.show(n.type(3)) + ", not " + n.show(ArrayRef(angles).drop_back()));
      if (failed(n.checkPlaces(3, n.dims(i + 1), 0)))
        return failure();
      caches[i] = b.take(caches[i], n.value(3), 0);
    }
    if (ValueBuilder::dimsOf(caches[i]) != angles)
      return n.error("a cache is " + n.show(ValueBuilder::dimsOf(caches[i])) + ", not " + n.show(angles));
    caches[i] = b.broadcast(caches[i], pairs, {0, lengthAxis, 3});
  }
  const bool interleaved = n.intAttr("interleaved", 0) != 0;
  Value first = interleaved ? b.slice(x, 3, 0, half, 2) : b.slice(x, 3, 0, half);
  Value second = interleaved ? b.slice(x, 3, 1, half, 2) : b.slice(x, 3, half, half);
  auto &[cosine, sine] = caches;
  Value real = b.sub(b.mul(cosine, first), b.mul(sine, second)),
        imaginary = b.add(b.mul(sine, first), b.mul(cosine, second));
  Value result;
  if (interleaved) {
    Dims apart = pairs, together = dims;
    apart.push_back(b.number(1));
    together[3] = b.number(turned);
    result = b.reshape(b.concat({b.reshape(real, apart), b.reshape(imaginary, apart)}, 4), together);
  } else {
    result = b.concat({real, imaginary}, 3);
  }
  if (turned != size)
    result = b.concat({result, b.slice(x, 3, turned, size - turned)}, 3);
  n.result(0, b.reshape(result, given));
  return success();
}

constexpr OpRow rows[] = {
    {"Attention", 23, kNewestOpset, attention},
    {"CausalConvWithState", 27, kNewestOpset, causalConvWithState},
    {"LinearAttention", 27, kNewestOpset, linearAttention},
    {"RotaryEmbedding", 23, kNewestOpset, rotaryEmbedding},
};

constexpr OpRow previewRows[] = {
    {"FlexAttention", 1, 1, flexAttention},
};

} // namespace

llvm::ArrayRef<OpRow> attentionOps() { return rows; }
llvm::ArrayRef<OpRow> previewOps() { return previewRows; }

} // namespace ingot::onnx
