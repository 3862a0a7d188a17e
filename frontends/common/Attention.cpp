#include "frontends/common/Attention.h"

#include <cmath>

using namespace mlir;

namespace ingot::frontend {

Value joinHeads(ValueBuilder &b, Value x) {
  Dims dims = ValueBuilder::dimsOf(x);
  return b.reshape(b.transpose(x, {0, 2, 1, 3}), {dims[0], dims[2], simplifyExpr(dims[1] * dims[3])});
}

namespace {

// Queries [batch, heads, length, size] by keys or values of fewer heads: neighbouring query heads share one, and stand
// beneath each other as [batch, key heads, group * length, size].
Value groupHeads(ValueBuilder &b, Value x, AffineExpr keyHeads) {
  Dims dims = ValueBuilder::dimsOf(x);
  const int64_t group = staticDim(dims[1]) / staticDim(keyHeads);
  return group == 1 ? x : b.reshape(x, {dims[0], keyHeads, simplifyExpr(dims[2] * group), dims[3]});
}

// Softmax along the last dim; where a row may be masked whole, such a row becomes zeros.
Value maskedSoftmax(ValueBuilder &b, Value scores, bool mayBeEmpty) {
  const int64_t axis = ValueBuilder::rankOf(scores) - 1;
  if (!mayBeEmpty)
    return b.softmax(scores, axis);
  Dims dims = ValueBuilder::dimsOf(scores);
  return b.inSteps(scores, [&](Value x) {
    Value greatest = b.reduce(Reduction::Maximum, x, axis);
    Value isEmpty = b.compare(ComparisonDirection::EQ, greatest, b.like(greatest, -INFINITY));
    Value powers = b.unary<ExponentialOp>(b.sub(x, b.broadcast(b.select(isEmpty, b.like(greatest, 0), greatest), dims)));
    Value sum = b.reduce(Reduction::Add, powers, axis);
    return b.div(powers, b.broadcast(b.select(isEmpty, b.like(sum, 1), sum), dims));
  });
}

// What masks say: which keys a query sees (null: all), what is added to the scores (null: nothing), and whether a query may
// see no key.
struct Masks {
  Value seen, added;
  bool mayBeEmpty = false;
};

// Causal order and sliding windows, relative to each query's own place, and the lengths (null: all) of the batches' keys.
void limitSight(ValueBuilder &b, const Sight &sight, Value lengths, ArrayRef<AffineExpr> dims, Masks &masks) {
  auto both = [&](Value more) { masks.seen = masks.seen ? b.binary<AndOp>(masks.seen, more) : more; };
  const auto [causal, left, right, past] = sight;
  Type type = b.getI64Type();
  if (lengths) {
    lengths = b.convert(lengths, type);
    both(b.compare(ComparisonDirection::LT, b.iota(dims, type, 3), b.broadcast(lengths, dims, 0)));
    masks.mayBeEmpty = true;
  }
  if (!causal && left < 0 && right < 0)
    return;
  // How far a key is behind the query's own place.
  Value distance = b.sub(b.iota({dims[2], dims[3]}, type, 0), b.iota({dims[2], dims[3]}, type, 1));
  distance = b.broadcast(distance, dims);
  if (lengths) {
    Value offset = b.sub(lengths, b.broadcast(b.sizeOf(dims[2], type), ArrayRef(dims[0])));
    distance = b.add(distance, b.broadcast(offset, dims, 0));
  } else if (past) {
    distance = b.add(distance, b.broadcast(b.sizeOf(past, type), dims));
  }
  auto least = [&](int64_t bound) {
    both(b.compare(ComparisonDirection::GE, distance, b.broadcast(b.integer(type, bound), dims)));
  };
  if (causal)
    least(0);
  if (right >= 0)
    least(-right);
  if (left >= 0) {
    both(b.compare(ComparisonDirection::LE, distance, b.broadcast(b.integer(type, left), dims)));
    masks.mayBeEmpty = true;
  }
}

} // namespace

Value scoresOf(ValueBuilder &b, const AttentionHeads &heads, double scale) {
  Dims query = ValueBuilder::dimsOf(heads.query), key = ValueBuilder::dimsOf(heads.key);
  Value left = heads.query, right = heads.key;
  // Narrow floats may overflow where one side takes it all.
  if (ValueBuilder::elementOf(left).getIntOrFloatBitWidth() < 32) {
    left = b.mul(left, b.like(left, std::sqrt(scale)));
    right = b.mul(right, b.like(right, std::sqrt(scale)));
  } else {
    left = b.mul(left, b.like(left, scale));
  }
  Value scores = b.dot(groupHeads(b, left, key[1]), right, {0, 1}, {0, 1}, 3, 3);
  return b.reshape(scores, {query[0], query[1], query[2], key[2]});
}

Value weighted(ValueBuilder &b, Value weights, Value value) {
  Dims left = ValueBuilder::dimsOf(weights), right = ValueBuilder::dimsOf(value);
  value = b.convert(value, ValueBuilder::elementOf(weights));
  Value product = b.dot(groupHeads(b, weights, right[1]), value, {0, 1}, {0, 1}, 3, 2);
  return b.reshape(product, {left[0], left[1], left[2], right[3]});
}

SmallVector<Value> attend(ProgramBuilder &p, const AttentionSpec &spec, const AttentionHeads &heads, Value mask,
                          Value lengths) {
  constexpr StringLiteral names[] = {"product", "capped", "masked", "weights"};
  ValueBuilder &b = p.b;
  const Type type = ValueBuilder::elementOf(heads.query);
  const Dims query = ValueBuilder::dimsOf(heads.query),
             dims = {query[0], query[1], query[2], ValueBuilder::dimsOf(heads.key)[2]};
  auto number = [&](StringRef name, double value) { return b.getNamedAttr(name, b.getF64FloatAttr(value)); };
  SmallVector<NamedAttribute> attributes = {number("scale", spec.scale)};
  if (spec.softcap > 0)
    attributes.push_back(number("softcap", spec.softcap));
  if (spec.sight.causal)
    attributes.push_back(b.getNamedAttr("causal", b.getBoolAttr(true)));
  if (spec.sight.past)
    attributes.push_back(b.getNamedAttr(
        "past", AffineMapAttr::get(AffineMap::get(0, static_cast<unsigned>(p.sizes().size()), spec.sight.past))));
  for (auto [name, window] :
       {std::pair<StringRef, int64_t>{"left_window", spec.sight.left}, {"right_window", spec.sight.right}})
    if (window >= 0)
      attributes.push_back(b.getNamedAttr(name, b.getI64IntegerAttr(window)));
  if (spec.softmaxType != type)
    attributes.push_back(b.getNamedAttr("softmax_type", TypeAttr::get(spec.softmaxType)));
  if (spec.shown)
    attributes.push_back(b.getNamedAttr("scores", b.getStringAttr(names[*spec.shown])));
  auto build = [&](ArrayRef<Value> operands) {
    const AttentionHeads inner{operands[0], operands[1], operands[2]};
    Value given = operands[3], shown;
    auto show = [&](AttentionSpec::Scores which, Value scores) { shown = spec.shown == which ? scores : shown; };
    Value scores = scoresOf(b, inner, spec.scale);
    show(AttentionSpec::Product, scores);
    if (spec.softcap > 0)
      scores = b.mul(b.unary<TanhOp>(b.div(scores, b.like(scores, spec.softcap))), b.like(scores, spec.softcap));
    show(AttentionSpec::Capped, scores);
    Masks masks;
    limitSight(b, spec.sight, operands[5], dims, masks);
    if (given && ValueBuilder::elementOf(given).isInteger(1)) {
      Value seen = b.broadcast(given, dims);
      masks.seen = masks.seen ? b.binary<AndOp>(masks.seen, seen) : seen;
    } else if (given) {
      scores = b.add(scores, b.broadcast(b.convert(given, type), dims));
    }
    masks.mayBeEmpty |= bool(given);
    if (masks.seen)
      scores = b.select(masks.seen, scores, b.like(scores, -INFINITY));
    show(AttentionSpec::Masked, scores);
    Value weights = b.convert(maskedSoftmax(b, b.convert(scores, spec.softmaxType), masks.mayBeEmpty), type);
    show(AttentionSpec::Weights, weights);
    SmallVector<Value> results = {weighted(b, weights, inner.value)};
    if (shown)
      results.push_back(shown);
    return results;
  };
  return p.composite("attention", attributes, {heads.query, heads.key, heads.value, mask, Value(), lengths},
                     {true, spec.shown.has_value()}, build);
}

} // namespace ingot::frontend
