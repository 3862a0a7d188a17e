#include "compiler/codegen/LoopPlan.h"

#include "compiler/codegen/RegionAnalysis.h"
#include "compiler/codegen/RegionVectorizer.h"
#include "ir/TensorTypes.h"
#include "passes/schedule/Schedule.h"

#include "llvm/ADT/SetVector.h"

#include <algorithm>
#include <cmath>

namespace ingot {

using namespace mlir;

static constexpr double kTileNanoseconds = 6000; // work of one tile: small enough to balance, large enough to hide the split
static constexpr double kBytesPerNanosecond = 10; // streaming, one core
static constexpr int64_t kAlignment = 64;
static constexpr int64_t kLargestRow = 1 << 17; // bytes of a cached row: more would leave the second-level cache

static DynamicUpdateSliceOp updateOf(KernelOp kernel) {
  return updatedOperand(kernel) ? kernel.getBlock().getTerminator()->getOperand(0).getDefiningOp<DynamicUpdateSliceOp>()
                                : DynamicUpdateSliceOp();
}

SmallVector<Value> computedValues(KernelOp kernel) {
  if (DynamicUpdateSliceOp update = updateOf(kernel))
    return {update.getUpdate()};
  return SmallVector<Value>(kernel.getBlock().getTerminator()->getOperands());
}

SmallVector<AffineExpr> LoopNest::extents(KernelOp kernel) const {
  SmallVector<AffineExpr> dims = dimExprs(cast<RankedTensorType>(computedValues(kernel)[results[0]].getType()));
  for (int64_t i = 1; i < collapsed; ++i) {
    AffineExpr last = dims.pop_back_val();
    dims.back() = simplifyExpr(dims.back() * last);
  }
  return dims;
}

AffineExpr LoopNest::outerPoints(KernelOp kernel) const {
  AffineExpr points = getAffineConstantExpr(1, kernel.getContext());
  SmallVector<AffineExpr> space = extents(kernel);
  for (int64_t dim : outer)
    points = points * space[dim];
  return simplifyExpr(points);
}

AffineExpr LoopNest::grid(KernelOp kernel) const {
  AffineExpr points = outerPoints(kernel);
  AffineExpr tiles = split ? points * extents(kernel)[lane].ceilDiv(split) : points.ceilDiv(tile);
  return simplifyExpr(tiles);
}

AffineExpr LoopNest::scratch(KernelOp kernel) const {
  AffineExpr bytes = getAffineConstantExpr(0, kernel.getContext());
  for (size_t i = 0; i < cached.size(); ++i) {
    Operation *op = &*std::next(kernel.getBlock().begin(), cached[i]);
    int64_t element = elementBytes(cast<RankedTensorType>(op->getResult(0).getType()).getElementType());
    AffineExpr row = extents(kernel)[lane] * std::max<int64_t>(element, 4);
    bytes = bytes + (row + (kAlignment - 1)).floorDiv(kAlignment) * kAlignment;
  }
  return simplifyExpr(bytes);
}

void visitSpace(RegionAnalysis &analysis, KernelOp kernel, const LoopNest &nest, ArrayRef<int64_t> extents) {
  SmallVector<AffineIndex> indices;
  for (auto [dim, expr] : llvm::enumerate(nest.extents(kernel))) {
    unsigned variable = analysis.addVariable(extents[dim]);
    if (nest.collapsed > 1 && dim == extents.size() - 1)
      indices.append(nest.collapsed - 1, AffineIndex());
    bool single = expr == getAffineConstantExpr(1, kernel.getContext());
    indices.push_back(single ? AffineIndex() : AffineIndex::variable(variable));
  }
  SmallVector<Value> values = computedValues(kernel);
  for (int64_t number : nest.results)
    analysis.visit(values[number], indices);
}

bool isRowElement(Operation *op, RankedTensorType space, ArrayRef<int64_t> rowDims) {
  auto slice = dyn_cast<SliceOp>(op);
  if (!slice || !sameDims(slice.getOperand().getType(), space))
    return false;
  for (int64_t dim = 0; dim < space.getRank(); ++dim)
    if (llvm::is_contained(rowDims, dim) ? slice.getType().getDimSize(dim) != 1
                                         : !sameExpr(dimExpr(slice.getType(), dim), dimExpr(space, dim)))
      return false;
  return true;
}

namespace {

class NestPlanner {
public:
  NestPlanner(KernelOp kernel, const CpuLevel &level, ArrayRef<SizeAttr> sizes, SmallVector<int64_t> results)
      : kernel(kernel), level(level), sizes(sizes), analysis(sizes) {
    nest.results = std::move(results);
    for (int64_t number : nest.results)
      values.push_back(computedValues(kernel)[number]);
    type = cast<RankedTensorType>(values[0].getType());
  }

  LoopNest run() {
    collapse();
    walk();
    chooseLane();
    order();
    cacheRows();
    transpose();
    tile();
    return nest;
  }

private:
  void collapse() {
    for (int64_t count = type.getRank(); count > 1; --count) {
      bool possible = llvm::all_of(values, [&](Value value) { return canCollapse(value, type.getRank() - count, count); });
      // Where a window is written, its collapsed dims must lie side by side, too.
      if (DynamicUpdateSliceOp update = updateOf(kernel))
        for (int64_t dim = type.getRank() - count + 1; dim < type.getRank(); ++dim)
          possible &= sameExpr(dimExpr(update.getType(), dim), dimExpr(type, dim));
      if (possible) {
        nest.collapsed = count;
        break;
      }
    }
    for (AffineExpr expr : nest.extents(kernel)) {
      auto constant = dyn_cast<AffineConstantExpr>(expr);
      statics.push_back(constant ? std::optional(constant.getValue()) : std::nullopt);
      maxima.push_back(maxOfExpr(expr, sizes).value_or(1024));
    }
  }

  // Runs the analysis with a variable for each dim of the space.
  void walk() {
    for (size_t dim = 0; dim < maxima.size(); ++dim)
      if (statics[dim] != 1)
        all |= uint64_t(1) << dim;
    visitSpace(analysis, kernel, nest, maxima);
    for (const InnerReduction &reduction : analysis.reductions)
      if ((reduction.dependencies & all) != all)
        kept |= reduction.dependencies & all;
    if (kept == all)
      kept = 0;
  }

  bool isKept(int64_t dim) const { return kept >> dim & 1; }
  double points() const {
    double result = 1;
    for (int64_t extent : maxima)
      result *= std::max<int64_t>(extent, 1);
    return result;
  }

  // The share of lanes that is in use along a dim whose extent is known at run time alone, at a usual one of its range.
  double laneUse(int64_t dim, int64_t width) const {
    if (statics[dim])
      return 1;
    auto range = rangeOfExpr(nest.extents(kernel)[dim], sizes);
    double usual = std::sqrt(double(std::max<int64_t>(range ? range->first : 1, 1)) * double(maxima[dim]));
    return usual / (std::ceil(usual / width) * width);
  }

  // What it costs to run the lanes over `dim`; over no dim if negative: loads and stores, and arithmetic.
  struct LaneCost {
    double accesses, work;
    double sum() const { return accesses + work; }
    double nanoseconds() const { return 0.25 * accesses + 0.5 * work; }
  };
  LaneCost laneCost(int64_t dim, int64_t width) const {
    constexpr double kGather = 1.3; // of one element, against a scalar load
    double accesses = 0, all = 0;
    auto count = [&](const AffineIndex &position, double trips, int64_t lanes) {
      all += trips;
      bool depends = dim >= 0 && (position.dependencies() >> dim & 1);
      if (depends) {
        bool contiguous = position.coefficient(dim) == 1 && !(position.unknown >> dim & 1);
        accesses += contiguous ? trips / lanes : trips * kGather;
        return;
      }
      // Scalars, or a reduction that has its own lanes.
      bool contiguous = false;
      for (size_t variable = maxima.size(); variable < position.coefficients.size(); ++variable)
        contiguous |= position.coefficients[variable] == 1;
      accesses += contiguous ? trips / lanes : trips;
    };
    for (const Access &access : analysis.accesses)
      count(access.position, access.trips, width);
    AffineIndex stored;
    int64_t stride = 1;
    stored.coefficients.resize(maxima.size(), 0);
    for (size_t i = maxima.size(); i-- > 0;) {
      stored.coefficients[i] = stride;
      stride *= std::max<int64_t>(maxima[i], 1);
    }
    for (size_t i = 0; i < values.size(); ++i)
      count(stored, points(), width);
    // Each round of the lane loop and each reduction has a price of its own.
    constexpr double kRound = 0.5, kReduction = 8;
    accesses += points() / (dim >= 0 ? width : 1) * kRound;
    for (const InnerReduction &reduction : analysis.reductions) {
      bool depends = dim >= 0 && (reduction.dependencies >> dim & 1);
      accesses += analysis.trips(reduction.dependencies) / (depends ? width : 1) * kReduction;
    }
    double share = dim >= 0 ? 1.0 / width : std::min(1.0, accesses / std::max(all, 1.0));
    return {accesses, analysis.scalarWork * share};
  }

  void chooseLane() {
    int64_t widest = 1;
    bool complex = false;
    for (Value value : values) {
      int64_t bytes = widestElement(value);
      complex |= bytes == 0;
      widest = std::max(widest, bytes);
    }
    int64_t lanes = complex ? 1 : level.lanes(widest);
    LaneCost chosen = laneCost(-1, lanes);
    double best = chosen.sum();
    for (int64_t dim = maxima.size(); dim-- > 0 && lanes > 1;) {
      int64_t width = fitLanes(lanes, maxima[dim], level);
      if (width < 2 || statics[dim] == 1)
        continue;
      LaneCost found = laneCost(dim, width);
      double cost = found.sum() / laneUse(dim, width);
      if (cost < best * 0.999) {
        best = cost;
        chosen = found;
        nest.lane = dim;
        nest.width = width;
      }
    }
    computeTime = chosen.nanoseconds();
  }

  void order() {
    for (int64_t dim = 0; dim < int64_t(maxima.size()); ++dim) {
      if (dim == nest.lane || statics[dim] == 1)
        continue;
      if (!kept || isKept(dim))
        nest.outer.push_back(dim);
      else if (nest.lane >= 0 && isKept(nest.lane))
        nest.inner.push_back(dim);
      else
        nest.middle.push_back(dim);
    }
    if (nest.lane < 0)
      return;
    std::optional<int64_t> extent = statics[nest.lane];
    unsigned ops = analysis.opCount;
    nest.unroll = unrollFor(ops);
    while (extent && nest.unroll > 1 && *extent < 2 * nest.unroll * nest.width)
      nest.unroll /= 2;
    // Heavy code is made once, with a mask, instead of twice.
    bool whole = extent && *extent % nest.width == 0;
    nest.masked = level.maskedMemory && !whole && nest.unroll == 1 && ops > 40;
  }

  // A dim along which accesses that are strided along the lanes are contiguous becomes the innermost but the lanes.
  void transpose() {
    if (nest.lane < 0 || kept || nest.width < 4 || (statics[nest.lane] && *statics[nest.lane] < nest.width))
      return;
    double best = 0;
    for (int64_t dim : nest.outer) {
      if (statics[dim] && *statics[dim] < nest.width)
        continue;
      double gain = 0;
      for (const Access &access : analysis.accesses) {
        int64_t along = access.position.coefficient(nest.lane);
        bool known = !(access.position.unknown >> nest.lane & 1) && !(access.position.unknown >> dim & 1);
        if (known && along != 0 && along != 1 && access.position.coefficient(dim) == 1)
          gain += access.trips;
      }
      if (gain > best) {
        best = gain;
        nest.transposed = dim;
      }
    }
    if (nest.transposed < 0)
      return;
    nest.outer.erase(llvm::find(nest.outer, nest.transposed));
    nest.unroll = 1;
    nest.masked = false;
  }

  // Finds the expensive values that more than one pass over a row needs, element by element at the same place.
  void cacheRows() {
    if (!kept || nest.lane < 0 || isKept(nest.lane) || !nest.middle.empty())
      return;
    // The dims of the results that the lanes run over; all reductions must run over just these.
    int64_t last = nest.lane == int64_t(maxima.size()) - 1 ? type.getRank() - 1 : nest.lane;
    rowDims.clear();
    for (int64_t dim = last == type.getRank() - 1 ? type.getRank() - nest.collapsed : last; dim <= last; ++dim)
      if (type.getDimSize(dim) != 1)
        rowDims.push_back(dim);
    for (const InnerReduction &reduction : analysis.reductions) {
      Operation *reduce = reduction.op;
      if (makingOf(reduce) != Making::Reduction || indexRelationOf(reduce)->variableDims(0) != rowDims ||
          !isSpace(reduce->getOperand(0).getType()))
        return;
      ReductionLanes choice = lanesOfReduce(reduce, level);
      if (rowDims.size() > 1 && choice.collapsed != int64_t(rowDims.size()))
        return;
    }
    int64_t position = 0;
    for (Operation &op : kernel.getBlock().without_terminator()) {
      if (isWorthCaching(&op) && maxima[nest.lane] * std::max<int64_t>(elementBytes(elementOf(&op)), 4) <= kLargestRow)
        nest.cached.push_back(position);
      ++position;
    }
  }

  static Type elementOf(Operation *op) { return getElementTypeOrSelf(op->getResult(0).getType()); }

  bool isSpace(Type candidate) { return sameDims(cast<RankedTensorType>(candidate), type); }

  // The passes that use the value: reductions and (as one) the results, through pointwise ops alone.
  bool isWorthCaching(Operation *op) {
    if (!op->hasTrait<trait::Pointwise>() || scalarCost(op) < 4 || !isSpace(op->getResult(0).getType()) ||
        !isa<FloatType>(elementOf(op)))
      return false;
    llvm::SetVector<Operation *> pending;
    llvm::SmallPtrSet<Operation *, 4> passes;
    pending.insert(op);
    for (size_t i = 0; i < pending.size(); ++i) {
      for (Operation *user : pending[i]->getUsers()) {
        if (makingOf(user) == Making::Reduction || isa<ReturnOp>(user))
          passes.insert(user);
        else if (user->hasTrait<trait::Pointwise>() && isSpace(user->getResult(0).getType()))
          pending.insert(user);
        else if (!isRowElement(user, type, rowDims)) // which is made before the row
          return false;
      }
    }
    return passes.size() > 1;
  }

  void tile() {
    double bytes = 0;
    for (const Access &access : analysis.accesses)
      bytes += std::min(access.trips, access.elements) * access.bytes;
    bytes += points() * elementBytes(type.getElementType()) * values.size();
    nest.cost = std::max(bytes / kBytesPerNanosecond, computeTime);
    double outerCount = 1;
    for (int64_t dim : nest.outer)
      outerCount *= std::max<int64_t>(maxima[dim], 1);
    double perPoint = nest.cost / std::max(outerCount, 1.0);
    // What no loop of the space tells apart is made once a call: one tile, one call.
    if (llvm::any_of(analysis.reductions,
                     [&](const InnerReduction &reduction) { return !(reduction.dependencies & all); })) {
      nest.tile = std::max<int64_t>(1, static_cast<int64_t>(outerCount));
      return;
    }
    bool maySplit = nest.lane >= 0 && (!kept || isKept(nest.lane));
    if (maySplit && perPoint > 2 * kTileNanoseconds) {
      int64_t step = nest.width * nest.unroll;
      int64_t part = static_cast<int64_t>(maxima[nest.lane] * (kTileNanoseconds / perPoint)) / step * step;
      part = std::max(part, step);
      if (part * 2 <= maxima[nest.lane]) {
        nest.split = part;
        return;
      }
    }
    nest.tile = std::max<int64_t>(1, static_cast<int64_t>(kTileNanoseconds / std::max(perPoint, 0.01)));
    nest.tile = std::min<int64_t>(nest.tile, std::max<int64_t>(1, static_cast<int64_t>(outerCount)));
  }

  KernelOp kernel;
  const CpuLevel &level;
  ArrayRef<SizeAttr> sizes;
  RegionAnalysis analysis;
  LoopNest nest;
  SmallVector<Value> values;
  RankedTensorType type;
  SmallVector<std::optional<int64_t>> statics;
  SmallVector<int64_t> maxima;
  SmallVector<int64_t> rowDims; // of the results, that the lanes of a nest with cached values run over
  uint64_t all = 0, kept = 0;   // dims with a loop; those that reductions made between the loops depend on, if not all
  double computeTime = 0;       // nanoseconds, whatever memory takes
};

} // namespace

std::vector<LoopNest> planLoops(KernelOp kernel, const CpuLevel &level, ArrayRef<SizeAttr> sizes) {
  SmallVector<SmallVector<int64_t>> groups;
  SmallVector<Value> results = computedValues(kernel);
  for (auto [number, value] : llvm::enumerate(results)) {
    auto same = llvm::find_if(groups, [&](const SmallVector<int64_t> &group) {
      return sameDims(cast<RankedTensorType>(results[group[0]].getType()), cast<RankedTensorType>(value.getType()));
    });
    if (same == groups.end())
      groups.push_back({int64_t(number)});
    else
      same->push_back(number);
  }
  std::vector<LoopNest> nests;
  for (SmallVector<int64_t> &group : groups)
    nests.push_back(NestPlanner(kernel, level, sizes, group).run());
  return nests;
}

//===--- Parameters ---===//

DictionaryAttr describeNests(MLIRContext *context, ArrayRef<LoopNest> nests) {
  Builder builder(context);
  SmallVector<Attribute> encoded;
  for (const LoopNest &nest : nests) {
    NamedAttrList list;
    auto number = [&](StringRef name, int64_t value) { list.set(name, builder.getI64IntegerAttr(value)); };
    auto numbers = [&](StringRef name, ArrayRef<int64_t> value) { list.set(name, builder.getDenseI64ArrayAttr(value)); };
    numbers("results", nest.results);
    numbers("outer", nest.outer);
    numbers("middle", nest.middle);
    numbers("inner", nest.inner);
    numbers("cached", nest.cached);
    number("collapsed", nest.collapsed);
    number("lane", nest.lane);
    number("transposed", nest.transposed);
    number("width", nest.width);
    number("unroll", nest.unroll);
    number("masked", nest.masked);
    number("tile", nest.tile);
    number("split", nest.split);
    encoded.push_back(list.getDictionary(context));
  }
  return builder.getDictionaryAttr(builder.getNamedAttr("nests", builder.getArrayAttr(encoded)));
}

} // namespace ingot
