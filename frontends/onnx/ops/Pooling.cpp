// Pools over windows and over whole feature maps.
#include "frontends/onnx/OpTable.h"
#include "frontends/onnx/ops/Windows.h"

using namespace mlir;

namespace ingot::onnx {
namespace {

// A pool's windows over a tensor with batch and channels first, extended on the right where ceil_mode asks for a last,
// partial one.
struct Pool {
  Windows windows; // of the spatial dims, after `placed` has padded those with starts
  Windows placed;
  SmallVector<int64_t> fullHigh;                            // high padding as stated, without the extension
  SmallVector<int64_t> kernel, strides, dilations, padding; // of all dims, for reduce_window
  size_t rank() const { return windows.kernel.size(); }
  bool hasStart(size_t dim) const { return !placed.starts.empty() && placed.starts[dim]; }
  Value pad(ValueBuilder &b, Value x, Value padding) const {
    return padBeforeStarts(b, placed, x, padding, llvm::to_vector(llvm::seq<int64_t>(2, ValueBuilder::rankOf(x))));
  }
};

std::optional<Pool> readPool(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return std::nullopt;
  if (n.rank(0) < 3 || isa<ComplexType>(n.element(0))) {
    (void)n.error("needs a tensor with batch, channels and spatial dims, not " + n.show(n.type(0)));
    return std::nullopt;
  }
  Dims dims = n.dims(0);
  std::optional<Windows> windows = readWindows(n, ArrayRef(dims).drop_front(2), std::nullopt, true);
  if (!windows)
    return std::nullopt;
  Pool pool;
  pool.placed = *windows;
  dropStarts(*windows);
  pool.windows = *windows;
  pool.fullHigh = windows->high;
  const bool ceil = n.intAttr("ceil_mode", 0) != 0 && !windows->autoPadded;
  for (size_t i = 0; i != pool.rank(); ++i) {
    if (windows->low[i] < 0 || windows->high[i] < 0) {
      (void)n.error("pads are negative");
      return std::nullopt;
    }
    if (!ceil)
      continue;
    int64_t size = staticDim(dims[2 + i]), stride = windows->strides[i];
    if (size < 0 && stride == 1)
      continue;
    if (size < 0) {
      // Rounding down with so much more padding is rounding up; no window sees right padding alone where one reaches beyond
      // it.
      if (pool.windows.high[i] + stride > windows->dilated(i)) {
        (void)n.error("ceil_mode with windows as short as stride and padding needs spatial dims that are fixed");
        return std::nullopt;
      }
      pool.windows.high[i] += stride - 1;
      continue;
    }
    int64_t room = size + windows->low[i] + windows->high[i] - windows->dilated(i);
    if (room <= -stride)
      continue;
    int64_t count = (room < 0 ? 0 : (room + stride - 1) / stride) + 1;
    if ((count - 1) * stride >= size + windows->low[i]) // it would see right padding alone
      --count;
    int64_t needed = (count - 1) * stride + windows->dilated(i) - size - windows->low[i];
    pool.windows.high[i] = std::max(pool.windows.high[i], needed);
  }
  pool.kernel = pool.strides = pool.dilations = {1, 1};
  pool.padding = {0, 0, 0, 0};
  pool.kernel.append(pool.windows.kernel);
  pool.strides.append(pool.windows.strides);
  pool.dilations.append(pool.windows.dilations);
  pool.padding.append(pool.windows.padding());
  return pool;
}

Value reduceWindow(NodeContext &n, const Pool &pool, Reduction kind, Value x) {
  x = pool.pad(n.b, x, n.b.initOf(kind, ValueBuilder::elementOf(x)));
  return n.b.reduceWindow(kind, x, pool.kernel, pool.strides, pool.dilations, pool.padding);
}

// How many elements each window of one spatial dim covers: those of the tensor, and of its stated padding if `withPadding`.
SmallVector<double> countsAlong(const Pool &pool, size_t dim, int64_t size, int64_t windows, bool withPadding) {
  const Windows &w = pool.windows;
  int64_t first = withPadding ? -w.low[dim] : 0, last = withPadding ? size + pool.fullHigh[dim] : size;
  SmallVector<double> counts;
  for (int64_t at = 0; at != windows; ++at) {
    int64_t count = 0;
    for (int64_t tap = 0; tap != w.kernel[dim]; ++tap) {
      int64_t place = at * w.strides[dim] - w.low[dim] + tap * w.dilations[dim];
      count += place >= first && place < last;
    }
    counts.push_back(static_cast<double>(count));
  }
  return counts;
}

// The same along a dim whose extent is an expression: sums of ones.
Value countsOf(NodeContext &n, const Pool &pool, size_t dim, bool withPadding) {
  ValueBuilder &b = n.b;
  const Windows &w = pool.windows;
  AffineExpr extent = n.dims(0)[2 + dim];
  int64_t low = w.low[dim], high = w.high[dim];
  if (withPadding) { // as stated; what ceil_mode adds is not counted
    extent = simplifyExpr(extent + (low + pool.fullHigh[dim]));
    high -= pool.fullHigh[dim];
    low = 0;
  }
  Type type = b.stepType(n.element(0));
  Value ones = b.splat(extent, type, 1);
  if (pool.hasStart(dim)) {
    Windows one = w;
    one.kernel = {w.kernel[dim]};
    one.dilations = {w.dilations[dim]};
    one.low = {pool.placed.low[dim]};
    one.high = {pool.placed.high[dim]};
    one.starts = {pool.placed.starts[dim]};
    ones = padBeforeStarts(b, one, ones, b.scalar(type, 0), {0});
  }
  Value counts = b.reduceWindow(Reduction::Add, ones, w.kernel[dim], w.strides[dim], w.dilations[dim], {low, high});
  return b.max(counts, b.like(counts, 1));
}

LogicalResult averagePool(NodeContext &n) {
  std::optional<Pool> pool = readPool(n);
  if (!pool)
    return failure();
  ValueBuilder &b = n.b;
  const bool withPadding = n.opset >= 7 && n.intAttr("count_include_pad", 0) != 0;
  Value sum = reduceWindow(n, *pool, Reduction::Add, b.convert(n.value(0), b.stepType(n.element(0))));
  Dims dims = ValueBuilder::dimsOf(sum);
  // The divisor is a product over the dims; each factor is one number where every window covers as much.
  double uniform = 1;
  Value result = sum;
  for (size_t i = 0; i != pool->rank(); ++i) {
    int64_t size = staticDim(n.dims(0)[2 + i]), windows = staticDim(dims[2 + i]);
    const bool padded = pool->windows.low[i] || pool->windows.high[i] || pool->hasStart(i);
    if (!padded || (withPadding && pool->windows.high[i] == pool->fullHigh[i])) {
      uniform *= static_cast<double>(pool->windows.kernel[i]);
      continue;
    }
    if (size < 0) {
      result = b.div(result, b.broadcast(countsOf(n, *pool, i, withPadding), dims, static_cast<int64_t>(2 + i)));
      continue;
    }
    if (windows > (1 << 20))
      return n.error("too many windows");
    SmallVector<double> counts = countsAlong(*pool, i, size, windows, withPadding);
    if (llvm::all_equal(counts) && !counts.empty()) {
      uniform *= counts.front();
      continue;
    }
    for (double &count : counts)
      count = std::max(count, 1.0);
    Value divisor = n.constant("count", makeTensorType(ArrayRef<int64_t>(windows), ValueBuilder::elementOf(sum)), counts);
    result = b.div(result, b.broadcast(divisor, dims, static_cast<int64_t>(2 + i)));
  }
  n.result(0, b.convert(uniform == 1 ? result : b.div(result, b.like(result, uniform)), n.element(0)));
  return success();
}

// The place of each element in the whole tensor; with `columnMajor` the first spatial dim varies fastest.
Value flatPlaces(ValueBuilder &b, ArrayRef<AffineExpr> dims, bool columnMajor) {
  Type type = b.getI64Type();
  const int64_t rank = static_cast<int64_t>(dims.size());
  AffineExpr step = b.number(1);
  Value places;
  auto account = [&](int64_t axis) {
    Value along = b.iota(dims, type, axis);
    if (staticDim(step) != 1)
      along = b.mul(along, b.broadcast(b.sizeOf(step, type), dims));
    places = places ? b.add(places, along) : along;
    step = simplifyExpr(step * dims[axis]);
  };
  for (int64_t i = 2; i != rank; ++i)
    account(columnMajor ? i : rank + 1 - i);
  account(1);
  account(0);
  return places;
}

LogicalResult maxPool(NodeContext &n) {
  std::optional<Pool> pool = readPool(n);
  if (!pool)
    return failure();
  ValueBuilder &b = n.b;
  Value x = n.value(0);
  if (!n.wants(1)) {
    n.result(0, reduceWindow(n, *pool, Reduction::Maximum, x));
    return success();
  }
  Type type = n.element(0), indexType = b.getI64Type();
  Value places = pool->pad(b, flatPlaces(b, n.dims(0), n.intAttr("storage_order", 0) != 0), b.greatest(indexType));
  x = pool->pad(b, x, b.lowest(type));
  Dims dims = ValueBuilder::dimsOf(x);
  for (size_t i = 0; i != pool->rank(); ++i)
    dims[2 + i] = windowCount(dims[2 + i], pool->windows.low[i], pool->windows.high[i], pool->windows.dilated(i),
                              pool->windows.strides[i]);
  SmallVector<int64_t> ones(n.rank(0), 1);
  auto op = ReduceWindowOp::create(b, TypeRange{makeTensorType(dims, type), makeTensorType(dims, indexType)},
                                   ValueRange{x, places}, ValueRange{b.lowest(type), b.greatest(indexType)}, pool->kernel,
                                   pool->strides, ones, pool->dilations, pool->padding);
  b.fillPlaceBody(op.getBody(), type, indexType, /*greatest=*/true, /*last=*/false);
  n.result(0, op.getResult(0));
  n.result(1, op.getResult(1));
  return success();
}

// Undoes a MaxPool: each element goes to its place among the elements the pool saw; zeros elsewhere.
LogicalResult maxUnpool(NodeContext &n) {
  if (failed(n.needInputs(2, 3)))
    return failure();
  if (n.rank(0) < 3 || n.dims(1) != n.dims(0) || !n.element(1).isInteger(64))
    return n.error("needs a tensor with batch, channels and spatial dims, and 64-bit places of the same dims, not " +
                   n.show(n.type(0)) + " and " + n.show(n.type(1)));
  ValueBuilder &b = n.b;
  Dims dims = n.dims(0);
  Dims unit(dims.size() - 2, b.number(1));
  std::optional<Windows> w = readWindows(n, unit, std::nullopt);
  if (!w)
    return failure();
  for (size_t i = 0; i != unit.size(); ++i)
    dims[2 + i] = simplifyExpr((dims[2 + i] - 1) * w->strides[i] + (w->kernel[i] - w->low[i] - w->high[i]));
  SmallVector<int64_t> low(dims.size(), 0), high(dims.size(), 0);
  if (n.has(2)) {
    std::optional<Dims> stated = n.decidingDims(2, "the shape");
    if (!stated)
      return failure();
    if (stated->size() != dims.size())
      return n.error("output_shape " + n.show(*stated) + " does not fit " + n.show(dims));
    for (size_t i = 0; i != dims.size(); ++i) {
      auto more = dyn_cast<AffineConstantExpr>(simplifyExpr((*stated)[i] - dims[i]));
      if (!more || more.getValue() < 0)
        return n.error("output_shape " + n.show(*stated) + " does not fit " + n.show(dims));
      high[i] = more.getValue();
    }
  }
  AffineExpr count = numElementsExpr(makeTensorType(dims, n.element(0)));
  if (failed(n.checkPlaces(1, count, 0, /*fromEnd=*/false)))
    return failure();
  Value flat = b.splat(count, n.element(0), 0);
  AffineExpr updates = numElementsExpr(n.type(0));
  Value filled = b.scatter(Combiner(), flat, b.reshape(n.value(1), updates), b.reshape(n.value(0), updates),
                           GatherDimsAttr::get(b.getContext(), {}, int64_t(0), {}, {}, int64_t(0), 1));
  n.result(0, b.pad(b.reshape(filled, dims), b.scalar(n.element(0), 0), low, high));
  return success();
}

// (sum |x|^p)^(1/p)
Value powered(ValueBuilder &b, Value x, double p) {
  Value magnitude = b.unary<AbsOp>(x);
  return p == 1 ? magnitude : p == 2 ? b.mul(x, x) : b.binary<PowerOp>(magnitude, b.like(x, p));
}
Value rooted(ValueBuilder &b, Value x, double p) {
  return p == 1 ? x : p == 2 ? b.unary<SqrtOp>(x) : b.binary<PowerOp>(x, b.like(x, 1 / p));
}

double exponentOf(NodeContext &n) { return n.opset < 2 ? n.floatAttr("p", 2) : static_cast<double>(n.intAttr("p", 2)); }

LogicalResult lpPool(NodeContext &n) {
  std::optional<Pool> pool = readPool(n);
  if (!pool)
    return failure();
  double p = exponentOf(n);
  if (!(p >= 1))
    return n.error("p must be at least 1");
  n.result(0, n.b.inSteps(n.value(0), [&](Value x) {
    return rooted(n.b, reduceWindow(n, *pool, Reduction::Add, powered(n.b, x, p)), p);
  }));
  return success();
}

std::optional<SmallVector<int64_t>> spatialAxes(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return std::nullopt;
  if (n.rank(0) < 2) {
    (void)n.error("needs a tensor with batch and channels, not " + n.show(n.type(0)));
    return std::nullopt;
  }
  SmallVector<int64_t> axes;
  for (int64_t i = 2; i < n.rank(0); ++i)
    axes.push_back(i);
  return axes;
}

LogicalResult globalAveragePool(NodeContext &n) {
  std::optional<SmallVector<int64_t>> axes = spatialAxes(n);
  if (!axes)
    return failure();
  n.result(0, n.b.mean(n.value(0), *axes));
  return success();
}

LogicalResult globalMaxPool(NodeContext &n) {
  std::optional<SmallVector<int64_t>> axes = spatialAxes(n);
  if (!axes)
    return failure();
  n.result(0, n.b.reduce(Reduction::Maximum, n.value(0), *axes));
  return success();
}

LogicalResult globalLpPool(NodeContext &n) {
  std::optional<SmallVector<int64_t>> axes = spatialAxes(n);
  if (!axes)
    return failure();
  double p = exponentOf(n);
  if (!(p >= 1))
    return n.error("p must be at least 1");
  n.result(0, n.b.inSteps(n.value(0),
                          [&](Value x) { return rooted(n.b, n.b.reduce(Reduction::Add, powered(n.b, x, p), *axes), p); }));
  return success();
}

constexpr OpRow rows[] = {
    {"AveragePool", 1, kNewestOpset, averagePool},
    {"GlobalAveragePool", 1, kNewestOpset, globalAveragePool},
    {"GlobalLpPool", 1, kNewestOpset, globalLpPool},
    {"GlobalMaxPool", 1, kNewestOpset, globalMaxPool},
    {"LpPool", 1, kNewestOpset, lpPool},
    {"MaxPool", 1, kNewestOpset, maxPool},
    {"MaxUnpool", 9, kNewestOpset, maxUnpool},
};

} // namespace

llvm::ArrayRef<OpRow> poolingOps() { return rows; }

} // namespace ingot::onnx
