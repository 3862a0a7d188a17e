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
  DotGeneralOp product;
  double scale = 1;
  std::optional<double> softcap;
  std::optional<Mask> seen; // of i1
  bool hides = false;       // seen is true where a key is hidden
  SmallVector<Mask, 2> added;
};

// What stands for minus infinity in a mask.
bool hidesAll(Value value) {
  std::optional<double> number = numberOf(value);
  return number && *number <= -1e4;
}

// The product that a value is computed from by ops of the algebra, the nearest one.
DotGeneralOp productUnder(Value value) {
  SmallVector<Value> reached = {value};
  for (size_t i = 0; i < reached.size() && i < 24; ++i) {
    Operation *op = reached[i].getDefiningOp();
    if (auto dot = dyn_cast_or_null<DotGeneralOp>(op))
      return dot;
    if (op && Algebra::opens(op) && !isa<ReduceOp, CompositeOp>(op))
      for (Value operand : op->getOperands())
        if (!llvm::is_contained(reached, operand))
          reached.push_back(operand);
  }
  return nullptr;
}

// A term's factor if it is but one, to the power of one.
const Atom *onlyFactor(const Algebra &a, const Term &term) {
  return term.factors.size() == 1 && term.factors[0].exponent == 1 ? &a.atom(term.factors[0].atom) : nullptr;
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
  if (value && !productUnder(value)) // a select beneath what is added
    if (auto add = value.getDefiningOp<AddOp>())
      for (unsigned side : {0, 1})
        if (Value inner = withoutConverts(add->getOperand(side)); inner.getDefiningOp<SelectOp>()) {
          scores.added.push_back(maskFrom(withoutConverts(add->getOperand(1 - side))));
          value = peel(inner);
          break;
        }
  scores.product = value ? productUnder(value) : nullptr;
  if (!scores.product || scores.product->getBlock() != whole.getParentBlock())
    return std::nullopt;
  Value product = scores.product.getResult();
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
    // The scores are the product, dim by dim.
    bool isInPlace = atom->kind == Atom::Kind::Leaf && atom->value == product && haveSameDims(product, whole);
    for (auto [dim, variable] : llvm::enumerate(atom->access))
      isInPlace &= variable < 0 || variable == int8_t(dim);
    if (!isInPlace || isFound)
      return std::nullopt;
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

} // namespace

std::optional<Match> matchAttention(CompositeOp softmax) {
  ArrayRef<int64_t> axes = softmax.getCompositeAttributes().getAs<DenseI64ArrayAttr>("axes").asArrayRef();
  Value weights = softmax.getOutputs().front();
  const int64_t rank = typeOf(weights).getRank();
  if (axes != ArrayRef<int64_t>{rank - 1} || rank < 2 || rank > 4)
    return std::nullopt;
  StringRef batch = StringRef("bh").take_back(size_t(rank - 2));

  // What weighs the values.
  DotGeneralOp output;
  while (weights.hasOneUse() && !output) {
    Operation *user = *weights.user_begin();
    output = dyn_cast<DotGeneralOp>(user);
    if (isa<ConvertOp>(user) && Algebra::isView(user))
      weights = user->getResult(0);
    else if (!output)
      return std::nullopt;
  }
  if (!output || output->getBlock() != softmax->getBlock())
    return std::nullopt;
  const bool isLeft = output.getLhs() == weights;
  std::optional<Placed> weight = placed(output, isLeft, batch, 's', 'k'), value = placed(output, !isLeft, batch, 'd', 's');
  if (!weight || !value || weight->layout != (batch + "sk").str())
    return std::nullopt;

  std::optional<Scores> scores = readScores(softmax.getInputs().front());
  if (!scores)
    return std::nullopt;
  std::optional<Placed> query = placed(scores->product, true, batch, 's', 'd'),
                        key = placed(scores->product, false, batch, 's', 'd');
  if (!query || !key)
    return std::nullopt;
  double scale = scores->scale * takeScale(*query) * takeScale(*key);
  takeRepeat(*key);
  takeRepeat(*value);
  SmallVector<Mask, 2> masks = scores->added;
  if (scores->seen)
    masks.insert(masks.begin(), *scores->seen);
  if (masks.size() > 2)
    return std::nullopt;
  masks.resize(2);

  Builder builder(softmax.getContext());
  SmallVector<NamedAttribute> attributes = {builder.getNamedAttr("scale", builder.getF64FloatAttr(double(float(scale))))};
  if (scores->softcap)
    attributes.push_back(builder.getNamedAttr("softcap", builder.getF64FloatAttr(double(float(*scores->softcap)))));
  if (scores->hides)
    attributes.push_back(builder.getNamedAttr("mask_hides", builder.getBoolAttr(true)));
  std::string outputLayout = batch.str() + (isLeft ? "sd" : "ds");
  for (auto [name, layout] : {std::pair<StringRef, StringRef>{"query_layout", query->layout},
                              {"key_layout", key->layout},
                              {"value_layout", value->layout},
                              {"output_layout", outputLayout}})
    if (layout != "bhsd")
      attributes.push_back(builder.getNamedAttr(name, builder.getStringAttr(layout)));
  for (auto [name, mask] : {std::pair<StringRef, const Mask &>{"mask_dims", masks[0]}, {"bias_dims", masks[1]}})
    if (std::optional<SmallVector<int64_t>> dims = mask.value ? placeOf(mask.access, rank) : std::nullopt)
      attributes.push_back(builder.getNamedAttr(name, builder.getDenseI64ArrayAttr(*dims)));
  return Match{"attention",
               attributes,
               {query->value, key->value, value->value, masks[0].value, masks[1].value, Value()},
               output.getResult()};
}

} // namespace ingot::raise
