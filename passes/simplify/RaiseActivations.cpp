// Functions of one element, softmax and its logarithm.
#include "passes/simplify/RaiseMatch.h"

#include "passes/Reorder.h"

#include <cmath>

using namespace mlir;

namespace ingot::raise {

static Match matchOf(StringRef name, Value x, Value value, ArrayRef<NamedAttribute> attributes) {
  return {name, SmallVector<NamedAttribute>(attributes), {x}, value};
}

static NamedAttribute axesAttr(Value x, ArrayRef<int64_t> axes) {
  Builder builder(x.getContext());
  return builder.getNamedAttr("axes", builder.getDenseI64ArrayAttr(axes));
}

std::optional<Match> matchSoftmax(Algebra &a, Value x, Value value, const Poly &form) {
  if (form.terms.size() != 1 || form.terms.front().factors.size() != 2 || !haveSameDims(x, value))
    return std::nullopt;
  SmallVector<int64_t> axes = summedDims(a, x, form);
  if (axes.empty() || !a.same(form, a.divide(a.exp(a.x()), a.sum(a.exp(a.x()), axes, typeOf(x)))))
    return std::nullopt;
  return matchOf("softmax", x, value, axesAttr(x, axes));
}

std::optional<Match> matchLogSoftmax(Algebra &a, Value x, Value value, const Poly &form) {
  if (form.terms.size() != 2 || !haveSameDims(x, value))
    return std::nullopt;
  SmallVector<int64_t> axes = summedDims(a, x, form);
  if (axes.empty() || !a.same(form, a.subtract(a.x(), a.log(a.sum(a.exp(a.x()), axes, typeOf(x))))))
    return std::nullopt;
  return matchOf("log_softmax", x, value, axesAttr(x, axes));
}

//===--- functions of one element --------------------------------------------------------------------------------------===//

static Poly sigmoid(Algebra &a, const Poly &x) { return a.power(a.add(a.number(1), a.exp(a.scaled(x, -1))), -1); }

// sqrt(2 / pi) * (x + 0.044715 x^3)
static Poly tanhArgument(Algebra &a, const Poly &x) {
  return a.scaled(a.add(x, a.scaled(a.power(x, 3), 0.044715)), std::sqrt(2 / M_PI));
}

// x * (1 + inner) / 2
static Poly halfOf(Algebra &a, const Poly &x, const Poly &inner) {
  return a.scaled(a.multiply(x, a.add(a.number(1), inner)), 0.5);
}

namespace {
struct FunctionRow {
  StringLiteral name, approximate; // approximate: gelu's attribute
  Poly (*form)(Algebra &a, const Poly &x);
};
} // namespace

static const FunctionRow kFunctions[] = {
    {"gelu", "none",
     [](Algebra &a, const Poly &x) { return halfOf(a, x, a.odd(Atom::Kind::Erf, a.scaled(x, std::sqrt(0.5)))); }},
    {"gelu", "tanh", [](Algebra &a, const Poly &x) { return halfOf(a, x, a.odd(Atom::Kind::Tanh, tanhArgument(a, x))); }},
    {"gelu", "tanh", [](Algebra &a, const Poly &x) { return a.multiply(x, sigmoid(a, a.scaled(tanhArgument(a, x), 2))); }},
    {"gelu", "sigmoid", [](Algebra &a, const Poly &x) { return a.multiply(x, sigmoid(a, a.scaled(x, 1.702))); }},
    {"softplus", "", [](Algebra &a, const Poly &x) { return a.log(a.add(a.number(1), a.exp(x))); }},
    {"softsign", "", [](Algebra &a, const Poly &x) { return a.divide(x, a.add(a.number(1), a.abs(x))); }},
    {"mish", "",
     [](Algebra &a, const Poly &x) { return a.multiply(x, a.odd(Atom::Kind::Tanh, a.log(a.add(a.number(1), a.exp(x))))); }},
    {"hard_swish", "",
     [](Algebra &a, const Poly &x) { return a.multiply(x, a.clamp(a.add(a.scaled(x, 1.0 / 6), a.number(0.5)), 0, 1)); }},
};

// alpha of x / (1 + e^(-alpha x)), which has the form x e^(alpha x) / (1 + e^(alpha x)).
static std::optional<double> swishFactor(Algebra &a, const Poly &form) {
  if (form.terms.size() != 1)
    return std::nullopt;
  std::optional<double> alpha;
  for (const Factor &factor : form.terms.front().factors)
    if (a.atom(factor.atom).kind == Atom::Kind::Exp)
      alpha = factor.exponent;
  // Of a negative alpha the other form is left: x / (1 + e^(|alpha| x)).
  return alpha && a.same(form, a.multiply(a.x(), sigmoid(a, a.scaled(a.x(), *alpha)))) ? alpha : std::nullopt;
}

// alpha and beta of alpha * x + beta within 0 and 1, where it is more than x or x * alpha there.
static std::optional<std::pair<double, double>> hardSigmoidLine(Algebra &a, const Poly &form) {
  for (const Term &term : form.terms) {
    if (term.factors.size() != 1 || term.factors[0].exponent != 1 || a.atom(term.factors[0].atom).kind != Atom::Kind::Clamp)
      continue;
    const Atom &clamp = a.atom(term.factors[0].atom);
    double alpha = term.coefficient, beta = -alpha * clamp.low;
    if (std::isfinite(beta) && std::fabs(beta) > 1e-6 && !a.near(alpha, 1) &&
        a.same(form, a.clamp(a.add(a.scaled(a.x(), alpha), a.number(beta)), 0, 1)))
      return std::pair(alpha, beta);
  }
  return std::nullopt;
}

std::optional<Match> matchActivation(Algebra &a, Value x, Value value, const Poly &form) {
  if (!haveSameDims(x, value))
    return std::nullopt;
  Builder builder(x.getContext());
  auto real = [&](StringRef name, double number) {
    return builder.getNamedAttr(name, builder.getF64FloatAttr(asWritten(number)));
  };
  for (const FunctionRow &row : kFunctions) {
    if (!a.same(form, row.form(a, a.x())))
      continue;
    SmallVector<NamedAttribute> attributes;
    if (!row.approximate.empty())
      attributes.push_back(builder.getNamedAttr("approximate", builder.getStringAttr(row.approximate)));
    return matchOf(row.name, x, value, attributes);
  }
  if (std::optional<double> alpha = swishFactor(a, form))
    return matchOf("swish", x, value, real("alpha", *alpha));
  if (auto line = hardSigmoidLine(a, form))
    return matchOf("hard_sigmoid", x, value, {real("alpha", line->first), real("beta", line->second)});
  return std::nullopt;
}

} // namespace ingot::raise
