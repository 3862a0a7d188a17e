#include "ir/Types.h"
#include "passes/Programs.h"
#include "passes/schedule/LiveRanges.h"
#include "passes/schedule/Passes.h"
#include "llvm/ADT/DenseMap.h"
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
      // Memory is there before data tells its sizes.
      std::optional<AffineExpr> bytes = boundOverData(byteSizeExpr(type), sizes);
      buffer.bytes = simplifyExpr(alignCoefficients(bytes.value_or(byteSizeExpr(type))));
      std::optional<int64_t> most = bytes ? maxOfExpr(buffer.bytes, sizes) : std::nullopt;
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

  // The index of the entry that is the largest end among `below`, lowest first: an earlier equal one, unless `isNew`, or one
  // added. What lies below one of `below` needs no mention.
  unsigned addEntry(ArrayRef<unsigned> below, bool isNew = false) {
    constexpr size_t kExact = 64; // of more, only those that are mentioned are looked at
    MLIRContext *context = function.getContext();
    SmallVector<unsigned> higher, mentioned;
    int64_t most = 0; // of the ends that are numbers
    for (unsigned index : llvm::reverse(below)) {
      const Buffer &buffer = buffers[index];
      auto offset = dyn_cast_or_null<AffineConstantExpr>(closed[buffer.entry]),
           bytes = dyn_cast<AffineConstantExpr>(buffer.bytes);
      if (offset && bytes)
        most = std::max(most, offset.getValue() + bytes.getValue());
      bool isImplied =
          !(offset && bytes) && llvm::any_of(higher, [&](unsigned other) { return buffers[other].overlaps(buffer); });
      if (!(offset && bytes) && !isImplied)
        mentioned.push_back(index);
      if (below.size() <= kExact || (!(offset && bytes) && !isImplied))
        higher.push_back(index);
    }
    SmallVector<AffineExpr> ends;
    auto addEnd = [&](AffineExpr end) {
      auto covers = [&](AffineExpr a, AffineExpr b) {
        auto range = rangeOfExpr(simplifyExpr(a - b), sizes);
        return range && range->first >= 0;
      };
      if (llvm::any_of(ends, [&](AffineExpr other) { return covers(other, end); }))
        return;
      llvm::erase_if(ends, [&](AffineExpr other) { return covers(end, other); });
      ends.push_back(end);
    };
    if (most > 0 || mentioned.empty())
      addEnd(getAffineConstantExpr(most, context));
    for (unsigned index : llvm::reverse(mentioned)) {
      unsigned entry = buffers[index].entry;
      addEnd(simplifyExpr((closed[entry] ? closed[entry] : getAffineDimExpr(entry, context)) + buffers[index].bytes));
    }
    bool isClosed = ends.size() == 1 && !isa<AffineDimExpr>(ends.front());
    ends.front().walk([&](AffineExpr part) { isClosed &= !isa<AffineDimExpr>(part); });
    if (isClosed)
      if (auto [equal, isFirst] = entryOf.try_emplace(ends.front(), closed.size()); !isFirst && !isNew)
        return equal->second;
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
    for (unsigned i = 0; i < placed.size(); ++i) {
      Buffer &buffer = buffers[placed[i]];
      SmallVector<unsigned> below;
      for (unsigned j = 0; j < i; ++j)
        if (buffers[placed[j]].overlaps(buffer))
          below.push_back(placed[j]);
      buffer.entry = addEntry(below);
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
  SmallVector<unsigned> placed;                 // arena buffers, by offset
  SmallVector<AffineExpr> closed;               // by entry: its value as an expression over the sizes, or null
  llvm::DenseMap<AffineExpr, unsigned> entryOf; // and back
  ArenaPlan plan;
};

struct PlaceValues : impl::PlaceValuesBase<PlaceValues> {
  void runOnOperation() override {
    for (func::FuncOp function : programFunctions(getOperation())) {
      SmallVector<SizeAttr> sizes = moduleSizes(function);
      if (failed(Planner(function, sizes).run()))
        return signalPassFailure();
    }
  }
};

} // namespace

std::unique_ptr<Pass> createPlaceValues() { return std::make_unique<PlaceValues>(); }

} // namespace ingot
