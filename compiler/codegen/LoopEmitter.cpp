// The emitter that takes every kernel: vectorised loop nests over the results, everything else evaluated in place.
#include "compiler/codegen/KernelEmitter.h"
#include "compiler/codegen/LoopPlan.h"
#include "compiler/codegen/RegionEvaluator.h"
#include "compiler/codegen/RegionVectorizer.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

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
    for (int64_t number : nest.results)
      values.push_back(kernel.getBlock().getTerminator()->getOperand(number));
  }

  // Computes the nest's own tiles [begin, end).
  LogicalResult run(Value begin, Value end) {
    Value points = index.expr(nest.outerPoints(kernel), function.sizes);
    bool known = IndexBuilder::constantOf(points) == 1;
    if (nest.split) {
      Value part = index.constant(nest.split), extent = extents[nest.lane];
      if (known) {
        lanes(index.mul(begin, part), index.minimum(index.mul(end, part), extent));
        return result;
      }
      Value parts = index.ceilDiv(extent, part);
      loop(begin, end, 1, [&](Value tile) {
        setOuter(index.div(tile, parts));
        Value from = index.mul(index.rem(tile, parts), part);
        lanes(from, index.minimum(index.add(from, part), extent));
      });
      return result;
    }
    Value tile = index.constant(nest.tile);
    loop(index.mul(begin, tile), index.minimum(index.mul(end, tile), points), 1, [&](Value point) {
      setOuter(point);
      middle(0);
    });
    return result;
  }

private:
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
    if (nest.lane < 0)
      inner(scalar, 0, {});
    else
      lanes(index.constant(0), extents[nest.lane]);
  }

  // The lane dim from `from` to `to`: whole rounds of `unroll` vectors, then what is left.
  void lanes(Value from, Value to) {
    int64_t width = nest.width, round = width * nest.unroll;
    auto at = [&](RegionVectorizer &vectorizer, Value place, int64_t count, Value mask) {
      lanePlace = place;
      inner(vectorizer, count, mask);
    };
    auto maskedLoop = [&](Value start) {
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
      return index.add(from, index.mul(index.div(index.maximum(length, index.constant(0)), index.constant(block)), index.constant(block)));
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
  SmallVector<LaneIndex> space;
  Value lanePlace;
  LogicalResult result = success();
};

class LoopEmitter : public KernelEmitter {
public:
  llvm::StringRef name() const override { return "loops"; }

  std::optional<KernelPlan> plan(KernelOp kernel, const CpuLevel &level, ArrayRef<SizeAttr> sizes) const override {
    std::vector<LoopNest> nests = planLoops(kernel, level, sizes);
    KernelPlan plan;
    plan.emitter = name().str();
    plan.grid = plan.scratch = getAffineConstantExpr(0, kernel.getContext());
    for (const LoopNest &nest : nests) {
      plan.cost += nest.cost;
      plan.grid = plan.grid + nest.grid(kernel);
      AffineExpr scratch = nest.scratch(kernel);
      plan.scratch = plan.scratch + scratch;
    }
    plan.grid = simplifyExpr(plan.grid);
    plan.scratch = simplifyExpr(plan.scratch);
    plan.params = encodeNests(kernel.getContext(), nests);
    return plan;
  }

  LogicalResult emit(KernelOp kernel, const KernelPlan &plan, const CpuLevel &level, KernelFunction &function,
                     OpBuilder &builder) const override {
    RegionVectorizer shared(kernel, function, level, 1);
    IndexBuilder index(shared.sharedState().indices, builder, kernel.getLoc(), 1);
    std::vector<LoopNest> nests = decodeNests(plan.params);
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
