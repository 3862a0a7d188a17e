// Control flow: branches and loops whose regions hold a few steps of any kind, and read values from outside.
#include "ir/TensorTypes.h"
#include "tests/differential/RandomProgram.h"

using namespace mlir;

namespace ingot::differential {
namespace {

RankedTensorType scalarOf(Type element) { return makeTensorType(ArrayRef<int64_t>{}, element); }

// Types of what branches give: those of values at hand.
SmallVector<Type> resultTypes(RandomProgram &p) {
  SmallVector<Type> types;
  for (unsigned i = 0, e = 1 + p.below(2); i != e; ++i)
    if (Value value = p.pick())
      types.push_back(value.getType());
  return types;
}

void fillBranch(RandomProgram &p, Region &region, TypeRange results, bool &rounds) {
  p.inRegion(region, {}, [&](ArrayRef<Value>) {
    p.steps(1 + p.below(3));
    SmallVector<Value> ends;
    for (Type type : results) {
      ends.push_back(p.another(cast<RankedTensorType>(type)));
      rounds |= !p.isExact(ends.back());
    }
    return ends;
  });
}

bool branch(RandomProgram &p) {
  Value predicate = p.another(scalarOf(p.b.getI1Type()));
  SmallVector<Type> types = resultTypes(p);
  if (types.empty())
    return false;
  auto op = IfOp::create(p.b, types, predicate);
  bool rounds = false;
  fillBranch(p, op.getTrueBranch(), types, rounds);
  fillBranch(p, op.getFalseBranch(), types, rounds);
  return p.add(op, rounds ? Rounding::Rounds : Rounding::Exact);
}

bool branches(RandomProgram &p) {
  Value index = p.another(scalarOf(p.b.getI32Type()));
  SmallVector<Type> types = resultTypes(p);
  if (types.empty())
    return false;
  const unsigned count = 1 + p.below(3);
  auto op = CaseOp::create(p.b, types, index, count);
  bool rounds = false;
  for (Region &region : op.getBranches())
    fillBranch(p, region, types, rounds);
  return p.add(op, rounds ? Rounding::Rounds : Rounding::Exact);
}

// A loop of a few rounds: a counter and one or two tensors.
bool loop(RandomProgram &p) {
  Type counter = p.oneIn(2) ? p.b.getI32Type() : p.b.getI64Type();
  SmallVector<Value> initial{p.b.integer(counter, 0)};
  for (unsigned i = 0, e = 1 + p.below(2); i != e; ++i)
    if (Value value = p.pick())
      initial.push_back(value);
  Value rounds = p.b.integer(counter, p.between(0, 4));
  SmallVector<Type> types = llvm::to_vector(ValueRange(initial).getTypes());
  auto op = WhileOp::create(p.b, types, initial);
  p.inRegion(op.getCond(), types, [&](ArrayRef<Value> carried) {
    return SmallVector<Value>{p.b.compare(ComparisonDirection::LT, carried[0], rounds)};
  });
  bool inexact = false;
  p.inRegion(op.getBody(), types, [&](ArrayRef<Value> carried) {
    SmallVector<Value> next{p.b.add(carried[0], p.b.integer(counter, 1))};
    p.carry(carried.drop_front());
    p.steps(1 + p.below(3));
    for (Value value : carried.drop_front()) {
      next.push_back(p.another(typeOf(value)));
      inexact |= !p.isExact(next.back());
    }
    return next;
  });
  return p.add(op, inexact ? Rounding::Rounds : Rounding::Exact);
}

constexpr Step steps[] = {branch, branches, loop, loop};

} // namespace

ArrayRef<Step> controlFlowSteps() { return steps; }

} // namespace ingot::differential
