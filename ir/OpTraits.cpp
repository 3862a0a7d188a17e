#include "ir/OpTraits.h"
#include "ir/Dialect.h"
#include "ir/Types.h"

#include <algorithm>

using namespace mlir;

namespace ingot {

Making makingOf(Operation *op) {
  auto made = dyn_cast<MadeInterface>(op);
  return made ? made.getMaking() : Making::Never;
}

CostClass costClassOf(Operation *op) {
  auto made = dyn_cast<MadeInterface>(op);
  return made ? made.getCostClass() : CostClass::Free;
}

bool isStaged(Operation *op) {
  switch (makingOf(op)) {
  case Making::Reduction:
  case Making::Window:
  case Making::Contraction:
  case Making::Whole:
  case Making::Decomposed:
    return true;
  case Making::Never:
  case Making::OnDemand:
  case Making::Panels:
    break;
  }
  return false;
}

std::optional<IndexRelation> indexRelationOf(Operation *op, unsigned result) {
  auto reads = dyn_cast<ReadsInterface>(op);
  return reads ? std::optional(reads.getIndexRelation(result)) : std::nullopt;
}

double pointsOf(const IndexRelation &relation, ArrayRef<SizeAttr> sizes) {
  double points = 1;
  for (const IndexTerm &term : relation.terms)
    if (term.kind == IndexTerm::Kind::Variable)
      points *= double(std::max<int64_t>(maxOfExpr(term.bound, sizes).value_or(1024), 0));
  return points;
}

double stepsOf(Operation *op, ArrayRef<SizeAttr> sizes) {
  double steps = 0;
  for (Value result : op->getResults())
    if (auto type = dyn_cast<RankedTensorType>(result.getType())) {
      std::optional<int64_t> count = maxOfExpr(numElementsExpr(type), sizes);
      steps = std::max(steps, count ? double(*count) : 1e18);
    }
  Making making = makingOf(op);
  if (making == Making::Contraction || making == Making::Reduction || making == Making::Window)
    steps *= pointsOf(*indexRelationOf(op), sizes);
  return steps;
}

} // namespace ingot
