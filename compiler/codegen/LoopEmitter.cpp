// The emitter that takes every kernel: vectorised loop nests over the results, everything else evaluated in place.
#include "compiler/codegen/KernelEmitter.h"
#include "compiler/codegen/LoopPlan.h"
#include "compiler/codegen/RegionAnalysis.h"
#include "compiler/codegen/RegionEvaluator.h"
#include "compiler/codegen/RegionVectorizer.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/schedule/Schedule.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallSet.h"

namespace ingot {

using namespace mlir;

namespace {

// Emits one nest.
class NestEmitter {
public:
  NestEmitter(KernelOp kernel, const LoopNest &nest, const CpuLevel &level, KernelFunction &function, OpBuilder &builder,
              RegionVectorizer &shared)
      : kernel(kernel), nest(nest), level(level), function(function), builder(builder), loc(kernel.getLoc()),
        wide(shared.withWidth(nest.width)), scalar(shared.withWidth(1)),
        index(shared.sharedState().indices, builder, loc, nest.width) {
    for (AffineExpr expr : nest.extents(kernel))
      extents.push_back(index.expr(expr, function.sizes));
    space.assign(extents.size(), LaneIndex());
    for (LaneIndex &place : space)
      place = index.zero();
    SmallVector<Value> computed = computedValues(kernel);
    for (int64_t number : nest.results)
      values.push_back(computed[number]);
    if (updatedOperand(kernel))
      update = kernel.getBlock().getTerminator()->getOperand(0).getDefiningOp<DynamicUpdateSliceOp>();
  }

  // Computes the nest's own tiles [begin, end).
  LogicalResult run(Value begin, Value end) {
    // A window larger than what it is written to has no place.
    Value fits = update ? RegionEvaluator(wide.sharedState(), builder, loc, 1).windowFits(update) : Value();
    OpBuilder::InsertionGuard guard(builder);
    if (fits)
      builder.setInsertionPointToStart(&scf::IfOp::create(builder, loc, fits, false).getThenRegion().front());
    emit(begin, end);
    for (Value tensor : SmallVector<Value>(provided))
      provideAll(tensor, [](int64_t) { return RegionVectorizer::Provider(); });
    return result;
  }

private:
  void emit(Value begin, Value end) {
    Value points = index.expr(nest.outerPoints(kernel), function.sizes);
    bool known = IndexBuilder::constantOf(points) == 1;
    if (nest.split) {
      Value part = index.constant(nest.split), extent = extents[nest.lane];
      if (known) {
        rows(index.mul(begin, part), index.minimum(index.mul(end, part), extent));
        return;
      }
      Value parts = index.ceilDiv(extent, part);
      loop(begin, end, 1, [&](Value tile) {
        setOuter(index.div(tile, parts));
        Value from = index.mul(index.rem(tile, parts), part);
        rows(from, index.minimum(index.add(from, part), extent));
      });
      return;
    }
    Value tile = index.constant(nest.tile);
    loop(index.mul(begin, tile), index.minimum(index.mul(end, tile), points), 1, [&](Value point) {
      setOuter(point);
      middle(0);
    });
  }

  void loop(Value from, Value to, int64_t step, llvm::function_ref<void(Value)> body) {
    auto lower = IndexBuilder::constantOf(from), upper = IndexBuilder::constantOf(to);
    if (lower && upper && *lower >= *upper)
      return;
    if (lower && upper && *upper - *lower <= step) {
      body(from);
      return;
    }
    auto loopOp = scf::ForOp::create(builder, loc, from, to, index.constant(step));
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(loopOp.getBody()->getTerminator());
    body(loopOp.getInductionVar());
  }

  // The outer dims' places from their point's number.
  void setOuter(Value point) {
    SmallVector<Value> dims;
    for (int64_t dim : nest.outer)
      dims.push_back(extents[dim]);
    SmallVector<LaneIndex> places = index.delinearize(IndexBuilder::uniform(point), dims);
    for (auto [dim, place] : llvm::zip_equal(nest.outer, places))
      space[dim] = place;
  }

  void middle(size_t depth) {
    if (depth < nest.middle.size()) {
      int64_t dim = nest.middle[depth];
      loop(index.constant(0), extents[dim], 1, [&](Value place) {
        space[dim] = IndexBuilder::uniform(place);
        middle(depth + 1);
      });
      return;
    }
    if (!nest.cached.empty())
      reduceRow();
    if (nest.lane < 0)
      inner(scalar, 0, {});
    else
      rows(index.constant(0), extents[nest.lane]);
  }

  // The lanes from `from` to `to`, for all places of the transposed dim if there is one.
  void rows(Value from, Value to) {
    if (nest.transposed < 0)
      return lanes(from, to);
    LaneIndex &place = space[nest.transposed];
    int64_t width = nest.width;
    Value extent = extents[nest.transposed], block = index.constant(width);
    Value blocksEnd = index.mul(index.div(extent, block), block);
    loop(index.constant(0), blocksEnd, width, [&](Value first) {
      Value length = index.sub(to, from);
      Value end = index.multipleOf(length) % width == 0
                      ? to
                      : index.add(from, index.mul(index.div(index.maximum(length, index.constant(0)), block), block));
      loop(from, end, width, [&](Value at) {
        noteMultiple(at, from, width);
        lanePlace = at;
        RegionState &state = wide.sharedState();
        state.transposing = true;
        for (int64_t i = 0; i < width; ++i) {
          place = IndexBuilder::uniform(index.add(first, index.constant(i)));
          inner(wide, 1, {});
        }
        state.transposing = false;
      });
      if (end != to)
        loop(first, index.add(first, block), 1, [&](Value at) {
          place = IndexBuilder::uniform(at);
          lanes(end, to);
        });
    });
    loop(blocksEnd, extent, 1, [&](Value at) {
      place = IndexBuilder::uniform(at);
      lanes(from, to);
    });
  }

  //===--- Rows whose expensive values are cached ---===//

  // Where a cached value lies in scratch, as its element type in registers.
  Value cachedRow(Operation *op) {
    Type element = computeType(getElementTypeOrSelf(op->getResult(0).getType()));
    Value offset = index.constant(0), bytes = index.constant(64);
    for (int64_t position : nest.cached) {
      Operation *other = opAt(position);
      if (other == op)
        break;
      int64_t size = computeType(getElementTypeOrSelf(other->getResult(0).getType())).getIntOrFloatBitWidth() / 8;
      offset =
          index.add(offset, index.mul(index.ceilDiv(index.mul(extents[nest.lane], index.constant(size)), bytes), bytes));
    }
    auto type = MemRefType::get({ShapedType::kDynamic}, element);
    return memref::ViewOp::create(builder, loc, type, function.scratch, offset, ValueRange{extents[nest.lane]});
  }

  Operation *opAt(int64_t position) { return &*std::next(kernel.getBlock().begin(), position); }

  // Makes every width that a row's loops use see `provider(width)` as the source of `tensor`.
  void provideAll(Value tensor, llvm::function_ref<RegionVectorizer::Provider(int64_t)> provider) {
    llvm::SmallSet<int64_t, 4> widths;
    widths.insert(1);
    widths.insert(nest.width);
    for (Operation &op : kernel.getBlock())
      if (makingOf(&op) == Making::Reduction)
        widths.insert(lanesOfReduce(&op, level).lanes);
    for (int64_t width : widths)
      wide.withWidth(width).provide(tensor, provider(width));
    provided.push_back(tensor);
  }

  // Makes all who ask for an element of `tensor` get `value`, a scalar.
  void provideScalar(Value tensor, Value value) {
    RegionState &state = wide.sharedState();
    provideAll(tensor, [&](int64_t width) -> RegionVectorizer::Provider {
      return [&state, value, width](OpBuilder &builder, Location loc, ArrayRef<LaneIndex>, Value) -> Value {
        ElementBuilder elements(builder, loc, state.indices.constants, state.level.fma, false);
        return elements.splat(value, width);
      };
    });
  }

  // The row's reductions in their order: the first that needs a cached value also writes it to scratch. Single elements of
  // the row that they need come before.
  void reduceRow() {
    RegionState &state = wide.sharedState();
    llvm::SmallPtrSet<Operation *, 4> written;
    SmallVector<int64_t> rowDims;
    for (Operation &op : kernel.getBlock().without_terminator())
      if (makingOf(&op) == Making::Reduction)
        rowDims = indexRelationOf(&op)->variableDims(0);
    auto type = cast<RankedTensorType>(computedValues(kernel)[nest.results[0]].getType());
    for (Operation &op : kernel.getBlock().without_terminator()) {
      if (isRowElement(&op, type, rowDims)) {
        SmallVector<LaneIndex> place = fullIndices(space);
        for (int64_t dim : rowDims)
          place[dim] = index.zero();
        Value value = scalar.evaluate(builder, loc, op.getResult(0), place, {});
        if (!value) {
          result = failure();
          return;
        }
        provideScalar(op.getResult(0), value);
        continue;
      }
      Operation *reduce = &op;
      if (makingOf(reduce) != Making::Reduction)
        continue;
      SmallVector<Operation *> writes;
      for (int64_t position : nest.cached)
        if (Operation *cached = opAt(position); !written.contains(cached) && isOperand(cached, reduce))
          writes.push_back(cached);
      for (Operation *cached : writes) {
        Value row = cachedRow(cached), tensor = cached->getResult(0);
        provideAll(tensor, [&](int64_t width) -> RegionVectorizer::Provider {
          return
              [this, &state, row, tensor, width](OpBuilder &, Location, ArrayRef<LaneIndex> indices, Value mask) -> Value {
                RegionEvaluator evaluator(state, builder, loc, width);
                Value value = evaluator.compute(tensor, indices, mask);
                if (value)
                  evaluator.store(value, row, cast<MemRefType>(row.getType()).getElementType(), indices[rowDim()], mask);
                return value;
              };
        });
        written.insert(cached);
      }
      // The reduction at the row's place, and from now on that value for all who ask.
      IndexRelation relation = *indexRelationOf(reduce);
      SmallVector<LaneIndex> place(relation.rank), full = fullIndices(space);
      for (auto [dim, index] : llvm::enumerate(relation.cases.front().reads.front().place))
        if (auto kept = dyn_cast<AffineDimExpr>(index); kept && kept.getPosition() < relation.rank)
          place[kept.getPosition()] = full[dim];
      SmallVector<Value> reduced;
      for (Value output : reduce->getResults())
        reduced.push_back(scalar.evaluate(builder, loc, output, place, {}));
      for (auto [output, value] : llvm::zip_equal(reduce->getResults(), reduced)) {
        if (!value) {
          result = failure();
          return;
        }
        provideScalar(output, value);
      }
      for (Operation *cached : writes) {
        Value row = cachedRow(cached), tensor = cached->getResult(0);
        provideAll(tensor, [&](int64_t width) -> RegionVectorizer::Provider {
          return [this, &state, row, width](OpBuilder &, Location, ArrayRef<LaneIndex> indices, Value mask) -> Value {
            Type element = cast<MemRefType>(row.getType()).getElementType();
            return RegionEvaluator(state, builder, loc, width).load(row, element, indices[rowDim()], mask);
          };
        });
      }
    }
  }

  // The dim of the results whose index is the place in the row.
  int64_t rowDim() const { return nest.lane == int64_t(extents.size()) - 1 ? nest.lane + nest.collapsed - 1 : nest.lane; }

  static bool isOperand(Operation *op, Operation *user) {
    llvm::SetVector<Operation *> pending;
    pending.insert(user);
    for (size_t i = 0; i < pending.size(); ++i)
      for (Value operand : pending[i]->getOperands())
        if (Operation *producer = operand.getDefiningOp()) {
          if (producer == op)
            return true;
          pending.insert(producer);
        }
    return false;
  }

  //===--- Lanes and stores ---===//

  // The lane dim from `from` to `to`: whole rounds of `unroll` vectors, then what is left.
  void lanes(Value from, Value to) {
    int64_t width = nest.width, round = width * nest.unroll;
    auto at = [&](RegionVectorizer &vectorizer, Value place, int64_t count, Value mask) {
      lanePlace = place;
      inner(vectorizer, count, mask);
    };
    auto maskedLoop = [&](Value start) {
      // One element is a scalar; besides, LLVM 22 writes too much where it narrows a store whose mask it knows to have one
      // lane.
      if (IndexBuilder::constantOf(index.sub(to, start)) == 1)
        return at(scalar, start, 1, {});
      loop(start, to, width, [&](Value place) {
        noteMultiple(place, start, width);
        Value mask = vector::CreateMaskOp::create(builder, loc, VectorType::get({width}, builder.getI1Type()),
                                                  ValueRange{index.sub(to, place)});
        wide.assumeNonEmpty(mask);
        at(wide, place, 1, mask);
      });
    };
    if (nest.masked)
      return maskedLoop(from);
    Value length = index.sub(to, from);
    auto rounded = [&](int64_t block) {
      return index.add(from, index.mul(index.div(index.maximum(length, index.constant(0)), index.constant(block)),
                                       index.constant(block)));
    };
    Value mainEnd = index.multipleOf(length) % round == 0 ? to : rounded(round);
    loop(from, mainEnd, round, [&](Value place) {
      noteMultiple(place, from, width);
      at(wide, place, nest.unroll, {});
    });
    if (mainEnd == to)
      return;
    bool wholeVectors = index.multipleOf(length) % width == 0;
    if (level.maskedMemory && !wholeVectors)
      return maskedLoop(mainEnd);
    Value vectorEnd = wholeVectors ? to : rounded(width);
    if (nest.unroll > 1)
      loop(mainEnd, vectorEnd, width, [&](Value place) {
        noteMultiple(place, from, width);
        at(wide, place, 1, {});
      });
    if (!wholeVectors)
      loop(vectorEnd, to, 1, [&](Value place) { at(scalar, place, 1, {}); });
  }

  void noteMultiple(Value place, Value from, int64_t width) {
    if (!IndexBuilder::constantOf(place) && index.multipleOf(from) % width == 0)
      wide.assumeMultiple(place, width);
  }

  void inner(RegionVectorizer &vectorizer, int64_t count, Value mask, size_t depth = 0) {
    if (depth < nest.inner.size()) {
      int64_t dim = nest.inner[depth];
      loop(index.constant(0), extents[dim], 1, [&](Value place) {
        space[dim] = IndexBuilder::uniform(place);
        inner(vectorizer, count, mask, depth + 1);
      });
      return;
    }
    // All values first: a result may lie in the memory of an operand that is read at the same place.
    SmallVector<SmallVector<LaneIndex>> places;
    SmallVector<Value> computed;
    for (int64_t unrolled = 0; unrolled < std::max<int64_t>(count, 1); ++unrolled)
      places.push_back(resultIndices(vectorizer.width(), unrolled));
    for (Value value : values)
      vectorizer.evaluateTogether(builder, loc, value, places, mask);
    for (const SmallVector<LaneIndex> &place : places) {
      for (Value value : values) {
        computed.push_back(vectorizer.evaluate(builder, loc, value, place, mask));
        if (!computed.back()) {
          result = failure();
          return;
        }
      }
    }
    if (update)
      for (SmallVector<LaneIndex> &place : places) {
        std::optional<SmallVector<LaneIndex>> target =
            RegionEvaluator(vectorizer.sharedState(), builder, loc, vectorizer.width()).placeOfUpdate(update, place);
        if (!target) {
          result = failure();
          return;
        }
        place = *target;
      }
    size_t next = 0;
    for (const SmallVector<LaneIndex> &place : places)
      for (int64_t number : nest.results)
        vectorizer.store(builder, loc, computed[next++], function.results[number], place, mask);
  }

  // The space's current place as indices of the results.
  SmallVector<LaneIndex> resultIndices(int64_t width, int64_t unrolled) {
    SmallVector<LaneIndex> indices(space);
    if (nest.lane >= 0)
      indices[nest.lane] = LaneIndex{index.add(lanePlace, index.constant(unrolled * width)), width > 1 ? 1 : 0, {}};
    return fullIndices(indices);
  }

  // One index for each dim of the results: collapsed dims but the last stay zero.
  SmallVector<LaneIndex> fullIndices(ArrayRef<LaneIndex> places) {
    SmallVector<LaneIndex> indices(places);
    if (nest.collapsed > 1)
      indices.insert(indices.end() - 1, nest.collapsed - 1, index.zero());
    return indices;
  }

  KernelOp kernel;
  const LoopNest &nest;
  const CpuLevel &level;
  KernelFunction &function;
  OpBuilder &builder;
  Location loc;
  RegionVectorizer wide, scalar;
  IndexBuilder index;
  SmallVector<Value> extents, values;
  DynamicUpdateSliceOp update; // whose window is all that is written
  SmallVector<LaneIndex> space;
  SmallVector<Value> provided;
  Value lanePlace;
  LogicalResult result = success();
};

struct LoopChoice : EmitterChoice {
  std::vector<LoopNest> nests;
};

class LoopEmitter : public KernelEmitter {
public:
  llvm::StringRef name() const override { return "loops"; }

  std::optional<KernelPlan> plan(KernelOp kernel, const CpuLevel &level, ArrayRef<SizeAttr> sizes) const override {
    auto choice = std::make_shared<LoopChoice>();
    choice->nests = planLoops(kernel, level, sizes);
    KernelPlan plan;
    plan.emitter = name().str();
    plan.grid = plan.scratch = getAffineConstantExpr(0, kernel.getContext());
    for (const LoopNest &nest : choice->nests) {
      plan.cost += nest.cost;
      plan.grid = plan.grid + nest.grid(kernel);
      AffineExpr scratch = nest.scratch(kernel);
      plan.scratch = plan.scratch + scratch;
    }
    plan.grid = simplifyExpr(plan.grid);
    plan.scratch = simplifyExpr(plan.scratch);
    plan.params = describeNests(kernel.getContext(), choice->nests);
    plan.choice = std::move(choice);
    return plan;
  }

  std::vector<OpWork> work(KernelOp kernel, const KernelPlan &plan, ArrayRef<int64_t> sizes) const override {
    return workOfLoops(kernel, static_cast<const LoopChoice &>(*plan.choice).nests, sizes);
  }

  LogicalResult emit(KernelOp kernel, const KernelPlan &plan, const CpuLevel &level, KernelFunction &function,
                     OpBuilder &builder) const override {
    RegionVectorizer shared(kernel, function, level, 1);
    IndexBuilder index(shared.sharedState().indices, builder, kernel.getLoc(), 1);
    const std::vector<LoopNest> &nests = static_cast<const LoopChoice &>(*plan.choice).nests;
    Value first = index.constant(0); // the nest's first tile
    for (const LoopNest &nest : nests) {
      Value begin = function.begin, end = function.end;
      if (nests.size() > 1) {
        Value count = index.expr(nest.grid(kernel), function.sizes), zero = index.constant(0);
        begin = index.minimum(index.maximum(index.sub(begin, first), zero), count);
        end = index.minimum(index.maximum(index.sub(end, first), zero), count);
        first = index.add(first, count);
      }
      if (failed(NestEmitter(kernel, nest, level, function, builder, shared).run(begin, end)))
        return failure();
      shared.clearCache();
    }
    return success();
  }
};

} // namespace

std::unique_ptr<KernelEmitter> createLoopEmitter() { return std::make_unique<LoopEmitter>(); }

} // namespace ingot
