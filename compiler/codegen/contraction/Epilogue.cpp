#include "compiler/codegen/contraction/Epilogue.h"

#include "compiler/codegen/RegionEvaluator.h"

namespace ingot {

using namespace mlir;

// The extent of every dim of a tensor as an index.
static SmallVector<Value> extentsOf(IndexMath &math, const KernelFunction &function, RankedTensorType type) {
  SmallVector<Value> extents;
  for (AffineExpr expr : dimExprs(type))
    extents.push_back(function.materialize(math.builder, math.loc, expr));
  return extents;
}

Epilogue::Epilogue(IndexMath &math, KernelOp kernel, const ContractionMatch &match, const ContractionPlan &plan,
                   const CpuLevel &level, const KernelFunction &function)
    : math(math), match(match), plan(plan), function(function), vectorizer(kernel, function, level, plan.lanes),
      type(VectorType::get({plan.lanes}, math.builder.getF32Type())), extents(extentsOf(math, function, match.resultType())),
      rows(function.materialize(math.builder, math.loc, match.rows)),
      allColumns(function.materialize(math.builder, math.loc, match.columnsExpr)) {
  extents.pop_back();
  provideFlatInputs();
}

void Epilogue::provideFlatInputs() {
  llvm::SmallPtrSet<Operation *, 8> epilogue(match.epilogue.begin(), match.epilogue.end());
  for (BlockArgument argument : match.op->getBlock()->getArguments()) {
    auto type = cast<RankedTensorType>(argument.getType());
    if (withElementType(type, match.resultType().getElementType()) != match.resultType() || argument.use_empty())
      continue;
    bool sameSpace = llvm::all_of(argument.getUsers(), [&](Operation *user) {
      return epilogue.contains(user) && user->hasTrait<trait::Pointwise>() &&
             match.movements.lookup(user->getResult(0)).empty();
    });
    if (!sameSpace)
      continue;
    Value buffer = function.operands[argument.getArgNumber()];
    vectorizer.provide(argument, [=, this](OpBuilder &builder, Location loc, ArrayRef<LaneIndex>, Value mask) {
      RegionEvaluator evaluator(vectorizer.sharedState(), builder, loc, plan.lanes);
      evaluator.count(argument, false, mask);
      return evaluator.load(buffer, type.getElementType(), LaneIndex{position, 1, Value()}, mask);
    });
  }
}

SmallVector<LaneIndex> Epilogue::indices(Value outer, Value row, Value column) {
  SmallVector<LaneIndex> result;
  auto append = [&](ArrayRef<Value> values) {
    for (Value value : values)
      result.push_back({value, 0, Value()});
  };
  append(math.delinearize(outer, ArrayRef(extents).take_front(match.outerRank)));
  append(math.delinearize(row, ArrayRef(extents).drop_front(match.outerRank)));
  result.push_back({column, 1, Value()});
  return result;
}

SmallVector<LaneIndex> Epilogue::follow(const Movement &movement, SmallVector<LaneIndex> from) {
  for (Operation *op : movement) {
    SmallVector<LaneIndex> to;
    if (auto transpose = dyn_cast<TransposeOp>(op)) {
      for (int64_t dim : transpose.getPermutation())
        to.push_back(from[dim]);
    } else {
      // Lanes run along the last dim of both sides and never cross its end (see Match), so the first lane's place tells all.
      auto reshape = cast<ReshapeOp>(op);
      SmallVector<Value> oldExtents = extentsOf(math, function, cast<RankedTensorType>(reshape.getOperand().getType()));
      SmallVector<Value> newExtents = extentsOf(math, function, cast<RankedTensorType>(reshape.getType()));
      const bool lastStays = math.constantOf(oldExtents.back()) == math.constantOf(newExtents.back());
      Value last = from.back().base;
      if (lastStays) {
        oldExtents.pop_back();
        newExtents.pop_back();
      }
      Value linear = math.constant(0);
      for (unsigned dim = 0; dim < oldExtents.size(); ++dim)
        linear = math.add(math.mul(linear, oldExtents[dim]), from[dim].base);
      for (Value index : math.delinearize(linear, newExtents))
        to.push_back({index, 0, Value()});
      if (lastStays)
        to.push_back({last, 1, Value()});
      else
        to.back().step = 1;
    }
    from = std::move(to);
  }
  return from;
}

void Epilogue::emit(Value outer, Value row, Value column, Value sums, Value mask) {
  OpBuilder &builder = math.builder;
  function.count(builder, math.loc, match.op->getResult(0),
                 [&] { return math.min(math.constant(plan.lanes), math.sub(allColumns, column)); });
  column = math.add(math.mul(math.rem(outer, match.groups), match.columns), column);
  outer = math.div(outer, match.groups);
  position = math.add(math.mul(math.add(math.mul(outer, rows), row), math.mul(allColumns, match.groups)), column);
  vectorizer.clearCache();
  vectorizer.provide(match.op->getResult(0), [sums](OpBuilder &, Location, ArrayRef<LaneIndex>, Value) { return sums; });
  SmallVector<LaneIndex> place = indices(outer, row, column);
  RegionEvaluator evaluator(vectorizer.sharedState(), builder, math.loc, plan.lanes);
  IndexBuilder index(vectorizer.sharedState().indices, builder, math.loc, plan.lanes);
  SmallVector<std::pair<Value, LaneIndex>> values; // and their positions in the results' memory
  // All are computed before the first is stored: a result may lie in an operand's place.
  for (const ContractionOutput &output : match.outputs) {
    SmallVector<LaneIndex> at = follow(output.movement, place);
    LaneIndex target{position, 1, Value()};
    if (!output.movement.empty())
      target = index.linearize(at, evaluator.dims(cast<RankedTensorType>(output.source.getType())));
    values.push_back({vectorizer.evaluate(builder, math.loc, output.source, at, mask), target});
  }
  for (auto [output, value, buffer] : llvm::zip_equal(match.outputs, values, function.results))
    evaluator.store(value.first, buffer, cast<RankedTensorType>(output.source.getType()).getElementType(), value.second,
                    mask);
  vectorizer.clearCache();
}

void Epilogue::emitRows(Value scratch, Value offset, int64_t stride, Value outer, Value row, Value count, Value column,
                        int64_t columns) {
  Value end = allColumns;
  Value width =
      match.columns % columns == 0 ? math.constant(columns) : math.min(math.constant(columns), math.sub(end, column));
  math.loop(math.constant(0), count, 1, [&](Value r) {
    Value source = math.add(offset, math.mul(r, stride));
    Value absoluteRow = math.add(row, r);
    math.loop(math.constant(0), width, plan.lanes, [&](Value c) {
      Value sums = math.load(scratch, math.add(source, c), type);
      Value first = math.add(column, c);
      if (match.columns % plan.lanes == 0)
        return emit(outer, absoluteRow, first, sums, Value());
      Value left = math.sub(end, first);
      math.branch(
          math.lessEqual(math.constant(plan.lanes), left), [&] { emit(outer, absoluteRow, first, sums, Value()); },
          [&] {
            Value mask = vector::CreateMaskOp::create(
                math.builder, math.loc, VectorType::get({plan.lanes}, math.builder.getI1Type()), ValueRange{left});
            emit(outer, absoluteRow, first, sums, mask);
          });
    });
  });
}

} // namespace ingot
