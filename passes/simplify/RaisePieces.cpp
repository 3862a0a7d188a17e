// Functions of one element that are one expression above a number and another below it: elu, selu, celu, leaky_relu, prelu,
// thresholded_relu. However they are spelled (selects, maxima, magnitudes, products with truths), on one side of the number
// every comparison is decided and a plain expression is left.
#include "ir/TensorTypes.h"
#include "passes/simplify/RaiseMatch.h"

#include <cmath>

using namespace mlir;

namespace ingot::raise {

//===--- the algebra on one side ---------------------------------------------------------------------------------------===//

bool Algebra::mentionsX(const Poly &a) const {
  return llvm::any_of(a.terms, [&](const Term &term) {
    return llvm::any_of(term.factors, [&](const Factor &factor) {
      const Atom &atom = atoms[factor.atom];
      return atom.value == arguments.front() || mentionsX(atom.operand);
    });
  });
}

// Of factor * u(x) + offset, u being x or e^(k x), the sign is known where it has no root on this side.
std::optional<int> Algebra::signOf(const Poly &a) const {
  auto of = [](double value) { return value > 0 ? 1 : value < 0 ? -1 : 0; };
  if (std::optional<double> number = a.number())
    return of(*number);
  if (!a.isKnown || a.terms.size() > 2 || (side != Side::Above && side != Side::Below))
    return std::nullopt;
  double offset = 0;
  const Term *term = nullptr;
  for (const Term &each : a.terms)
    if (each.factors.empty())
      offset = each.coefficient;
    else if (each.factors.size() == 1 && !term)
      term = &each;
    else
      return std::nullopt;
  const Factor &factor = term->factors.front();
  const Atom &atom = atoms[factor.atom];
  double root = -offset / term->coefficient, slope = term->coefficient;
  const Poly &inner = atom.operand;
  const bool isOfX = inner.terms.size() == 1 && inner.terms.front().factors.size() == 1 &&
                     near(inner.terms.front().factors.front().exponent, 1) &&
                     atoms[inner.terms.front().factors.front().atom].value == arguments.front();
  if (atom.kind == Atom::Kind::Exp && isOfX) {
    double rate = factor.exponent * inner.terms.front().coefficient;
    slope *= rate;
    root = root > 0 ? std::log(root) / rate : rate > 0 ? -INFINITY : INFINITY;
  } else if (atom.value != arguments.front() || !near(factor.exponent, 1)) {
    return std::nullopt;
  }
  if (side == Side::Above)
    return root <= threshold ? std::optional(of(slope)) : std::nullopt;
  return root >= threshold ? std::optional(-of(slope)) : std::nullopt;
}

// The greater one, or with `sign` -1 the lesser one; NaN where one is.
Poly Algebra::greater(const Poly &a, const Poly &b, int sign) {
  if (!a.isKnown || !b.isKnown)
    return Poly::unknown();
  if (side == Side::Unordered)
    return mentionsX(a) ? a : b;
  std::optional<int> order = signOf(subtract(a, b));
  return !order ? Poly::unknown() : *order * sign >= 0 ? a : b;
}

// Whether x is read at the place of the value alone: what is decided there says nothing of other places.
bool Algebra::keepsPlace(const Poly &a) {
  if (!a.isKnown || !x().isKnown)
    return false;
  unsigned here = x().terms.front().factors.front().atom;
  return llvm::all_of(a.terms, [&](const Term &term) {
    return llvm::all_of(term.factors, [&](const Factor &factor) {
      const Atom &atom = atoms[factor.atom];
      return factor.atom == here || (atom.value != arguments.front() && keepsPlace(atom.operand));
    });
  });
}

//===--- what the pieces are -------------------------------------------------------------------------------------------===//

std::optional<Split> splitOf(Value x, const Split &split) {
  if (x == split.x)
    return split;
  Algebra a(x, x.getParentBlock());
  Poly form = a.evaluate(split.x);
  double slope = 0;
  for (const Term &term : form.terms)
    if (!term.factors.empty() && slope == 0)
      slope = term.coefficient;
  std::optional<double> offset = slope != 0 ? a.subtract(form, a.scaled(a.x(), slope)).number() : std::nullopt;
  return offset ? std::optional(Split{x, (split.threshold - *offset) / slope}) : std::nullopt;
}

namespace {

// The number that a term is times x, to the first power.
std::optional<double> multipleOfX(Algebra &a, const Poly &form) {
  return form.terms.size() == 1 && a.same(form, a.scaled(a.x(), form.terms[0].coefficient))
             ? std::optional(form.terms[0].coefficient)
             : std::nullopt;
}

// What x is multiplied by, where it is a tensor along the last dims.
Value slopeOf(Algebra &a, Value x, const Poly &form) {
  if (form.terms.size() != 1 || form.terms[0].factors.size() != 2 || !a.near(form.terms[0].coefficient, 1))
    return {};
  for (const Factor &factor : form.terms[0].factors) {
    const Atom *leaf = leafOf(a, factor);
    if (leaf && leaf->value != x && a.same(form, a.multiply(a.x(), a.leaf(leaf->value, leaf->access))))
      return placeOf(leaf->access, typeOf(x).getRank()) ? Value() : leaf->value;
  }
  return {};
}

// Of height * (e^(rate * x) - 1).
struct Tail {
  double height, rate;
};
std::optional<Tail> tailOf(Algebra &a, const Poly &form) {
  if (form.terms.size() != 2)
    return std::nullopt;
  for (const Term &term : form.terms) {
    if (term.factors.size() != 1 || a.atom(term.factors[0].atom).kind != Atom::Kind::Exp)
      continue;
    Tail tail{term.coefficient, term.factors[0].exponent};
    Poly spelled = a.scaled(a.add(a.exp(a.scaled(a.x(), tail.rate)), a.number(-1)), tail.height);
    if (a.same(form, spelled))
      return tail;
  }
  return std::nullopt;
}

} // namespace

Sides::Sides(const Split &split, Block *block)
    : split(split), above(split.x, block, Side::Above, split.threshold), at(split.x, block, Side::At, split.threshold),
      below(split.x, block, Side::Below, split.threshold), unordered(split.x, block, Side::Unordered, split.threshold) {}

std::optional<Match> matchPieces(Sides &sides, Value value) {
  Value x = sides.split.x;
  Poly high = sides.above.evaluate(value), low = sides.below.evaluate(value);
  std::optional<double> gamma = multipleOfX(sides.above, high);
  if (!gamma || !(*gamma > 0) || !low.isKnown || !haveSameDims(x, value) || sides.at.evaluate(value).number() != 0.0)
    return std::nullopt;
  const bool isPlain = sides.above.near(*gamma, 1), isAtZero = sides.split.threshold == 0;
  Builder builder(x.getContext());
  auto match = [&](StringRef name, ArrayRef<std::pair<StringRef, double>> numbers, Value slope = {}) {
    Match found{name, {}, {x}, value};
    for (auto [name, number] : numbers)
      found.attributes.push_back(builder.getNamedAttr(name, builder.getF64FloatAttr(asWritten(number))));
    if (slope)
      found.operands.push_back(slope);
    return found;
  };
  if (low.number() == 0.0 && isPlain && !isAtZero)
    return match("thresholded_relu", {{"alpha", sides.split.threshold}});
  Algebra &a = sides.below;
  if (!isAtZero || !sides.unordered.mentionsX(sides.unordered.evaluate(value)))
    return std::nullopt;
  if (std::optional<double> alpha = multipleOfX(a, low);
      alpha && isPlain && !a.near(std::fabs(*alpha), 1)) // of -1 it is |x|
    return match("leaky_relu", {{"alpha", *alpha}});
  if (Value slope = isPlain ? slopeOf(a, x, low) : Value())
    return match("prelu", {}, slope);
  std::optional<Tail> tail = tailOf(a, low);
  if (!tail)
    return std::nullopt;
  if (a.near(tail->rate, 1))
    return isPlain ? match("elu", {{"alpha", tail->height}})
                   : match("selu", {{"alpha", tail->height / *gamma}, {"gamma", *gamma}});
  if (isPlain && tail->height > 0 && a.near(tail->height * tail->rate, 1))
    return match("celu", {{"alpha", tail->height}});
  return std::nullopt;
}

} // namespace ingot::raise
