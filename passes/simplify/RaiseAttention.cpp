// Attention: products of queries and keys, masked, made weights by a softmax, times values.
#include "passes/simplify/RaiseMatch.h"

#include "ir/Composites.h"
#include "passes/Reorder.h"

#include <cmath>

using namespace mlir;

namespace ingot::raise {
namespace {

// A tensor and the letters of its dims.
struct Placed {
  Value value;
  std::string layout;
};

// A tensor and the dims of the scores it stands along (-1: of size 1).
struct Mask {
  Value value;
  SmallVector<int8_t> access;
};

Mask maskFrom(Value value) {
  Mask mask{value, {}};
  for (int64_t dim = 0; dim < typeOf(value).getRank(); ++dim)
    mask.access.push_back(int8_t(dim));
  if (auto broadcast = value.getDefiningOp<BroadcastInDimOp>())
    mask = {broadcast.getOperand(), llvm::to_vector_of<int8_t>(broadcast.getBroadcastDimensions())};
  return mask;
}

// The scores as the softmax reads them, and what they are made of.
struct Scores {
  DotGeneralOp dot;
  Value product;          // the dot's result, or that with its batch and heads apart
  bool isSwapped = false; // the scores are the product with its two last dims swapped
  double scale = 1;
  std::optional<double> softcap;
  std::optional<Mask> seen; // of i1
  bool hides = false;       // seen is true where a key is hidden
  SmallVector<Mask, 2> added;
};

// What stands for minus infinity in a mask, or is it.
bool hidesAll(Value value) {
  Operation *op = value.getDefiningOp();
  while (op && Algebra::isView(op))
    op = op->getOperand(0).getDefiningOp();
  DenseFPElementsAttr elements;
  if (op && matchPattern(op, m_Constant(&elements)) && elements.isSplat())
    return elements.getSplatValue<APFloat>().convertToDouble() <= -1e4;
  std::optional<double> number = numberOf(value);
  return number && *number <= -1e4;
}

// A reshape of [batch * heads, a, b] to [batch, heads, a, b].
bool splitsBatch(Value merged, Value apart) {
  auto from = typeOf(merged), to = typeOf(apart);
  return from.getRank() == 3 && to.getRank() == 4 && sameExpr(dimExpr(from, 1), dimExpr(to, 2)) &&
         sameExpr(dimExpr(from, 2), dimExpr(to, 3));
}

// The product that a value is computed from by ops of the algebra, the nearest one, as Scores has it; null if there is none.
std::pair<DotGeneralOp, Value> productUnder(Value value) {
  SmallVector<Value> reached = {value};
  for (size_t i = 0; i < reached.size() && i < 24; ++i) {
    Operation *op = reached[i].getDefiningOp();
    if (auto dot = dyn_cast_or_null<DotGeneralOp>(op))
      return {dot, reached[i]};
    if (auto reshape = dyn_cast_or_null<ReshapeOp>(op))
      if (auto dot = withoutConverts(reshape.getOperand()).getDefiningOp<DotGeneralOp>();
          dot && splitsBatch(reshape.getOperand(), reached[i]))
        return {dot, reached[i]};
    if (op && Algebra::opens(op) && !isa<ReduceOp, CompositeOp>(op))
      for (Value operand : op->getOperands())
        if (!llvm::is_contained(reached, operand))
          reached.push_back(operand);
  }
  return {};
}

// A term's factor if it is but one, to the power of one.
const Atom *onlyFactor(const Algebra &a, const Term &term) {
  return term.factors.size() == 1 && term.factors[0].exponent == 1 ? &a.atom(term.factors[0].atom) : nullptr;
}

// Whether dims of a product stand in `whole` as they are but for the two last ones, which are swapped; false where all stand
// as they are, nullopt otherwise.
std::optional<bool> swapsLastDims(Value product, ArrayRef<int8_t> access, Value whole) {
  auto type = typeOf(product), to = typeOf(whole);
  const int64_t rank = type.getRank();
  for (bool isSwapped : {false, true}) {
    bool fits = to.getRank() == rank && rank >= 2;
    for (int64_t dim = 0; fits && dim < rank; ++dim) {
      int64_t place = isSwapped && dim >= rank - 2 ? 2 * rank - 3 - dim : dim;
      fits = (access[size_t(dim)] < 0 || access[size_t(dim)] == place) &&
             sameExpr(dimExpr(type, unsigned(dim)), dimExpr(to, unsigned(place)));
    }
    if (fits)
      return isSwapped;
  }
  return std::nullopt;
}

// value = scale * product, capped, plus masks; what selects hide is found on the way.
std::optional<Scores> readScores(Value value) {
  Scores scores;
  Value whole = value;
  // Where a select hides keys, before or after what is added.
  auto peel = [&](Value from) {
    from = withoutConverts(from);
    while (auto select = from.getDefiningOp<SelectOp>()) {
      bool hides = hidesAll(select.getOnTrue());
      if (scores.seen || (!hides && !hidesAll(select.getOnFalse())) || !haveSameDims(select.getPred(), from))
        return Value();
      scores.seen = maskFrom(select.getPred());
      scores.hides = hides;
      from = withoutConverts(hides ? select.getOnFalse() : select.getOnTrue());
    }
    return from;
  };
  value = peel(value);
  if (value && !productUnder(value).first) // a select beneath what is added
    if (auto add = value.getDefiningOp<AddOp>())
      for (unsigned side : {0, 1})
        if (Value inner = withoutConverts(add->getOperand(side)); inner.getDefiningOp<SelectOp>()) {
          scores.added.push_back(maskFrom(withoutConverts(add->getOperand(1 - side))));
          value = peel(inner);
          break;
        }
  if (value)
    std::tie(scores.dot, scores.product) = productUnder(value);
  if (!scores.dot || scores.dot->getBlock() != whole.getParentBlock())
    return std::nullopt;
  Value product = scores.product;
  Algebra a(product, product.getParentBlock());
  Poly form = a.evaluate(value);
  if (!form.isKnown || !haveSameDims(value, whole))
    return std::nullopt;
  bool isFound = false;
  for (const Term &term : form.terms) {
    const Atom *atom = onlyFactor(a, term);
    if (!atom)
      return std::nullopt;
    if (atom->kind == Atom::Kind::Leaf && atom->value != product) {
      if (term.coefficient != 1)
        return std::nullopt;
      scores.added.push_back({atom->value, atom->access});
      continue;
    }
    scores.scale = term.coefficient;
    if (atom->kind == Atom::Kind::Tanh) {
      scores.softcap = term.coefficient;
      if (atom->operand.terms.size() != 1 || !(atom = onlyFactor(a, atom->operand.terms[0])))
        return std::nullopt;
      scores.scale *= a.atom(term.factors[0].atom).operand.terms[0].coefficient;
    }
    if (atom->kind != Atom::Kind::Leaf || atom->value != product || isFound)
      return std::nullopt;
    std::optional<bool> isSwapped = swapsLastDims(product, atom->access, whole);
    if (!isSwapped)
      return std::nullopt;
    scores.isSwapped = *isSwapped;
    isFound = true;
  }
  return isFound && scores.added.size() <= 2 ? std::optional(scores) : std::nullopt;
}

// The dims of one side of a product by letter: batch dims as given, the free dim and the contracting one.
std::optional<Placed> placed(DotGeneralOp dot, bool isLeft, StringRef batch, char free, char contract) {
  DotDimsAttr dims = dot.getDims();
  ArrayRef<int64_t> batches = isLeft ? dims.getLhsBatch() : dims.getRhsBatch(),
                    contracts = isLeft ? dims.getLhsContract() : dims.getRhsContract();
  SmallVector<int64_t> frees = isLeft ? dot.getLhsFreeDims() : dot.getRhsFreeDims();
  if (batches.size() != batch.size() || contracts.size() != 1 || frees.size() != 1)
    return std::nullopt;
  Placed result{isLeft ? dot.getLhs() : dot.getRhs(), std::string(batch.size() + 2, ' ')};
  for (auto [letter, dim] : llvm::zip(batch, batches))
    result.layout[dim] = letter;
  result.layout[frees[0]] = free;
  result.layout[contracts[0]] = contract;
  return result;
}

// What is under a transpose or a conversion; nullopt under anything else.
std::optional<Placed> under(const Placed &side) {
  Operation *op = side.value.getDefiningOp();
  if (isa_and_nonnull<ConvertOp>(op) && Algebra::isView(op))
    return Placed{op->getOperand(0), side.layout};
  auto transpose = dyn_cast_or_null<TransposeOp>(op);
  if (!transpose)
    return std::nullopt;
  std::string layout = side.layout;
  for (auto [place, dim] : llvm::enumerate(transpose.getPermutation()))
    layout[dim] = side.layout[place];
  return Placed{transpose.getOperand(), layout};
}

// Takes what multiplies by numbers off a side of the product, with the transposes and conversions above it.
double takeScale(Placed &side) {
  double scale = 1;
  for (std::optional<Placed> at = side; at;) {
    Operation *op = at->value.getDefiningOp();
    if (!isa_and_nonnull<MultiplyOp, DivideOp>(op)) {
      at = under(*at);
      continue;
    }
    std::optional<double> right = numberOf(op->getOperand(1)), left = numberOf(op->getOperand(0));
    if (!right && (isa<DivideOp>(op) || !left))
      break;
    at->value = op->getOperand(right ? 0 : 1);
    scale = isa<DivideOp>(op) ? scale / *right : scale * (right ? *right : *left);
    side = *at;
  }
  return scale;
}

// Keys or values that are repeated for the query heads that share them, as they were before: each head next to itself.
void takeRepeat(Placed &side) {
  Placed at = side;
  while (std::optional<Placed> next = under(at))
    at = *next;
  auto merge = at.value.getDefiningOp<ReshapeOp>();
  auto broadcast = merge ? merge.getOperand().getDefiningOp<BroadcastInDimOp>() : nullptr;
  if (!broadcast || at.layout != "bhsd" || typeOf(broadcast.getResult()).getRank() != 5)
    return;
  auto to = typeOf(at.value), apart = typeOf(broadcast.getResult());
  for (auto [dim, from] : {std::pair<unsigned, unsigned>{0, 0}, {2, 3}, {3, 4}})
    if (!sameExpr(dimExpr(to, dim), dimExpr(apart, from)))
      return;
  Value few = broadcast.getOperand();
  SmallVector<int64_t> dims(broadcast.getBroadcastDimensions());
  if (auto split = few.getDefiningOp<ReshapeOp>();
      split && dims.size() == 5 && typeOf(few).getDimSize(2) == 1 && isIdentity(dims)) {
    few = split.getOperand();
    dims = {0, 1, 3, 4};
  }
  auto type = typeOf(few);
  if (type.getRank() != 4 || dims != SmallVector<int64_t>{0, 1, 3, 4})
    return;
  for (unsigned dim = 0; dim != 4; ++dim)
    if (!sameExpr(dimExpr(type, dim), dimExpr(apart, unsigned(dims[dim]))))
      return;
  side = {few, at.layout};
}

// The dims of a reshape's result by what is known of its operand's, or the other way round. Dims of size 1 are '1'; batch and
// heads may become one dim 'm' or be parted again. nullopt for any other reshape.
std::optional<std::string> reshaped(RankedTensorType from, StringRef layout, RankedTensorType to) {
  auto isUnit = [](RankedTensorType type, int64_t dim) { return type.getDimSize(dim) == 1; };
  std::string result;
  int64_t next = 0;
  auto skipUnits = [&] {
    while (next < from.getRank() && isUnit(from, next))
      ++next;
  };
  for (int64_t dim = 0; dim < to.getRank(); ++dim) {
    if (isUnit(to, dim)) {
      result += '1';
      continue;
    }
    skipUnits();
    if (next == from.getRank())
      return std::nullopt;
    AffineExpr here = dimExpr(from, unsigned(next)), there = dimExpr(to, unsigned(dim));
    if (sameExpr(here, there)) {
      result += layout[size_t(next++)];
    } else if (layout[size_t(next)] == 'b' && next + 1 < from.getRank() && layout[size_t(next) + 1] == 'h' &&
               sameExpr(simplifyExpr(here * dimExpr(from, unsigned(next + 1))), there)) {
      result += 'm';
      next += 2;
    } else if (layout[size_t(next)] == 'm' && dim + 1 < to.getRank() &&
               sameExpr(simplifyExpr(there * dimExpr(to, unsigned(dim + 1))), here)) {
      result += "bh";
      ++next;
      ++dim;
    } else {
      return std::nullopt;
    }
  }
  skipUnits();
  return next == from.getRank() ? std::optional(result) : std::nullopt;
}

bool areApart(StringRef layout) { return layout.size() == 4 && !layout.contains('1') && !layout.contains('m'); }

// A side of a product over merged batches as it was with batch and heads apart.
std::optional<Placed> apart(const Placed &side) {
  for (std::optional<Placed> at = side; at;) {
    if (areApart(at->layout))
      return at;
    auto reshape = at->value.getDefiningOp<ReshapeOp>();
    if (!reshape) {
      at = under(*at);
      continue;
    }
    std::optional<std::string> layout = reshaped(typeOf(at->value), at->layout, typeOf(reshape.getOperand()));
    at = layout ? std::optional(Placed{reshape.getOperand(), *layout}) : std::nullopt;
  }
  return std::nullopt;
}

// What an op that only names dims otherwise makes of a value.
std::optional<Placed> over(const Placed &at, Operation *user) {
  std::optional<std::string> layout;
  if (isa<ConvertOp>(user) && Algebra::isView(user)) {
    layout = at.layout;
  } else if (auto transpose = dyn_cast<TransposeOp>(user)) {
    layout.emplace();
    for (int64_t dim : transpose.getPermutation())
      *layout += at.layout[size_t(dim)];
  } else if (isa<ReshapeOp>(user)) {
    layout = reshaped(typeOf(at.value), at.layout, typeOf(user->getResult(0)));
  }
  return layout ? std::optional(Placed{user->getResult(0), *layout}) : std::nullopt;
}

// The product that weighs values, and the weights as it reads them.
std::pair<DotGeneralOp, Placed> weighing(const Placed &weights) {
  std::pair<DotGeneralOp, Placed> found;
  for (Operation *user : weights.value.getUsers()) {
    Placed at = weights;
    for (std::optional<Placed> next; !isa<DotGeneralOp>(user) && (next = over(at, user)) && next->value.hasOneUse();) {
      at = *next;
      user = *at.value.user_begin();
    }
    auto dot = dyn_cast<DotGeneralOp>(user);
    if (dot && (found.first || dot.getLhs() == dot.getRhs()))
      return {};
    if (dot)
      found = {dot, at};
  }
  return found;
}

// What a product over merged batches becomes with batch and heads apart.
std::optional<Placed> partedResult(Placed at) {
  while (!areApart(at.layout)) {
    std::optional<Placed> next = at.value.hasOneUse() ? over(at, *at.value.user_begin()) : std::nullopt;
    if (!next)
      return std::nullopt;
    at = *next;
  }
  return at;
}

} // namespace

std::optional<Match> matchAttention(CompositeOp softmax) {
  ArrayRef<int64_t> axes = softmax.getCompositeAttributes().getAs<DenseI64ArrayAttr>("axes").asArrayRef();
  Value weights = softmax.getOutputs().front();
  const int64_t rank = typeOf(weights).getRank();
  if (axes.size() != 1 || axes[0] < rank - 2 || rank < 2 || rank > 4)
    return std::nullopt;
  // Scores of queries by keys, or of keys by queries.
  const bool isTurned = axes[0] != rank - 1;
  const std::string batch = StringRef("bh").take_back(size_t(rank - 2)).str();
  auto [output, read] = weighing({weights, batch + (isTurned ? "ks" : "sk")});
  std::optional<Scores> scores = readScores(softmax.getInputs().front());
  if (!output || output->getBlock() != softmax->getBlock() || !scores)
    return std::nullopt;
  bool isMerged = scores->product != scores->dot.getResult();
  const std::string dotBatch = isMerged ? "m" : batch;
  const bool isLeft = output.getLhs() == read.value;
  std::optional<Placed> weight = placed(output, isLeft, dotBatch, 's', 'k'),
                        value = placed(output, !isLeft, dotBatch, 'd', 's'),
                        query = placed(scores->dot, isTurned == scores->isSwapped, dotBatch, 's', 'd'),
                        key = placed(scores->dot, isTurned != scores->isSwapped, dotBatch, 's', 'd');
  if (!weight || !value || !query || !key || weight->layout != read.layout)
    return std::nullopt;
  double scale = scores->scale * takeScale(*query) * takeScale(*key);
  Placed result{output.getResult(), dotBatch + (isLeft ? "sd" : "ds")};
  SmallVector<Mask, 2> masks = scores->added;
  if (scores->seen)
    masks.insert(masks.begin(), *scores->seen);
  if (masks.size() > 2)
    return std::nullopt;
  masks.resize(2);
  for (Mask &mask : masks)
    for (int8_t &dim : mask.access)
      if (isTurned && dim >= rank - 2)
        dim = int8_t(2 * rank - 3 - dim);
  std::optional<Placed> parts[] = {apart(*query), apart(*key), apart(*value), partedResult(result)};
  if (isMerged && llvm::all_of(parts, [](const std::optional<Placed> &part) { return part.has_value(); })) {
    std::tie(query, key, value, result) = std::tuple(parts[0], parts[1], parts[2], *parts[3]);
    scale *= takeScale(*query) * takeScale(*key);
  } else if (isMerged) {
    // All heads of all batches are the heads of one.
    for (Placed *side : {&*query, &*key, &*value, &result})
      llvm::replace(side->layout, 'm', 'h');
    for (Mask &mask : masks)
      for (int8_t &dim : mask.access) {
        if (dim == 0 || dim == 1)
          return std::nullopt;
        dim = int8_t(dim < 0 ? dim : dim - 1);
      }
  }
  takeRepeat(*key);
  takeRepeat(*value);

  Builder builder(softmax.getContext());
  SmallVector<NamedAttribute> attributes = {builder.getNamedAttr("scale", builder.getF64FloatAttr(double(float(scale))))};
  if (scores->softcap)
    attributes.push_back(builder.getNamedAttr("softcap", builder.getF64FloatAttr(double(float(*scores->softcap)))));
  if (scores->hides)
    attributes.push_back(builder.getNamedAttr("mask_hides", builder.getBoolAttr(true)));
  // Weights that others read too are a result.
  const bool isShown = !softmax.getOutputs().front().hasOneUse();
  if (isShown)
    attributes.push_back(builder.getNamedAttr("scores", builder.getStringAttr("weights")));
  for (auto [name, layout] : {std::pair<StringRef, StringRef>{"query_layout", query->layout},
                              {"key_layout", key->layout},
                              {"value_layout", value->layout},
                              {"output_layout", result.layout}})
    if (layout != "bhsd")
      attributes.push_back(builder.getNamedAttr(name, builder.getStringAttr(layout)));
  for (auto [name, mask] : {std::pair<StringRef, const Mask &>{"mask_dims", masks[0]}, {"bias_dims", masks[1]}})
    if (std::optional<SmallVector<int64_t>> dims =
            mask.value ? placeOf(mask.access, int64_t(result.layout.size())) : std::nullopt)
      attributes.push_back(builder.getNamedAttr(name, builder.getDenseI64ArrayAttr(*dims)));
  return Match{"attention",
               attributes,
               {query->value, key->value, value->value, masks[0].value, masks[1].value, Value()},
               result.value,
               isShown ? weights : Value()};
}

} // namespace ingot::raise
