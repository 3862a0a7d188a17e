#include "frontends/onnx/ops/Windows.h"

using namespace mlir;

namespace ingot::onnx {

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

std::optional<Windows> readWindows(NodeContext &n, ArrayRef<AffineExpr> spatial, std::optional<SmallVector<int64_t>> kernel,
                                   bool mayStart) {
  const size_t rank = spatial.size();
  constexpr int64_t kLimit = 1 << 20;
  auto read = [&](llvm::StringRef name, size_t count, int64_t otherwise, int64_t least, SmallVector<int64_t> &out) -> bool {
    std::optional<SmallVector<int64_t>> given = n.intsAttr(name);
    out = given ? *given : SmallVector<int64_t>(count, otherwise);
    if (out.size() != count) {
      (void)n.error(name + " has " + llvm::Twine(out.size()) + " entries, not " + llvm::Twine(count));
      return false;
    }
    for (int64_t value : out)
      if (value < least || value > kLimit) {
        (void)n.error(name + " holds " + llvm::Twine(value) + ", outside " + llvm::Twine(least) + " to " +
                      llvm::Twine(kLimit));
        return false;
      }
    return true;
  };
  Windows w;
  std::optional<SmallVector<int64_t>> stated = n.intsAttr("kernel_shape");
  if (!stated && !kernel) {
    (void)n.error("kernel_shape is absent");
    return std::nullopt;
  }
  if (kernel)
    w.kernel = *kernel;
  SmallVector<int64_t> statedKernel;
  if (stated && !read("kernel_shape", rank, 1, 1, statedKernel))
    return std::nullopt;
  if (kernel && stated && statedKernel != *kernel) {
    (void)n.error("kernel_shape differs from the weight's dims");
    return std::nullopt;
  }
  if (!kernel)
    w.kernel = statedKernel;
  SmallVector<int64_t> pads;
  if (!read("strides", rank, 1, 1, w.strides) || !read("dilations", rank, 1, 1, w.dilations) ||
      !read("pads", 2 * rank, 0, -kLimit, pads))
    return std::nullopt;
  w.low.assign(pads.begin(), pads.begin() + rank);
  w.high.assign(pads.begin() + rank, pads.end());

  std::string mode = n.stringAttr("auto_pad", "NOTSET");
  if (mode == "NOTSET" || mode.empty())
    return w;
  if (mode != "VALID" && mode != "SAME_UPPER" && mode != "SAME_LOWER") {
    (void)n.error("auto_pad is '" + mode + "'");
    return std::nullopt;
  }
  w.autoPadded = true;
  for (size_t i = 0; i != rank; ++i) {
    w.low[i] = w.high[i] = 0;
    if (mode == "VALID")
      continue;
    int64_t size = staticDim(spatial[i]);
    if (size < 0 && w.strides[i] != 1) {
      if (!mayStart) {
        (void)n.error("auto_pad " + mode + " with a stride needs spatial dims that are fixed");
        return std::nullopt;
      }
      padBySize(n.b, w, i, spatial[i], mode == "SAME_UPPER");
      continue;
    }
    int64_t total = w.dilated(i) - 1; // at stride 1, whatever the size
    if (size >= 0) {
      int64_t count = (size + w.strides[i] - 1) / w.strides[i];
      total = std::max<int64_t>(0, (count - 1) * w.strides[i] + w.dilated(i) - size);
    }
    (mode == "SAME_UPPER" ? w.low : w.high)[i] = total / 2;
    (mode == "SAME_UPPER" ? w.high : w.low)[i] = total - total / 2;
  }
  return w;
}

} // namespace ingot::onnx
