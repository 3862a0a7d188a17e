#include "compiler/codegen/whole/WholeKernel.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"

namespace ingot {

using namespace mlir;
using Predicate = arith::CmpIPredicate;

static constexpr int64_t kAlignment = 64;

AffineExpr ScratchLayout::add(AffineExpr count, int64_t elementBytes) {
  AffineExpr start = end;
  end = simplifyExpr(start + (count * elementBytes).ceilDiv(kAlignment) * kAlignment);
  return start;
}

Type WholeCode::scratchElement(Type elementType) {
  return isa<FloatType>(elementType) ? computeType(elementType) : storageType(elementType);
}

int64_t scratchElementBytes(Type elementType) {
  Type type = WholeCode::scratchElement(elementType);
  if (auto complex = dyn_cast<ComplexType>(type))
    return 2 * complex.getElementType().getIntOrFloatBitWidth() / 8;
  return type.getIntOrFloatBitWidth() / 8;
}

AffineExpr productOfDims(RankedTensorType type, ArrayRef<int64_t> without) {
  AffineExpr product = getAffineConstantExpr(1, type.getContext());
  for (auto [dim, expr] : llvm::enumerate(dimExprs(type)))
    if (!llvm::is_contained(without, int64_t(dim)))
      product = product * expr;
  return simplifyExpr(product);
}

WholeCode::WholeCode(KernelOp kernel, const CpuLevel &level, KernelFunction &function, OpBuilder &builder, int64_t width)
    : builder(builder), loc(kernel.getLoc()), function(function), level(level), width(width), kernel(kernel),
      scalar(kernel, function, level, 1), wide(scalar.withWidth(width)),
      index(scalar.sharedState().indices, builder, loc, 1) {}

WholeCode::Values WholeCode::dims(RankedTensorType type) {
  return llvm::map_to_vector(dimExprs(type), [&](AffineExpr expr) { return size(expr); });
}

Value WholeCode::evaluate(Value tensor, ArrayRef<LaneIndex> at, int64_t lanes) {
  Value value = (lanes == 1 ? scalar : wide).evaluate(builder, loc, tensor, at, {});
  failed |= !value;
  return value ? value : Value(ub::PoisonOp::create(builder, loc, builder.getI1Type()));
}

WholeCode::Values WholeCode::buffersOf(OpResult result) {
  Values buffers;
  for (auto [returned, buffer] : llvm::zip_equal(kernel.getBlock().getTerminator()->getOperands(), function.results))
    if (returned == result)
      buffers.push_back(buffer);
  return buffers;
}

void WholeCode::store(OpResult result, Value value, ArrayRef<LaneIndex> at, int64_t lanes) {
  for (Value buffer : buffersOf(result))
    writeTo(buffer, cast<RankedTensorType>(result.getType()), value, at, lanes);
}

Value WholeCode::readFrom(Value buffer, RankedTensorType type, ArrayRef<LaneIndex> at, int64_t lanes) {
  IndexBuilder places(scalar.sharedState().indices, builder, loc, lanes);
  RegionEvaluator evaluator(scalar.sharedState(), builder, loc, lanes);
  return evaluator.load(buffer, type.getElementType(), places.linearize(at, evaluator.dims(type)), {});
}

void WholeCode::writeTo(Value buffer, RankedTensorType type, Value value, ArrayRef<LaneIndex> at, int64_t lanes) {
  IndexBuilder places(scalar.sharedState().indices, builder, loc, lanes);
  RegionEvaluator evaluator(scalar.sharedState(), builder, loc, lanes);
  evaluator.store(value, buffer, type.getElementType(), places.linearize(at, evaluator.dims(type)), {});
}

WholeCode::Values WholeCode::runBody(Block &body, ValueRange arguments, int64_t lanes) {
  return RegionEvaluator(scalar.sharedState(), builder, loc, lanes).runBody(body, arguments);
}

ElementBuilder WholeCode::elements() {
  return ElementBuilder(builder, loc, scalar.sharedState().indices.constants, level.fma, hasHalfConversion(level));
}

//===--- Scratch ---===//

Value WholeCode::scratchArray(AffineExpr offset, AffineExpr count, Type scratchType) {
  auto type = MemRefType::get({ShapedType::kDynamic}, scratchType);
  return memref::ViewOp::create(builder, loc, type, function.scratch, size(offset), ValueRange{size(count)});
}

Value WholeCode::toScratch(Value element, Type elementType) {
  return isa<FloatType>(elementType) ? element : elements().encode(element, elementType);
}

Value WholeCode::fromScratch(Value stored, Type elementType) {
  return isa<FloatType>(elementType) ? stored : elements().decode(stored, elementType);
}

Value WholeCode::load(Value array, Value at) { return memref::LoadOp::create(builder, loc, array, at); }
void WholeCode::store(Value array, Value at, Value element) { memref::StoreOp::create(builder, loc, element, array, at); }

Type WholeCode::placeType() { return builder.getIntegerType(scalar.sharedState().indices.narrow ? 32 : 64); }

Value WholeCode::loadPlace(Value array, Value at) {
  return arith::IndexCastOp::create(builder, loc, builder.getIndexType(), load(array, at));
}

void WholeCode::storePlace(Value array, Value at, Value place) {
  store(array, at, arith::IndexCastOp::create(builder, loc, placeType(), place));
}

//===--- Control ---===//

void WholeCode::loop(Value from, Value to, llvm::function_ref<void(Value)> body, Value step) {
  if (!step && IndexBuilder::constantOf(from) == 0 && IndexBuilder::constantOf(to) == 1)
    return body(from);
  auto loopOp = scf::ForOp::create(builder, loc, from, to, step ? step : index.constant(1));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(loopOp.getBody()->getTerminator());
  body(loopOp.getInductionVar());
}

WholeCode::Values WholeCode::loop(Value from, Value to, ValueRange init, llvm::function_ref<Values(Value, ValueRange)> body,
                                  Value step) {
  auto loopOp = scf::ForOp::create(builder, loc, from, to, step ? step : index.constant(1), init);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(loopOp.getBody());
  scf::YieldOp::create(builder, loc, body(loopOp.getInductionVar(), loopOp.getRegionIterArgs()));
  return Values(loopOp.getResults());
}

WholeCode::Values WholeCode::loopWhile(ValueRange init, llvm::function_ref<Value(ValueRange)> condition,
                                       llvm::function_ref<Values(ValueRange)> body) {
  SmallVector<Type> types(init.getTypes());
  SmallVector<Location> locations(types.size(), loc);
  auto whileOp = scf::WhileOp::create(builder, loc, types, init);
  OpBuilder::InsertionGuard guard(builder);
  Block *before = builder.createBlock(&whileOp.getBefore(), {}, types, locations);
  scf::ConditionOp::create(builder, loc, condition(before->getArguments()), before->getArguments());
  Block *after = builder.createBlock(&whileOp.getAfter(), {}, types, locations);
  scf::YieldOp::create(builder, loc, body(after->getArguments()));
  return Values(whileOp.getResults());
}

void WholeCode::branch(Value condition, llvm::function_ref<void()> then, llvm::function_ref<void()> otherwise) {
  auto ifOp = scf::IfOp::create(builder, loc, condition, bool(otherwise));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(ifOp.thenBlock()->getTerminator());
  then();
  if (otherwise) {
    builder.setInsertionPoint(ifOp.elseBlock()->getTerminator());
    otherwise();
  }
}

// Bottom up, between the two halves of `order`. The runs' heads are chosen without a branch: their order cannot be foretold.
Value WholeCode::mergeSort(Value order, Value length, llvm::function_ref<Value(Value, Value)> before) {
  Value zero = index.constant(0), one = index.constant(1);
  loop(zero, length, [&](Value i) { storePlace(order, i, i); });
  auto add = [&](Value a, Value b) -> Value { return arith::AddIOp::create(builder, loc, a, b); };
  auto less = [&](Value a, Value b) -> Value { return arith::CmpIOp::create(builder, loc, Predicate::slt, a, b); };
  auto smaller = [&](Value a, Value b) -> Value { return arith::MinSIOp::create(builder, loc, a, b); };
  auto advance = [&](Value at, Value taken) {
    return add(at, arith::IndexCastUIOp::create(builder, loc, builder.getIndexType(), taken));
  };
  Values sorted = loopWhile(
      {one, zero}, [&](ValueRange state) { return less(state[0], length); },
      [&](ValueRange state) -> Values {
        Value run = state[0], source = state[1], target = arith::SubIOp::create(builder, loc, length, source);
        Value pair = add(run, run);
        loop(
            zero, length,
            [&](Value start) {
              Value middle = smaller(add(start, run), length), end = smaller(add(start, pair), length);
              Values heads = loopWhile(
                  {start, middle, start},
                  [&](ValueRange at) -> Value {
                    return arith::AndIOp::create(builder, loc, less(at[0], middle), less(at[1], end));
                  },
                  [&](ValueRange at) -> Values {
                    Value left = loadPlace(order, add(source, at[0])), right = loadPlace(order, add(source, at[1]));
                    Value takesRight = before(right, left);
                    storePlace(order, add(target, at[2]), arith::SelectOp::create(builder, loc, takesRight, right, left));
                    Value yes = arith::ConstantIntOp::create(builder, loc, 1, 1);
                    Value takesLeft = arith::XOrIOp::create(builder, loc, takesRight, yes);
                    return {advance(at[0], takesLeft), advance(at[1], takesRight), add(at[2], one)};
                  });
              auto copyRest = [&](Value from, Value to, Value out) {
                Value shift = arith::SubIOp::create(builder, loc, add(target, out), from);
                loop(from, to, [&](Value i) { store(order, add(shift, i), load(order, add(source, i))); });
              };
              copyRest(heads[0], middle, heads[2]);
              copyRest(heads[1], end, add(heads[2], arith::SubIOp::create(builder, loc, middle, heads[0])));
            },
            pair);
        return {pair, target};
      });
  return sorted[1];
}

} // namespace ingot
