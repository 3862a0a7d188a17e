#include "frontends/common/Windows.h"

using namespace mlir;

namespace ingot::frontend {

SmallVector<int64_t> Windows::padding() const {
  SmallVector<int64_t> result;
  for (size_t i = 0; i != low.size(); ++i) {
    result.push_back(low[i]);
    result.push_back(high[i]);
  }
  return result;
}

Value padBeforeStarts(ValueBuilder &b, const Windows &windows, Value x, Value padding, ArrayRef<int64_t> axes) {
  for (auto [i, start] : llvm::enumerate(windows.starts)) {
    if (!start)
      continue;
    SmallVector<int64_t> low(ValueBuilder::rankOf(x), 0), high(low);
    low[axes[i]] = windows.low[i];
    high[axes[i]] = windows.high[i];
    Value wide = b.pad(x, padding, low, high);
    Dims dims = ValueBuilder::dimsOf(x);
    dims[axes[i]] = dims[axes[i]] + (windows.dilated(i) - 1); // all padding of a dim, wherever it lies
    SmallVector<Value> starts(dims.size(), b.integer(b.getI64Type(), 0));
    starts[axes[i]] = start;
    x = DynamicSliceOp::create(b, makeTensorType(dims, ValueBuilder::elementOf(x)), wide, starts);
  }
  return x;
}

void dropStarts(Windows &windows) {
  for (auto [i, start] : llvm::enumerate(windows.starts))
    if (start)
      windows.low[i] = windows.high[i] = 0;
  windows.starts.clear();
}

// SAME along a dim of a size: count = ceil(size / stride) windows, which read total = dilated - 1 - (size - 1) mod stride
// elements of padding, if any. Padding of dilated - 1 has as many windows, so that only where the first lies depends on the
// size.
static void padBySize(ValueBuilder &b, Windows &w, size_t i, AffineExpr size, bool isUpper) {
  const int64_t reach = w.dilated(i), stride = w.strides[i];
  auto lowOf = [&](int64_t total) { return isUpper ? total / 2 : total - total / 2; };
  int64_t least = lowOf(std::max<int64_t>(0, reach - stride)), most = lowOf(reach - 1);
  w.low[i] = most;
  w.high[i] = reach - 1 - least;
  AffineExpr total = simplifyExpr((size - 1) % stride * -1 + (reach - 1));
  if (auto known = dyn_cast<AffineConstantExpr>(total))
    least = most = lowOf(std::max<int64_t>(0, known.getValue()));
  if (least == most) {
    w.low[i] = most;
    w.high[i] = reach - 1 - most;
    return;
  }
  if (w.starts.empty())
    w.starts.resize(w.kernel.size());
  Type type = b.getI64Type();
  Value amount = b.max(b.sizeOf(total, type), b.integer(type, 0)), half = b.div(amount, b.integer(type, 2));
  w.starts[i] = b.sub(b.integer(type, most), isUpper ? half : b.sub(amount, half));
}

bool padSame(ValueBuilder &b, Windows &w, size_t i, AffineExpr dim, bool isUpper, bool mayStart) {
  const int64_t size = staticDim(dim);
  if (size < 0 && w.strides[i] != 1) {
    if (mayStart)
      padBySize(b, w, i, dim, isUpper);
    return mayStart;
  }
  int64_t total = w.dilated(i) - 1; // at stride 1, whatever the size
  if (size >= 0) {
    int64_t count = (size + w.strides[i] - 1) / w.strides[i];
    total = std::max<int64_t>(0, (count - 1) * w.strides[i] + w.dilated(i) - size);
  }
  (isUpper ? w.low : w.high)[i] = total / 2;
  (isUpper ? w.high : w.low)[i] = total - total / 2;
  return true;
}

} // namespace ingot::frontend
