// dot_general and convolution as loops around the evaluation of their operands: for every shape and type the contraction
// emitter does not take.
#include "compiler/codegen/RegionAnalysis.h"
#include "compiler/codegen/RegionEvaluator.h"
#include "ir/Types.h"

namespace ingot {

using namespace mlir;
using Predicate = arith::CmpIPredicate;

// Products and sums are made in the result's type, f32 at least.
Value RegionEvaluator::toAccumulator(Value value, Type from, Type to) {
  if (computeType(from) == computeType(to) && !isa<IntegerType>(from))
    return value;
  // Without rounding to a narrow float: the accumulator is wider.
  if (isa<FloatType>(from) && isa<FloatType>(to))
    return to.isF64() ? element.extf(value, builder.getF64Type()) : element.truncf(value, computeType(to));
  return element.convert(value, from, to);
}

Value RegionEvaluator::multiplyAdd(Value a, Value b, Value accumulator) {
  Type type = ElementBuilder::elementOf(accumulator);
  if (isa<FloatType>(type))
    return element.fma(a, b, accumulator);
  if (auto complex = dyn_cast<ComplexType>(type)) {
    Value ar = element.realPart(a), ai = element.imaginaryPart(a), br = element.realPart(b), bi = element.imaginaryPart(b);
    Value re = element.add(element.realPart(accumulator), element.sub(element.mul(ar, br), element.mul(ai, bi)));
    Value im = element.add(element.imaginaryPart(accumulator), element.add(element.mul(ar, bi), element.mul(ai, br)));
    return element.complexOf(re, im);
  }
  if (type.isInteger(1))
    return element.ori(element.andi(a, b), accumulator);
  return element.addi(element.muli(a, b), accumulator);
}

Value RegionEvaluator::addProduct(Operation *op, ArrayRef<Value> factors, Value accumulator) {
  auto elementOf = [](Value tensor) { return cast<RankedTensorType>(tensor.getType()).getElementType(); };
  Type result = elementOf(op->getResult(0));
  Value lhs = toAccumulator(factors[0], elementOf(op->getOperand(0)), result);
  Value rhs = toAccumulator(factors[1], elementOf(op->getOperand(1)), result);
  return multiplyAdd(lhs, rhs, accumulator);
}

SmallVector<Value> RegionEvaluator::dot(DotGeneralOp op, Places places, Value mask) {
  Type resultElement = op.getType().getElementType();
  IndexRelation relation = op.getIndexRelation(0);
  SmallVector<LoopRange> ranges = rangesOf(relation);
  if (width == 1 && places.size() == 1 && !mask && !ranges.empty()) {
    ReductionLanes choice = lanesOfDot(op, state.level);
    if (choice.lanes > 1) {
      LaneMonoid sum{{resultElement.isInteger(1) ? Monoid::Kind::Or : Monoid::Kind::Add}};
      Value total = reduceLanes(ranges, choice, computeType(resultElement), sum,
                                [&](RegionEvaluator &evaluator, Indices position, Value inner, Value accumulator) {
                                  SmallVector<Value> read = evaluator.readAt(op, relation, places[0], position, inner);
                                  return addProduct(op, read, accumulator);
                                });
      return finishReduction(op, total);
    }
  }
  auto add = [&](ArrayRef<Value> read, Value, ValueRange carried) -> SmallVector<Value> {
    return {addProduct(op, read, carried[0])};
  };
  return accumulate(op, relation, places, mask, zero(resultElement), {add});
}

SmallVector<Value> RegionEvaluator::convolution(ConvolutionOp op, Places places, Value mask) {
  IndexRelation relation = op.getIndexRelation(0);
  // A few weights are read in front of all branches, and so of all loops they do not depend on.
  constexpr int64_t kWeightsAhead = 16;
  bool isKnown = llvm::all_of(relation.terms, [](const IndexTerm &term) { return isa<AffineConstantExpr>(term.bound); });
  if (!mask && isKnown && pointsOf(relation, {}) <= kWeightsAhead) {
    const IndexRead &weight = relation.cases.front().reads[1];
    for (const Place &place : places)
      loops(
          rangesOf(relation), {},
          [&](ArrayRef<Value> position, ValueRange) -> SmallVector<Value> {
            Place values(place);
            llvm::append_range(values, llvm::map_range(position, IndexBuilder::uniform));
            evaluate(op.getRhs(), placeOf(weight.place, values), {});
            return {};
          },
          kWeightsAhead);
  }
  auto add = [&](ArrayRef<Value> read, Value inside, ValueRange carried) -> SmallVector<Value> {
    Value sum = addProduct(op, read, carried[0]);
    return {inside ? element.select(inside, sum, carried[0]) : sum};
  };
  Accumulation each{add};
  each.skipsPadding = true;
  each.straight = kStraightWindow;
  return accumulate(op, relation, places, mask, zero(cast<RankedTensorType>(op.getType()).getElementType()), each);
}

} // namespace ingot
