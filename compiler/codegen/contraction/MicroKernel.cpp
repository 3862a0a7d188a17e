#include "compiler/codegen/contraction/MicroKernel.h"

namespace ingot {

using namespace mlir;

namespace {

// Fused multiply-adds in flight that hide their latency: two ports times four or five cycles.
constexpr int64_t chainsWanted = 8;
constexpr int64_t lineElements = 16; // of a cache line
// Multiply-adds in a round of the innermost loop, beside which its counting is nothing; more are only more code.
constexpr int64_t enoughInRound = 24;

class TileLoop {
public:
  TileLoop(IndexMath &math, const ContractionMatch &match, const ContractionPlan &plan, const CpuLevel &level, int64_t rows,
           const TileOperands &operands, const DepthBlock &depth, const Prefetch &prefetch)
      : math(math), match(match), plan(plan), level(level), rows(rows), vectors(plan.vectors(rows)), operands(operands),
        depth(depth), prefetch(prefetch), type(VectorType::get({plan.lanes}, math.builder.getF32Type())),
        unroll(plan.unroll) {
    while (!prefetch.linesPerStep && unroll % 2 == 0 && rows * vectors * (unroll / 2) >= enoughInRound)
      unroll /= 2;
    // Few accumulators: several chains along depth, added up at the end.
    while (chains * 2 <= unroll && unroll % (chains * 2) == 0 && rows * vectors * chains < chainsWanted)
      chains *= 2;
  }

  SmallVector<Value> run(ValueRange init) {
    SmallVector<Value> sums(init);
    Value zero = math.splat(0, type);
    sums.append(init.size() * (chains - 1), zero);
    sums = math.loop(depth.segmentBegin, depth.segmentEnd, 1, sums,
                     [&](Value segment, ValueRange carried) { return emitSegment(segment, carried); });
    const size_t count = init.size();
    for (int64_t distance = chains / 2; distance >= 1; distance /= 2)
      for (size_t i = 0; i < distance * count; ++i)
        sums[i] = arith::AddFOp::create(math.builder, math.loc, sums[i], sums[i + distance * count]);
    sums.resize(count);
    return sums;
  }

private:
  // Offset of a segment in the left operand.
  Value segmentOffset(Value segment) {
    SmallVector<Value> extents;
    for (int64_t count : match.segments)
      extents.push_back(math.constant(count));
    Value offset = math.constant(0);
    for (auto [index, step] : llvm::zip_equal(math.delinearize(segment, extents), operands.segmentSteps))
      offset = math.add(offset, math.mul(index, step));
    return offset;
  }

  SmallVector<Value> emitSegment(Value segment, ValueRange carried) {
    Value leftSegment = segmentOffset(segment);
    SmallVector<Value> bases;
    for (Value offset : operands.rowOffsets)
      bases.push_back(math.add(offset, leftSegment));
    Value rightBase = math.add(operands.rightOffset, math.mul(segment, match.run * plan.panelWidth));
    // Steps made in this pass before this segment, for prefetching.
    Value stepsBefore = math.mul(math.sub(segment, depth.segmentBegin), stepsPerRun());

    SmallVector<Value> sums(carried);
    Value tail = depth.runEnd;
    if (match.run % unroll != 0) // only a run's end is no multiple of the unrolling
      tail = math.add(depth.runBegin, math.mul(math.div(math.sub(depth.runEnd, depth.runBegin), unroll), unroll));
    sums = math.loop(depth.runBegin, tail, unroll, sums, [&](Value position, ValueRange inner) {
      if (prefetch.linesPerStep)
        emitPrefetch(math.add(stepsBefore, math.div(math.sub(position, depth.runBegin), plan.unroll)));
      SmallVector<Value> values(inner);
      for (int64_t i = 0; i < unroll; ++i)
        emitStep(bases, rightBase, position, i, values);
      return values;
    });
    if (match.run % unroll != 0)
      sums = math.loop(tail, depth.runEnd, 1, sums, [&](Value position, ValueRange inner) {
        SmallVector<Value> values(inner);
        emitStep(bases, rightBase, position, 0, values);
        return values;
      });
    return sums;
  }

  int64_t stepsPerRun() const { return (plan.runPerDepthBlock + plan.unroll - 1) / plan.unroll; }

  void emitPrefetch(Value step) {
    Value first = math.add(prefetch.offset, math.mul(step, prefetch.linesPerStep * lineElements));
    for (int64_t line = 0; line < prefetch.linesPerStep; ++line)
      memref::PrefetchOp::create(math.builder, math.loc, operands.right,
                                 ValueRange{math.min(math.add(first, line * lineElements), prefetch.limit)},
                                 /*isWrite=*/false, /*localityHint=*/2, /*isDataCache=*/true);
  }

  // One step along depth: element position + ahead of the run.
  void emitStep(ArrayRef<Value> bases, Value rightBase, Value position, int64_t ahead, SmallVectorImpl<Value> &sums) {
    const size_t chain = (ahead % chains) * rows * vectors;
    Value rightRow = math.add(rightBase, math.mul(position, plan.panelWidth));
    SmallVector<Value> columns;
    for (int64_t j = 0; j < vectors; ++j)
      columns.push_back(math.load(operands.right, math.add(rightRow, ahead * plan.panelWidth + j * plan.lanes), type));
    for (int64_t i = 0; i < rows; ++i) {
      Value base = operands.rowDeltas.empty() ? bases[i] : bases[0];
      const int64_t delta = operands.rowDeltas.empty() ? 0 : operands.rowDeltas[i];
      Value element = memref::LoadOp::create(math.builder, math.loc, operands.left,
                                             ValueRange{math.add(math.add(base, position), delta + ahead)});
      Value broadcast = vector::BroadcastOp::create(math.builder, math.loc, type, element);
      for (int64_t j = 0; j < vectors; ++j) {
        Value &sum = sums[chain + i * vectors + j];
        if (level.fma)
          sum = vector::FMAOp::create(math.builder, math.loc, broadcast, columns[j], sum);
        else
          sum = arith::AddFOp::create(math.builder, math.loc,
                                      arith::MulFOp::create(math.builder, math.loc, broadcast, columns[j]), sum);
      }
    }
  }

  IndexMath &math;
  const ContractionMatch &match;
  const ContractionPlan &plan;
  const CpuLevel &level;
  const int64_t rows, vectors;
  const TileOperands &operands;
  const DepthBlock &depth;
  const Prefetch &prefetch;
  VectorType type;
  int64_t unroll; // depth steps in a round: the plan's, or a part of them
  int64_t chains = 1;
};

} // namespace

SmallVector<Value> emitTileSums(IndexMath &math, const ContractionMatch &match, const ContractionPlan &plan,
                                const CpuLevel &level, int64_t rows, const TileOperands &operands, const DepthBlock &depth,
                                const Prefetch &prefetch, ValueRange init) {
  return TileLoop(math, match, plan, level, rows, operands, depth, prefetch).run(init);
}

int64_t stepsPerTile(const ContractionPlan &plan) {
  return plan.segmentsPerDepthBlock * ((plan.runPerDepthBlock + plan.unroll - 1) / plan.unroll);
}

} // namespace ingot
