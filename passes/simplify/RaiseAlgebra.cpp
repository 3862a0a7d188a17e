#include "passes/simplify/RaiseAlgebra.h"

#include <cmath>
#include <map>
#include <numeric>

using namespace mlir;

namespace ingot::raise {
namespace {

constexpr size_t kMaxTerms = 16;
constexpr unsigned kBoundPerDepth = 8, kMaxDepth = 6;

bool isInteger(double value) { return std::fabs(value - std::round(value)) < 1e-6; }
bool isEven(double value) { return isInteger(value) && std::fmod(std::fabs(std::round(value)), 2) == 0; }

} // namespace

std::optional<double> Poly::number() const {
  if (!isKnown || terms.size() > 1 || (terms.size() == 1 && !terms.front().factors.empty()))
    return std::nullopt;
  return terms.empty() ? 0 : terms.front().coefficient;
}

//===--- polynomials ---------------------------------------------------------------------------------------------------===//

bool Algebra::near(double a, double b) const {
  return a == b || (std::isfinite(a - b) && std::fabs(a - b) <= tolerance * std::max(std::fabs(a), std::fabs(b)));
}

int Algebra::compare(ArrayRef<Factor> a, ArrayRef<Factor> b) const {
  for (auto [left, right] : llvm::zip(a, b)) {
    if (left.atom != right.atom)
      return left.atom < right.atom ? -1 : 1;
    if (!near(left.exponent, right.exponent))
      return left.exponent < right.exponent ? -1 : 1;
  }
  return a.size() == b.size() ? 0 : a.size() < b.size() ? -1 : 1;
}

bool Algebra::same(const Poly &a, const Poly &b) const {
  return a.isKnown && b.isKnown && a.terms.size() == b.terms.size() &&
         llvm::all_of(llvm::zip(a.terms, b.terms), [&](auto pair) {
           auto &[left, right] = pair;
           return near(left.coefficient, right.coefficient) && compare(left.factors, right.factors) == 0;
         });
}

uint64_t Algebra::variablesOf(const Poly &poly) const {
  uint64_t mask = 0;
  for (const Term &term : poly.terms)
    for (const Factor &factor : term.factors)
      mask |= atoms[factor.atom].variables;
  return mask;
}

unsigned Algebra::depthOf(const Poly &poly) const {
  unsigned depth = 0;
  for (const Term &term : poly.terms)
    for (const Factor &factor : term.factors)
      depth = std::max(depth, atoms[factor.atom].depth);
  return depth;
}

Poly Algebra::number(double value) const {
  if (!std::isfinite(value))
    return Poly::unknown();
  Poly result;
  if (value != 0)
    result.terms.push_back({value, {}});
  return result;
}

Poly Algebra::single(double coefficient, SmallVector<Factor, 4> factors) {
  Poly result = number(coefficient);
  if (!result.terms.empty())
    result.terms.front().factors = std::move(factors);
  return result;
}

Poly Algebra::scaled(const Poly &a, double factor) const {
  if (factor == 0 && a.isKnown)
    return {};
  Poly result = a;
  for (Term &term : result.terms)
    term.coefficient *= factor;
  return result;
}

Poly Algebra::add(const Poly &a, const Poly &b) const {
  Poly result;
  if (!a.isKnown || !b.isKnown)
    return Poly::unknown();
  const auto *left = a.terms.begin(), *right = b.terms.begin();
  while (left != a.terms.end() || right != b.terms.end()) {
    int order = left == a.terms.end() ? 1 : right == b.terms.end() ? -1 : compare(left->factors, right->factors);
    if (order < 0) {
      result.terms.push_back(*left++);
    } else if (order > 0) {
      result.terms.push_back(*right++);
    } else {
      // What should cancel leaves what the constants were rounded by.
      if (!near(left->coefficient, -right->coefficient))
        result.terms.push_back({left->coefficient + right->coefficient, left->factors});
      ++left, ++right;
    }
  }
  return result.terms.size() > kMaxTerms ? Poly::unknown() : result;
}

// Atoms that stand for a sum are opened where their power is a whole number of it.
Poly Algebra::product(const Term &a, const Term &b) {
  SmallVector<Factor, 4> factors;
  Poly opened = number(1);
  auto put = [&](unsigned atom, double exponent) {
    if (std::fabs(exponent) < 1e-9)
      return;
    if (atoms[atom].kind == Atom::Kind::Base && isInteger(exponent) && exponent > 0.5 && exponent < 4.5) {
      Poly base = atoms[atom].operand;
      for (int i = 0, n = int(std::round(exponent)); i != n; ++i)
        opened = multiply(opened, base);
      return;
    }
    factors.push_back({atom, isInteger(exponent) ? std::round(exponent) : exponent});
  };
  const auto *left = a.factors.begin(), *right = b.factors.begin();
  while (left != a.factors.end() || right != b.factors.end()) {
    if (right == b.factors.end() || (left != a.factors.end() && left->atom < right->atom)) {
      put(left->atom, left->exponent);
      ++left;
    } else if (left == a.factors.end() || right->atom < left->atom) {
      put(right->atom, right->exponent);
      ++right;
    } else {
      put(left->atom, left->exponent + right->exponent);
      ++left, ++right;
    }
  }
  Poly result = single(a.coefficient * b.coefficient, std::move(factors));
  return opened.number() == 1 ? result : multiply(result, opened);
}

Poly Algebra::multiply(const Poly &a, const Poly &b) {
  if (!a.isKnown || !b.isKnown || a.terms.size() * b.terms.size() > 4 * kMaxTerms)
    return Poly::unknown();
  Poly result;
  for (const Term &left : a.terms)
    for (const Term &right : b.terms)
      result = add(result, product(left, right));
  return result;
}

bool Algebra::isPositive(unsigned index) const {
  const Atom &atom = atoms[index];
  if (atom.kind == Atom::Kind::Exp || atom.kind == Atom::Kind::Extent)
    return true;
  auto isPositiveTerm = [&](const Term &term) {
    return term.coefficient > 0 && llvm::all_of(term.factors, [&](const Factor &factor) {
             return isPositive(factor.atom) || isEven(factor.exponent);
           });
  };
  return (atom.kind == Atom::Kind::Sum || atom.kind == Atom::Kind::Base) && llvm::all_of(atom.operand.terms, isPositiveTerm);
}

Algebra::Content Algebra::contentOf(const Poly &a, bool keepsSigns) const {
  std::map<unsigned, std::pair<double, size_t>> least; // by atom: exponent, terms that have it
  for (const Term &term : a.terms)
    for (const Factor &factor : term.factors) {
      auto [it, isNew] = least.try_emplace(factor.atom, factor.exponent, 0);
      it->second.first = std::min(it->second.first, factor.exponent);
      ++it->second.second;
    }
  Content content{{a.terms.front().coefficient, {}}, {}};
  if (keepsSigns)
    content.common.coefficient = std::fabs(content.common.coefficient);
  for (auto &[atom, entry] : least) {
    double exponent = entry.second < a.terms.size() ? std::min(entry.first, 0.0) : entry.first;
    if (exponent != 0 && (!keepsSigns || isPositive(atom)))
      content.common.factors.push_back({atom, exponent});
  }
  for (const Term &term : a.terms) {
    Term rest{term.coefficient / content.common.coefficient, {}};
    const auto *common = content.common.factors.begin(), *end = content.common.factors.end();
    auto put = [&](unsigned atom, double exponent) {
      if (std::fabs(exponent) >= 1e-9)
        rest.factors.push_back({atom, exponent});
    };
    for (const Factor &factor : term.factors) {
      for (; common != end && common->atom < factor.atom; ++common)
        put(common->atom, -common->exponent);
      bool shared = common != end && common->atom == factor.atom;
      put(factor.atom, factor.exponent - (shared ? common->exponent : 0));
      common += shared;
    }
    for (; common != end; ++common)
      put(common->atom, -common->exponent);
    Poly one;
    one.terms.push_back(std::move(rest));
    content.rest = add(content.rest, one);
  }
  return content;
}

Poly Algebra::power(const Poly &base, double exponent) {
  if (!base.isKnown || !std::isfinite(exponent))
    return Poly::unknown();
  if (exponent == 0)
    return number(1);
  if (base.terms.empty())
    return exponent > 0 ? base : Poly::unknown();
  const bool isWhole = isInteger(exponent);
  if (base.terms.size() == 1) {
    const Term &term = base.terms.front();
    // The root of x^2 is |x|.
    bool isPlain = isWhole || (term.coefficient > 0 && llvm::none_of(term.factors, [&](const Factor &factor) {
                                 return isEven(factor.exponent) && !isPositive(factor.atom);
                               }));
    if (isPlain) {
      Term result{std::pow(term.coefficient, exponent), {}};
      if (!std::isfinite(result.coefficient) || result.coefficient == 0)
        return Poly::unknown();
      for (const Factor &factor : term.factors)
        result.factors.push_back({factor.atom, factor.exponent * exponent});
      return product(result, {1, {}});
    }
  } else if (isWhole && exponent > 0 && exponent < 4.5) {
    Poly result = base;
    for (int i = 1, n = int(std::round(exponent)); i != n; ++i)
      result = multiply(result, base);
    return result;
  }
  Content content = contentOf(base, /*keepsSigns=*/!isWhole);
  if (!content.rest.isKnown || content.rest.terms.empty())
    return Poly::unknown();
  Term common{std::pow(content.common.coefficient, exponent), {}};
  if (!std::isfinite(common.coefficient) || common.coefficient == 0)
    return Poly::unknown();
  for (const Factor &factor : content.common.factors)
    common.factors.push_back({factor.atom, factor.exponent * exponent});
  Poly rest = intern({Atom::Kind::Base, content.rest});
  if (!rest.isKnown)
    return rest;
  rest.terms.front().factors.front().exponent = exponent;
  Poly result;
  result.terms.push_back(std::move(common));
  return multiply(result, rest);
}

//===--- atoms ---------------------------------------------------------------------------------------------------------===//

Poly Algebra::intern(Atom atom) {
  if (!atom.operand.isKnown)
    return Poly::unknown();
  unsigned inner = depthOf(atom.operand);
  const bool binds = atom.kind == Atom::Kind::Sum || atom.kind == Atom::Kind::Max;
  atom.depth = inner + binds;
  if (atom.depth >= kMaxDepth)
    return Poly::unknown();
  atom.variables |= variablesOf(atom.operand);
  if (binds)
    for (size_t i = 0; i != atom.extents.size(); ++i)
      atom.variables &= ~(uint64_t(1) << (kFirstBound + kBoundPerDepth * inner + i));
  unsigned index = 0;
  for (const Atom &other : atoms) {
    if (other.kind == atom.kind && other.value == atom.value && other.access == atom.access && other.extent == atom.extent &&
        near(other.low, atom.low) && near(other.high, atom.high) && other.extents == atom.extents &&
        same(other.operand, atom.operand))
      break;
    ++index;
  }
  if (index == atoms.size())
    atoms.push_back(std::move(atom));
  return single(1, {{index, 1}});
}

Poly Algebra::leaf(Value value, ArrayRef<int8_t> access) {
  Atom atom{Atom::Kind::Leaf, {}};
  atom.value = value;
  atom.access.assign(access.begin(), access.end());
  for (int8_t variable : access)
    if (variable >= 0)
      atom.variables |= uint64_t(1) << variable;
  return intern(std::move(atom));
}

Poly Algebra::leaf(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getRank() > kFirstBound)
    return Poly::unknown();
  SmallVector<int8_t> access;
  for (int64_t dim = 0; dim < type.getRank(); ++dim)
    access.push_back(type.getDimSize(dim) == 1 ? -1 : int8_t(dim));
  return leaf(value, access);
}

Poly Algebra::extent(AffineExpr expr) {
  expr = simplifyExpr(expr);
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return number(double(constant.getValue()));
  if (auto product = dyn_cast<AffineBinaryOpExpr>(expr); product && product.getKind() == AffineExprKind::Mul)
    return multiply(extent(product.getLHS()), extent(product.getRHS()));
  Atom atom{Atom::Kind::Extent, {}};
  atom.extent = expr;
  return intern(std::move(atom));
}

Poly Algebra::exp(const Poly &a) {
  if (!a.isKnown)
    return a;
  Poly result = number(1);
  for (const Term &term : a.terms) {
    if (term.factors.empty()) {
      result = multiply(result, number(std::exp(term.coefficient)));
      continue;
    }
    const Factor &first = term.factors.front();
    if (term.factors.size() == 1 && first.exponent == 1 && atoms[first.atom].kind == Atom::Kind::Log) {
      Poly inner = atoms[first.atom].operand;
      result = multiply(result, power(inner, term.coefficient));
      continue;
    }
    Poly one;
    one.terms.push_back({1, term.factors});
    Poly atom = intern({Atom::Kind::Exp, one});
    result = multiply(result, power(atom, term.coefficient));
  }
  return result;
}

Poly Algebra::log(const Poly &a) {
  if (!a.isKnown || a.terms.empty())
    return Poly::unknown();
  Content content = contentOf(a, /*keepsSigns=*/true);
  Poly result = number(std::log(content.common.coefficient));
  for (const Factor &factor : content.common.factors) {
    Poly part;
    if (atoms[factor.atom].kind == Atom::Kind::Exp)
      part = atoms[factor.atom].operand;
    else if (atoms[factor.atom].kind == Atom::Kind::Base)
      part = log(Poly(atoms[factor.atom].operand));
    else
      part = intern({Atom::Kind::Log, single(1, {{factor.atom, 1}})});
    result = add(result, scaled(part, factor.exponent));
  }
  if (!content.rest.isKnown || content.rest.number() == 1)
    return content.rest.isKnown ? result : Poly::unknown();
  // ln(1 + e^|q|) is ln(1 + e^q) + |q| - max(q, 0): the form of it that cannot overflow is seen through.
  const auto &terms = content.rest.terms;
  if (terms.size() == 2 && terms[0].factors.empty() && near(terms[0].coefficient, terms[1].coefficient) &&
      terms[1].factors.size() == 1 && near(terms[1].factors[0].exponent, 1) &&
      atoms[terms[1].factors[0].atom].kind == Atom::Kind::Exp) {
    Poly magnitude = atoms[terms[1].factors[0].atom].operand;
    const Term &inner = magnitude.terms.front();
    if (inner.factors.size() == 1 && near(inner.factors[0].exponent, 1) &&
        atoms[inner.factors[0].atom].kind == Atom::Kind::Abs) {
      Poly q = atoms[inner.factors[0].atom].operand;
      Poly rest = add(softplus(q), subtract(magnitude, clamp(q, 0, INFINITY)));
      return add(result, rest);
    }
  }
  return add(result, intern({Atom::Kind::Log, content.rest}));
}

Poly Algebra::odd(Atom::Kind kind, const Poly &a) {
  if (!a.isKnown || a.terms.empty())
    return a;
  const bool isNegative = a.terms.front().coefficient < 0;
  return scaled(intern({kind, scaled(a, isNegative ? -1 : 1)}), isNegative ? -1 : 1);
}

Poly Algebra::abs(const Poly &a) {
  if (!a.isKnown || a.terms.empty())
    return a;
  double first = a.terms.front().coefficient;
  return scaled(intern({Atom::Kind::Abs, scaled(a, 1 / first)}), std::fabs(first));
}

Poly Algebra::clamp(const Poly &a, double low, double high) {
  if (!a.isKnown || a.number() || !(low < high))
    return Poly::unknown();
  double offset = 0;
  Poly rest;
  for (const Term &term : a.terms) {
    if (term.factors.empty())
      offset = term.coefficient;
    else
      rest.terms.push_back(term);
  }
  double factor = rest.terms.front().coefficient;
  low = (low - offset) / factor;
  high = (high - offset) / factor;
  if (factor < 0)
    std::swap(low, high);
  rest = scaled(rest, 1 / factor);
  const Term &first = rest.terms.front();
  if (rest.terms.size() == 1 && first.factors.size() == 1 && near(first.factors[0].exponent, 1)) {
    const Atom &inner = atoms[first.factors[0].atom];
    if (inner.kind == Atom::Kind::Clamp) {
      low = std::max(low, inner.low);
      high = std::min(high, inner.high);
      rest = Poly(inner.operand);
    }
  }
  if (!(low < high))
    return Poly::unknown();
  Atom atom{Atom::Kind::Clamp, rest};
  atom.low = low;
  atom.high = high;
  return add(scaled(intern(std::move(atom)), factor), number(offset));
}

//===--- indices -------------------------------------------------------------------------------------------------------===//

Poly Algebra::renamed(const Poly &a, ArrayRef<int8_t> variables) {
  auto changes = [&](uint64_t mask) {
    for (size_t i = 0; i != variables.size(); ++i)
      if ((mask >> i & 1) && variables[i] != int8_t(i))
        return true;
    return false;
  };
  if (!a.isKnown || !changes(variablesOf(a)))
    return a;
  Poly result;
  for (const Term &term : a.terms) {
    Poly product = number(term.coefficient);
    for (const Factor &factor : term.factors) {
      Poly one = single(1, {{factor.atom, 1}});
      if (changes(atoms[factor.atom].variables)) {
        Atom copy = atoms[factor.atom];
        copy.variables = 0;
        for (int8_t &variable : copy.access) {
          if (variable >= 0 && size_t(variable) < variables.size())
            variable = variables[variable];
          if (variable >= 0)
            copy.variables |= uint64_t(1) << variable;
        }
        copy.operand = renamed(copy.operand, variables);
        one = intern(std::move(copy));
      }
      if (!one.isKnown)
        return one;
      one.terms.front().factors.front().exponent = factor.exponent;
      product = multiply(product, one);
    }
    result = add(result, product);
  }
  return result;
}

void Algebra::orderOf(const Poly &a, uint64_t mask, SmallVectorImpl<int8_t> &variables) const {
  for (const Term &term : a.terms)
    for (const Factor &factor : term.factors) {
      const Atom &atom = atoms[factor.atom];
      for (int8_t variable : atom.access)
        if (variable >= 0 && (mask >> variable & 1) && !llvm::is_contained(variables, variable))
          variables.push_back(variable);
      if (atom.variables & mask)
        orderOf(atom.operand, mask, variables);
    }
}

Poly Algebra::bound(Atom::Kind kind, Poly operand, ArrayRef<int64_t> dims, RankedTensorType type) {
  llvm::SmallDenseMap<int8_t, AffineExpr> extents;
  uint64_t mask = 0, used = variablesOf(operand);
  auto take = [&](unsigned variable, AffineExpr extent) {
    extents[int8_t(variable)] = extent;
    mask |= uint64_t(1) << variable;
  };
  for (int64_t dim : dims)
    if (used >> dim & 1)
      take(unsigned(dim), dimExpr(type, unsigned(dim)));
  // A sum of sums is one.
  const Term &only = operand.terms.front();
  if (kind == Atom::Kind::Sum && only.factors.size() == 1 && near(only.factors[0].exponent, 1) &&
      atoms[only.factors[0].atom].kind == kind) {
    const Atom &inner = atoms[only.factors[0].atom];
    for (auto [place, extent] : llvm::enumerate(inner.extents))
      take(kFirstBound + kBoundPerDepth * depthOf(inner.operand) + unsigned(place), extent);
    operand = Poly(inner.operand);
  }
  // Names go by where the variables stand, whatever was summed first.
  SmallVector<int8_t> order, names(64);
  orderOf(operand, mask, order);
  if (order.size() > kBoundPerDepth)
    return Poly::unknown();
  std::iota(names.begin(), names.end(), int8_t(0));
  Atom atom{kind, {}};
  for (auto [place, variable] : llvm::enumerate(order)) {
    names[variable] = int8_t(kFirstBound + kBoundPerDepth * depthOf(operand) + place);
    atom.extents.push_back(extents.lookup(variable));
  }
  atom.operand = renamed(operand, names);
  return intern(std::move(atom));
}

Poly Algebra::sum(const Poly &a, ArrayRef<int64_t> dims, RankedTensorType type) {
  if (!a.isKnown)
    return a;
  const uint64_t mask = maskOf(dims);
  Poly result;
  for (const Term &term : a.terms) {
    Term outside{term.coefficient, {}};
    Poly inside;
    inside.terms.push_back({1, {}});
    for (const Factor &factor : term.factors)
      (atoms[factor.atom].variables & mask ? inside.terms.front().factors : outside.factors).push_back(factor);
    // Dims the term does not depend on are counted.
    uint64_t used = variablesOf(inside);
    AffineExpr count = getAffineConstantExpr(1, type.getContext());
    for (int64_t dim : dims)
      if (!(used >> dim & 1))
        count = count * dimExpr(type, unsigned(dim));
    Poly one;
    one.terms.push_back(std::move(outside));
    one = multiply(one, extent(count));
    if (used & mask)
      one = multiply(one, bound(Atom::Kind::Sum, inside, dims, type));
    result = add(result, one);
  }
  return result;
}

Poly Algebra::mean(const Poly &a, ArrayRef<int64_t> dims, RankedTensorType type) {
  AffineExpr count = getAffineConstantExpr(1, type.getContext());
  for (int64_t dim : dims)
    count = count * dimExpr(type, unsigned(dim));
  return divide(sum(a, dims, type), extent(count));
}

Poly Algebra::max(const Poly &a, ArrayRef<int64_t> dims, RankedTensorType type) {
  if (!a.isKnown || !(variablesOf(a) & maskOf(dims)))
    return a;
  return bound(Atom::Kind::Max, a, dims, type);
}

} // namespace ingot::raise
