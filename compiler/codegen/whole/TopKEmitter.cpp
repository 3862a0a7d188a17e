// Selections by rank: a tile is a row. Elements that may be among the k largest are collected in scratch; when it is full,
// the collected ones are sorted and all but k are dropped, of which the last is what later elements must exceed.
#include "compiler/codegen/whole/WholeKernel.h"

#include <algorithm>
#include <cmath>

namespace ingot {

using namespace mlir;
using Predicate = arith::CmpIPredicate;

namespace {

struct TopKScratch : EmitterChoice {
  TopKScratch(TopKOp op) : layout(op.getContext()) {
    auto type = op.getOperand().getType();
    element = computeType(type.getElementType());
    length = dimExprs(type).back();
    k = dimExprs(op.getValues().getType()).back();
    capacity = simplifyExpr(k * 2 + 32);
    auto known = dyn_cast<AffineConstantExpr>(length), room = dyn_cast<AffineConstantExpr>(capacity);
    if (known && room && known.getValue() < room.getValue())
      capacity = getAffineConstantExpr(std::max<int64_t>(known.getValue(), 1), op.getContext());
    unsigned bits =
        isa<FloatType>(element) ? element.getIntOrFloatBitWidth() : std::max(8u, element.getIntOrFloatBitWidth());
    rankType = IntegerType::get(op.getContext(), bits);
    ranks = layout.add(capacity, bits / 8);
    kept = layout.add(k, bits / 8);
    places = layout.add(capacity, sizeof(int64_t));
    keptPlaces = layout.add(k, sizeof(int64_t));
    order = layout.add(capacity * 2, sizeof(int64_t));
  }

  ScratchLayout layout;
  Type element, rankType;
  AffineExpr length, k, capacity;
  AffineExpr ranks, kept, places, keptPlaces, order;
};

class TopKCode {
public:
  TopKCode(TopKOp op, const TopKScratch &scratch, KernelOp kernel, const CpuLevel &level, KernelFunction &function,
           OpBuilder &builder)
      : op(op), code(kernel, level, function, builder, 1), e(code.elements()), scratch(scratch),
        type(op.getOperand().getType()),
        isUnsigned(type.getElementType().isUnsignedInteger() || type.getElementType().isInteger(1)) {}

  LogicalResult run() {
    length = code.size(scratch.length);
    k = code.size(scratch.k);
    capacity = code.size(scratch.capacity);
    ranks = code.scratchArray(scratch.ranks, scratch.capacity, scratch.rankType);
    kept = code.scratchArray(scratch.kept, scratch.k, scratch.rankType);
    places = code.scratchArray(scratch.places, scratch.capacity, code.placeType());
    keptPlaces = code.scratchArray(scratch.keptPlaces, scratch.k, code.placeType());
    order = code.scratchArray(scratch.order, scratch.capacity * 2, code.placeType());
    SmallVector<Value> outer = code.dims(type);
    outer.pop_back();
    Value zero = code.index.constant(0);
    Value isEmpty = code.index.compare(Predicate::sle, k, zero);
    Value end = e.select(isEmpty, code.function.begin, code.function.end);
    code.loop(code.function.begin, end, [&](Value row) {
      SmallVector<LaneIndex> at = code.index.delinearize(IndexBuilder::uniform(row), outer);
      at.push_back(code.index.zero());
      selectRow(at);
    });
    return success(!code.failed);
  }

private:
  Value add(Value a, Value b) { return arith::AddIOp::create(code.builder, code.loc, a, b); }

  // Integers that are ordered as the elements are.
  Value rankOf(Value element) {
    if (!isa<FloatType>(element.getType()))
      return isUnsigned ? e.extui(element, scratch.rankType) : e.extsi(element, scratch.rankType);
    return flip(e.bitcast(element, scratch.rankType));
  }
  Value elementOf(Value rank) {
    if (!isa<FloatType>(scratch.element))
      return e.trunci(rank, scratch.element);
    return e.bitcast(flip(rank), scratch.element);
  }
  // Its own inverse: the bits of negative floats are ordered the other way round.
  Value flip(Value bits) {
    unsigned width = bits.getType().getIntOrFloatBitWidth();
    Value sign = e.shrs(bits, e.integer(bits, width - 1));
    return e.xori(bits, e.shru(sign, e.integer(bits, 1)));
  }
  Value exceeds(Value rank, Value other) { return e.cmp(isUnsigned ? Predicate::ugt : Predicate::sgt, rank, other); }

  void selectRow(SmallVector<LaneIndex> at) {
    OpBuilder &builder = code.builder;
    Location loc = code.loc;
    Value zero = code.index.constant(0), one = code.index.constant(1);
    Value no = arith::ConstantIntOp::create(builder, loc, 0, 1);
    Value least = arith::ConstantIntOp::create(builder, loc, 0, scratch.rankType.getIntOrFloatBitWidth());
    auto less = [&](Value a, Value b) -> Value { return arith::CmpIOp::create(builder, loc, Predicate::slt, a, b); };
    // Carried: the next element, the number collected, the rank to exceed and whether there is one, whether to go on.
    Value yes = arith::ConstantIntOp::create(builder, loc, 1, 1);
    SmallVector<Value> last = code.loopWhile(
        {zero, zero, least, no, yes}, [&](ValueRange state) { return state[4]; },
        [&](ValueRange state) -> SmallVector<Value> {
          Value threshold = state[2], isFirst = e.xori(state[3], yes);
          SmallVector<Value> filled = code.loopWhile(
              {state[0], state[1]},
              [&](ValueRange now) -> Value { return e.andi(less(now[0], length), less(now[1], capacity)); },
              [&](ValueRange now) -> SmallVector<Value> {
                SmallVector<LaneIndex> from(at);
                from.back() = IndexBuilder::uniform(now[0]);
                Value rank = rankOf(code.evaluate(op.getOperand(), from));
                code.store(ranks, now[1], rank);
                code.storePlace(places, now[1], now[0]);
                Value taken = e.ori(exceeds(rank, threshold), isFirst);
                Value step = arith::IndexCastUIOp::create(builder, loc, builder.getIndexType(), taken);
                return {add(now[0], one), add(now[1], step)};
              });
          Value count = filled[1], left = arith::MinSIOp::create(builder, loc, count, k);
          keepLargest(count, left);
          // With fewer than k collected there is no more to come.
          Value lastKept = arith::MaxSIOp::create(builder, loc, arith::SubIOp::create(builder, loc, left, one), zero);
          return {filled[0], left, code.load(ranks, lastKept), yes, less(filled[0], length)};
        });
    code.loop(zero, last[1], [&](Value i) {
      SmallVector<LaneIndex> to(at);
      to.back() = IndexBuilder::uniform(i);
      code.store(op->getResult(0), elementOf(code.load(ranks, i)), to);
      Value place = arith::IndexCastOp::create(builder, loc, builder.getI32Type(), code.loadPlace(places, i));
      code.store(op->getResult(1), place, to);
    });
  }

  // The largest `left` of the `count` collected elements, in order. The sort is stable: what came first stays in front.
  void keepLargest(Value count, Value left) {
    Value zero = code.index.constant(0);
    Value sorted = code.mergeSort(
        order, count, [&](Value right, Value left) { return exceeds(code.load(ranks, right), code.load(ranks, left)); });
    code.loop(zero, left, [&](Value i) {
      Value place = code.loadPlace(order, add(sorted, i));
      code.store(kept, i, code.load(ranks, place));
      code.store(keptPlaces, i, code.load(places, place));
    });
    code.loop(zero, left, [&](Value i) {
      code.store(ranks, i, code.load(kept, i));
      code.store(places, i, code.load(keptPlaces, i));
    });
  }

  TopKOp op;
  WholeCode code;
  ElementBuilder e;
  const TopKScratch &scratch;
  RankedTensorType type;
  bool isUnsigned;
  Value length, k, capacity, ranks, kept, places, keptPlaces, order;
};

class TopKEmitter : public WholeEmitter<TopKOp, TopKScratch, TopKCode> {
public:
  llvm::StringRef name() const override { return "top_k"; }

  std::optional<KernelPlan> plan(KernelOp kernel, const CpuLevel &, ArrayRef<SizeAttr> sizes) const override {
    auto op = wholeOpOf<TopKOp>(kernel);
    if (!op)
      return std::nullopt;
    auto type = op.getOperand().getType();
    auto choice = std::make_shared<TopKScratch>(op);
    const TopKScratch &scratch = *choice;
    KernelPlan plan;
    plan.emitter = name().str();
    plan.grid = productOfDims(type, {type.getRank() - 1});
    plan.scratch = scratch.layout.bytes();
    double length = double(maxOfExpr(scratch.length, sizes).value_or(1024));
    double capacity = double(maxOfExpr(scratch.capacity, sizes).value_or(1024));
    plan.cost = double(maxOfExpr(plan.grid, sizes).value_or(1)) * (2 * length + 10 * capacity * std::log2(capacity + 1));
    plan.params = DictionaryAttr::get(kernel.getContext());
    plan.choice = std::move(choice);
    return plan;
  }
};

} // namespace

std::unique_ptr<KernelEmitter> createTopKEmitter() { return std::make_unique<TopKEmitter>(); }

} // namespace ingot
