// Normalisations: layer_norm, rms_norm, instance_norm, group_norm, batch_norm.
#include "passes/simplify/RaiseMatch.h"

#include "ir/Composites.h"
#include "passes/Reorder.h"

#include <cmath>

using namespace mlir;

namespace ingot::raise {
namespace {

constexpr double kRoot = -0.5;
constexpr unsigned kMaxOpened = 6; // tensors looked behind for where a mean is subtracted

// What is under the root of the divisor; unknown if there is none.
Poly rootOf(const Algebra &a, const Poly &form) {
  for (const Term &term : form.terms)
    for (const Factor &factor : term.factors)
      if (factor.exponent == kRoot) {
        const Atom &atom = a.atom(factor.atom);
        Poly root;
        root.terms.push_back({1, {{factor.atom, 1}}});
        return atom.kind == Atom::Kind::Base ? atom.operand : root;
      }
  return Poly::unknown();
}

// epsilon of c * (mean + epsilon), `sum` being the sum that is a mean there.
std::optional<double> epsilonOf(Algebra &a, const Poly &root, const Poly &sum, const Poly &count) {
  Poly constant, share = Poly::unknown();
  for (const Term &term : root.terms) {
    Poly one;
    one.terms.push_back(term);
    bool isOfSum = false, isConstant = true;
    for (const Factor &factor : term.factors) {
      isConstant &= a.atom(factor.atom).kind == Atom::Kind::Extent;
      isOfSum |= factor.atom == sum.terms.front().factors.front().atom && factor.exponent == 1;
    }
    if (isOfSum)
      share = a.multiply(a.divide(one, sum), count);
    else if (isConstant)
      constant = one;
  }
  return a.divide(constant, share).number();
}

// The tensor beside x that scales the normalised value: at most one, in the terms where x is a factor. Null and true where
// there is none.
std::pair<const Atom *, bool> scaleOf(const Algebra &a, Value x, const Poly &form) {
  for (const Term &term : form.terms) {
    const Atom *scale = nullptr;
    unsigned leaves = 0;
    bool isOfX = false;
    for (const Factor &factor : term.factors)
      if (a.atom(factor.atom).kind == Atom::Kind::Leaf) {
        bool isX = a.atom(factor.atom).value == x;
        isOfX |= isX;
        leaves += !isX;
        scale = isX ? scale : leafOf(a, factor);
      }
    if (isOfX)
      return {scale, leaves == 0 || (leaves == 1 && scale)};
  }
  return {nullptr, false};
}

// The tensor that a sum's rest is; null if it is zero, nullopt if it is anything else.
std::optional<const Atom *> biasOf(const Algebra &a, const Poly &rest) {
  if (rest.isZero())
    return nullptr;
  if (!rest.isKnown || rest.terms.size() != 1 || rest.terms[0].coefficient != 1 || rest.terms[0].factors.size() != 1)
    return std::nullopt;
  const Atom *leaf = leafOf(a, rest.terms[0].factors[0]);
  return leaf ? std::optional(leaf) : std::nullopt;
}

// The elements of a tensor that stands along one dim at most.
bool isVector(const Atom *leaf) {
  return !leaf || llvm::count_if(leaf->access, [](int8_t variable) { return variable >= 0; }) <= 1;
}

NamedAttribute real(MLIRContext *context, StringRef name, double value) {
  Builder builder(context);
  return builder.getNamedAttr(name, builder.getF64FloatAttr(value));
}

} // namespace

std::optional<Match> matchNormalization(Algebra &a, Value x, Value value, const Poly &form) {
  if (!form.isKnown || !haveSameDims(x, value))
    return std::nullopt;
  Poly root = rootOf(a, form);
  if (!root.isKnown)
    return std::nullopt;
  SmallVector<int64_t> axes = summedDims(a, x, root);
  llvm::sort(axes);
  if (axes.empty())
    return std::nullopt;
  auto type = typeOf(x);
  const int64_t rank = type.getRank();
  AffineExpr count = getAffineConstantExpr(1, x.getContext());
  for (int64_t axis : axes)
    count = count * dimExpr(type, unsigned(axis));
  Poly square = a.power(a.x(), 2), mean = a.mean(a.x(), axes, type), meanSquare = a.mean(square, axes, type);
  std::optional<double> epsilon = epsilonOf(a, root, a.sum(square, axes, type), a.extent(count));
  auto [scale, isScaled] = scaleOf(a, x, form);
  if (!epsilon || *epsilon < 0 || !isScaled)
    return std::nullopt;
  for (bool isCentred : {true, false}) {
    Poly variance = isCentred ? a.subtract(meanSquare, a.multiply(mean, mean)) : meanSquare;
    Poly inverse = a.power(a.add(variance, a.number(*epsilon)), kRoot);
    Poly normal = a.multiply(isCentred ? a.subtract(a.x(), mean) : a.x(), inverse);
    if (scale)
      normal = a.multiply(normal, a.leaf(scale->value, scale->access));
    std::optional<const Atom *> bias = biasOf(a, a.subtract(form, normal));
    if (!bias || (*bias && (!isCentred || (*bias)->value == x)))
      continue;
    uint64_t along = (scale ? scale->variables : 0) | (*bias ? (*bias)->variables : 0);
    SmallVector<int64_t> afterChannels;
    for (int64_t dim = 2; dim < rank; ++dim)
      afterChannels.push_back(dim);
    NamedAttribute epsilonAttr = real(x.getContext(), "epsilon", asWritten(*epsilon));
    Value scaleValue = scale ? scale->value : Value(), biasValue = *bias ? (*bias)->value : Value();
    if (isCentred && along == 2 && axes == afterChannels && isVector(scale) && isVector(*bias))
      return Match{"instance_norm", {epsilonAttr}, {x, scaleValue, biasValue}, value};
    if (along & ~maskOf(axes))
      return std::nullopt;
    Builder builder(x.getContext());
    SmallVector<NamedAttribute> attributes = {builder.getNamedAttr("axes", builder.getDenseI64ArrayAttr(axes)), epsilonAttr};
    for (auto [name, leaf] : {std::pair<StringRef, const Atom *>{"scale_dims", scale}, {"bias_dims", *bias}})
      if (std::optional<SmallVector<int64_t>> dims = leaf ? placeOf(leaf->access, rank) : std::nullopt)
        attributes.push_back(builder.getNamedAttr(name, builder.getDenseI64ArrayAttr(*dims)));
    if (isCentred)
      return Match{"layer_norm", attributes, {x, scaleValue, biasValue}, value};
    return Match{"rms_norm", attributes, {x, scaleValue}, value};
  }
  return std::nullopt;
}

std::optional<Match> matchBatchNorm(Algebra &a, Value variance, Value value, const Poly &form) {
  Poly root = rootOf(a, form);
  if (!root.isKnown || root.terms.size() != 2)
    return std::nullopt;
  // variance + epsilon, times a number.
  const Term *constant = &root.terms[0], *varying = &root.terms[1];
  if (!constant->factors.empty())
    std::swap(constant, varying);
  const Atom *spread = varying->factors.size() == 1 ? leafOf(a, varying->factors[0]) : nullptr;
  if (!constant->factors.empty() || !spread || spread->value != variance || llvm::popcount(spread->variables) != 1)
    return std::nullopt;
  const double epsilon = constant->coefficient / varying->coefficient;
  const int64_t axis = llvm::countr_zero(spread->variables);

  // The terms of the divisor hold the input, or the mean.
  auto type = typeOf(value);
  SmallVector<const Atom *, 2> parts[2];
  size_t next = 0;
  for (const Term &term : form.terms) {
    if (llvm::none_of(term.factors, [](const Factor &factor) { return factor.exponent == kRoot; }))
      continue;
    if (next == 2)
      return std::nullopt;
    for (const Factor &factor : term.factors)
      if (factor.exponent != kRoot) {
        const Atom *leaf = leafOf(a, factor);
        if (!leaf)
          return std::nullopt;
        parts[next].push_back(leaf);
      }
    ++next;
  }
  // Where the mean is subtracted first, that is a tensor of its own until what it is computed from is looked at.
  SmallVector<Value, kMaxOpened> closed;
  if (next == 1)
    for (const Atom *leaf : parts[0])
      if (leaf->variables & ~spread->variables)
        closed.push_back(leaf->value);
  for (size_t i = 0; i < closed.size(); ++i) {
    Operation *def = closed[i].getDefiningOp();
    if (!def || def->getBlock() != value.getParentBlock() || !Algebra::opens(def))
      continue;
    for (Value operand : def->getOperands()) {
      Operation *view = operand.getDefiningOp();
      if (operand == variance || (view && Algebra::isView(view)) || closed.size() >= kMaxOpened)
        continue;
      Algebra wider({variance, operand}, value.getParentBlock());
      if (Poly opened = wider.evaluate(value); opened.isKnown && opened.terms.size() > form.terms.size())
        return matchBatchNorm(wider, variance, value, opened);
      closed.push_back(operand);
    }
  }
  const Atom *input = nullptr, *mean = nullptr, *scale = nullptr;
  for (size_t i : {0, 1})
    for (const Atom *leaf : parts[i]) {
      if (leaf->variables & ~spread->variables)
        input = leaf;
      else if (llvm::is_contained(parts[1 - i], leaf))
        scale = leaf;
      else
        mean = leaf;
    }
  if (next != 2 || epsilon < 0 || !input || !mean || !haveSameDims(input->value, value))
    return std::nullopt;
  Poly inverse = a.power(a.add(a.leaf(variance, spread->access), a.number(epsilon)), kRoot);
  Poly normal = a.multiply(a.subtract(a.leaf(input->value), a.leaf(mean->value, mean->access)), inverse);
  if (scale)
    normal = a.multiply(normal, a.leaf(scale->value, scale->access));
  std::optional<const Atom *> bias = biasOf(a, a.subtract(form, normal));
  auto isAlong = [&](const Atom *leaf) { return !leaf || (leaf->variables == spread->variables && isVector(leaf)); };
  if (!bias || !isAlong(scale) || !isAlong(*bias) || !isAlong(mean) || !isVector(spread) || type.getRank() < 2)
    return std::nullopt;
  SmallVector<NamedAttribute> attributes = {real(value.getContext(), "epsilon", asWritten(epsilon))};
  if (axis != 1)
    attributes.push_back(
        Builder(value.getContext()).getNamedAttr("axis", Builder(value.getContext()).getI64IntegerAttr(axis)));
  return Match{"batch_norm",
               attributes,
               {input->value, scale ? scale->value : Value(), *bias ? (*bias)->value : Value(), mean->value, variance},
               value};
}

//===--- groups --------------------------------------------------------------------------------------------------------===//

// Whether an affine part does nothing.
static bool isAbsentOr(CompositeOp op, StringRef role, double neutral) {
  Value operand = operandOf(op, role);
  return !operand || numberOf(operand) == neutral;
}

SmallVector<Match> matchGroupNorm(CompositeOp rows) {
  Value input = rows.getInputs().front(), normal = rows.getOutputs().front();
  auto type = typeOf(input);
  auto reshape = withoutConverts(input).getDefiningOp<ReshapeOp>();
  if (rows.getNumResults() != 1 || !reshape || type.getRank() < 3 || type.isDynamicDim(1) || !isAbsentOr(rows, "scale", 1) ||
      !isAbsentOr(rows, "bias", 0))
    return {};
  if (rows.getName() == "layer_norm") {
    ArrayRef<int64_t> axes = rows.getCompositeAttributes().getAs<DenseI64ArrayAttr>("axes").asArrayRef();
    if (int64_t(axes.size()) != type.getRank() - 2 || axes.front() != 2)
      return {};
  }
  Value x = reshape.getOperand();
  auto whole = typeOf(x);
  const int64_t groups = type.getDimSize(1);
  if (whole.getRank() < 2 || !sameExpr(dimExpr(whole, 0), dimExpr(type, 0)) || whole.isDynamicDim(1) || groups < 1 ||
      whole.getDimSize(1) % groups != 0)
    return {};
  // Back to the input's dims, through conversions.
  Value back = normal;
  while (back.hasOneUse() && !haveSameDims(back, x)) {
    Operation *user = *back.user_begin();
    if (!isa<ConvertOp, ReshapeOp>(user))
      return {};
    back = user->getResult(0);
  }
  if (!haveSameDims(back, x))
    return {};
  const SmallVector<NamedAttribute> attributes = {
      Builder(x.getContext()).getNamedAttr("groups", Builder(x.getContext()).getI64IntegerAttr(groups)),
      Builder(x.getContext()).getNamedAttr("epsilon", rows.getCompositeAttributes().get("epsilon"))};
  SmallVector<Match> matches = {{"group_norm", attributes, {x, Value(), Value()}, back}};
  // Scaled and shifted by the channel.
  Algebra a(back, back.getParentBlock());
  for (Value value = back; value.hasOneUse() && matches.size() < 6;) {
    Operation *user = *value.user_begin();
    if (!Algebra::opens(user) || user->getBlock() != back.getParentBlock() || !haveSameDims(user->getResult(0), x))
      break;
    value = user->getResult(0);
    Poly form = a.evaluate(value);
    auto [scale, isScaled] = scaleOf(a, back, form);
    Poly scaled = scale ? a.multiply(a.x(), a.leaf(scale->value, scale->access)) : a.x();
    std::optional<const Atom *> bias = isScaled ? biasOf(a, a.subtract(form, scaled)) : std::nullopt;
    if (!bias)
      continue;
    auto isChannels = [](const Atom *leaf) { return !leaf || (leaf->variables == 2 && isVector(leaf)); };
    if (isChannels(scale) && isChannels(*bias))
      matches.push_back(
          {"group_norm", attributes, {x, scale ? scale->value : Value(), *bias ? (*bias)->value : Value()}, value});
  }
  return matches;
}

} // namespace ingot::raise
