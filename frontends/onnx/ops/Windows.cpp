#include "frontends/onnx/ops/Windows.h"

using namespace mlir;

namespace ingot::onnx {

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
    if (!padSame(n.b, w, i, spatial[i], mode == "SAME_UPPER", mayStart)) {
      (void)n.error("auto_pad " + mode + " with a stride needs spatial dims that are fixed");
      return std::nullopt;
    }
  }
  return w;
}

} // namespace ingot::onnx
