#include "frontends/common/Pooling.h"

using namespace mlir;

namespace ingot::frontend {

std::optional<Pool> poolOf(ValueBuilder &b, Windows windows, ArrayRef<AffineExpr> spatial, bool mayBePartial,
                           std::string *why) {
  Pool pool;
  pool.placed = windows;
  dropStarts(windows);
  pool.windows = windows;
  pool.fullHigh = windows.high;
  const bool ceil = mayBePartial && !windows.autoPadded;
  for (size_t i = 0; i != pool.rank(); ++i) {
    if (windows.low[i] < 0 || windows.high[i] < 0) {
      *why = "pads are negative";
      return std::nullopt;
    }
    if (!ceil)
      continue;
    int64_t size = staticDim(spatial[i]), stride = windows.strides[i];
    if (size < 0 && stride == 1)
      continue;
    if (size < 0) {
      // Rounding down with so much more padding is rounding up; no window sees right padding alone where one reaches beyond
      // it.
      if (pool.windows.high[i] + stride > windows.dilated(i)) {
        *why = "ceil_mode with windows as short as stride and padding needs spatial dims that are fixed";
        return std::nullopt;
      }
      pool.windows.high[i] += stride - 1;
      continue;
    }
    int64_t room = size + windows.low[i] + windows.high[i] - windows.dilated(i);
    if (room <= -stride)
      continue;
    int64_t count = (room < 0 ? 0 : (room + stride - 1) / stride) + 1;
    if ((count - 1) * stride >= size + windows.low[i]) // it would see right padding alone
      --count;
    int64_t needed = (count - 1) * stride + windows.dilated(i) - size - windows.low[i];
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

Value reducePool(ValueBuilder &b, const Pool &pool, Reduction kind, Value x) {
  x = pool.pad(b, x, b.initOf(kind, ValueBuilder::elementOf(x)));
  return b.reduceWindow(kind, x, pool.kernel, pool.strides, pool.dilations, pool.padding);
}

namespace {

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
Value countsOf(ValueBuilder &b, const Pool &pool, size_t dim, AffineExpr extent, Type type, bool withPadding) {
  const Windows &w = pool.windows;
  int64_t low = w.low[dim], high = w.high[dim];
  if (withPadding) { // as stated; what ceil_mode adds is not counted
    extent = simplifyExpr(extent + (low + pool.fullHigh[dim]));
    high -= pool.fullHigh[dim];
    low = 0;
  }
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

} // namespace

std::optional<Value> averageOf(ProgramBuilder &p, const Pool &pool, Value x, bool withPadding, llvm::StringRef hint) {
  ValueBuilder &b = p.b;
  const Type type = ValueBuilder::elementOf(x), steps = b.stepType(type);
  const Dims from = ValueBuilder::dimsOf(x);
  Value sum = reducePool(b, pool, Reduction::Add, b.convert(x, steps));
  Dims dims = ValueBuilder::dimsOf(sum);
  // The divisor is a product over the dims; each factor is one number where every window covers as much.
  double uniform = 1;
  Value result = sum;
  for (size_t i = 0; i != pool.rank(); ++i) {
    int64_t size = staticDim(from[2 + i]), windows = staticDim(dims[2 + i]);
    const bool padded = pool.windows.low[i] || pool.windows.high[i] || pool.hasStart(i);
    if (!padded || (withPadding && pool.windows.high[i] == pool.fullHigh[i])) {
      uniform *= static_cast<double>(pool.windows.kernel[i]);
      continue;
    }
    if (size < 0) {
      result = b.div(result,
                     b.broadcast(countsOf(b, pool, i, from[2 + i], steps, withPadding), dims, static_cast<int64_t>(2 + i)));
      continue;
    }
    if (windows > (1 << 20))
      return std::nullopt;
    SmallVector<double> counts = countsAlong(pool, i, size, windows, withPadding);
    if (llvm::all_equal(counts) && !counts.empty()) {
      uniform *= counts.front();
      continue;
    }
    for (double &count : counts)
      count = std::max(count, 1.0);
    Value divisor = p.constant(toAttribute(SymbolicTensor::makeFloats(RankedTensorType::get(windows, steps), counts)), hint);
    result = b.div(result, b.broadcast(divisor, dims, static_cast<int64_t>(2 + i)));
  }
  return b.convert(uniform == 1 ? result : b.div(result, b.like(result, uniform)), type);
}

PooledMaximum maximumOf(ValueBuilder &b, const Pool &pool, Value x, bool columnMajor) {
  Type type = ValueBuilder::elementOf(x), indexType = b.getI64Type();
  Value places = pool.pad(b, flatPlaces(b, ValueBuilder::dimsOf(x), columnMajor), b.greatest(indexType));
  x = pool.pad(b, x, b.lowest(type));
  Dims dims = ValueBuilder::dimsOf(x);
  for (size_t i = 0; i != pool.rank(); ++i)
    dims[2 + i] = windowCount(dims[2 + i], pool.windows.low[i], pool.windows.high[i], pool.windows.dilated(i),
                              pool.windows.strides[i]);
  SmallVector<int64_t> ones(dims.size(), 1);
  auto op = ReduceWindowOp::create(b, TypeRange{makeTensorType(dims, type), makeTensorType(dims, indexType)},
                                   ValueRange{x, places}, ValueRange{b.lowest(type), b.greatest(indexType)}, pool.kernel,
                                   pool.strides, ones, pool.dilations, pool.padding);
  b.fillPlaceBody(op.getBody(), type, indexType, /*greatest=*/true, /*last=*/false);
  return {op.getResult(0), op.getResult(1)};
}

Value powered(ValueBuilder &b, Value x, double p) {
  Value magnitude = b.unary<AbsOp>(x);
  return p == 1 ? magnitude : p == 2 ? b.mul(x, x) : b.binary<PowerOp>(magnitude, b.like(x, p));
}
Value rooted(ValueBuilder &b, Value x, double p) {
  return p == 1 ? x : p == 2 ? b.unary<SqrtOp>(x) : b.binary<PowerOp>(x, b.like(x, 1 / p));
}

} // namespace ingot::frontend
