// The normal form of dim expressions: a polynomial over atoms. An atom is a size, or a division or remainder that stays
// opaque.
#include "ir/Types.h"
#include "llvm/ADT/Statistic.h"
#include "llvm/Support/MathExtras.h"

#include <map>
#include <vector>

using namespace mlir;

#define DEBUG_TYPE "ingot-ir"
ALWAYS_ENABLED_STATISTIC(NumExpanded, "Terms of dims that were brought to normal form");

namespace ingot {
namespace {

// Orders atoms: sizes by number, then divisions by their text.
struct Atom {
  std::string key;
  AffineExpr expr;
  bool operator<(const Atom &other) const { return key < other.key; }
  bool operator==(const Atom &other) const { return key == other.key; }
};
using Monomial = std::vector<Atom>; // sorted; empty is the constant term

// Longer monomials first, then by atoms, so that the constant comes last, as one writes it.
struct MonomialOrder {
  bool operator()(const Monomial &lhs, const Monomial &rhs) const {
    return lhs.size() != rhs.size() ? lhs.size() > rhs.size() : lhs < rhs;
  }
};

struct Polynomial {
  std::map<Monomial, int64_t, MonomialOrder> terms;
  bool overflow = false;

  void add(const Monomial &monomial, int64_t coefficient) {
    int64_t &sum = terms[monomial];
    overflow |= llvm::AddOverflow(sum, coefficient, sum);
    if (sum == 0)
      terms.erase(monomial);
  }
  int64_t constant() const {
    auto found = terms.find(Monomial());
    return found == terms.end() ? 0 : found->second;
  }
  bool isConstant() const { return terms.empty() || (terms.size() == 1 && terms.begin()->first.empty()); }
};

// Products of sums grow with every factor; expressions of more terms have no normal form.
constexpr size_t kMaxTerms = 1 << 12;

Polynomial expand(AffineExpr expr);

AffineExpr collapse(const Polynomial &polynomial, MLIRContext *context) {
  AffineExpr sum;
  for (const auto &[monomial, coefficient] : polynomial.terms) {
    AffineExpr product;
    for (const Atom &atom : monomial)
      product = product ? product * atom.expr : atom.expr;
    AffineExpr factor = getAffineConstantExpr(coefficient, context);
    product = product ? product * factor : factor;
    sum = sum ? sum + product : product;
  }
  return sum ? sum : getAffineConstantExpr(0, context);
}

void addAtom(Polynomial &polynomial, AffineExpr expr) {
  std::string key;
  llvm::raw_string_ostream stream(key);
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
    stream << "s" << std::to_string(1000000 + symbol.getPosition());
  else
    stream << "t" << expr;
  polynomial.add({Atom{key, expr}}, 1);
}

// floor(lhs / divisor) and lhs mod divisor for a constant divisor: what divides evenly leaves the division.
Polynomial divide(const Polynomial &lhs, int64_t divisor, bool wantsRemainder, MLIRContext *context) {
  Polynomial quotient, rest;
  quotient.overflow = lhs.overflow;
  for (const auto &[monomial, coefficient] : lhs.terms) {
    if (coefficient % divisor == 0) {
      quotient.add(monomial, coefficient / divisor);
    } else if (monomial.empty()) {
      quotient.add(monomial, llvm::divideFloorSigned(coefficient, divisor));
      rest.add(monomial, coefficient - llvm::divideFloorSigned(coefficient, divisor) * divisor);
    } else {
      rest.add(monomial, coefficient);
    }
  }
  if (rest.isConstant()) { // in [0, divisor)
    if (!wantsRemainder)
      return quotient;
    rest.overflow = lhs.overflow;
    return rest;
  }
  AffineExpr inner = collapse(rest, context);
  Polynomial result;
  if (!wantsRemainder)
    result = quotient;
  result.overflow |= lhs.overflow;
  AffineExpr opaque = wantsRemainder ? inner % divisor : inner.floorDiv(divisor);
  addAtom(result, opaque);
  return result;
}

Polynomial expand(AffineExpr expr) {
  ++NumExpanded;
  Polynomial result;
  if (auto constant = dyn_cast<AffineConstantExpr>(expr)) {
    if (constant.getValue())
      result.add({}, constant.getValue());
    return result;
  }
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary) {
    addAtom(result, expr);
    return result;
  }
  Polynomial lhs = expand(binary.getLHS()), rhs = expand(binary.getRHS());
  MLIRContext *context = expr.getContext();
  bool overflow = lhs.overflow || rhs.overflow;
  switch (expr.getKind()) {
  case AffineExprKind::Add:
    result = std::move(lhs);
    for (const auto &[monomial, coefficient] : rhs.terms)
      result.add(monomial, coefficient);
    break;
  case AffineExprKind::Mul:
    for (const auto &[left, leftCoefficient] : lhs.terms)
      for (const auto &[right, rightCoefficient] : rhs.terms) {
        int64_t product;
        overflow |= llvm::MulOverflow(leftCoefficient, rightCoefficient, product);
        Monomial monomial = left;
        monomial.insert(monomial.end(), right.begin(), right.end());
        llvm::sort(monomial);
        if (product)
          result.add(monomial, product);
        if (result.terms.size() > kMaxTerms) { // left as it is
          result.overflow = true;
          return result;
        }
      }
    break;
  default: {
    int64_t divisor = rhs.isConstant() ? rhs.constant() : 0;
    if (divisor <= 0) {
      AffineExpr left = collapse(lhs, context), right = collapse(rhs, context);
      addAtom(result, getAffineBinaryOpExpr(expr.getKind(), left, right));
      break;
    }
    if (expr.getKind() == AffineExprKind::CeilDiv) // ceil(a / c) = floor((a + c - 1) / c)
      lhs.add({}, divisor - 1);
    result = divide(lhs, divisor, expr.getKind() == AffineExprKind::Mod, context);
    break;
  }
  }
  result.overflow |= overflow;
  return result;
}

} // namespace

AffineExpr simplifyExpr(AffineExpr expr) {
  if (isa<AffineConstantExpr, AffineSymbolExpr>(expr))
    return expr;
  Polynomial polynomial = expand(expr);
  return polynomial.overflow ? expr : collapse(polynomial, expr.getContext());
}

bool sameExpr(AffineExpr lhs, AffineExpr rhs) {
  if (lhs == rhs || simplifyExpr(lhs) == simplifyExpr(rhs))
    return true;
  auto difference = dyn_cast<AffineConstantExpr>(simplifyExpr(lhs - rhs));
  return difference && difference.getValue() == 0;
}

} // namespace ingot
