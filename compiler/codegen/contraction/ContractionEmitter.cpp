// Register-blocked contraction kernels: decode the grid, pack what cannot be read in place, sum tiles, finish them.
#include "compiler/codegen/KernelEmitter.h"
#include "compiler/codegen/contraction/Epilogue.h"
#include "compiler/codegen/contraction/Match.h"
#include "compiler/codegen/contraction/MicroKernel.h"
#include "compiler/codegen/contraction/Pack.h"
#include "compiler/codegen/contraction/Plan.h"

namespace ingot {

using namespace mlir;

namespace {

// What one pass computes: tiles [firstTile, endTile) of panels [firstPanel, endPanel) of one outer index.
struct Pass {
  Value outer, firstTile, endTile, firstPanel, endPanel;
  Value firstRow; // of firstTile
};

class KernelBuilder {
public:
  KernelBuilder(KernelOp kernel, const ContractionMatch &match, const ContractionPlan &plan, const CpuLevel &level,
                KernelFunction &function, OpBuilder &builder)
      : kernel(kernel), match(match), plan(plan), level(level), function(function), math(builder, kernel.getLoc()),
        type(VectorType::get({plan.lanes}, builder.getF32Type())) {}

  void run();

private:
  Value scratchPart(int64_t offset, int64_t bytes);
  void materializeLeftAddress();
  SmallVector<Value> rowOffsets(Value start, Value row, int64_t count);
  void emitGrid();
  void emitPass(const Pass &pass);
  DepthBlock depthBlock(Value index);
  void emitTiles(const Pass &pass, Value panel, Value depthIndex, const DepthBlock &depth);
  void emitTilesOfAnyHeight(const Pass &pass, Value panel, Value depthIndex, const DepthBlock &depth, Value width);
  void emitTile(const Pass &pass, Value panel, Value depthIndex, const DepthBlock &depth, Value tile, Value row,
                int64_t rows, Value column);
  void finishTile(const Pass &pass, Value panel, Value depthIndex, Value row, Value rows, Value column, int64_t tileColumns);
  TileOperands tileOperands(const Pass &pass, Value panel, const DepthBlock &depth, Value row, int64_t rows, Value column);
  Prefetch prefetchFor(const Pass &pass, Value panel, const DepthBlock &depth, Value tile, int64_t tileRows, Value column);
  // Where a tile's sums lie in scratch.
  Value sumOffset(const Pass &pass, Value panel, Value row, Value column);
  // Columns of the panel that are columns of the result.
  Value columnsOf(Value panel);
  bool heightsAreKnown() const { return math.constantOf(lowerHeight).has_value(); }
  // Whether the code for tiles of this height holds the epilogue; of heights known at run time alone, for the two that most
  // tiles of many rows have.
  bool finishesItself(int64_t tileRows) const {
    return heightsAreKnown() || (plan.storeFromRegisters && tileRows >= plan.tileRows - 1);
  }
  int64_t columnsPerTile(int64_t tileRows) const { return plan.vectors(tileRows) * plan.lanes; }
  Value isLast(Value depthIndex) { return math.equal(depthIndex, math.sub(depthBlocks, math.constant(1))); }
  // Of sum `index` of a tile at `offset`.
  Value sumPlace(Value offset, int64_t tileRows, int64_t index);
  void storeSums(ArrayRef<Value> values, int64_t tileRows, Value offset);
  SmallVector<Value> startOfSums(Value depthIndex, int64_t tileRows, Value offset);

  KernelOp kernel;
  const ContractionMatch &match;
  const ContractionPlan &plan;
  const CpuLevel &level;
  KernelFunction &function;
  IndexMath math;
  VectorType type;

  Value left, right, sums; // flat
  // plan.left's expressions. rowJumps[k]: from the last place of row dims k.. to the next place of the dim before them.
  SmallVector<Value> rowExtents, rowSteps, rowJumps, segmentSteps;
  Value outerStep, innerRows; // rows of one place along the first row dim
  Value rows, tiles, blocks;
  Value columns, runLength, panels, depthBlocks;
  Value lowerHeight, higherTiles; // the first `higherTiles` tiles have lowerHeight + 1 rows, the others lowerHeight
  std::optional<Epilogue> epilogue;
  std::optional<LeftPacker> leftPacker;
  std::optional<RightPacker> rightPacker;
};

Value KernelBuilder::scratchPart(int64_t offset, int64_t bytes) {
  auto flat = MemRefType::get({ShapedType::kDynamic}, math.builder.getF32Type());
  return memref::ViewOp::create(math.builder, math.loc, flat, function.scratch, math.constant(offset),
                                ValueRange{math.constant(bytes / 4)});
}

void KernelBuilder::materializeLeftAddress() {
  auto materialize = [&](ArrayRef<AffineExpr> exprs) {
    return llvm::map_to_vector(exprs, [&](AffineExpr expr) { return function.materialize(math.builder, math.loc, expr); });
  };
  rowExtents = materialize(plan.left.rowExtents);
  rowSteps = materialize(plan.left.rowSteps);
  segmentSteps = materialize(plan.left.segmentSteps);
  if (plan.left.outerStep)
    outerStep = materialize(plan.left.outerStep)[0];
  innerRows = math.constant(1);
  rowJumps.resize(rowSteps.size());
  Value back = math.constant(0);
  for (size_t dim = rowExtents.size(); dim-- > 1;) {
    innerRows = math.mul(innerRows, rowExtents[dim]);
    back = math.add(back, math.mul(math.sub(rowExtents[dim], math.constant(1)), rowSteps[dim]));
    rowJumps[dim] = math.sub(rowSteps[dim - 1], back);
  }
}

void KernelBuilder::run() {
  OpBuilder &builder = math.builder;
  materializeLeftAddress();
  rows = function.materialize(builder, math.loc, match.rows);
  if (auto constant = dyn_cast<AffineConstantExpr>(match.rows)) {
    const int64_t count = constant.getValue(), tileCount = (count + plan.tileRows - 1) / plan.tileRows;
    tiles = math.constant(tileCount);
    lowerHeight = math.constant(tileCount ? count / tileCount : 0);
    higherTiles = math.constant(tileCount ? count % tileCount : 0);
  } else {
    Value counted = math.div(math.add(rows, plan.tileRows - 1), plan.tileRows);
    tiles = math.max(counted, math.constant(1)); // without rows the grid is empty
    lowerHeight = math.div(rows, tiles);
    higherTiles = math.rem(rows, tiles);
  }
  blocks = math.div(math.add(tiles, plan.tilesPerBlock() - 1), plan.tilesPerBlock());
  columns = function.materialize(builder, math.loc, match.columnsExpr);
  runLength = function.materialize(builder, math.loc, match.runExpr);
  panels = math.div(math.add(columns, plan.panelWidth - 1), plan.panelWidth);
  depthBlocks = math.constant(plan.depthBlocks);
  if (match.run < 0 && plan.depthBlocks > 1) // without depth one block of none
    depthBlocks =
        math.max(math.div(math.add(runLength, plan.runPerDepthBlock - 1), plan.runPerDepthBlock), math.constant(1));

  sums = scratchPart(plan.leftBytes + plan.rightBytes, plan.sumBytes);
  if (plan.packLeft) {
    left = scratchPart(0, plan.leftBytes);
    leftPacker.emplace(math, kernel, match, plan, level, function, left);
  } else {
    left = math.flatten(function.operands[cast<BlockArgument>(match.leftInput).getArgNumber()]);
  }
  if (plan.packRight) {
    right = scratchPart(plan.leftBytes, plan.rightBytes);
    rightPacker.emplace(math, kernel, match, plan, level, function, right);
  } else {
    right = math.flatten(function.operands[cast<BlockArgument>(match.panels).getArgNumber()]);
  }
  epilogue.emplace(math, kernel, match, plan, level, function);
  emitGrid();
}

// Walks [begin, end) in passes: whole panels of a block together where the range covers them, else the subs of one panel.
// The cut changes which sums share packed operands, never the order in which one element is summed.
void KernelBuilder::emitGrid() {
  OpBuilder &builder = math.builder;
  Type index = builder.getIndexType();
  auto walk = scf::WhileOp::create(builder, math.loc, TypeRange{index}, ValueRange{function.begin});
  Block *before = builder.createBlock(&walk.getBefore(), {}, {index}, {math.loc});
  scf::ConditionOp::create(builder, math.loc, math.less(before->getArgument(0), function.end), before->getArguments());
  Block *after = builder.createBlock(&walk.getAfter(), {}, {index}, {math.loc});
  Value at = after->getArgument(0);

  Value subs = math.constant(plan.subsPerBlock);
  Value sub = math.rem(at, subs), rest = math.div(at, subs);
  Value panel = math.rem(rest, panels);
  rest = math.div(rest, panels);
  Value block = math.rem(rest, blocks), outer = math.div(rest, blocks);
  Value remaining = math.sub(function.end, at);
  Value wholePanels = math.min(math.div(remaining, subs), math.sub(panels, panel));
  if (plan.panelsPerPass)
    wholePanels = math.min(wholePanels, math.constant(plan.panelsPerPass));
  Value whole =
      arith::AndIOp::create(builder, math.loc, math.equal(sub, math.constant(0)), math.less(math.constant(0), wholePanels));
  Value panelCount = math.select(whole, wholePanels, math.constant(1));
  Value subCount = math.select(whole, subs, math.min(math.sub(subs, sub), remaining));

  Pass pass;
  pass.outer = outer;
  pass.firstPanel = panel;
  pass.endPanel = math.add(panel, panelCount);
  Value blockTile = math.mul(block, plan.tilesPerBlock());
  Value blockEnd = math.min(math.add(blockTile, plan.tilesPerBlock()), tiles);
  pass.firstTile = math.add(blockTile, math.mul(sub, plan.tilesPerSub));
  pass.endTile = math.min(math.add(pass.firstTile, math.mul(subCount, plan.tilesPerSub)), blockEnd);
  // The last subs of the last block can be empty.
  math.branch(math.less(pass.firstTile, pass.endTile), [&] { emitPass(pass); }, nullptr);
  scf::YieldOp::create(builder, math.loc, ValueRange{math.add(at, math.mul(panelCount, subCount))});
  builder.setInsertionPointAfter(walk);
}

void KernelBuilder::emitPass(const Pass &given) {
  Pass pass = given;
  auto rowOf = [&](Value tile) { return math.add(math.mul(tile, lowerHeight), math.min(tile, higherTiles)); };
  pass.firstRow = rowOf(pass.firstTile);
  if (leftPacker)
    leftPacker->pack(pass.outer, pass.firstRow, rowOf(pass.endTile));
  math.loop(math.constant(0), depthBlocks, 1, [&](Value depthIndex) {
    DepthBlock depth = depthBlock(depthIndex);
    math.loop(pass.firstPanel, pass.endPanel, 1, [&](Value panel) {
      if (rightPacker) {
        Value count = math.mul(math.sub(depth.segmentEnd, depth.segmentBegin), math.sub(depth.runEnd, depth.runBegin));
        rightPacker->pack(pass.outer, panel, depth.depthBegin, count);
      }
      emitTiles(pass, panel, depthIndex, depth);
    });
  });
}

DepthBlock KernelBuilder::depthBlock(Value index) {
  int64_t segmentCount = 1;
  for (int64_t count : match.segments)
    segmentCount *= count;
  DepthBlock depth;
  const int64_t parts = plan.runBlocks(match);
  if (parts > 1) {
    depth.segmentBegin = math.div(index, parts);
    depth.segmentEnd = math.add(depth.segmentBegin, 1);
    depth.runBegin = math.mul(math.rem(index, parts), plan.runPerDepthBlock);
    depth.runEnd = math.min(math.add(depth.runBegin, plan.runPerDepthBlock), runLength);
  } else {
    depth.segmentBegin = math.mul(index, plan.segmentsPerDepthBlock);
    depth.segmentEnd = math.min(math.add(depth.segmentBegin, plan.segmentsPerDepthBlock), math.constant(segmentCount));
    depth.runBegin = math.constant(0);
    depth.runEnd = runLength;
  }
  depth.depthBegin = math.add(math.mul(depth.segmentBegin, runLength), depth.runBegin);
  return depth;
}

void KernelBuilder::emitTiles(const Pass &pass, Value panel, Value depthIndex, const DepthBlock &depth) {
  // Tiles beside each other within a panel; those wholly beyond the last column are left out.
  Value width = math.constant(plan.panelWidth);
  if (match.columns % plan.panelWidth != 0)
    width = math.min(width, math.sub(columns, math.mul(panel, plan.panelWidth)));
  if (!heightsAreKnown())
    return emitTilesOfAnyHeight(pass, panel, depthIndex, depth, width);
  const int64_t height = *math.constantOf(lowerHeight), higher = *math.constantOf(higherTiles);
  math.loop(math.constant(0), width, columnsPerTile(plan.tileRows), [&](Value column) {
    auto sameHeight = [&](Value first, Value end, int64_t tileHeight, int64_t extraRows) {
      math.loop(first, end, 1, [&](Value tile) {
        Value row = math.add(math.mul(tile, tileHeight), extraRows);
        emitTile(pass, panel, depthIndex, depth, tile, row, tileHeight, column);
      });
    };
    if (higher == 0)
      return sameHeight(pass.firstTile, pass.endTile, height, 0);
    sameHeight(pass.firstTile, math.min(pass.endTile, higherTiles), height + 1, 0);
    sameHeight(math.max(pass.firstTile, higherTiles), pass.endTile, height, higher);
  });
}

// The height is known at run time alone: code for each, then one end for all that do not finish themselves.
void KernelBuilder::emitTilesOfAnyHeight(const Pass &pass, Value panel, Value depthIndex, const DepthBlock &depth,
                                         Value width) {
  OpBuilder &builder = math.builder;
  SmallVector<int64_t> cases;
  for (int64_t height = 1; height < plan.tileRows; ++height)
    cases.push_back(height);
  math.loop(pass.firstTile, pass.endTile, 1, [&](Value tile) {
    Value row = math.add(math.mul(tile, lowerHeight), math.min(tile, higherTiles));
    Value extra = math.select(math.less(tile, higherTiles), math.constant(1), math.constant(0));
    Value height = math.add(lowerHeight, extra);
    auto choice = scf::IndexSwitchOp::create(builder, math.loc, TypeRange(), height, cases, cases.size());
    for (auto [i, region] : llvm::enumerate(choice.getRegions())) { // the first is the default
      OpBuilder::InsertionGuard guard(builder);
      builder.createBlock(region);
      const int64_t caseHeight = i == 0 ? plan.tileRows : cases[i - 1];
      math.loop(math.constant(0), width, columnsPerTile(caseHeight),
                [&](Value column) { emitTile(pass, panel, depthIndex, depth, tile, row, caseHeight, column); });
      scf::YieldOp::create(builder, math.loc);
    }
    auto finish = [&] { finishTile(pass, panel, depthIndex, row, height, math.constant(0), plan.panelWidth); };
    if (!finishesItself(plan.tileRows))
      return finish();
    const int64_t least = finishesItself(plan.tileRows - 1) ? plan.tileRows - 1 : plan.tileRows;
    math.branch(math.less(height, math.constant(least)), finish, nullptr);
  });
}

// Of `count` neighbouring rows: one division for the first, from there by steps and jumps.
SmallVector<Value> KernelBuilder::rowOffsets(Value start, Value row, int64_t count) {
  SmallVector<Value> at = rowSteps.size() == 1 ? SmallVector<Value>{row} : math.delinearize(row, rowExtents);
  Value offset = start;
  for (auto [position, step] : llvm::zip_equal(at, rowSteps))
    offset = math.add(offset, math.mul(position, step));
  SmallVector<Value> offsets{offset};
  while (static_cast<int64_t>(offsets.size()) < count) {
    Value step = rowSteps.back(), carries;
    for (size_t dim = at.size(); dim-- > 1;) {
      Value next = math.add(at[dim], 1);
      if (carries)
        next = math.select(carries, next, at[dim]);
      carries = math.equal(next, rowExtents[dim]);
      at[dim] = math.select(carries, math.constant(0), next);
      step = math.select(carries, rowJumps[dim], step);
    }
    offset = math.add(offset, step);
    offsets.push_back(offset);
  }
  return offsets;
}

TileOperands KernelBuilder::tileOperands(const Pass &pass, Value panel, const DepthBlock &depth, Value row, int64_t tileRows,
                                         Value column) {
  TileOperands operands;
  operands.left = left;
  operands.right = right;
  operands.segmentSteps = segmentSteps;
  // In place an outer index's part starts behind the earlier ones; packed, the pass's first rows stand at the start.
  Value start;
  if (match.windowed)
    start = plan.packLeft ? math.sub(math.constant(0), math.mul(math.div(pass.firstRow, innerRows), rowSteps[0]))
                          : math.mul(pass.outer, outerStep);
  else
    start = plan.packLeft ? math.sub(math.constant(0), math.mul(pass.firstRow, rowSteps[0]))
                          : math.add(math.mul(math.mul(math.div(pass.outer, match.groups), rows), rowSteps[0]),
                                     math.mul(math.rem(pass.outer, match.groups), match.run));
  const std::optional<int64_t> step = math.constantOf(rowSteps.back());
  if ((rowSteps.size() == 1 || plan.alignedTiles) && step) {
    operands.rowOffsets = rowOffsets(start, row, 1);
    const int64_t line = rowSteps.size() == 1 ? tileRows : *math.constantOf(rowExtents.back());
    for (int64_t i = 0; i < tileRows; ++i)
      operands.rowDeltas.push_back(i % line * *step + (i / line ? i / line * *math.constantOf(rowSteps.rbegin()[1]) : 0));
  } else {
    operands.rowOffsets = rowOffsets(start, row, tileRows);
  }
  operands.rightOffset = column;
  if (plan.packRight)
    operands.rightOffset = math.sub(operands.rightOffset, math.mul(depth.depthBegin, plan.panelWidth));
  else
    operands.rightOffset = math.add(operands.rightOffset, math.mul(panel, match.depth() * plan.panelWidth));
  return operands;
}

// While the tiles of one slab (a panel's part in a depth block) are summed, the next slab, which lies behind it in memory,
// is fetched.
Prefetch KernelBuilder::prefetchFor(const Pass &pass, Value panel, const DepthBlock &depth, Value tile, int64_t tileRows,
                                    Value column) {
  constexpr int64_t lineElements = 16;
  Prefetch prefetch;
  if (plan.packRight || plan.panels * plan.depthBlocks < 2)
    return prefetch;
  const int64_t steps = stepsPerTile(plan), columnTiles = plan.panelWidth / columnsPerTile(tileRows);
  const int64_t slabDepth = std::min(plan.segmentsPerDepthBlock * plan.runPerDepthBlock, match.depth());
  const int64_t lines = (slabDepth * plan.panelWidth + lineElements - 1) / lineElements;
  const bool exact = heightsAreKnown();
  const int64_t typicalTiles =
      exact ? std::min(*math.constantOf(tiles), plan.tilesPerBlock()) : (plan.tilesPerBlock() + 1) / 2;
  const int64_t rounds = typicalTiles * columnTiles * steps;
  // A lone tile reads as fast as it could fetch ahead, and the hardware's own prefetching follows that. Where the number of
  // rows is not known, tiles lower than half the height are alone.
  if (typicalTiles * columnTiles < 2 || (!exact && 2 * tileRows < plan.tileRows))
    return prefetch;
  prefetch.linesPerStep = std::min<int64_t>((lines + rounds - 1) / rounds, std::max<int64_t>(plan.unroll, 1));
  Value slabEnd =
      math.add(math.add(math.mul(panel, match.depth() * plan.panelWidth), math.mul(depth.depthBegin, plan.panelWidth)),
               slabDepth * plan.panelWidth);
  // The tile's number among those of the slab, in the order they are summed.
  Value tileInPass = math.sub(tile, pass.firstTile), columnTile = math.div(column, columnsPerTile(tileRows));
  Value tileNumber = exact ? math.add(math.mul(columnTile, math.sub(pass.endTile, pass.firstTile)), tileInPass)
                           : math.add(math.mul(tileInPass, columnTiles), columnTile);
  prefetch.offset = math.add(slabEnd, math.mul(tileNumber, steps * prefetch.linesPerStep * lineElements));
  prefetch.limit = math.constant(plan.panels * match.depth() * plan.panelWidth - 1);
  return prefetch;
}

// Sums of several depth blocks lie as [panel of the pass][row of the block][panelWidth], those of one as [row of the
// tile][panelWidth].
Value KernelBuilder::sumOffset(const Pass &pass, Value panel, Value row, Value column) {
  if (plan.depthBlocks == 1)
    return column;
  Value line = math.add(math.mul(math.sub(panel, pass.firstPanel), plan.rowsPerBlock()), math.sub(row, pass.firstRow));
  return math.add(math.mul(line, plan.panelWidth), column);
}

Value KernelBuilder::sumPlace(Value offset, int64_t tileRows, int64_t index) {
  const int64_t vectors = plan.vectors(tileRows);
  return math.add(offset, index / vectors * plan.panelWidth + index % vectors * plan.lanes);
}

void KernelBuilder::storeSums(ArrayRef<Value> values, int64_t tileRows, Value offset) {
  for (auto [i, value] : llvm::enumerate(values))
    math.store(value, sums, sumPlace(offset, tileRows, i));
}

// What a tile's sums start from: zero, or what the earlier depth blocks left in scratch.
SmallVector<Value> KernelBuilder::startOfSums(Value depthIndex, int64_t tileRows, Value offset) {
  OpBuilder &builder = math.builder;
  const int64_t count = tileRows * plan.vectors(tileRows);
  SmallVector<Value> zeros(count, math.splat(0, type));
  if (plan.depthBlocks == 1)
    return zeros;
  auto start =
      scf::IfOp::create(builder, math.loc, SmallVector<Type>(count, type), math.equal(depthIndex, math.constant(0)), true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(start.thenBlock());
  scf::YieldOp::create(builder, math.loc, zeros);
  builder.setInsertionPointToStart(start.elseBlock());
  SmallVector<Value> loaded;
  for (int64_t i = 0; i < count; ++i)
    loaded.push_back(math.load(sums, sumPlace(offset, tileRows, i), type));
  scf::YieldOp::create(builder, math.loc, loaded);
  return SmallVector<Value>(start.getResults());
}

void KernelBuilder::emitTile(const Pass &pass, Value panel, Value depthIndex, const DepthBlock &depth, Value tile, Value row,
                             int64_t tileRows, Value column) {
  Value offset = sumOffset(pass, panel, row, column);
  function.count(math.builder, math.loc, Value(), [&] {
    Value steps = math.mul(math.sub(depth.segmentEnd, depth.segmentBegin), math.sub(depth.runEnd, depth.runBegin));
    return math.mul(steps, tileRows * columnsPerTile(tileRows));
  });
  SmallVector<Value> start = startOfSums(depthIndex, tileRows, offset);
  TileOperands operands = tileOperands(pass, panel, depth, row, tileRows, column);
  Prefetch prefetch = prefetchFor(pass, panel, depth, tile, tileRows, column);
  SmallVector<Value> values = emitTileSums(math, match, plan, level, tileRows, operands, depth, prefetch, start);
  if (!finishesItself(tileRows)) // finishTile follows, once for all heights and columns
    return storeSums(values, tileRows, offset);

  const int64_t tileColumns = columnsPerTile(tileRows), vectors = plan.vectors(tileRows);
  if (!plan.storeFromRegisters) {
    storeSums(values, tileRows, offset);
    return finishTile(pass, panel, depthIndex, row, math.constant(tileRows), column, tileColumns);
  }
  Value first = math.add(math.mul(panel, plan.panelWidth), column);
  auto fromRegisters = [&] {
    for (auto [i, value] : llvm::enumerate(values))
      epilogue->emit(pass.outer, math.add(row, i / vectors), math.add(first, i % vectors * plan.lanes), value, Value());
  };
  auto finish = [&] {
    if (match.columns % tileColumns == 0)
      return fromRegisters();
    math.branch(math.lessEqual(math.add(first, tileColumns), columns), fromRegisters, [&] {
      storeSums(values, tileRows, offset);
      epilogue->emitRows(sums, offset, plan.panelWidth, pass.outer, row, math.constant(tileRows), first, tileColumns);
    });
  };
  if (plan.depthBlocks == 1)
    return finish();
  math.branch(isLast(depthIndex), finish, [&] { storeSums(values, tileRows, offset); });
}

// Finishes `tileRows` rows of sums in scratch, columns [column, column + columns) of the panel, if their depth is complete.
void KernelBuilder::finishTile(const Pass &pass, Value panel, Value depthIndex, Value row, Value tileRows, Value column,
                               int64_t tileColumns) {
  auto finish = [&] {
    epilogue->emitRows(sums, sumOffset(pass, panel, row, column), plan.panelWidth, pass.outer, row, tileRows,
                       math.add(math.mul(panel, plan.panelWidth), column), tileColumns);
  };
  if (plan.depthBlocks == 1)
    return finish();
  math.branch(isLast(depthIndex), finish, nullptr);
}

struct ContractionChoice : EmitterChoice {
  ContractionMatch match;
  ContractionPlan plan;
};

class ContractionEmitter : public KernelEmitter {
public:
  StringRef name() const override { return "contraction"; }

  std::optional<KernelPlan> plan(KernelOp kernel, const CpuLevel &level, ArrayRef<SizeAttr> sizes) const override {
    std::optional<ContractionMatch> match = matchContraction(kernel);
    if (!match)
      return std::nullopt;
    auto choice = std::make_shared<ContractionChoice>();
    choice->match = std::move(*match);
    choice->plan = planContraction(choice->match, level, sizes);
    KernelPlan result;
    result.emitter = name().str();
    result.cost = estimateContraction(choice->match, choice->plan, level, sizes);
    result.grid = gridExpr(choice->match, choice->plan);
    result.scratch =
        getAffineConstantExpr(choice->plan.leftBytes + choice->plan.rightBytes + choice->plan.sumBytes, kernel.getContext());
    result.params = describePlan(choice->plan, kernel.getContext());
    result.choice = std::move(choice);
    return result;
  }

  LogicalResult emit(KernelOp kernel, const KernelPlan &plan, const CpuLevel &level, KernelFunction &function,
                     OpBuilder &builder) const override {
    const auto &choice = static_cast<const ContractionChoice &>(*plan.choice);
    KernelBuilder(kernel, choice.match, choice.plan, level, function, builder).run();
    return success();
  }
};

} // namespace

std::unique_ptr<KernelEmitter> createContractionEmitter() { return std::make_unique<ContractionEmitter>(); }

} // namespace ingot
