// Sorts: TopK of each key where the comparator compares keys, else a sorting network in a Loop.
#include "frontends/onnx/export/Exporter.h"
#include "frontends/onnx/export/ops/Steps.h"
#include "mlir/IR/Matchers.h"

#include "llvm/ADT/STLExtras.h"

#include <limits>

using namespace mlir;

namespace ingot::onnx {

static bool isSplatOf(Value value, llvm::function_ref<bool(const llvm::APFloat &)> is) {
  while (auto broadcast = value.getDefiningOp<BroadcastInDimOp>())
    value = broadcast.getOperand();
  DenseElementsAttr elements;
  return matchPattern(value, m_Constant(&elements)) && elements.isSplat() && isa<FloatType>(elements.getElementType()) &&
         is(elements.getSplatValue<llvm::APFloat>());
}

Value unifiedOf(Value value, bool &zeros, bool &nans) {
  zeros = nans = false;
  SmallVector<Value> tested, kept = {value};
  while (auto select = value.getDefiningOp<SelectOp>()) {
    auto test = select.getPred().getDefiningOp<CompareOp>();
    if (!test || test.getTotalOrder())
      break;
    if (test.getDirection() == ComparisonDirection::NE && test.getRhs() == test.getLhs() &&
        isSplatOf(select.getOnTrue(), [](const llvm::APFloat &n) { return n.isNaN() && !n.isNegative(); }))
      nans = true;
    else if (test.getDirection() == ComparisonDirection::EQ &&
             isSplatOf(test.getRhs(), [](const llvm::APFloat &n) { return n.isZero(); }) &&
             isSplatOf(select.getOnTrue(), [](const llvm::APFloat &n) { return n.isZero() && !n.isNegative(); }))
      zeros = true;
    else
      break;
    tested.push_back(test.getLhs());
    value = select.getOnFalse();
    kept.push_back(value);
  }
  // Each step tests what the value was before another.
  if (!llvm::all_of(tested, [&](Value each) { return llvm::is_contained(kept, each); }))
    zeros = nans = false;
  return value;
}

namespace {

//===--- comparators ---------------------------------------------------------------------------------------------------===//

// An input that is compared, the first of several deciding. Of floats in total order NaNs are all alike, and behind all
// numbers; zeros are all alike.
struct Key {
  unsigned input;
  bool descending, total;
};

// Whether the op compares the two elements of one input, and how.
std::optional<Key> comparedBy(Value value, bool isEquality) {
  auto compare = value.getDefiningOp<CompareOp>();
  if (!compare)
    return std::nullopt;
  bool zeros[2], nans[2];
  auto lhs = dyn_cast<BlockArgument>(unifiedOf(compare.getLhs(), zeros[0], nans[0]));
  auto rhs = dyn_cast<BlockArgument>(unifiedOf(compare.getRhs(), zeros[1], nans[1]));
  ComparisonDirection direction = compare.getDirection();
  if (!lhs || !rhs || zeros[0] != zeros[1] || nans[0] != nans[1])
    return std::nullopt;
  bool descending = direction == ComparisonDirection::GT;
  if (isEquality ? direction != ComparisonDirection::EQ : !descending && direction != ComparisonDirection::LT)
    return std::nullopt;
  if (lhs.getArgNumber() > rhs.getArgNumber()) {
    std::swap(lhs, rhs);
    descending = !descending;
  }
  if (lhs.getArgNumber() % 2 != 0 || rhs.getArgNumber() != lhs.getArgNumber() + 1)
    return std::nullopt;
  const bool isFloat = isa<FloatType>(typeOf(lhs).getElementType());
  // Total order of floats as they are tells zeros and NaNs apart by their bits.
  if (compare.getTotalOrder() && isFloat && !(zeros[0] && nans[0]))
    return std::nullopt;
  return Key{lhs.getArgNumber() / 2, descending, compare.getTotalOrder() && isFloat};
}

// first before second; or they are equal and the other keys decide.
bool keysOf(Value value, SmallVector<Key> &keys) {
  if (auto either = value.getDefiningOp<OrOp>())
    for (auto [first, rest] : {std::pair(either.getLhs(), either.getRhs()), std::pair(either.getRhs(), either.getLhs())}) {
      auto both = rest.getDefiningOp<AndOp>();
      std::optional<Key> key = comparedBy(first, false);
      if (!both || !key)
        continue;
      for (auto [equal, others] : {std::pair(both.getLhs(), both.getRhs()), std::pair(both.getRhs(), both.getLhs())}) {
        std::optional<Key> same = comparedBy(equal, true);
        if (!same || same->input != key->input)
          continue;
        keys.push_back(*key);
        return keysOf(others, keys);
      }
    }
  std::optional<Key> key = comparedBy(value, false);
  if (key)
    keys.push_back(*key);
  return key.has_value();
}

//===--- by keys -------------------------------------------------------------------------------------------------------===//

Term along(Exporter &e, Term x, Term places, int64_t axis) {
  return e.typed(Moved, "GatherElements", {x, places}, {{"axis", axis}});
}

// The places of the elements in the order of one key, of equal ones the first first: TopK is stable.
Terms ordered(Exporter &e, Term key, Term count, int64_t axis, bool descending) {
  const int32_t type = key.type, compute = e.computeType(type, Ranked);
  Terms made = e.nodes("TopK", {e.cast(key, compute), count}, {compute, TensorProto::INT64},
                       {{"axis", axis}, {"largest", int64_t(descending)}, {"sorted", int64_t(1)}});
  made[0] = e.cast(made[0], type);
  return made;
}

void sortByKeys(Exporter &e, SortOp op, ArrayRef<Term> inputs, ArrayRef<Key> keys) {
  const auto axis = static_cast<int64_t>(op.getDimension());
  Term count = e.size(dimExpr(typeOf(op.getInputs()[0]), axis)), places, values;
  auto by = [&](Term key, bool descending) {
    Terms made = ordered(e, places.name.empty() ? key : along(e, key, places, axis), count, axis, descending);
    places = places.name.empty() ? made[1] : along(e, places, made[1], axis);
    values = made[0];
  };
  for (const Key &key : llvm::reverse(keys)) { // the last one first: each keeps the order of those before
    Term x = inputs[key.input];
    if (!key.total) {
      by(x, key.descending);
      continue;
    }
    const int32_t compute = e.computeType(x.type, WideFloats);
    x = e.cast(x, compute);
    Term isNumber = e.test("Equal", x, x);
    by(e.where(isNumber, x, e.number(compute, std::numeric_limits<double>::infinity())), key.descending);
    by(e.cast(e.invert(isNumber), TensorProto::INT32), key.descending);
  }
  for (auto [result, input] : llvm::zip(op.getResults(), inputs))
    e.bind(result, keys.size() == 1 && !keys[0].total && keys[0].input == result.getResultNumber()
                       ? values
                       : along(e, input, places, axis));
}

//===--- by any comparator ---------------------------------------------------------------------------------------------===//

// Batcher's odd-even merge sort: in each stage (p, k) some places i and i + k are put in order. What is equal is told apart by
// its first place.
bool sortByNetwork(Exporter &e, SortOp op, ArrayRef<Term> inputs) {
  auto type = typeOf(op.getInputs()[0]);
  const auto axis = static_cast<int64_t>(op.getDimension());
  const int64_t n = type.getDimSize(axis), behind = type.getRank() - 1 - axis;
  SmallVector<int64_t> ps, ks;
  for (int64_t p = 1; p < n; p *= 2)
    for (int64_t k = p; k >= 1; k /= 2) {
      ps.push_back(p);
      ks.push_back(k);
    }
  Term shape = e.dims(op.getInputs()[0]);
  Terms states(inputs);
  states.push_back(e.expand(placesAlong(e, e.fixed(n), behind), shape));
  GraphProto body;
  bool works = true;
  e.within(body, [&] {
    auto [round, condition] = e.loopInputs(body);
    Terms self, partner;
    for (const Term &state : states)
      self.push_back(e.graphInput(body, state.type));
    auto of = [&](ArrayRef<int64_t> list) { return e.node("Gather", {e.integers(list), round}, TensorProto::INT64); };
    auto number = [&](int64_t value) { return e.integer(TensorProto::INT64, value); };
    auto modulo = [&](Term a, Term b) { return e.node("Mod", {a, b}, TensorProto::INT64); };
    Term p = of(ps), k = of(ks), twiceP = e.add(p, p), twiceK = e.add(k, k), start = modulo(k, p);
    Term at = places(e, e.fixed(n));
    // Whether places are the lower ones of a pair.
    auto isLower = [&](Term i) {
      Term from = e.sub(i, start), upper = e.add(i, k);
      Term inBlock = e.test("And", e.test("GreaterOrEqual", from, number(0)), e.test("Less", modulo(from, twiceK), k));
      Term inside = e.test("And", e.test("GreaterOrEqual", i, number(0)), e.test("Less", upper, number(n)));
      return e.test("And", e.test("And", inBlock, inside), e.test("Equal", e.div(i, twiceP), e.div(upper, twiceP)));
    };
    Term lower = isLower(at), upper = isLower(e.sub(at, k));
    Term other = e.where(lower, e.add(at, k), e.where(upper, e.sub(at, k), at));
    for (const Term &state : self)
      partner.push_back(e.typed(Moved, "Gather", {state, other}, {{"axis", axis}}));
    auto before = [&](const Terms &a, const Terms &b) -> std::optional<Term> {
      Terms arguments;
      for (size_t i = 0; i != inputs.size(); ++i)
        arguments.append({a[i], b[i]});
      auto made = e.onElements(op.getComparator(), arguments, shape);
      return made ? std::optional(made->front()) : std::nullopt;
    };
    std::optional<Term> forth = before(self, partner), back = forth ? before(partner, self) : std::nullopt;
    if (!back) {
      works = false;
      return;
    }
    Term isFirst = e.test("Or", *forth, e.test("And", e.invert(*back), e.test("Less", self.back(), partner.back())));
    SmallVector<int64_t> axes;
    for (int64_t i = 1; i <= behind; ++i)
      axes.push_back(i);
    Term takes = e.where(e.unsqueeze(lower, axes), e.invert(isFirst), e.test("And", e.unsqueeze(upper, axes), isFirst));
    e.graphOutput(body, condition);
    for (auto [mine, others] : llvm::zip(self, partner))
      e.graphOutput(body, e.where(takes, others, mine));
  });
  if (!works)
    return false;
  Terms given = {e.integer(TensorProto::INT64, static_cast<int64_t>(ps.size())), Term()};
  given.append(states.begin(), states.end());
  SmallVector<int32_t> types;
  for (const Term &state : states)
    types.push_back(state.type);
  Terms results = e.nodes("Loop", given, types, {{"body", std::move(body)}});
  for (auto [result, term] : llvm::zip(op.getResults(), results))
    e.bind(result, term);
  return true;
}

void sort(Exporter &e, Operation *op) {
  auto source = cast<SortOp>(op);
  auto type = typeOf(source.getInputs()[0]);
  Terms inputs;
  for (Value input : source.getInputs())
    inputs.push_back(e.term(input));
  const int64_t n = type.getDimSize(static_cast<int64_t>(source.getDimension()));
  SmallVector<Key> keys;
  if (n == 0 || n == 1) {
    for (auto [result, input] : llvm::zip(op->getResults(), inputs))
      e.bind(result, input);
  } else if (keysOf(source.getComparator().front().getTerminator()->getOperand(0), keys))
    sortByKeys(e, source, inputs, keys);
  else if (ShapedType::isDynamic(n))
    e.refuse(op, "by a comparator of its own along a size that is a range has no counterpart in ONNX");
  else if (!sortByNetwork(e, source, inputs))
    e.refuse(op, "by a comparator of other ops than on elements has no counterpart in ONNX");
}

void topK(Exporter &e, Operation *op) {
  auto type = typeOf(op->getResult(0));
  const int64_t axis = type.getRank() - 1;
  Terms made = ordered(e, e.term(op->getOperand(0)), e.size(dimExpr(type, axis)), axis, true);
  e.bind(op->getResult(0), made[0]);
  e.bind(op->getResult(1), e.cast(made[1], TensorProto::INT32));
}

constexpr Row rows[] = {
    {"sort", sort, nullptr, 0, nullptr},
    {"top_k", topK, nullptr, 0, nullptr},
};

} // namespace

llvm::ArrayRef<Row> orderingRows() { return rows; }

} // namespace ingot::onnx
