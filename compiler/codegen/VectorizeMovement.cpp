// Ops each of whose elements is one element of an operand: read where the op's index relation says. A place that an element
// decides and that is the same for all lanes is read once, as a scalar, in front of the loops it does not depend on: what
// lanes then read side by side stays side by side.
#include "compiler/codegen/RegionEvaluator.h"
#include "ir/Types.h"

namespace ingot {

using namespace mlir;
using Predicate = arith::CmpIPredicate;

struct RegionEvaluator::Lanes {
  IndexBuilder &index;
  ValueRange sizes;

  LaneIndex size(AffineExpr expr) { return IndexBuilder::uniform(index.expr(expr, sizes)); }
  LaneIndex add(const LaneIndex &a, const LaneIndex &b) { return index.add(a, b); }
  LaneIndex mul(const LaneIndex &a, AffineExpr b) { return index.mul(a, index.expr(b, sizes)); }
  LaneIndex floorDiv(const LaneIndex &a, AffineExpr b) { return index.div(a, index.expr(b, sizes)); }
  LaneIndex mod(const LaneIndex &a, AffineExpr b) { return index.rem(a, index.expr(b, sizes)); }
};

RegionEvaluator::Place RegionEvaluator::placeOf(ArrayRef<AffineExpr> place, Indices values) {
  Lanes lanes{index, state.function.sizes};
  return evaluateIndices(place, values, lanes);
}

RegionEvaluator::Comparison RegionEvaluator::comparisonOf(const IndexCondition &condition, Indices values) {
  using Kind = IndexCondition::Kind;
  Lanes lanes{index, state.function.sizes};
  Predicate predicate = condition.kind == Kind::NonNegative ? Predicate::sge
                        : condition.kind == Kind::Below     ? Predicate::slt
                                                            : Predicate::eq;
  LaneIndex value = evaluateIndex(condition.value, values, lanes);
  return {predicate, value, condition.kind == Kind::Below ? lanes.size(condition.bound) : index.zero()};
}

std::optional<LaneIndex> RegionEvaluator::elementIndex(Value tensor, Indices at, Value mask) {
  auto integer = cast<IntegerType>(cast<RankedTensorType>(tensor.getType()).getElementType());
  bool isUnsigned = integer.isUnsigned() || integer.getWidth() == 1;
  bool isUniform = llvm::all_of(at, IndexBuilder::isUniform) && !dependsOnProvider(tensor);
  if (width > 1 && !isUniform) {
    Value lanes = evaluate(tensor, at, mask);
    return lanes ? std::optional(LaneIndex{{}, 0, index.fromInteger(lanes, isUnsigned)}) : std::nullopt;
  }
  Value scalar = RegionEvaluator(state, builder, loc, 1).evaluate(tensor, at, mask ? anyLane(mask) : Value());
  return scalar ? std::optional(IndexBuilder::uniform(index.fromInteger(scalar, isUnsigned))) : std::nullopt;
}

std::optional<RegionEvaluator::Place> RegionEvaluator::withTerms(Operation *op, const IndexRelation &relation,
                                                                 Indices indices, Value mask) {
  Place values(indices);
  for (const IndexTerm &term : relation.terms) {
    std::optional<LaneIndex> value = elementIndex(op->getOperand(term.operand), placeOf(term.place, values), mask);
    if (!value)
      return std::nullopt;
    if (term.bound)
      value = index.clamp(*value, index.constant(0), index.expr(term.last(), state.function.sizes));
    values.push_back(*value);
  }
  return values;
}

// A start is clamped to [0, room]; there is none where the window is larger than the dim.
LaneCondition RegionEvaluator::windowsFit(const IndexRelation &relation) {
  LaneCondition fits;
  for (const IndexTerm &term : relation.terms) {
    if (term.kind != IndexTerm::Kind::Element || !term.bound)
      continue;
    auto room = rangeOfExpr(term.last(), moduleSizes(state.kernel));
    if (!room || room->first < 0)
      index.require(fits, Predicate::sge, IndexBuilder::uniform(index.expr(term.last(), state.function.sizes)),
                    index.zero());
  }
  return fits;
}

// Zeros where a window is larger than the operand, of which nothing may be read.
Value RegionEvaluator::moved(Operation *op, Indices indices, Value mask) {
  IndexRelation relation = *indexRelationOf(op);
  std::optional<Place> values = withTerms(op, relation, indices, mask);
  if (!values)
    return {};
  LaneCondition fits = windowsFit(relation);
  if (!fits.uniform)
    return readFrom(op, relation, 0, *values, mask);
  Type elementType = cast<RankedTensorType>(op->getResult(0).getType()).getElementType();
  return guarded(
      valueType(elementType), fits, mask, [&](Value inner) { return readFrom(op, relation, 0, *values, inner); },
      [&] { return zero(elementType); });
}

// True if the condition holds wherever the one before it in `cases` does not: an index is beyond the end of the part before.
static bool followsFrom(const IndexCase &before, const IndexCondition &condition) {
  using Kind = IndexCondition::Kind;
  return condition.kind == Kind::NonNegative && before.conditions.back().kind == Kind::Below &&
         sameExpr(before.conditions.back().value - before.conditions.back().bound, condition.value);
}

Value RegionEvaluator::readFrom(Operation *op, const IndexRelation &relation, size_t number, Indices values, Value mask) {
  const IndexCase &each = relation.cases[number];
  bool isLast = number + 1 == relation.cases.size();
  // What decides among the cases, all that holds in this one, and what of it follows from the case before not holding.
  LaneCondition chosen, within, implied;
  for (const IndexCondition &condition : each.conditions) {
    auto [predicate, value, bound] = comparisonOf(condition, values);
    if (!isLast && index.isKnown(predicate, value, bound) == false)
      return readFrom(op, relation, number + 1, values, mask);
    index.require(within, predicate, value, bound);
    bool follows = number != 0 && followsFrom(relation.cases[number - 1], condition);
    index.require(follows ? implied : chosen, predicate, value, bound);
  }
  // That case is left by a branch or by a select. A select drops what was read for the lanes of that case: they may not
  // touch memory. The part of a condition that all lanes share is in no mask yet.
  auto leavesBySelect = [&] {
    LaneCondition before;
    for (const IndexCondition &condition : relation.cases[number - 1].conditions) {
      auto [predicate, value, bound] = comparisonOf(condition, values);
      index.require(before, predicate, value, bound);
    }
    return bool(before.lanes);
  };
  Value inside = within.lanes;
  if (width > 1 && implied.uniform && (mask || leavesBySelect()))
    inside = bothMasks(inside, element.splat(implied.uniform, width));
  auto read = [&]() -> Value {
    const IndexRead &from = each.reads.front();
    return evaluate(op->getOperand(from.operand), placeOf(from.place, values), bothMasks(mask, inside));
  };
  if (isLast || (!chosen.uniform && !chosen.lanes))
    return read();
  auto otherwise = [&] { return readFrom(op, relation, number + 1, values, mask); };
  auto inner = [&]() -> Value {
    Value value = read();
    return value && chosen.lanes ? element.select(chosen.lanes, value, otherwise()) : value;
  };
  if (!chosen.uniform)
    return inner();
  Type type = valueType(cast<RankedTensorType>(op->getResult(0).getType()).getElementType());
  return branch(
      chosen.uniform, type, [&] { return SmallVector<Value>{inner()}; }, [&] { return SmallVector<Value>{otherwise()}; })[0];
}

//===--- Updates in place ---===//

std::optional<RegionEvaluator::Place> RegionEvaluator::placeOfUpdate(DynamicUpdateSliceOp op, Indices indices) {
  IndexRelation relation = op.getIndexRelation(0);
  std::optional<Place> values = withTerms(op, relation, indices, {});
  if (!values)
    return std::nullopt;
  Place place(indices);
  for (auto [number, term] : llvm::enumerate(relation.terms)) {
    unsigned dim = term.operand - op.getStartIndices().getBeginOperandIndex();
    place[dim] = index.add((*values)[relation.rank + number], indices[dim]);
  }
  return place;
}

Value RegionEvaluator::windowFits(DynamicUpdateSliceOp op) { return windowsFit(op.getIndexRelation(0)).uniform; }

} // namespace ingot
