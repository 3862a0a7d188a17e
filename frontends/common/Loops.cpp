#include "frontends/common/Loops.h"

using namespace mlir;

namespace ingot::frontend {

SmallVector<Value> countedLoop(ValueBuilder &b, AffineExpr steps, ArrayRef<Value> initial,
                               llvm::function_ref<SmallVector<Value>(Value, ArrayRef<Value>)> body,
                               llvm::function_ref<Value(ArrayRef<Value>)> goesOn) {
  Type indexType = b.getI64Type();
  Value zero = b.integer(indexType, 0);
  if (staticDim(steps) == 0)
    return SmallVector<Value>(initial);
  if (staticDim(steps) == 1)
    return body(zero, initial);
  Value one = b.integer(indexType, 1), count = b.sizeOf(steps, indexType);
  SmallVector<Value> carried = {zero};
  carried.append(initial.begin(), initial.end());
  SmallVector<Type> types = llvm::to_vector(ValueRange(carried).getTypes());
  SmallVector<Location> places(types.size(), b.getLoc());
  auto loop = WhileOp::create(b, types, carried);
  OpBuilder::InsertionGuard guard(b);
  loop.getCond().getBlocks().clear();
  Block *cond = b.createBlock(&loop.getCond(), {}, types, places);
  Value more = b.compare(ComparisonDirection::LT, cond->getArgument(0), count);
  if (goesOn)
    more = b.binary<AndOp>(more, goesOn(llvm::to_vector_of<Value>(cond->getArguments().drop_front())));
  ReturnOp::create(b, more);
  loop.getBody().getBlocks().clear();
  Block *block = b.createBlock(&loop.getBody(), {}, types, places);
  SmallVector<Value> arguments(block->getArguments().begin() + 1, block->getArguments().end());
  SmallVector<Value> next = {b.add(block->getArgument(0), one)};
  next.append(body(block->getArgument(0), arguments));
  ReturnOp::create(b, next);
  return llvm::to_vector_of<Value>(loop.getResults().drop_front());
}

// The starts of a window at `place` along dim 0.
static SmallVector<Value> startsAt(ValueBuilder &b, Value x, Value place) {
  SmallVector<Value> starts(ValueBuilder::rankOf(x), place);
  if (starts.size() > 1)
    std::fill(starts.begin() + 1, starts.end(), b.integer(ValueBuilder::elementOf(place), 0));
  return starts;
}

Value partAt(ValueBuilder &b, Value x, Value place) {
  Dims dims = ValueBuilder::dimsOf(x), rest(dims.begin() + 1, dims.end());
  if (staticDim(dims[0]) == 1)
    return b.reshape(x, rest);
  dims[0] = b.number(1);
  Value part = DynamicSliceOp::create(b, makeTensorType(dims, ValueBuilder::elementOf(x)), x, startsAt(b, x, place));
  return b.reshape(part, rest);
}

Value withPartAt(ValueBuilder &b, Value x, Value part, Value place) {
  Dims dims = ValueBuilder::dimsOf(x);
  dims[0] = b.number(1);
  part = b.reshape(part, dims);
  if (part.getType() == x.getType())
    return part;
  return DynamicUpdateSliceOp::create(b, x.getType(), x, part, startsAt(b, x, place));
}

} // namespace ingot::frontend
