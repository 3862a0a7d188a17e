// Pools over windows and over whole feature maps.
#include "frontends/common/Pooling.h"
#include "frontends/onnx/OpTable.h"
#include "frontends/onnx/ops/Windows.h"

using namespace mlir;

namespace ingot::onnx {
namespace {

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
  std::string why;
  std::optional<Pool> pool = poolOf(n.b, *windows, ArrayRef(dims).drop_front(2), n.intAttr("ceil_mode", 0) != 0, &why);
  if (!pool)
    (void)n.error(why);
  return pool;
}

LogicalResult averagePool(NodeContext &n) {
  std::optional<Pool> pool = readPool(n);
  if (!pool)
    return failure();
  const bool withPadding = n.opset >= 7 && n.intAttr("count_include_pad", 0) != 0;
  std::optional<Value> mean = averageOf(n.p, *pool, n.value(0), withPadding, n.hintOf("count"));
  if (!mean)
    return n.error("too many windows");
  n.result(0, *mean);
  return success();
}

LogicalResult maxPool(NodeContext &n) {
  std::optional<Pool> pool = readPool(n);
  if (!pool)
    return failure();
  if (!n.wants(1)) {
    n.result(0, reducePool(n.b, *pool, Reduction::Maximum, n.value(0)));
    return success();
  }
  auto [greatest, places] = maximumOf(n.b, *pool, n.value(0), n.intAttr("storage_order", 0) != 0);
  n.result(0, greatest);
  n.result(1, places);
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

double exponentOf(NodeContext &n) { return n.opset < 2 ? n.floatAttr("p", 2) : static_cast<double>(n.intAttr("p", 2)); }

LogicalResult lpPool(NodeContext &n) {
  std::optional<Pool> pool = readPool(n);
  if (!pool)
    return failure();
  double p = exponentOf(n);
  if (!(p >= 1))
    return n.error("p must be at least 1");
  n.result(0, n.b.inSteps(n.value(0), [&](Value x) {
    return rooted(n.b, reducePool(n.b, *pool, Reduction::Add, powered(n.b, x, p)), p);
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
