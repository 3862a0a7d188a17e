// Reductions as loops around the evaluation of their operands. Lanes over kept dims keep one accumulator a lane; a scalar
// reduction whose operands are contiguous along a reduced dim runs its lanes there, with several vector accumulators that
// are combined at the end. The order depends on the shape and the level alone.
#include "compiler/codegen/RegionAnalysis.h"
#include "compiler/codegen/RegionEvaluator.h"
#include "ir/Types.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/TypeSwitch.h"

#include <limits>

namespace ingot {

using namespace mlir;
using Predicate = arith::CmpIPredicate;

//===--- Monoids ---===//

Monoid monoidOf(Block &body) {
  if (body.getNumArguments() != 2 || !llvm::hasNItems(body, 2))
    return {};
  Operation *op = &body.front();
  Value a = body.getArgument(0), b = body.getArgument(1);
  if (op->getNumOperands() != 2 || body.getTerminator()->getOperand(0) != op->getResult(0))
    return {};
  Value x = op->getOperand(0), y = op->getOperand(1);
  Type element = cast<RankedTensorType>(op->getResult(0).getType()).getElementType();
  if (!((x == a && y == b) || (x == b && y == a)) || isa<ComplexType>(element))
    return {};
  using Kind = Monoid::Kind;
  Kind kind = llvm::TypeSwitch<Operation *, Kind>(op)
                  .Case([](AddOp) { return Kind::Add; })
                  .Case([](MultiplyOp) { return Kind::Multiply; })
                  .Case([](MaximumOp) { return Kind::Maximum; })
                  .Case([](MinimumOp) { return Kind::Minimum; })
                  .Case([](AndOp) { return Kind::And; })
                  .Case([](OrOp) { return Kind::Or; })
                  .Case([](XorOp) { return Kind::Xor; })
                  .Default(Kind::None);
  if (element.isInteger(1)) { // truth values: sums and maxima are `or`, products and minima `and`
    if (kind == Kind::Add || kind == Kind::Maximum)
      kind = Kind::Or;
    if (kind == Kind::Multiply || kind == Kind::Minimum)
      kind = Kind::And;
  }
  return {kind, element.isUnsignedInteger()};
}

bool Monoid::isIdempotent() const {
  return kind == Kind::Maximum || kind == Kind::Minimum || kind == Kind::And || kind == Kind::Or;
}

Value Monoid::identity(ElementBuilder &e, Value like) const {
  Type element = ElementBuilder::elementOf(like);
  double infinity = std::numeric_limits<double>::infinity();
  bool isFloat = isa<FloatType>(element);
  unsigned bits = element.getIntOrFloatBitWidth();
  auto limit = [&](llvm::APInt value) { return e.pool.integer(like.getType(), value); };
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

Value Monoid::combine(ElementBuilder &e, Value a, Value b) const {
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
Value RegionEvaluator::horizontal(const Monoid &monoid, Value vector) {
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

Value RegionEvaluator::reduceLanes(ArrayRef<LoopRange> ranges, const ReductionLanes &choice, Type type, const Monoid &monoid,
                                   LaneStep step) {
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

// A reduction's body on rank-0 values: pointwise ops, constants, and changes of shape that have nothing to change.
SmallVector<Value> RegionEvaluator::runBody(Block &body, ValueRange arguments) {
  llvm::DenseMap<Value, Value> values;
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
    values[op.getResult(0)] = op.hasTrait<trait::Pointwise>() ? element.pointwise(&op, operands, false) : operands[0];
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

  Monoid monoid = monoidOf(body);
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
  SmallVector<Value> carried;
  for (size_t i = 0; i < places.size(); ++i)
    carried.append(initial);
  SmallVector<Value> result = loops(ranges, carried, [&](ArrayRef<Value> position, ValueRange accumulators) {
    SmallVector<LaneIndex> indices;
    for (Value value : position)
      indices.push_back(IndexBuilder::uniform(value));
    SmallVector<Value> next;
    for (auto [number, place] : llvm::enumerate(places)) {
      SmallVector<Value> arguments(accumulators.slice(number * initial.size(), initial.size()));
      arguments.append(readAt(op, relation, place, indices, mask));
      next.append(runBody(body, arguments));
    }
    return next;
  });
  return finishReduction(op, result);
}

//===--- Windows ---===//

RegionEvaluator::WindowDim RegionEvaluator::windowDim(const LaneIndex &output, int64_t stride, int64_t low, int64_t high,
                                                      int64_t inputDilation, int64_t dilation, Value window, Value extent,
                                                      bool mayClamp) {
  WindowDim result{index.add(index.mul(output, stride), -low), {index.constant(0), window}, false, window};
  result.checked = low > 0 || high > 0 || inputDilation > 1;
  if (result.checked && mayClamp && inputDilation == 1 && IndexBuilder::isUniform(result.start)) {
    // Elements in front of the input and behind it are left out of the loop.
    Value step = index.constant(dilation), start = result.start.base;
    result.range.lower = index.minimum(index.ceilDiv(index.sub(index.constant(0), start), step), window);
    result.range.upper = index.minimum(index.ceilDiv(index.sub(extent, start), step), window);
    result.checked = false;
  }
  return result;
}

LaneIndex RegionEvaluator::windowIndex(const WindowDim &dim, Value element, int64_t inputDilation, int64_t dilation,
                                       Value extent, LaneCondition &inside) {
  LaneIndex place = index.add(dim.start, IndexBuilder::uniform(index.mul(element, index.constant(dilation))));
  if (!dim.checked)
    return place;
  index.require(inside, Predicate::sge, place, index.zero());
  if (inputDilation > 1) {
    Value period = index.constant(inputDilation);
    index.require(inside, Predicate::eq, index.rem(place, period), index.zero());
    place = index.div(place, period);
  }
  index.require(inside, Predicate::slt, place, IndexBuilder::uniform(extent));
  return place;
}

SmallVector<Value> RegionEvaluator::reduceWindow(ReduceWindowOp op, Places places, Value mask) {
  auto type = cast<RankedTensorType>(op.getInputs()[0].getType());
  SmallVector<Value> extents = dims(type);
  SmallVector<Value> initial;
  for (Value init : op.getInitValues())
    initial.push_back(evaluate(init, {}, mask));
  Block &body = op.getBody().front();
  Monoid monoid = monoidOf(body);

  // Padded elements need not be visited where they cannot change the result.
  bool skipPadding = monoid && monoid.isIdempotent();
  if (monoid && !skipPadding) {
    auto init = op.getInitValues()[0].getDefiningOp<ConstantOp>();
    Value known = init ? constant(init, {}, {}) : Value();
    bool isFloatSum = known && monoid.kind == Monoid::Kind::Add && isa<FloatType>(ElementBuilder::elementOf(known));
    skipPadding = known && (known == monoid.identity(element, known) || (isFloatSum && known == element.real(known, 0.0)));
  }

  SmallVector<SmallVector<WindowDim>> windows;
  for (const Place &place : places) {
    SmallVector<WindowDim> dimsAt;
    for (int64_t dim = 0; dim < type.getRank(); ++dim)
      dimsAt.push_back(windowDim(place[dim], op.getWindowStrides()[dim], op.getPadding()[2 * dim],
                                 op.getPadding()[2 * dim + 1], op.getBaseDilations()[dim], op.getWindowDilations()[dim],
                                 index.constant(op.getWindowDimensions()[dim]), extents[dim], skipPadding));
    windows.push_back(std::move(dimsAt));
  }
  if (!sharesRanges(windows))
    return onePlaceAfterTheOther(op, places, mask);

  SmallVector<Type> types;
  for (Value value : initial)
    types.push_back(value.getType());
  auto stepAt = [&](size_t number, ArrayRef<Value> position, SmallVector<Value> carried) -> SmallVector<Value> {
    SmallVector<LaneIndex> source;
    LaneCondition inside;
    for (int64_t dim = 0; dim < type.getRank(); ++dim)
      source.push_back(windowIndex(windows[number][dim], position[dim], op.getBaseDilations()[dim],
                                   op.getWindowDilations()[dim], extents[dim], inside));
    auto step = [&]() -> SmallVector<Value> {
      Value inner = inside.lanes ? bothMasks(mask, inside.lanes) : mask;
      SmallVector<Value> arguments(carried);
      for (auto [input, init] : llvm::zip_equal(op.getInputs(), initial)) {
        Value value = evaluate(input, source, inner);
        arguments.push_back(inside.lanes ? element.select(inside.lanes, value, init) : value);
      }
      return runBody(body, arguments);
    };
    if (!inside.uniform)
      return step();
    return branch(inside.uniform, types, step, [&]() -> SmallVector<Value> {
      if (skipPadding)
        return carried;
      SmallVector<Value> arguments(carried);
      arguments.append(initial);
      return runBody(body, arguments);
    });
  };
  SmallVector<Value> carried;
  for (size_t i = 0; i < places.size(); ++i)
    carried.append(initial);
  SmallVector<Value> result = windowLoops(windows[0], {}, carried, [&](ArrayRef<Value> position, ValueRange accumulators) {
    SmallVector<Value> next;
    for (size_t i = 0; i < places.size(); ++i)
      next.append(stepAt(i, position, SmallVector<Value>(accumulators.slice(i * initial.size(), initial.size()))));
    return next;
  });
  return finishReduction(op, result);
}

SmallVector<Value> RegionEvaluator::windowLoops(ArrayRef<WindowDim> windows, ArrayRef<LoopRange> inner, ValueRange initial,
                                                LoopBody body) {
  constexpr int64_t kStraight = 27; // elements of a window that is made straight
  SmallVector<LoopRange> clamped, whole;
  SmallVector<std::pair<Value, Value>> bounds;
  Value inside; // all elements exist
  for (const WindowDim &dim : windows) {
    clamped.push_back(dim.range);
    whole.push_back({index.constant(0), dim.window});
    bounds.push_back({whole.back().lower, whole.back().upper});
    if (dim.range.upper != dim.window || dim.range.lower != whole.back().lower) {
      inside = index.both(inside, index.compare(Predicate::eq, dim.range.lower, whole.back().lower));
      inside = index.both(inside, index.compare(Predicate::eq, dim.range.upper, dim.window));
    }
  }
  for (const LoopRange &range : inner) {
    clamped.push_back(range);
    whole.push_back(range);
    bounds.push_back({range.lower, range.upper});
  }
  std::optional<int64_t> rounds = roundsOf(bounds);
  if (!rounds || *rounds > kStraight)
    return loops(clamped, initial, body);
  if (!inside)
    return loops(whole, initial, body, kStraight);
  return branch(
      inside, TypeRange(initial), [&] { return loops(whole, initial, body, kStraight); },
      [&] { return loops(clamped, initial, body); });
}

bool RegionEvaluator::sharesRanges(ArrayRef<SmallVector<WindowDim>> windows) {
  for (const SmallVector<WindowDim> &other : windows.drop_front())
    for (auto [a, b] : llvm::zip_equal(windows[0], other))
      if (a.range.lower != b.range.lower || a.range.upper != b.range.upper)
        return false;
  return true;
}

SmallVector<Value> RegionEvaluator::onePlaceAfterTheOther(Operation *op, Places places, Value mask) {
  SmallVector<Value> results;
  for (const Place &place : places)
    results.append(reductionAt(op, place, mask));
  return results;
}

} // namespace ingot
