#include "frontends/onnx/ops/Slices.h"

#include <algorithm>

using namespace mlir;

namespace ingot::onnx {

std::optional<SmallVector<SliceRange>> readSlice(NodeContext &n) {
  const bool fromAttributes = n.opset < 10;
  if (failed(n.needInputs(fromAttributes ? 1 : 3, fromAttributes ? 1 : 5)))
    return std::nullopt;
  std::optional<SmallVector<int64_t>> starts, ends, axes, steps;
  std::optional<Dims> startExprs, endExprs;
  if (fromAttributes) {
    starts = n.intsAttr("starts");
    ends = n.intsAttr("ends");
    axes = n.intsAttr("axes");
  } else {
    if (!(startExprs = n.decidingDims(1, "the start")) || !(endExprs = n.decidingDims(2, "the end")))
      return std::nullopt;
    auto numbers = [](ArrayRef<AffineExpr> exprs) {
      SmallVector<int64_t> values;
      for (AffineExpr expr : exprs) {
        auto constant = dyn_cast<AffineConstantExpr>(expr);
        values.push_back(constant ? constant.getValue() : 0);
      }
      return values;
    };
    starts = numbers(*startExprs);
    ends = numbers(*endExprs);
    if (n.has(3) && !(axes = n.decidingInts(3, "the axes")))
      return std::nullopt;
    if (n.has(4) && !(steps = n.decidingInts(4, "the steps")))
      return std::nullopt;
  }
  if (!starts || !ends || starts->size() != ends->size() || (axes && axes->size() != starts->size()) ||
      (steps && steps->size() != starts->size())) {
    (void)n.error("starts, ends, axes and steps differ in length");
    return std::nullopt;
  }
  if (axes && !n.axes(*axes, n.rank(0)))
    return std::nullopt;
  SmallVector<SliceRange> ranges;
  for (size_t i = 0; i != starts->size(); ++i) {
    std::optional<int64_t> axis = n.axis(axes ? (*axes)[i] : static_cast<int64_t>(i), n.rank(0));
    if (!axis)
      return std::nullopt;
    SliceRange range{*axis, (*starts)[i], (*ends)[i], steps ? (*steps)[i] : 1, {}, {}};
    if (startExprs && !isa<AffineConstantExpr>((*startExprs)[i]))
      range.startExpr = (*startExprs)[i];
    if (endExprs && !isa<AffineConstantExpr>((*endExprs)[i]))
      range.endExpr = (*endExprs)[i];
    if (range.step == 0 || range.step == INT64_MIN) {
      (void)n.error("a step is " + llvm::Twine(range.step));
      return std::nullopt;
    }
    ranges.push_back(range);
  }
  return ranges;
}

std::pair<int64_t, int64_t> clampSlice(const SliceRange &range, int64_t size) {
  auto place = [&](int64_t at) { return at < 0 ? at + size : at; };
  if (range.step > 0) {
    int64_t start = std::clamp<int64_t>(place(range.start), 0, size), end = std::clamp<int64_t>(place(range.end), 0, size);
    return {start, end > start ? (end - start - 1) / range.step + 1 : 0};
  }
  assert(range.step < 0 && "steps of 0 are refused where they are read");
  if (size == 0)
    return {0, 0};
  // A start before the first element is that element, as the operator's text has it.
  int64_t start = std::clamp<int64_t>(place(range.start), 0, size - 1),
          end = std::clamp<int64_t>(place(range.end), -1, size - 1);
  return {start, start > end ? (start - end - 1) / -range.step + 1 : 0};
}

// A range whose ends, or whose tensor, depend on sizes: a place counts from the end or not, and is clamped or not, for all
// sizes alike.
static std::optional<Value> emitSymbolicSlice(NodeContext &n, Value x, const SliceRange &range) {
  ValueBuilder &b = n.b;
  Dims dims = ValueBuilder::dimsOf(x);
  AffineExpr dim = dims[range.axis];
  auto isAtLeast = [&](AffineExpr expr, int64_t least) {
    auto bounds = rangeOfExpr(simplifyExpr(expr), n.sizes());
    return bounds && bounds->first >= least;
  };
  auto isBelow = [&](AffineExpr expr, int64_t limit) {
    auto bounds = rangeOfExpr(simplifyExpr(expr), n.sizes());
    return bounds && bounds->second < limit;
  };
  // Within [0, dim], or null.
  auto place = [&](AffineExpr expr, int64_t number) -> AffineExpr {
    if (!expr && number > (int64_t(1) << 40))
      return dim;
    if (!expr && number < -(int64_t(1) << 40))
      return b.number(0);
    AffineExpr at = expr ? expr : b.number(number);
    if (isBelow(at, 0))
      at = simplifyExpr(at + dim);
    else if (!isAtLeast(at, 0))
      return {};
    if (isBelow(at, 1))
      return b.number(0);
    if (!isAtLeast(at, 0))
      return {};
    if (isAtLeast(at - dim, 0))
      return dim;
    return isBelow(at - dim, 1) || n.require(simplifyExpr(dim - at)) ? at : AffineExpr();
  };
  AffineExpr start = place(range.startExpr, range.start), end = place(range.endExpr, range.end);
  AffineExpr span = start && end ? simplifyExpr(end - start) : AffineExpr();
  if (!span || range.step < 1 || !isAtLeast(span, 0)) {
    (void)n.error("the part taken of axis " + llvm::Twine(range.axis) + " of " + n.show(dims) +
                  " depends on a size in a way that is not supported");
    return std::nullopt;
  }
  dims[range.axis] = simplifyExpr(span.ceilDiv(range.step));
  Dims whole = ValueBuilder::dimsOf(x);
  if (!isa<AffineConstantExpr>(start)) {
    whole[range.axis] = span;
    SmallVector<Value> starts(dims.size(), b.integer(b.getI64Type(), 0));
    starts[range.axis] = b.sizeOf(start, b.getI64Type());
    x = DynamicSliceOp::create(b, makeTensorType(whole, ValueBuilder::elementOf(x)), x, starts);
    start = b.number(0);
  }
  SmallVector<int64_t> starts(dims.size(), 0), limits, strides(dims.size(), 1);
  for (AffineExpr extent : whole)
    limits.push_back(staticDim(extent) >= 0 ? staticDim(extent) : SliceOp::kWholeDim);
  starts[range.axis] = staticDim(start);
  strides[range.axis] = range.step;
  limits[range.axis] = SliceOp::kToResult;
  return b.createOrFold<SliceOp>(makeTensorType(dims, ValueBuilder::elementOf(x)), x, starts, limits, strides);
}

std::optional<Value> emitSlice(NodeContext &n, Value x, const SliceRange &range) {
  ValueBuilder &b = n.b;
  Dims dims = ValueBuilder::dimsOf(x);
  AffineExpr dim = dims[range.axis];
  if (!range.isConstant())
    return emitSymbolicSlice(n, x, range);
  if (int64_t size = staticDim(dim); size >= 0) {
    auto [start, count] = clampSlice(range, size);
    if (count == 0)
      return b.slice(x, range.axis, 0, 0);
    if (range.step > 0)
      return b.slice(x, range.axis, start, count, range.step);
    int64_t last = start + (count - 1) * range.step; // the lowest element taken
    return b.reverse(b.slice(x, range.axis, last, count, -range.step), range.axis);
  }

  auto unsupported = [&] {
    (void)n.error("the part taken of axis " + llvm::Twine(range.axis) + " of " + n.show(dims) +
                  " depends on a size in a way that is not supported");
    return std::nullopt;
  };
  auto bounds = rangeOfExpr(dim, n.sizes());
  if (!bounds)
    return unsupported();
  const int64_t least = bounds->first, most = bounds->second;
  if (range.step < 0) {
    if (range.start <= -most && least >= 1 && (range.end < -most || range.end >= 0)) // from the first element
      return b.slice(x, range.axis, 0, range.end >= 0 ? 0 : 1);
    bool whole = (range.start == -1 || range.start >= most - 1) && range.end < -most;
    if (range.step == -1 && whole)
      return b.reverse(x, range.axis);
    return unsupported();
  }
  // Elements cut from the left and from the right; then every step-th.
  SmallVector<int64_t> low(dims.size(), 0), high(dims.size(), 0);
  Value rest = x;
  int64_t axis = range.axis;
  if (range.start < 0 && range.start > -least && range.end >= most) { // the last few
    rest = b.reverse(b.slice(b.reverse(x, axis), axis, 0, -range.start), axis);
  } else if (range.start >= 0 && range.start <= least && range.end >= most) {
    low[axis] = -range.start;
  } else if (range.start >= 0 && range.end < 0 && range.start - range.end <= least) {
    low[axis] = -range.start;
    high[axis] = range.end;
  } else if (range.start >= 0 && range.end >= range.start && range.end <= least) {
    return b.slice(x, axis, range.start, clampSlice(range, range.end).second, range.step);
  } else if (range.start <= -most && range.end >= most) {
    // all
  } else {
    return emitSymbolicSlice(n, x, range);
  }
  if (low[axis] || high[axis])
    rest = b.pad(rest, b.scalar(ValueBuilder::elementOf(x), 0), low, high);
  if (range.step == 1)
    return rest;
  Dims from = ValueBuilder::dimsOf(rest), to = from;
  SmallVector<int64_t> starts(from.size(), 0), limits, strides(from.size(), 1);
  for (AffineExpr extent : from)
    limits.push_back(staticDim(extent) >= 0 ? staticDim(extent) : INT64_MIN);
  strides[axis] = range.step;
  to[axis] = simplifyExpr(from[axis].ceilDiv(range.step));
  return SliceOp::create(b, makeTensorType(to, ValueBuilder::elementOf(x)), rest, starts, limits, strides).getResult();
}

// A number as another value plus a constant. The value has one element.
struct Offset {
  Value base;
  int64_t amount = 0;
};

static std::optional<int64_t> splatOf(Value value) {
  auto constant = value.getDefiningOp<ConstantOp>();
  auto elements = constant ? dyn_cast<DenseElementsAttr>(constant.getValue()) : DenseElementsAttr();
  if (!elements || !elements.isSplat() || !elements.getElementType().isSignlessInteger())
    return std::nullopt;
  return elements.getSplatValue<llvm::APInt>().getSExtValue();
}

// Element `index` of a vector: through what joins and reshapes single elements, and sums with constants.
static Offset offsetOf(Value value, int64_t index) {
  constexpr int64_t kMost = int64_t(1) << 40;
  if (auto join = value.getDefiningOp<ConcatenateOp>();
      join && join.getType().getRank() == 1 && join.getOperands().size() == size_t(join.getType().getNumElements()))
    value = join.getOperands()[index];
  Offset offset{value, 0};
  for (;;) {
    Operation *op = offset.base.getDefiningOp();
    auto type = cast<RankedTensorType>(offset.base.getType());
    if (!op || !type.hasStaticShape() || type.getNumElements() != 1)
      return offset;
    if (isa<ReshapeOp, BroadcastInDimOp>(op)) {
      offset.base = op->getOperand(0);
      continue;
    }
    bool isSum = isa<AddOp>(op);
    if (!isSum && !isa<SubtractOp>(op))
      return offset;
    std::optional<int64_t> right = splatOf(op->getOperand(1)), left = isSum ? splatOf(op->getOperand(0)) : std::nullopt;
    if ((!right && !left) || std::abs(right ? *right : *left) > kMost)
      return offset;
    offset.base = op->getOperand(right ? 0 : 1);
    offset.amount += !right ? *left : isSum ? *right : -*right;
    if (std::abs(offset.amount) > kMost)
      return {value, 0};
  }
}

std::optional<Value> emitWindowAtRunTime(NodeContext &n) {
  if (n.opset < 10 || n.numInputs() < 3 || n.numInputs() > 5 || !n.has(1) || !n.has(2) || n.known(1) || n.known(2) ||
      n.rank(1) != 1 || n.type(1) != n.type(2) || !n.type(1).hasStaticShape() || !n.element(1).isSignlessInteger() ||
      (n.has(3) && !n.known(3)) || (n.has(4) && !n.known(4)))
    return std::nullopt;
  ValueBuilder &b = n.b;
  const int64_t count = n.type(1).getNumElements();
  std::optional<SmallVector<int64_t>> axes, steps;
  if (n.has(3) && (!(axes = n.decidingInts(3, "the axes")) || static_cast<int64_t>(axes->size()) != count))
    return std::nullopt;
  if (n.has(4) &&
      (!(steps = n.decidingInts(4, "the steps")) || llvm::any_of(*steps, [](int64_t step) { return step != 1; })))
    return std::nullopt;
  const int64_t rank = n.rank(0);
  Dims dims = n.dims(0), result = dims;
  SmallVector<Value> places(rank, b.integer(n.element(1), 0));
  for (int64_t i = 0; i != count; ++i) {
    int64_t axis = axes ? (*axes)[i] : i;
    axis += axis < 0 ? rank : 0;
    Offset start = offsetOf(n.value(1), i), end = offsetOf(n.value(2), i);
    auto type = cast<RankedTensorType>(start.base.getType());
    const int64_t size = end.amount - start.amount;
    if (axis < 0 || axis >= rank || start.base != end.base || !type.hasStaticShape() || type.getNumElements() != 1 ||
        size < 0)
      return std::nullopt;
    auto room = rangeOfExpr(simplifyExpr(dims[axis] - size), n.sizes());
    if (!room || room->first < 0)
      return std::nullopt;
    places[axis] = b.reshape(b.wrapIndices(b.slice(n.value(1), 0, i, 1), dims[axis]), {});
    result[axis] = b.number(size);
  }
  return DynamicSliceOp::create(b, makeTensorType(result, n.element(0)), n.value(0), places).getResult();
}

} // namespace ingot::onnx
