#include "frontends/common/ExactDivision.h"

#include "ir/Types.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace ingot::frontend {

AffineExpr divideExactly(ArrayRef<AffineExpr> numerators, ArrayRef<AffineExpr> denominators, MLIRContext *context) {
  // Factors that stand on both sides cancel; the constants left over must divide.
  int64_t above = 1, below = 1;
  SmallVector<AffineExpr> rest;
  auto collect = [](auto &self, AffineExpr expr, int64_t &constant, SmallVectorImpl<AffineExpr> &factors) -> bool {
    if (auto number = dyn_cast<AffineConstantExpr>(expr))
      return !llvm::MulOverflow(constant, number.getValue(), constant);
    if (auto binary = dyn_cast<AffineBinaryOpExpr>(expr); binary && expr.getKind() == AffineExprKind::Mul)
      return self(self, binary.getLHS(), constant, factors) && self(self, binary.getRHS(), constant, factors);
    factors.push_back(expr);
    return true;
  };
  SmallVector<AffineExpr> divisors;
  for (AffineExpr numerator : numerators)
    if (!collect(collect, simplifyExpr(numerator), above, rest))
      return {};
  for (AffineExpr denominator : denominators)
    if (!collect(collect, simplifyExpr(denominator), below, divisors))
      return {};
  for (AffineExpr divisor : divisors) {
    auto *found = llvm::find(rest, divisor);
    if (found == rest.end())
      return {};
    rest.erase(found);
  }
  if (below == 0)
    return {};
  AffineExpr result = getAffineConstantExpr(above, context);
  for (AffineExpr factor : rest)
    result = result * factor;
  if (above % below == 0) {
    result = getAffineConstantExpr(above / below, context);
    for (AffineExpr factor : rest)
      result = result * factor;
    return simplifyExpr(result);
  }
  if (below < 0)
    return {};
  // The factors may still hold the divisor, as in (2 * s0 + 4) / 2.
  AffineExpr quotient = simplifyExpr(simplifyExpr(result).floorDiv(below));
  return simplifyExpr(quotient * below) == simplifyExpr(result) ? quotient : AffineExpr();
}

} // namespace ingot::frontend
