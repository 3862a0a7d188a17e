#include "ir/TensorTypes.h"
#include "mlir/IR/PatternMatch.h"
#include "passes/Reorder.h"
#include "passes/simplify/Passes.h"

#include <numeric>

namespace ingot {

#define GEN_PASS_DEF_SPLITDILATIONS
#include "passes/simplify/Passes.h.inc"

using namespace mlir;

namespace {

// A convolution of fewer products is not worth the code of several, and none is worth more code than for so many phases.
constexpr int64_t kFewProducts = 1 << 15;
constexpr int64_t kMostPhases = 16;

// Phase r of a spatial dim: the result's elements at r, r + s, r + 2s ..., s being the dilation of the input. Of the kernel it reads
// the taps from `first` on, `every` apart, which lie `dilation` elements of the input apart; the first one of element 0 at -low.
struct Phase {
  int64_t first = 0, every = 1, taps = 0, dilation = 1, low = 0, high = 0;
  int64_t more = 0; // elements of each phase beside those of the input, the last one perhaps behind the result
};

// With s the input's dilation, tap k of element q s + r reads element (q s + r + k t - low) / s of the input, where that is whole; t is
// the kernel's dilation. The result's dim is s (n - 1) + 1 + low + high - (kernel - 1) t, of the n elements of the input.
Phase phaseOf(int64_t r, int64_t s, int64_t kernel, int64_t t, int64_t low, int64_t high) {
  Phase phase;
  phase.every = s / std::gcd(s, t);
  phase.dilation = phase.every * t / s;
  phase.more = llvm::divideCeilSigned(1 - s + low + high - (kernel - 1) * t, s);
  auto isWhole = [&](int64_t k) { return (r + k * t - low) % s == 0; };
  while (phase.first < phase.every && !isWhole(phase.first))
    ++phase.first;
  if (phase.first == phase.every || phase.first >= kernel)
    return phase;
  phase.taps = llvm::divideCeilSigned(kernel - phase.first, phase.every);
  const int64_t shift = (r + phase.first * t - low) / s;
  phase.low = -shift;
  phase.high = phase.more + (phase.taps - 1) * phase.dilation + shift;
  return phase;
}

bool isWorthSplitting(ConvolutionOp op) {
  if (op.getWindowReversal())
    return false;
  int64_t phases = 1;
  for (auto [stride, dilation] : llvm::zip_equal(op.getWindowStrides(), op.getLhsDilation())) {
    if (dilation > kMostPhases || (dilation > 1 && stride != 1))
      return false;
    phases *= dilation;
  }
  auto kernel = typeOf(op.getRhs());
  if (phases == 1 || phases > kMostPhases || !kernel.hasStaticShape() || kernel.getNumElements() == 0)
    return false;
  if (!op.getType().hasStaticShape())
    return true;
  const int64_t outputs = kernel.getDimSize(op.getDims().getKernelOutputFeature());
  return op.getType().getNumElements() != 0 &&
         op.getType().getNumElements() >= kFewProducts / std::max<int64_t>(1, kernel.getNumElements() / outputs);
}

class Splitter {
public:
  Splitter(ConvolutionOp op, IRRewriter &rewriter) : op(op), rewriter(rewriter), dims(op.getDims()) {}

  void run() {
    for (auto [i, s] : llvm::enumerate(op.getLhsDilation())) {
      const int64_t kernel = typeOf(op.getRhs()).getDimSize(dims.getKernelSpatial()[i]);
      SmallVector<Phase> of;
      for (int64_t r = 0; s > 1 && r != s; ++r) {
        of.push_back(phaseOf(r, s, kernel, op.getRhsDilation()[i], op.getPadding()[2 * i], op.getPadding()[2 * i + 1]));
        const Phase &last = of.back();
        const int64_t cut = std::min<int64_t>(last.low, 0) + std::min<int64_t>(last.high, 0);
        const int64_t extent = typeOf(op.getLhs()).getDimSize(dims.getInputSpatial()[i]);
        if (last.taps != 0 && cut < 0 && (ShapedType::isDynamic(extent) || extent + cut <= 0))
          return; // something of the input must be left
      }
      phases.push_back(std::move(of));
    }
    rewriter.setInsertionPoint(op);
    rewriter.replaceOp(op, whole(together(0, {})));
  }

private:
  // The phases whose numbers begin with `chosen`, one a spatial dim (0 where the input is not dilated), with their elements between
  // each other in the dims after those.
  Value together(size_t dim, SmallVector<int64_t> chosen) {
    if (dim == phases.size())
      return phase(chosen);
    SmallVector<Value> parts;
    const int64_t count = std::max<int64_t>(1, phases[dim].size()), place = dims.getOutputSpatial()[dim];
    for (int64_t r = 0; r != count; ++r) {
      chosen.push_back(r);
      parts.push_back(together(dim + 1, chosen));
      chosen.pop_back();
    }
    if (count == 1)
      return parts.front();
    SmallVector<AffineExpr> apart = dimExprs(typeOf(parts.front())), joined = apart, one = apart;
    AffineExpr number = getAffineConstantExpr(count, op.getContext());
    one.insert(one.begin() + place + 1, getAffineConstantExpr(1, op.getContext()));
    apart.insert(apart.begin() + place + 1, number);
    joined[place] = simplifyExpr(joined[place] * number);
    for (Value &part : parts)
      part = reshaped(rewriter, op.getLoc(), part, typeWith(one));
    Value all = ConcatenateOp::create(rewriter, op.getLoc(), typeWith(apart), parts, place + 1);
    return reshaped(rewriter, op.getLoc(), all, typeWith(joined));
  }

  Value phase(ArrayRef<int64_t> chosen) {
    SmallVector<AffineExpr> result = dimExprs(op.getType());
    auto kernel = typeOf(op.getRhs());
    SmallVector<int64_t> starts(kernel.getRank(), 0), limits(kernel.getShape()), strides(kernel.getRank(), 1),
        taps(kernel.getShape());
    SmallVector<int64_t> padding(op.getPadding()), dilations(op.getRhsDilation());
    bool isZero = false;
    for (auto [i, of] : llvm::enumerate(phases)) {
      if (of.empty())
        continue;
      const Phase &phase = of[chosen[i]];
      const int64_t at = dims.getKernelSpatial()[i];
      isZero |= phase.taps == 0;
      starts[at] = phase.first;
      strides[at] = phase.every;
      taps[at] = phase.taps;
      padding[2 * i] = phase.low;
      padding[2 * i + 1] = phase.high;
      dilations[i] = phase.dilation;
      result[dims.getOutputSpatial()[i]] =
          simplifyExpr(dimExpr(typeOf(op.getLhs()), dims.getInputSpatial()[i]) + phase.more);
    }
    if (isZero) {
      auto scalar = makeTensorType(ArrayRef<int64_t>{}, op.getType().getElementType());
      Value zero = ConstantOp::create(rewriter, op.getLoc(), cast<ElementsAttr>(rewriter.getZeroAttr(scalar)));
      return BroadcastInDimOp::create(rewriter, op.getLoc(), typeWith(result), zero, ArrayRef<int64_t>{});
    }
    Value part = SliceOp::create(rewriter, op.getLoc(), makeTensorType(taps, kernel.getElementType()), op.getRhs(), starts,
                                 limits, strides);
    const SmallVector<int64_t> ones(phases.size(), 1);
    Value input = withoutCut(padding);
    return ConvolutionOp::create(rewriter, op.getLoc(), typeWith(result), input, part, op.getWindowStrides(), padding, ones,
                                 dilations, dims, op.getFeatureGroupCount(), op.getBatchGroupCount());
  }

  // The input without what padding of less than nothing cuts off, which becomes none.
  Value withoutCut(SmallVectorImpl<int64_t> &padding) {
    auto type = typeOf(op.getLhs());
    SmallVector<AffineExpr> left = dimExprs(type);
    SmallVector<int64_t> starts(left.size(), 0), limits(left.size(), SliceOp::kWholeDim), strides(left.size(), 1);
    bool isCut = false;
    for (auto [i, of] : llvm::enumerate(phases)) {
      int64_t &low = padding[2 * i], &high = padding[2 * i + 1];
      if (of.empty() || (low >= 0 && high >= 0))
        continue;
      const int64_t at = dims.getInputSpatial()[i];
      isCut = true;
      starts[at] = std::max<int64_t>(0, -low);
      limits[at] = type.getDimSize(at) + std::min<int64_t>(high, 0);
      left[at] = getAffineConstantExpr(limits[at] - starts[at], op.getContext());
      low = std::max<int64_t>(low, 0);
      high = std::max<int64_t>(high, 0);
    }
    if (!isCut)
      return op.getLhs();
    return SliceOp::create(rewriter, op.getLoc(), makeTensorType(left, type.getElementType()), op.getLhs(), starts, limits,
                           strides);
  }

  // Without what is behind the result's last elements.
  Value whole(Value value) {
    if (sameDims(typeOf(value), op.getType()))
      return value;
    const size_t rank = op.getType().getRank();
    SmallVector<int64_t> starts(rank, 0), limits(rank, SliceOp::kToResult), strides(rank, 1);
    return SliceOp::create(rewriter, op.getLoc(), op.getType(), value, starts, limits, strides);
  }

  RankedTensorType typeWith(ArrayRef<AffineExpr> exprs) { return makeTensorType(exprs, op.getType().getElementType()); }

  ConvolutionOp op;
  IRRewriter &rewriter;
  ConvDimsAttr dims;
  SmallVector<SmallVector<Phase>> phases; // of each spatial dim; none where the input is not dilated
};

struct SplitDilations : impl::SplitDilationsBase<SplitDilations> {
  void runOnOperation() override {
    SmallVector<ConvolutionOp> dilated;
    getOperation().walk([&](ConvolutionOp op) {
      if (isWorthSplitting(op))
        dilated.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (ConvolutionOp op : dilated)
      Splitter(op, rewriter).run();
  }
};

} // namespace

std::unique_ptr<Pass> createSplitDilations() { return std::make_unique<SplitDilations>(); }

} // namespace ingot
