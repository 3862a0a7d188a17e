#include "compiler/codegen/contraction/Plan.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"

#include <algorithm>
#include <cmath>

namespace ingot {

using namespace mlir;

namespace {

constexpr int64_t f32Bytes = 4;
constexpr int64_t deepestBlock = 1024; // depth: a panel's slab then fits beside the left block in the second-level cache
constexpr int64_t mostBlockRows = 252; // rows of a block: so many reuse a slab before the next one comes in
constexpr int64_t leftBlockBytes = 768 * 1024;   // of the left operand, read in place
constexpr int64_t packedBlockBytes = 384 * 1024; // of the left operand, packed
constexpr int64_t partialSumBytes = 256 * 1024;  // of partial sums between depth blocks
constexpr int64_t mostTiles = 64;                // grid indices asked for: enough to balance as many workers
constexpr double flopsPerGridIndex = 128 * 1024; // below this a grid index is not worth a worker
constexpr int64_t panelWidthOfAny = 32;          // columns known at run time alone: few are padded where they are few
constexpr int64_t mostHeights = 10;              // of tiles there is code for where rows are known at run time
constexpr double bytesPerCycle = 24;             // that a core reads from its second-level cache while it computes
constexpr int64_t lightEpilogueOps = 8;          // more, and the epilogue is a loop instead of unrolled code
constexpr int64_t deepForEpilogue = 512;         // depth at which a sum costs so much that the epilogue may be a loop
constexpr int64_t unrolledEpilogueOps = 32;      // in all of a tile; more are such a loop
// Tiles that are all of one height are half the code to compile. (High ones are no faster than their cycles tell, though: their rows
// meet in cache sets.)
constexpr double gainOfOneHeight = 0.98;
constexpr int64_t lowTile = 9;

int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }
int64_t alignTo(int64_t a, int64_t b) { return ceilDiv(a, b) * b; }

// How many rows fit the registers beside `vectors` of the right operand and a broadcast element.
int64_t mostTileRows(int64_t vectors, const CpuLevel &level) {
  const int64_t spare = level.vectorRegisters - vectors - 1;
  const int64_t cap = level.vectorRegisters >= 32 ? 14 : 12;
  return std::clamp<int64_t>(spare / vectors, 1, cap);
}

int64_t mostOf(AffineExpr expr, ArrayRef<SizeAttr> sizes, int64_t otherwise) {
  return std::max<int64_t>(maxOfExpr(expr, sizes).value_or(otherwise), 1);
}

std::optional<int64_t> constantOf(AffineExpr expr) {
  auto constant = dyn_cast<AffineConstantExpr>(expr);
  return constant ? std::optional(constant.getValue()) : std::nullopt;
}

// The number of rows: exact, or the most over the sizes' ranges.
struct RowCount {
  int64_t most;
  bool exact;
  int64_t least = 1;
};

RowCount rowCount(const ContractionMatch &match, ArrayRef<SizeAttr> sizes) {
  if (auto constant = dyn_cast<AffineConstantExpr>(match.rows))
    return {std::max<int64_t>(constant.getValue(), 1), true};
  std::optional<std::pair<int64_t, int64_t>> range = rangeOfExpr(match.rows, sizes);
  return {mostOf(match.rows, sizes, mostBlockRows), false, range ? std::max<int64_t>(range->first, 1) : 1};
}

class Planner {
public:
  Planner(const ContractionMatch &match, const CpuLevel &level, ArrayRef<SizeAttr> sizes)
      : match(match), level(level), sizes(sizes), rows(rowCount(match, sizes)) {}

  ContractionPlan run() {
    plan.panelWidth = match.panels        ? match.panelWidth
                      : match.columns < 0 ? std::min(panelWidthFor(match.mostColumns), panelWidthOfAny)
                      : match.groups > 1  ? groupPanelWidthFor(match.columns, level)
                                          : panelWidthFor(match.columns);
    plan.panels = ceilDiv(match.mostColumns, plan.panelWidth);
    plan.packRight = !match.panels;
    // A group's features of neighbouring places lie side by side in a copy only.
    plan.packLeft = !match.leftInput || (match.windowed && (match.groups > 1 || touchesPadding()));
    cutDepth();
    chooseTile();
    addressLeft();
    cutRows();
    plan.storeFromRegisters = epilogueIsUnrolled();
    sizeScratch();
    return plan;
  }

private:
  static SmallVector<AffineExpr> spatial(Value tensor) {
    SmallVector<AffineExpr> dims = dimExprs(cast<RankedTensorType>(tensor.getType()));
    return SmallVector<AffineExpr>(ArrayRef(dims).drop_front().drop_back());
  }
  SmallVector<AffineExpr> output() const { return spatial(match.op->getResult(0)); }
  // Elements the window covers along spatial dim `dim`, and reaches for `count` neighbouring outputs.
  int64_t covered(unsigned dim) const {
    int64_t window = cast<RankedTensorType>(match.rhs.getType()).getDimSize(dim);
    return (window - 1) * cast<ConvolutionOp>(match.op).getRhsDilation()[dim] + 1;
  }
  template <typename T> T reach(unsigned dim, T count) const {
    return (count - 1) * cast<ConvolutionOp>(match.op).getWindowStrides()[dim] + covered(dim);
  }
  bool touchesPadding() const {
    auto op = cast<ConvolutionOp>(match.op);
    SmallVector<AffineExpr> input = spatial(match.lhs), output = this->output();
    for (unsigned dim = 0; dim < input.size(); ++dim) {
      std::optional<int64_t> known = constantOf(simplifyExpr(reach(dim, output[dim]) - input[dim]));
      // Without padding the last window ends within the input, by the definition of the output's extent.
      if (op.getPadding()[2 * dim] != 0 || (known ? *known > 0 : op.getPadding()[2 * dim + 1] > 0))
        return true;
    }
    return false;
  }
  // Output positions of the dims behind the first, at most.
  int64_t mostInner() const {
    int64_t inner = 1;
    const SmallVector<AffineExpr> extents = output();
    for (AffineExpr extent : ArrayRef(extents).drop_front())
      inner *= mostOf(extent, sizes, 1024);
    return inner;
  }
  // Packed elements of one input position along the first spatial dim, at most.
  int64_t mostSlice() const {
    int64_t elements = match.features;
    for (AffineExpr extent : ArrayRef(plan.packedExtents).drop_front())
      elements *= mostOf(extent, sizes, 1024);
    return elements;
  }
  int64_t packedElements(int64_t blockRows) const;
  static bool isExpensive(Operation *op) {
    return !isa<AddOp, SubtractOp, MultiplyOp, MaximumOp, MinimumOp, ClampOp, NegateOp, AbsOp, SelectOp, CompareOp,
                TransposeOp, ReshapeOp>(op);
  }

  // Whether each sum of a tile has code of its own for the epilogue, which then stays in registers.
  bool epilogueIsUnrolled() const {
    const auto ops = static_cast<int64_t>(match.epilogue.size() + match.outputs.size());
    if (ops > lightEpilogueOps || llvm::any_of(match.epilogue, isExpensive))
      return false;
    return match.depth() < deepForEpilogue || ops * plan.tileRows * plan.vectors(plan.tileRows) <= unrolledEpilogueOps;
  }

  void cutDepth();
  void chooseTile();
  void chooseTilesOfAnyHeight();
  int64_t bestVectors(int64_t height) const;
  double tileCycles(int64_t height, int64_t vectors, bool aligned) const;
  bool tilesAlign(int64_t height) const;
  void addressLeft();
  void cutRows();
  void sizeScratch();

  const ContractionMatch &match;
  const CpuLevel &level;
  ArrayRef<SizeAttr> sizes;
  RowCount rows;
  ContractionPlan plan;
};

void Planner::cutDepth() {
  int64_t segmentCount = 1;
  for (int64_t count : match.segments)
    segmentCount *= count;
  const int64_t run = match.mostRun;
  // Steps of neighbouring rows that meet in one element would be loaded once and kept, at the expense of the sums'
  // registers.
  int64_t distinct = run;
  if (match.windowed && plan.panelWidth > 16)
    distinct = cast<ConvolutionOp>(match.op).getWindowStrides().back() * match.features;
  if (match.run < 0) {
    plan.unroll = 4;
  } else if (run <= 10 && run <= distinct) {
    plan.unroll = run;
  } else {
    plan.unroll = std::min<int64_t>(4, distinct);
    for (int64_t step : {4, 8, 6, 5, 7, 3, 2})
      if (run % step == 0 && step <= distinct) {
        plan.unroll = step;
        break;
      }
  }
  if (run > deepestBlock) {
    plan.runPerDepthBlock = alignTo(ceilDiv(run, ceilDiv(run, deepestBlock)), plan.unroll);
    plan.segmentsPerDepthBlock = 1;
    plan.depthBlocks = segmentCount * ceilDiv(run, plan.runPerDepthBlock);
  } else {
    plan.runPerDepthBlock = run;
    int64_t blocks = ceilDiv(segmentCount, std::max<int64_t>(1, deepestBlock / run));
    plan.segmentsPerDepthBlock = ceilDiv(segmentCount, blocks);
    plan.depthBlocks = ceilDiv(segmentCount, plan.segmentsPerDepthBlock);
  }
}

// Whether every tile of this height starts at a known place within the last row dim, so that its rows' addresses are a base
// and constants.
bool Planner::tilesAlign(int64_t height) const {
  if (!match.windowed)
    return true;
  const SmallVector<AffineExpr> output = this->output();
  if (output.size() == 1)
    return true;
  const std::optional<int64_t> line = constantOf(output.back());
  return line && rows.most % height == 0 && (*line % height == 0 || (output.size() == 2 && height % *line == 0));
}

// Cycles for a tile and one unit of depth, with its share of what happens once a tile.
double Planner::tileCycles(int64_t height, int64_t vectors, bool aligned) const {
  const int64_t sums = height * vectors;
  if (height == 0)
    return 0;
  // Multiply-adds, loads, what comes from the second-level cache, and the latency of each sum's chain.
  const double multiplies = sums / 2.0, loads = (height + vectors) / 2.0;
  const double slab = vectors * plan.lanes * f32Bytes / bytesPerCycle;
  const double latency = 4.5 / std::min<int64_t>(plan.unroll, ceilDiv(8, sums));
  double step = std::max({multiplies, loads, slab, latency}) + 0.05 * loads;
  if (level.vectorRegisters < sums + vectors + 1)
    step *= 2;
  if (!aligned && height > 8) // the rows' addresses no longer fit the general registers
    step *= 1.06;
  const double once = 30 + 2.0 * sums + (aligned ? 0 : 6.0 * height);
  return step + once / match.depth();
}

// The widest of the best tiles of one height.
int64_t Planner::bestVectors(int64_t height) const {
  int64_t best = 0;
  double least = 0;
  for (int64_t vectors = 4; vectors >= 1; --vectors) {
    if (plan.panelWidth % (vectors * plan.lanes) != 0 || height > mostTileRows(vectors, level))
      continue;
    const double cycles = tileCycles(height, vectors, true) / (vectors * plan.lanes);
    if (best == 0 || cycles < least * 0.995) {
      best = vectors;
      least = cycles;
    }
  }
  return best;
}

// Compares register tiles by the cycles their loops take for all rows.
void Planner::chooseTile() {
  plan.lanes = std::min(level.lanes(f32Bytes), plan.panelWidth);
  if (!rows.exact)
    return chooseTilesOfAnyHeight();
  double best = 0;
  for (int64_t vectors = 4; vectors >= 1; --vectors) {
    if (plan.panelWidth % (vectors * plan.lanes) != 0)
      continue;
    const int64_t most = std::min(mostTileRows(vectors, level), rows.most);
    for (int64_t height = most; height >= std::max<int64_t>(1, most / 2); --height) {
      // Below the highest, only tiles that leave no lower ones are worth a look.
      if (height != most && rows.most % height != 0)
        continue;
      const int64_t tiles = ceilDiv(rows.most, height);
      const int64_t higher = rows.most % tiles, lower = rows.most / tiles;
      const bool aligned = higher == 0 ? tilesAlign(lower) : !match.windowed;
      double cost =
          higher * tileCycles(lower + 1, vectors, aligned) + (tiles - higher) * tileCycles(lower, vectors, aligned);
      cost /= vectors * plan.lanes;
      if (higher == 0 && lower <= lowTile)
        cost *= gainOfOneHeight;
      if (best == 0 || cost < best * 0.995) {
        best = cost;
        plan.tileRows = ceilDiv(rows.most, tiles);
        plan.vectorsOfHeight.assign(plan.tileRows + 1, vectors);
        plan.alignedTiles = aligned;
      }
    }
  }
}

// There is code for every height, each with its own best width; the highest is chosen by the least and the most rows
// and their geometric mean.
void Planner::chooseTilesOfAnyHeight() {
  double best = 0;
  const auto middle = static_cast<int64_t>(std::sqrt(double(rows.least) * double(rows.most)));
  for (int64_t highest = 1; highest <= std::min(rows.most, mostHeights); ++highest) {
    if (bestVectors(highest) == 0)
      break;
    double cost = 0;
    for (int64_t count : {rows.least, middle, rows.most}) {
      const int64_t tiles = ceilDiv(count, highest), higher = count % tiles, lower = count / tiles;
      for (auto [number, height] : {std::pair(higher, lower + 1), std::pair(tiles - higher, lower)})
        if (number)
          cost += number * tileCycles(height, bestVectors(height), true) / (bestVectors(height) * plan.lanes * count);
    }
    if (best == 0 || cost < best * 0.98) { // more heights are more code
      best = cost;
      plan.tileRows = highest;
    }
  }
  plan.vectorsOfHeight.assign(1, 0);
  for (int64_t height = 1; height <= plan.tileRows; ++height)
    plan.vectorsOfHeight.push_back(bestVectors(height));
}

void Planner::addressLeft() {
  LeftAddress &left = plan.left;
  if (!match.windowed) {
    // Rows one after another. A packed row is padded off powers of two, so that a tile's rows do not meet in one cache set.
    MLIRContext *context = match.op->getContext();
    left.rowSteps = {plan.packLeft   ? getAffineConstantExpr(alignTo(match.mostRun, 16) + 16, context)
                     : match.run < 0 ? match.runExpr
                                     : getAffineConstantExpr(match.placeStride(), context)};
    return;
  }
  auto op = cast<ConvolutionOp>(match.op);
  SmallVector<AffineExpr> extents = spatial(match.lhs), output = this->output();
  const unsigned rank = extents.size();
  if (plan.packLeft) {
    for (unsigned dim = 0; dim < rank; ++dim)
      extents[dim] = simplifyExpr(reach(dim, output[dim]));
    plan.packedExtents = extents;
  }
  SmallVector<AffineExpr> steps(rank);
  AffineExpr step = getAffineConstantExpr(match.features, match.op->getContext());
  for (unsigned dim = rank; dim-- > 0; step = simplifyExpr(step * extents[dim]))
    steps[dim] = step;
  left.outerStep = step;
  for (unsigned dim = 0; dim < rank; ++dim) {
    left.rowExtents.push_back(output[dim]);
    left.rowSteps.push_back(steps[dim] * op.getWindowStrides()[dim]);
  }
  for (unsigned dim = 0; dim < match.segments.size(); ++dim)
    left.segmentSteps.push_back(steps[dim] * op.getRhsDilation()[dim]);
}

void Planner::cutRows() {
  const int64_t tiles = ceilDiv(rows.most, plan.tileRows);
  const int64_t depthInBlock = plan.segmentsPerDepthBlock * plan.runPerDepthBlock;
  int64_t blockRows = mostBlockRows;
  if (match.windowed) {
    if (plan.packLeft) {
      // As many rows of the output as their packed input leaves room for.
      const int64_t most = mostOf(output()[0], sizes, 1024), sliceBytes = f32Bytes * mostSlice();
      int64_t slices = 1;
      while (slices < most && reach(0, slices + 1) * sliceBytes <= packedBlockBytes)
        ++slices;
      blockRows = std::max<int64_t>(slices * mostInner(), plan.tileRows);
    } else {
      blockRows = std::max<int64_t>(mostBlockRows, packedBlockBytes / (f32Bytes * match.mostRun));
    }
    if (plan.depthBlocks > 1)
      blockRows = std::min(blockRows, partialSumBytes / (f32Bytes * plan.panelWidth));
  } else {
    const int64_t bytesPerRow = f32Bytes * (plan.packLeft ? match.mostRun : depthInBlock);
    blockRows = std::min(mostBlockRows, (plan.packLeft ? packedBlockBytes : leftBlockBytes) / bytesPerRow);
  }
  int64_t tilesPerBlock = std::clamp<int64_t>(blockRows / plan.tileRows, 1, tiles);
  int64_t blocks = ceilDiv(tiles, tilesPerBlock);
  tilesPerBlock = ceilDiv(tiles, blocks);

  // Grid indices as the work asks for, with the sizes that need them most: one outer index, the most rows.
  std::optional<std::pair<int64_t, int64_t>> outerRange = rangeOfExpr(match.outer, sizes);
  const int64_t outer = std::max<int64_t>(outerRange ? outerRange->first : 1, 1);
  const double flops = 2.0 * rows.most * match.mostColumns * match.depth() * outer;
  const int64_t wanted = std::clamp<int64_t>(std::llround(flops / flopsPerGridIndex), 1, mostTiles);
  const int64_t subs = std::clamp<int64_t>(ceilDiv(wanted, outer * blocks * plan.panels), 1, tilesPerBlock);
  plan.tilesPerSub = ceilDiv(tilesPerBlock, subs);
  plan.subsPerBlock = ceilDiv(tilesPerBlock, plan.tilesPerSub);
}

// What the windows of a block's rows reach, at most over the sizes.
int64_t Planner::packedElements(int64_t blockRows) const {
  const int64_t whole = reach(0, mostOf(output()[0], sizes, 1024)) * mostSlice(), inner = mostInner();
  const int64_t atMost = reach(0, ceilDiv(blockRows - 1, inner) + 1) * mostSlice();
  if (rows.exact)
    return std::min(whole, atMost);
  // Shorter lines are more of them: each row then brings as much as a window covers, beside the first window's lines.
  ArrayRef<int64_t> strides = cast<ConvolutionOp>(match.op).getWindowStrides();
  int64_t perRow = match.features * strides[0];
  for (unsigned dim = 1; dim < strides.size(); ++dim)
    perRow *= std::max(strides[dim], covered(dim));
  return std::min(whole, blockRows * perRow + (covered(0) + strides[0]) * mostSlice());
}

void Planner::sizeScratch() {
  const int64_t blockRows = plan.rowsPerBlock();
  if (plan.packLeft) {
    // Packing writes whole vectors of rows or of depth.
    const int64_t elements = match.windowed ? packedElements(blockRows)
                                            : (blockRows + level.lanes(f32Bytes)) * *constantOf(plan.left.rowSteps[0]);
    // Packing writes whole vectors, of up to eight features each, behind the last element.
    plan.leftBytes = alignTo((elements + 8 * level.lanes(f32Bytes)) * f32Bytes, 64);
  }
  if (plan.packRight) {
    const int64_t depthInBlock = std::min(plan.segmentsPerDepthBlock * plan.runPerDepthBlock, match.depth());
    plan.rightBytes = alignTo((depthInBlock + level.lanes(f32Bytes)) * plan.panelWidth * f32Bytes, 64);
  }
  if (plan.depthBlocks > 1) {
    const int64_t panelBytes = blockRows * plan.panelWidth * f32Bytes;
    plan.panelsPerPass = std::clamp<int64_t>(partialSumBytes / panelBytes, 1, plan.panels);
    plan.sumBytes = alignTo(plan.panelsPerPass * panelBytes, 64);
  } else {
    plan.sumBytes = alignTo(plan.tileRows * plan.panelWidth * f32Bytes, 64);
  }
}

} // namespace

ContractionPlan planContraction(const ContractionMatch &match, const CpuLevel &level, ArrayRef<SizeAttr> sizes) {
  return Planner(match, level, sizes).run();
}

AffineExpr panelCountExpr(const ContractionMatch &match, const ContractionPlan &plan) {
  return simplifyExpr(match.columnsExpr.ceilDiv(plan.panelWidth));
}

AffineExpr tileCountExpr(const ContractionMatch &match, const ContractionPlan &plan) {
  return simplifyExpr(match.rows.ceilDiv(plan.tileRows));
}

AffineExpr gridExpr(const ContractionMatch &match, const ContractionPlan &plan) {
  AffineExpr blocks = simplifyExpr(tileCountExpr(match, plan).ceilDiv(plan.tilesPerBlock()));
  return simplifyExpr(match.outer * blocks * (panelCountExpr(match, plan) * plan.subsPerBlock));
}

DictionaryAttr describePlan(const ContractionPlan &plan, MLIRContext *context) {
  Builder builder(context);
  SmallVector<NamedAttribute> entries;
  auto add = [&](StringRef name, int64_t value) {
    entries.push_back(builder.getNamedAttr(name, builder.getI64IntegerAttr(value)));
  };
  add("panel_width", plan.panelWidth);
  add("tile_rows", plan.tileRows);
  add("tile_columns", plan.vectors(plan.tileRows) * plan.lanes);
  add("lanes", plan.lanes);
  add("unroll", plan.unroll);
  add("depth_blocks", plan.depthBlocks);
  add("tiles_per_sub", plan.tilesPerSub);
  add("subs_per_block", plan.subsPerBlock);
  entries.push_back(builder.getNamedAttr("pack_left", builder.getBoolAttr(plan.packLeft)));
  entries.push_back(builder.getNamedAttr("pack_right", builder.getBoolAttr(plan.packRight)));
  return builder.getDictionaryAttr(entries);
}

double estimateContraction(const ContractionMatch &match, const ContractionPlan &plan, const CpuLevel &level,
                           ArrayRef<SizeAttr> sizes) {
  constexpr double gigahertz = 3, bytesPerNanosecond = 20;
  const double rows = maxOfExpr(match.rows, sizes).value_or(1), outer = maxOfExpr(match.outer, sizes).value_or(1);
  const double padded = static_cast<double>(plan.panels) * plan.panelWidth;
  double compute = outer * rows * padded * match.depth() / (plan.lanes * (level.fma ? 2 : 1) * gigahertz);
  double memory =
      f32Bytes * (padded * match.depth() + outer * rows * (match.depth() + match.mostColumns)) / bytesPerNanosecond;
  return std::max(compute, memory);
}

int64_t groupPanelWidthFor(int64_t columns, const CpuLevel &level) {
  const int64_t lanes = level.lanes(f32Bytes);
  if (columns < lanes)
    return std::max<int64_t>(4, llvm::bit_ceil(static_cast<uint64_t>(columns)));
  const int64_t vectors = ceilDiv(columns, lanes);
  for (int64_t width : {4, 3, 2})
    if (vectors % width == 0)
      return width * lanes;
  return vectors < 4 ? vectors * lanes : 2 * lanes;
}

int64_t panelWidthFor(int64_t columns) {
  int64_t best = 0, leastPadded = 0;
  for (int64_t width : {64, 48, 32, 16, 8}) {
    const int64_t padded = alignTo(columns, width);
    if (padded * 100 <= columns * 115)
      return width;
    if (best == 0 || padded < leastPadded) {
      best = width;
      leastPadded = padded;
    }
  }
  return best;
}

} // namespace ingot
