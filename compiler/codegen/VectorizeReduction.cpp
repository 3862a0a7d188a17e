// Reductions as loops around the evaluation of their operands. Lanes over kept dims keep one accumulator a lane; a scalar
// reduction whose operands are contiguous along a reduced dim runs its lanes there, with several vector accumulators that
// are combined at the end. The order depends on the shape and the level alone.
#include "compiler/codegen/RegionAnalysis.h"
#include "compiler/codegen/RegionEvaluator.h"
#include "ir/Types.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/SmallPtrSet.h"

#include <limits>

namespace ingot {

using namespace mlir;
using Predicate = arith::CmpIPredicate;

//===--- Monoids ---===//

LaneMonoid::LaneMonoid(Block &body) : Monoid(monoidOf(body)) {
  if (*this && isa<ComplexType>(ElementBuilder::elementOf(body.getArgument(0))))
    kind = Kind::None;
}

Value LaneMonoid::identity(ElementBuilder &e, Value like) const {
  Type element = ElementBuilder::elementOf(like);
  double infinity = std::numeric_limits<double>::infinity();
  bool isFloat = isa<FloatType>(element);
  unsigned bits = element.getIntOrFloatBitWidth();
  auto limit = [&](const llvm::APInt &value) { return e.pool.integer(like.getType(), value); };
  switch (kind) {
  case Kind::Multiply:
    return isFloat ? e.real(like, 1.0) : e.integer(like, 1);
  case Kind::Maximum:
    return isFloat ? e.real(like, -infinity)
                   : limit(isUnsigned ? llvm::APInt::getZero(bits) : llvm::APInt::getSignedMinValue(bits));
  case Kind::Minimum:
    return isFloat ? e.real(like, infinity)
                   : limit(isUnsigned ? llvm::APInt::getMaxValue(bits) : llvm::APInt::getSignedMaxValue(bits));
  case Kind::And:
    return e.integer(like, -1);
  default: // -0 + x is x for every x
    return isFloat ? e.real(like, -0.0) : e.integer(like, 0);
  }
}

Value LaneMonoid::combine(ElementBuilder &e, Value a, Value b) const {
  bool isFloat = isa<FloatType>(ElementBuilder::elementOf(a));
  auto zeros = anyZero ? arith::FastMathFlags::nsz : arith::FastMathFlags::none;
  switch (kind) {
  case Kind::Add:
    return isFloat ? e.add(a, b) : e.addi(a, b);
  case Kind::Multiply:
    return isFloat ? e.mul(a, b) : e.muli(a, b);
  case Kind::Maximum:
    if (isFloat)
      return arith::MaximumFOp::create(e.builder, e.loc, a, b, zeros);
    return isUnsigned ? Value(arith::MaxUIOp::create(e.builder, e.loc, a, b))
                      : Value(arith::MaxSIOp::create(e.builder, e.loc, a, b));
  case Kind::Minimum:
    if (isFloat)
      return arith::MinimumFOp::create(e.builder, e.loc, a, b, zeros);
    return isUnsigned ? Value(arith::MinUIOp::create(e.builder, e.loc, a, b))
                      : Value(arith::MinSIOp::create(e.builder, e.loc, a, b));
  case Kind::And:
    return e.andi(a, b);
  case Kind::Or:
    return e.ori(a, b);
  case Kind::Xor:
    return e.xori(a, b);
  case Kind::None:
    break;
  }
  return {};
}

// Halves until one lane is left.
Value RegionEvaluator::horizontal(const LaneMonoid &monoid, Value vector) {
  auto type = cast<VectorType>(vector.getType());
  for (int64_t lanes = type.getNumElements() / 2; lanes >= 1; lanes /= 2) {
    auto half = [&](int64_t offset) -> Value {
      return vector::ExtractStridedSliceOp::create(builder, loc, vector, ArrayRef<int64_t>{offset}, ArrayRef<int64_t>{lanes},
                                                   ArrayRef<int64_t>{1});
    };
    vector = monoid.combine(element, half(0), half(lanes));
  }
  return vector::ExtractOp::create(builder, loc, vector, ArrayRef<int64_t>{0});
}

//===--- Loops ---===//

// Rounds of all ranges together, if known.
static std::optional<int64_t> roundsOf(ArrayRef<std::pair<Value, Value>> bounds) {
  int64_t rounds = 1;
  for (auto [lower, upper] : bounds) {
    auto from = IndexBuilder::constantOf(lower), to = IndexBuilder::constantOf(upper);
    if (!from || !to || *to - *from > 1000)
      return std::nullopt;
    rounds *= std::max<int64_t>(*to - *from, 0);
  }
  return rounds;
}

SmallVector<Value> RegionEvaluator::loops(ArrayRef<LoopRange> ranges, ValueRange initial, LoopBody body, int64_t unrolled) {
  SmallVector<std::pair<Value, Value>> bounds;
  for (const LoopRange &range : ranges)
    bounds.push_back({range.lower, range.upper});
  std::optional<int64_t> rounds = roundsOf(bounds);
  bool straight = rounds && *rounds <= unrolled;
  SmallVector<Value> position;
  std::function<SmallVector<Value>(ValueRange)> nest = [&](ValueRange carried) -> SmallVector<Value> {
    if (position.size() == ranges.size())
      return body(position, carried);
    const LoopRange &range = ranges[position.size()];
    auto lower = IndexBuilder::constantOf(range.lower), upper = IndexBuilder::constantOf(range.upper);
    if (lower && upper && (straight || *upper - *lower == 1)) {
      SmallVector<Value> result(carried);
      for (int64_t at = *lower; at < *upper; ++at) {
        position.push_back(index.constant(at));
        result = nest(result);
        position.pop_back();
      }
      return result;
    }
    auto loop = scf::ForOp::create(builder, loc, range.lower, range.upper, index.constant(1), carried);
    OpBuilder::InsertionGuard guard(builder);
    if (carried.empty())
      builder.setInsertionPoint(loop.getBody()->getTerminator());
    else
      builder.setInsertionPointToEnd(loop.getBody());
    position.push_back(loop.getInductionVar());
    SmallVector<Value> next = nest(loop.getRegionIterArgs());
    position.pop_back();
    if (!carried.empty())
      scf::YieldOp::create(builder, loc, next);
    return SmallVector<Value>(loop.getResults());
  };
  return nest(initial);
}

Value RegionEvaluator::reduceLanes(ArrayRef<LoopRange> ranges, const ReductionLanes &choice, Type type,
                                   const LaneMonoid &monoid, LaneStep step) {
  int64_t lanes = choice.lanes;
  Value like = state.indices.constants.get(cast<TypedAttr>(builder.getZeroAttr(VectorType::get({lanes}, type))));
  Value scalarLike = state.indices.constants.get(cast<TypedAttr>(builder.getZeroAttr(type)));
  LoopRange range = ranges.back();
  std::optional<int64_t> extent = IndexBuilder::constantOf(range.upper);
  int64_t unroll = choice.unroll;
  while (extent && unroll > 1 && *extent < unroll * lanes)
    unroll /= 2;
  bool masked = state.level.maskedMemory;
  RegionEvaluator wide(state, builder, loc, lanes);

  // Carried: `unroll` vectors, and a scalar for the tail where there are no masks.
  SmallVector<Value> carried(unroll, monoid.identity(element, like));
  if (!masked)
    carried.push_back(monoid.identity(element, scalarLike));
  // One loop over the lane dim from `from` in steps of `by`.
  auto stretch = [&](Value from, Value to, int64_t by, SmallVector<Value> accumulators, ArrayRef<Value> outer,
                     auto accumulate) {
    auto lower = IndexBuilder::constantOf(from), upper = IndexBuilder::constantOf(to);
    if (lower && upper && *lower >= *upper)
      return accumulators;
    auto loop = scf::ForOp::create(builder, loc, from, to, index.constant(by), accumulators);
    if (by % lanes == 0)
      state.indices.multiples[loop.getInductionVar()] = lanes;
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToEnd(loop.getBody());
    SmallVector<Value> next(loop.getRegionIterArgs());
    accumulate(loop.getInductionVar(), outer, next);
    scf::YieldOp::create(builder, loc, next);
    return SmallVector<Value>(loop.getResults());
  };
  auto position = [&](ArrayRef<Value> outer, LaneIndex last) {
    SmallVector<LaneIndex> result;
    for (Value value : outer)
      result.push_back(IndexBuilder::uniform(value));
    result.push_back(last);
    return result;
  };

  SmallVector<Value> total = loops(ranges.drop_back(), carried, [&](ArrayRef<Value> outer, ValueRange current) {
    SmallVector<Value> accumulators(current);
    Value block = index.constant(unroll * lanes), vectorBlock = index.constant(lanes);
    Value mainEnd = index.mul(index.div(range.upper, block), block);
    accumulators = stretch(index.constant(0), mainEnd, unroll * lanes, accumulators, outer,
                           [&](Value at, ArrayRef<Value> outer, SmallVector<Value> &next) {
                             for (int64_t u = 0; u < unroll; ++u) {
                               LaneIndex last{index.add(at, index.constant(u * lanes)), 1, {}};
                               next[u] = step(wide, position(outer, last), {}, next[u]);
                             }
                           });
    Value vectorEnd = masked ? range.upper : index.mul(index.div(range.upper, vectorBlock), vectorBlock);
    bool wholeVectors = extent && *extent % lanes == 0;
    if (unroll > 1 || masked)
      accumulators = stretch(
          mainEnd, vectorEnd, lanes, accumulators, outer, [&](Value at, ArrayRef<Value> outer, SmallVector<Value> &next) {
            LaneIndex last{at, 1, {}};
            if (!masked || wholeVectors) {
              next[0] = step(wide, position(outer, last), {}, next[0]);
              return;
            }
            Value mask = vector::CreateMaskOp::create(builder, loc, VectorType::get({lanes}, builder.getI1Type()),
                                                      ValueRange{index.sub(range.upper, at)});
            state.nonEmptyMasks.insert(mask);
            Value updated = step(wide, position(outer, last), mask, next[0]);
            next[0] = element.select(mask, updated, next[0]);
          });
    if (!masked)
      accumulators = stretch(unroll > 1 ? vectorEnd : mainEnd, range.upper, 1, accumulators, outer,
                             [&](Value at, ArrayRef<Value> outer, SmallVector<Value> &next) {
                               next.back() = step(*this, position(outer, IndexBuilder::uniform(at)), {}, next.back());
                             });
    return accumulators;
  });

  for (int64_t half = unroll / 2; half >= 1; half /= 2)
    for (int64_t u = 0; u < half; ++u)
      total[u] = monoid.combine(element, total[u], total[u + half]);
  Value result = horizontal(monoid, total[0]);
  return masked ? result : monoid.combine(element, result, total.back());
}

//===--- The ops ---===//

// A reduction's body on rank-0 values: pointwise ops, constants, and changes of shape that have nothing to change. A body of one
// op sums narrow floats in f32; of several, each rounds where the program asks for that.
SmallVector<Value> RegionEvaluator::runBody(Block &body, ValueRange arguments) {
  llvm::DenseMap<Value, Value> values;
  const bool rounds = state.strict && !monoidOf(body);
  for (auto [argument, value] : llvm::zip_equal(body.getArguments(), arguments))
    values[argument] = value;
  for (Operation &op : body.without_terminator()) {
    if (auto constantOp = dyn_cast<ConstantOp>(op)) {
      values[constantOp.getOutput()] = constant(constantOp, {}, {});
      continue;
    }
    SmallVector<Value> operands;
    for (Value operand : op.getOperands())
      operands.push_back(values.lookup(operand));
    Value &value = values[op.getResult(0)];
    if (isa<BitcastConvertOp>(op))
      value =
          element.fromBits(element.toBits(operands[0], cast<RankedTensorType>(op.getOperand(0).getType()).getElementType()),
                           cast<RankedTensorType>(op.getResult(0).getType()).getElementType());
    else // what is not pointwise moves a scalar: verify-after-simplify sees to it
      value = op.hasTrait<trait::Pointwise>() ? element.pointwise(&op, operands, rounds) : operands[0];
  }
  SmallVector<Value> results;
  for (Value value : body.getTerminator()->getOperands())
    results.push_back(values.lookup(value));
  return results;
}

// Accumulators of narrow floats are f32 until here. `accumulators`: for each place one for each result.
SmallVector<Value> RegionEvaluator::finishReduction(Operation *op, ArrayRef<Value> accumulators) {
  SmallVector<Value> results;
  for (auto [number, value] : llvm::enumerate(accumulators)) {
    Type type = op->getResult(number % op->getNumResults()).getType();
    results.push_back(state.strict ? element.roundTo(value, cast<RankedTensorType>(type).getElementType()) : value);
  }
  return results;
}

SmallVector<RegionEvaluator::LoopRange> RegionEvaluator::rangesOf(const IndexRelation &relation) {
  SmallVector<LoopRange> ranges;
  for (const IndexTerm &term : relation.terms)
    ranges.push_back({index.constant(0), index.expr(term.bound, state.function.sizes)});
  return ranges;
}

SmallVector<Value> RegionEvaluator::readAt(Operation *op, const IndexRelation &relation, Indices place, Indices position,
                                           Value mask) {
  Place values(place);
  values.append(position.begin(), position.end());
  SmallVector<Value> result;
  for (const IndexRead &read : relation.cases.front().reads)
    result.push_back(evaluate(op->getOperand(read.operand), placeOf(read.place, values), mask));
  return result;
}

SmallVector<Value> RegionEvaluator::reduce(ReduceOp op, Places places, Value mask) {
  IndexRelation relation = op.getIndexRelation(0);
  SmallVector<Value> initial;
  for (Value init : op.getInitValues())
    initial.push_back(evaluate(init, {}, mask));
  Block &body = op.getBody().front();
  SmallVector<LoopRange> ranges = rangesOf(relation);

  LaneMonoid monoid(body);
  monoid.anyZero = !state.strict;
  if (width == 1 && places.size() == 1 && !mask && monoid && !ranges.empty()) {
    ReductionLanes choice = lanesOfReduce(op, state.level);
    if (choice.lanes > 1) {
      // The last `collapsed` reduced dims run as one; their outer indices stay zero.
      SmallVector<LoopRange> few(ranges);
      for (int64_t i = 1; i < choice.collapsed; ++i) {
        LoopRange inner = few.pop_back_val();
        few.back().upper = index.mul(few.back().upper, inner.upper);
      }
      Value total = reduceLanes(few, choice, initial[0].getType(), monoid,
                                [&](RegionEvaluator &evaluator, Indices position, Value mask, Value accumulator) {
                                  SmallVector<LaneIndex> indices(position.drop_back());
                                  indices.append(choice.collapsed - 1, index.zero());
                                  indices.push_back(position.back());
                                  Value next = evaluator.readAt(op, relation, places[0], indices, mask)[0];
                                  return monoid.combine(element, accumulator, next);
                                });
      return finishReduction(op, monoid.combine(element, initial[0], total));
    }
  }
  auto add = [&](ArrayRef<Value> read, Value, ValueRange carried) {
    SmallVector<Value> arguments(carried);
    llvm::append_range(arguments, read);
    return runBody(body, arguments);
  };
  return accumulate(op, relation, places, mask, initial, {add});
}

//===--- Windows ---===//

SmallVector<Value> RegionEvaluator::reduceWindow(ReduceWindowOp op, Places places, Value mask) {
  SmallVector<Value> initial;
  for (Value init : op.getInitValues())
    initial.push_back(evaluate(init, {}, mask));
  Block &body = op.getBody().front();
  LaneMonoid monoid(body);

  // Padded elements need not be visited where they cannot change the result.
  bool skipPadding = monoid && monoid.isIdempotent();
  if (monoid && !skipPadding) {
    auto init = op.getInitValues()[0].getDefiningOp<ConstantOp>();
    Value known = init ? constant(init, {}, {}) : Value();
    bool isFloatSum = known && monoid.kind == Monoid::Kind::Add && isa<FloatType>(ElementBuilder::elementOf(known));
    skipPadding = known && (known == monoid.identity(element, known) || (isFloatSum && known == element.real(known, 0.0)));
  }
  auto add = [&](ArrayRef<Value> read, Value inside, ValueRange carried) {
    SmallVector<Value> arguments(carried);
    for (auto [value, init] : llvm::zip_equal(read, initial))
      arguments.push_back(inside ? element.select(inside, value, init) : value);
    return runBody(body, arguments);
  };
  auto addPadding = [&](ValueRange carried) {
    SmallVector<Value> arguments(carried);
    llvm::append_range(arguments, initial);
    return runBody(body, arguments);
  };
  Accumulation each{add};
  each.straight = kStraightWindow;
  if (skipPadding)
    each.skipsPadding = true;
  else
    each.addPadding = addPadding;
  return accumulate(op, op.getIndexRelation(0), places, mask, initial, each);
}

// condition.value = rest + factor * term, if it is linear in the term and no other term decides it.
static std::optional<std::pair<AffineExpr, int64_t>> splitLinear(const IndexRelation &relation, AffineExpr value,
                                                                 unsigned term) {
  for (unsigned other = 0; other < relation.terms.size(); ++other)
    if (other != term && value.isFunctionOfDim(relation.rank + other))
      return std::nullopt;
  bool isLinear = true;
  value.walk([&](AffineExpr part) {
    bool isSum = part.getKind() != AffineExprKind::Mod && part.getKind() != AffineExprKind::FloorDiv;
    isLinear &= isSum || !part.isFunctionOfDim(relation.rank + term);
  });
  AffineExpr rest = value.replace(relation.term(term), relation.constant(0));
  auto factor = dyn_cast<AffineConstantExpr>(simplifyExpr(value.replace(relation.term(term), relation.constant(1)) - rest));
  return isLinear && factor && factor.getValue() > 0 ? std::optional(std::pair(rest, factor.getValue())) : std::nullopt;
}

// Elements in front of an operand and behind it are left out of the loops.
RegionEvaluator::Visits RegionEvaluator::visitsAt(const IndexRelation &relation, Indices place, bool skipsPadding) {
  Visits visits;
  visits.whole = visits.inside = rangesOf(relation);
  Place values(place);
  values.resize(relation.rank + relation.terms.size());
  llvm::SmallPtrSet<const IndexCondition *, 8> kept;
  ArrayRef<IndexCondition> conditions = relation.cases.front().conditions;
  for (unsigned term = 0; skipsPadding && term < relation.terms.size(); ++term) {
    struct Bound {
      const IndexCondition *condition;
      Value rest, factor;
    };
    SmallVector<Bound> bounds;
    bool decidesAll = true;
    for (const IndexCondition &condition : conditions) {
      if (!condition.value.isFunctionOfDim(relation.rank + term))
        continue;
      auto split = splitLinear(relation, condition.value, term);
      LaneIndex rest = split ? placeOf(split->first, values).front() : LaneIndex();
      decidesAll &= split && condition.kind != IndexCondition::Kind::Zero && IndexBuilder::isUniform(rest);
      if (!decidesAll)
        break;
      bounds.push_back({&condition, rest.base, index.constant(split->second)});
    }
    LoopRange &range = visits.inside[term];
    const Value all = visits.whole[term].upper;
    for (const auto &[condition, rest, factor] : decidesAll ? ArrayRef(bounds) : ArrayRef<Bound>()) {
      bool isLower = condition->kind == IndexCondition::Kind::NonNegative;
      Value bound = isLower ? index.constant(0) : index.expr(condition->bound, state.function.sizes);
      (isLower ? range.lower : range.upper) = index.minimum(index.ceilDiv(index.sub(bound, rest), factor), all);
      kept.insert(condition);
    }
  }
  for (const IndexCondition &condition : conditions)
    if (!kept.contains(&condition))
      visits.checked.push_back(condition);
  return visits;
}

SmallVector<Value> RegionEvaluator::loopsOver(const Visits &visits, ValueRange initial, LoopBody body, int64_t straight) {
  SmallVector<std::pair<Value, Value>> bounds;
  Value isWhole; // all elements exist
  for (auto [range, whole] : llvm::zip_equal(visits.inside, visits.whole)) {
    bounds.push_back({whole.lower, whole.upper});
    if (range == whole)
      continue;
    isWhole = index.both(isWhole, index.compare(Predicate::eq, range.lower, whole.lower));
    isWhole = index.both(isWhole, index.compare(Predicate::eq, range.upper, whole.upper));
  }
  std::optional<int64_t> rounds = roundsOf(bounds);
  if (!rounds || *rounds > straight)
    return loops(visits.inside, initial, body);
  if (!isWhole)
    return loops(visits.whole, initial, body, straight);
  return branch(
      isWhole, TypeRange(initial), [&] { return loops(visits.whole, initial, body, straight); },
      [&] { return loops(visits.inside, initial, body); });
}

SmallVector<Value> RegionEvaluator::accumulate(Operation *op, const IndexRelation &relation, Places places, Value mask,
                                               ValueRange initial, const Accumulation &each) {
  SmallVector<Visits> visits;
  for (const Place &place : places)
    visits.push_back(visitsAt(relation, place, each.skipsPadding));
  SmallVector<Value> results, carried;
  if (llvm::any_of(visits, [&](const Visits &other) { return other.inside != visits.front().inside; })) {
    for (const Place &place : places)
      results.append(accumulate(op, relation, place, mask, initial, each));
    return results;
  }
  auto step = [&](const Place &place, const Visits &visit, ArrayRef<LaneIndex> position, ValueRange carried) {
    Place values(place);
    values.append(position.begin(), position.end());
    LaneCondition inside;
    for (const IndexCondition &condition : visit.checked) {
      auto [predicate, value, bound] = comparisonOf(condition, values);
      index.require(inside, predicate, value, bound);
    }
    auto add = [&] {
      Value inner = inside.lanes ? bothMasks(mask, inside.lanes) : mask;
      return each.add(readAt(op, relation, place, position, inner), inside.lanes, carried);
    };
    if (!inside.uniform)
      return add();
    return branch(inside.uniform, TypeRange(carried), add,
                  [&] { return each.addPadding ? each.addPadding(carried) : SmallVector<Value>(carried); });
  };
  for (size_t i = 0; i < places.size(); ++i)
    llvm::append_range(carried, initial);
  results = loopsOver(
      visits.front(), carried,
      [&](ArrayRef<Value> position, ValueRange accumulators) {
        SmallVector<LaneIndex> indices = llvm::map_to_vector(position, IndexBuilder::uniform);
        SmallVector<Value> next;
        for (auto [number, place] : llvm::enumerate(places))
          next.append(step(place, visits[number], indices, accumulators.slice(number * initial.size(), initial.size())));
        return next;
      },
      each.straight);
  return finishReduction(op, results);
}

} // namespace ingot
