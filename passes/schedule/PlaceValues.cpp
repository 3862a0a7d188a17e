#include "ir/Types.h"
#include "passes/Programs.h"
#include "passes/schedule/LiveRanges.h"
#include "passes/schedule/Passes.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/Support/MathExtras.h"

namespace ingot {

#define GEN_PASS_DEF_PLACEVALUES
#include "passes/schedule/Passes.h.inc"

using namespace mlir;

namespace {

// Memory values hold one after another.
struct Buffer : LiveRanges::Buffer {
  AffineExpr bytes; // a multiple of the alignment for all sizes
  int64_t maxBytes = 0;
  int64_t maxOffset = 0; // at the sizes' maxima
  unsigned entry = 0;    // of the arena plan

  bool overlaps(const Buffer &other) const { return LiveRanges::overlap(liveRange, other.liveRange); }
};

// Rounds every coefficient of a sum of products up to a multiple of the alignment: at least the value, since sizes and the
// divisions dim expressions hold are not negative, and itself always aligned.
AffineExpr alignCoefficients(AffineExpr expr) {
  if (expr.getKind() == AffineExprKind::Add) {
    auto sum = cast<AffineBinaryOpExpr>(expr);
    return alignCoefficients(sum.getLHS()) + alignCoefficients(sum.getRHS());
  }
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return getAffineConstantExpr(int64_t(llvm::divideCeilSigned(constant.getValue(), kArenaAlignment)) * kArenaAlignment,
                                 expr.getContext());
  if (auto product = dyn_cast<AffineBinaryOpExpr>(expr); product && product.getKind() == AffineExprKind::Mul)
    if (isa<AffineConstantExpr>(product.getRHS()))
      return product.getLHS() * alignCoefficients(product.getRHS());
  return expr * kArenaAlignment;
}

class Planner {
public:
  Planner(func::FuncOp function, ArrayRef<SizeAttr> sizes) : function(function), sizes(sizes), liveRanges(function) {}

  LogicalResult run() {
    if (failed(collect()))
      return failure();
    placeAtMaxima();
    writeEntries();
    writePlacements();
    return success();
  }

private:
  LogicalResult collect() {
    if (DispatchOp dispatch = liveRanges.writeMarked(function))
      return dispatch.emitError("cannot be in place: its operand's memory is needed later");
    liveRanges.joinIterations();
    for (LiveRanges::Buffer &joined : liveRanges.buffers()) {
      Buffer buffer{std::move(joined)};
      Value first = buffer.allocations.front();
      auto type = cast<RankedTensorType>(first.getType());
      buffer.bytes = simplifyExpr(alignCoefficients(byteSizeExpr(type)));
      std::optional<int64_t> most = maxOfExpr(buffer.bytes, sizes);
      if (!most || *most > (int64_t(1) << 60))
        return emitError(first.getLoc()) << "a result of type " << describeType(type, sizes) << " does not fit in memory";
      buffer.maxBytes = *most;
      for (Value allocation : buffer.allocations)
        bufferOf[allocation] = buffers.size();
      buffers.push_back(std::move(buffer));
    }
    return success();
  }

  // Largest first, each at the lowest offset where nothing alive at the same time is.
  void placeAtMaxima() {
    for (unsigned i = 0; i < buffers.size(); ++i)
      if (!buffers[i].result)
        placed.push_back(i);
    SmallVector<unsigned> bySize = placed;
    llvm::sort(bySize, [&](unsigned a, unsigned b) {
      return std::tuple(-buffers[a].maxBytes, a) < std::tuple(-buffers[b].maxBytes, b);
    });
    SmallVector<unsigned> done;
    for (unsigned index : bySize) {
      SmallVector<const Buffer *> conflicts;
      for (unsigned other : done)
        if (buffers[other].overlaps(buffers[index]))
          conflicts.push_back(&buffers[other]);
      llvm::sort(conflicts, [](const Buffer *a, const Buffer *b) { return a->maxOffset < b->maxOffset; });
      int64_t offset = 0;
      for (const Buffer *other : conflicts) {
        if (offset + buffers[index].maxBytes <= other->maxOffset)
          break;
        offset = std::max(offset, other->maxOffset + other->maxBytes);
      }
      buffers[index].maxOffset = offset;
      done.push_back(index);
    }
    llvm::sort(placed, [&](unsigned a, unsigned b) {
      return std::tuple(buffers[a].maxOffset, a) < std::tuple(buffers[b].maxOffset, b);
    });
  }

  // The index of the entry that is the largest end among `below`: an earlier equal one, unless `isNew`, or one added. What
  // lies below one of `below` needs no mention.
  unsigned addEntry(ArrayRef<unsigned> below, bool isNew = false) {
    llvm::DenseSet<unsigned> implied;
    for (unsigned index : below)
      implied.insert(lower[index].begin(), lower[index].end());
    SmallVector<AffineExpr> ends;
    MLIRContext *context = function.getContext();
    for (unsigned index : below) {
      if (implied.contains(index))
        continue;
      const Buffer &buffer = buffers[index];
      AffineExpr offset = closed[buffer.entry] ? closed[buffer.entry] : getAffineDimExpr(buffer.entry, context);
      AffineExpr end = simplifyExpr(offset + buffer.bytes);
      auto covers = [&](AffineExpr a, AffineExpr b) {
        auto range = rangeOfExpr(simplifyExpr(a - b), sizes);
        return range && range->first >= 0;
      };
      if (llvm::any_of(ends, [&](AffineExpr other) { return covers(other, end); }))
        continue;
      llvm::erase_if(ends, [&](AffineExpr other) { return covers(end, other); });
      ends.push_back(end);
    }
    if (ends.empty())
      ends.push_back(getAffineConstantExpr(0, context));
    bool isClosed = ends.size() == 1 && !isa<AffineDimExpr>(ends.front());
    ends.front().walk([&](AffineExpr part) { isClosed &= !isa<AffineDimExpr>(part); });
    if (auto equal = llvm::find(closed, ends.front()); isClosed && !isNew && equal != closed.end())
      return equal - closed.begin();
    closed.push_back(isClosed ? ends.front() : AffineExpr());
    unsigned dims = 0, symbols = 0;
    for (AffineExpr end : ends)
      end.walk([&](AffineExpr part) {
        if (auto dim = dyn_cast<AffineDimExpr>(part))
          dims = std::max(dims, dim.getPosition() + 1);
        if (auto symbol = dyn_cast<AffineSymbolExpr>(part))
          symbols = std::max(symbols, symbol.getPosition() + 1);
      });
    plan.entries.push_back(AffineMap::get(dims, symbols, ends, context));
    return plan.entries.size() - 1;
  }

  void writeEntries() {
    lower.resize(buffers.size());
    for (unsigned i = 0; i < placed.size(); ++i) {
      Buffer &buffer = buffers[placed[i]];
      SmallVector<unsigned> below;
      for (unsigned j = 0; j < i; ++j)
        if (buffers[placed[j]].overlaps(buffer))
          below.push_back(placed[j]);
      buffer.entry = addEntry(below);
      for (unsigned index : below) {
        lower[placed[i]].insert(index);
        lower[placed[i]].insert(lower[index].begin(), lower[index].end());
      }
    }
    addEntry(placed, /*isNew=*/true);
    function->setAttr(kArenaAttr, plan.print(function.getContext()));
  }

  void writePlacements() {
    MLIRContext *context = function.getContext();
    function.walk([&](Operation *op) {
      if (!isCommand(op) || isa<WhileOp>(op))
        return;
      SmallVector<Attribute> memory;
      for (Value result : op->getResults()) {
        const Buffer &buffer = buffers[bufferOf.lookup(result)];
        memory.push_back(Placement{buffer.result, buffer.entry, buffer.carried}.print(context));
      }
      op->setAttr(kMemoryAttr, ArrayAttr::get(context, memory));
    });
  }

  func::FuncOp function;
  ArrayRef<SizeAttr> sizes;
  LiveRanges liveRanges;
  SmallVector<Buffer> buffers;
  llvm::DenseMap<Value, unsigned> bufferOf;
  SmallVector<unsigned> placed;                // arena buffers, by offset
  std::vector<llvm::DenseSet<unsigned>> lower; // by buffer: all that lies below it, directly or not
  SmallVector<AffineExpr> closed;              // by entry: its value as an expression over the sizes, or null
  ArenaPlan plan;
};

struct PlaceValues : impl::PlaceValuesBase<PlaceValues> {
  void runOnOperation() override {
    SmallVector<SizeAttr> sizes = moduleSizes(getOperation());
    for (func::FuncOp function : programFunctions(getOperation()))
      if (failed(Planner(function, sizes).run()))
        return signalPassFailure();
  }
};

} // namespace

std::unique_ptr<Pass> createPlaceValues() { return std::make_unique<PlaceValues>(); }

} // namespace ingot
