#include "ir/IndexRelation.h"
#include "ir/Types.h"

using namespace mlir;

namespace ingot {

AffineExpr IndexTerm::last() const { return bound ? simplifyExpr(bound - 1) : AffineExpr(); }

SmallVector<AffineExpr> IndexRelation::identity() const {
  SmallVector<AffineExpr> result;
  for (unsigned dim = 0; dim < rank; ++dim)
    result.push_back(index(dim));
  return result;
}

AffineExpr IndexRelation::addVariable(AffineExpr bound, bool unrolled) {
  if (bound == 1)
    return constant(0);
  terms.push_back({IndexTerm::Kind::Variable, bound, 0, {}, unrolled});
  return term(unsigned(terms.size()) - 1);
}

AffineExpr IndexRelation::addElement(unsigned operand, ArrayRef<AffineExpr> place, AffineExpr bound) {
  terms.push_back({IndexTerm::Kind::Element, bound, operand, SmallVector<AffineExpr>(place)});
  return term(unsigned(terms.size()) - 1);
}

AffineExpr IndexRelation::addComputed(ArrayRef<AffineExpr> place, AffineExpr bound) {
  terms.push_back({IndexTerm::Kind::Computed, bound, 0, SmallVector<AffineExpr>(place)});
  return term(unsigned(terms.size()) - 1);
}

IndexCase &IndexRelation::lastCase() {
  if (cases.empty())
    cases.emplace_back();
  return cases.back();
}

void IndexRelation::read(unsigned operand, ArrayRef<AffineExpr> place) {
  lastCase().reads.push_back({operand, SmallVector<AffineExpr>(place)});
}

void IndexRelation::readOnce(unsigned operand, ArrayRef<AffineExpr> place) {
  once.push_back({operand, SmallVector<AffineExpr>(place)});
}

void IndexRelation::require(IndexCondition::Kind kind, AffineExpr value, AffineExpr bound) {
  lastCase().conditions.push_back({kind, value, bound});
}

bool IndexRelation::hasVariables() const {
  return llvm::any_of(terms, [](const IndexTerm &term) { return term.kind == IndexTerm::Kind::Variable; });
}

bool IndexRelation::movesWindows() const {
  auto dependsOn = [](AffineExpr index, unsigned begin, unsigned end) {
    for (unsigned dim = begin; dim < end; ++dim)
      if (index.isFunctionOfDim(dim))
        return true;
    return false;
  };
  for (const IndexCase &each : cases)
    for (const IndexRead &read : each.reads)
      for (AffineExpr index : read.place)
        if (dependsOn(index, 0, rank) && dependsOn(index, rank, rank + unsigned(terms.size())))
          return true;
  return false;
}

bool IndexRelation::computesPlaces() const {
  return llvm::any_of(terms, [](const IndexTerm &term) { return term.kind == IndexTerm::Kind::Computed; });
}

bool IndexRelation::findsPlaces() const {
  return llvm::any_of(terms,
                      [](const IndexTerm &term) { return term.kind == IndexTerm::Kind::Element && !term.place.empty(); });
}

bool IndexRelation::isFoundByElements(unsigned operand) const {
  for (const IndexCase &each : cases)
    for (const IndexRead &read : each.reads)
      for (AffineExpr index : read.operand == operand ? ArrayRef(read.place) : ArrayRef<AffineExpr>())
        for (auto [number, term] : llvm::enumerate(terms))
          if (term.kind == IndexTerm::Kind::Element && index.isFunctionOfDim(rank + unsigned(number)))
            return true;
  return false;
}

SmallVector<int64_t> IndexRelation::variableDims(unsigned operand) const {
  SmallVector<int64_t> dims;
  for (const IndexCase &each : cases)
    for (const IndexRead &read : each.reads)
      for (auto [dim, index] : llvm::enumerate(read.operand == operand ? ArrayRef(read.place) : ArrayRef<AffineExpr>())) {
        auto plain = dyn_cast<AffineDimExpr>(index);
        if (plain && plain.getPosition() >= rank && terms[plain.getPosition() - rank].kind == IndexTerm::Kind::Variable &&
            !llvm::is_contained(dims, int64_t(dim)))
          dims.push_back(int64_t(dim));
      }
  return dims;
}

bool IndexRelation::readsAtSameIndex(unsigned operand) const {
  if (cases.size() != 1 || !cases[0].conditions.empty() || hasVariables())
    return false;
  auto reads = [&](const IndexRead &read) { return read.operand == operand; };
  if (llvm::any_of(once, reads) || llvm::any_of(terms, [&](const IndexTerm &term) {
        return term.kind == IndexTerm::Kind::Element && term.operand == operand;
      }))
    return false;
  return llvm::any_of(cases[0].reads, reads) && llvm::all_of(cases[0].reads, [&](const IndexRead &read) {
           return read.operand != operand || read.place == identity();
         });
}

IndexRelation pointwiseRelation(Operation *op, unsigned result) {
  auto rankOf = [](Value value) { return unsigned(cast<RankedTensorType>(value.getType()).getRank()); };
  IndexRelation relation(op->getContext(), rankOf(op->getResult(result)));
  relation.keepsOrder = true;
  for (auto [number, operand] : llvm::enumerate(op->getOperands()))
    relation.read(unsigned(number), rankOf(operand) == 0 ? SmallVector<AffineExpr>() : relation.identity());
  return relation;
}

IndexRelation relationOf(Value result) {
  return IndexRelation(result.getContext(), unsigned(cast<RankedTensorType>(result.getType()).getRank()));
}

AffineExpr addWindowIndex(IndexRelation &relation, AffineExpr position, AffineExpr element, const WindowAlong &window,
                          AffineExpr extent) {
  using Kind = IndexCondition::Kind;
  AffineExpr place = position * window.stride + element * window.dilation - window.low;
  if (window.low > 0)
    relation.require(Kind::NonNegative, place);
  if (window.inputDilation > 1) {
    relation.require(Kind::Zero, place % window.inputDilation);
    place = place.floorDiv(window.inputDilation);
  }
  if (window.low > 0 || window.high > 0 || window.inputDilation > 1)
    relation.require(Kind::Below, place, extent);
  return place;
}

} // namespace ingot
