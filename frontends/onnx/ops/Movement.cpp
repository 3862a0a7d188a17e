// Ops that pick, repeat, pad and join elements.
#include "frontends/common/ExactDivision.h"
#include "frontends/onnx/Common.h"
#include "frontends/onnx/OpTable.h"
#include "frontends/onnx/ops/Slices.h"

using namespace mlir;

namespace ingot::onnx {
namespace {

constexpr int64_t kMaxParts = 4096; // ops a node may become

LogicalResult concat(NodeContext &n) {
  if (failed(n.needInputs(1, 1 << 16)))
    return failure();
  std::optional<int64_t> axis = n.axis(n.intAttr("axis", n.opset < 4 ? 1 : 0), n.rank(0));
  if (!axis)
    return failure();
  SmallVector<Value> parts;
  for (size_t i = 0; i != n.numInputs(); ++i) {
    if (!n.has(i))
      return n.error("operand " + llvm::Twine(i) + " is absent");
    Dims first = n.dims(0), dims = n.dims(i);
    bool fits = dims.size() == first.size() && n.element(i) == n.element(0);
    for (size_t d = 0; fits && d != dims.size(); ++d)
      fits = static_cast<int64_t>(d) == *axis || n.equalDims(dims[d], first[d]);
    if (!fits)
      return n.error("operand " + llvm::Twine(i) + " " + n.show(n.type(i)) + " does not fit " + n.show(n.type(0)) +
                     " along axis " + llvm::Twine(*axis));
    parts.push_back(n.value(i));
  }
  n.result(0, n.b.concat(parts, *axis));
  return success();
}

// An axis whose extent depends on sizes: the parts' sizes are expressions too.
LogicalResult splitSymbolic(NodeContext &n, int64_t axis) {
  ValueBuilder &b = n.b;
  const int64_t count = n.node.output_size();
  AffineExpr whole = n.dims(0)[axis];
  Dims parts;
  if (n.has(1)) {
    std::optional<Dims> given = n.decidingDims(1, "the sizes of the parts");
    if (!given)
      return failure();
    parts = *given;
  } else if (std::optional<SmallVector<int64_t>> given = n.intsAttr("split")) {
    parts = b.numbers(*given);
  } else {
    AffineExpr share = divideExactly(whole, b.number(count), b.getContext());
    if (!share) {
      (void)n.equalDims(whole % count, b.number(0));
      return n.error("the extent of axis " + llvm::Twine(axis) + " of " + n.show(n.dims(0)) + " does not split into " +
                     llvm::Twine(count) + " equal parts for all sizes");
    }
    parts.assign(count, share);
  }
  AffineExpr total = b.number(0), start = total;
  for (AffineExpr part : parts)
    total = total + part;
  if (static_cast<int64_t>(parts.size()) != count || !n.equalDims(total, whole))
    return n.error("the sizes of the parts do not add up to the extent of axis " + llvm::Twine(axis) + " of " +
                   n.show(n.dims(0)) + " for " + llvm::Twine(count) + " outputs");
  for (auto [index, part] : llvm::enumerate(parts)) {
    AffineExpr end = simplifyExpr(start + part);
    SliceRange range{axis, 0, 0, 1, {}, {}};
    auto set = [](AffineExpr expr, int64_t &number, AffineExpr &symbolic) {
      if (auto constant = dyn_cast<AffineConstantExpr>(expr))
        number = constant.getValue();
      else
        symbolic = expr;
    };
    set(start, range.start, range.startExpr);
    set(end, range.end, range.endExpr);
    std::optional<Value> sliced = emitSlice(n, n.value(0), range);
    if (!sliced)
      return failure();
    n.result(index, *sliced);
    start = end;
  }
  return success();
}

// Sizes from an attribute, an operand, or an equal share for each output.
LogicalResult split(NodeContext &n) {
  if (failed(n.needInputs(1, 2)))
    return failure();
  std::optional<int64_t> axis = n.axis(n.intAttr("axis", 0), n.rank(0));
  if (!axis)
    return failure();
  const int64_t count = n.node.output_size(), size = staticDim(n.dims(0)[*axis]);
  if (size < 0)
    return splitSymbolic(n, *axis);
  std::optional<SmallVector<int64_t>> sizes = n.intsAttr("split");
  if (n.has(1)) { // an operand since opset 13, and in opset 1
    sizes = n.decidingInts(1, "the sizes of the parts");
    if (!sizes)
      return failure();
  }
  if (!sizes) {
    const int64_t parts = n.opset >= 18 ? n.intAttr("num_outputs", count) : count;
    if (parts != count || parts < 1)
      return n.error("num_outputs is " + llvm::Twine(parts) + " for " + llvm::Twine(count) + " outputs");
    if (n.opset < 18 && size % parts != 0)
      return n.error("an extent of " + llvm::Twine(size) + " does not split into " + llvm::Twine(parts) + " equal parts");
    const int64_t share = (size + parts - 1) / parts;
    sizes.emplace();
    for (int64_t i = 0; i != parts; ++i)
      sizes->push_back(std::max<int64_t>(0, std::min(share, size - i * share)));
  }
  int64_t total = 0;
  for (int64_t part : *sizes) {
    if (part < 0 || part > size)
      return n.error("a part of " + llvm::Twine(part) + " elements");
    total += part;
  }
  if (static_cast<int64_t>(sizes->size()) != count || total != size)
    return n.error("the sizes of the parts do not add up to " + llvm::Twine(size) + " for " + llvm::Twine(count) +
                   " outputs");
  int64_t start = 0;
  for (auto [index, part] : llvm::enumerate(*sizes)) {
    if (n.wants(index))
      n.result(index, n.b.slice(n.value(0), *axis, start, part));
    start += part;
  }
  return success();
}

LogicalResult slice(NodeContext &n) {
  if (std::optional<Value> window = emitWindowAtRunTime(n)) {
    n.result(0, *window);
    return success();
  }
  std::optional<SmallVector<SliceRange>> ranges = readSlice(n);
  if (!ranges)
    return failure();
  Value x = n.value(0);
  for (const SliceRange &range : *ranges) {
    std::optional<Value> sliced = emitSlice(n, x, range);
    if (!sliced)
      return failure();
    x = *sliced;
  }
  n.result(0, x);
  return success();
}

//===--- padding -------------------------------------------------------------------------------------------------------===//

// Amounts for each dim, low and high.
struct Amounts {
  SmallVector<int64_t> low, high;
};

std::optional<Amounts> readPads(NodeContext &n) {
  std::optional<SmallVector<int64_t>> pads =
      n.opset >= 11 ? n.decidingInts(1, "the padding") : n.intsAttr(n.opset < 2 ? "paddings" : "pads");
  if (!pads) {
    if (n.opset < 11)
      (void)n.error("pads are absent");
    return std::nullopt;
  }
  const int64_t rank = n.rank(0);
  SmallVector<int64_t> axes;
  if (n.opset >= 18 && n.has(3)) {
    std::optional<SmallVector<int64_t>> given = n.decidingInts(3, "the axes");
    if (!given || !n.axes(*given, rank))
      return std::nullopt;
    for (int64_t axis : *given)
      axes.push_back(axis < 0 ? axis + rank : axis);
  } else {
    for (int64_t i = 0; i != rank; ++i)
      axes.push_back(i);
  }
  if (pads->size() != 2 * axes.size()) {
    (void)n.error("pads has " + llvm::Twine(pads->size()) + " entries, not " + llvm::Twine(2 * axes.size()));
    return std::nullopt;
  }
  Amounts amounts{SmallVector<int64_t>(rank, 0), SmallVector<int64_t>(rank, 0)};
  for (auto [index, axis] : llvm::enumerate(axes)) {
    for (int64_t amount : {(*pads)[index], (*pads)[axes.size() + index]})
      if (amount < -(int64_t(1) << 40) || amount > (int64_t(1) << 40)) {
        (void)n.error("pads holds " + llvm::Twine(amount));
        return std::nullopt;
      }
    amounts.low[axis] = (*pads)[index];
    amounts.high[axis] = (*pads)[axes.size() + index];
  }
  return amounts;
}

// The same for an extent that is an expression, of which enough elements are there.
Value padSymbolic(NodeContext &n, Value x, int64_t axis, int64_t low, int64_t high, llvm::StringRef mode) {
  ValueBuilder &b = n.b;
  Value mirrored = b.reverse(x, axis); // begins with the last element
  auto repeated = [&](Value from, int64_t count) {
    Dims dims = ValueBuilder::dimsOf(x);
    dims[axis] = b.number(count);
    return b.broadcast(b.slice(from, axis, 0, 1), dims);
  };
  SmallVector<Value> parts;
  if (low > 0)
    parts.push_back(mode == "edge"      ? repeated(x, low)
                    : mode == "reflect" ? b.reverse(b.slice(x, axis, 1, low), axis)
                                        : b.reverse(b.slice(mirrored, axis, 0, low), axis));
  parts.push_back(x);
  if (high > 0)
    parts.push_back(mode == "edge"      ? repeated(mirrored, high)
                    : mode == "reflect" ? b.slice(mirrored, axis, 1, high)
                                        : b.slice(x, axis, 0, high));
  return b.concat(parts, axis);
}

// One dim, from its own elements: mirrored without the edge, the edge repeated, or wrapped around.
std::optional<Value> padFromItself(NodeContext &n, Value x, int64_t axis, int64_t low, int64_t high, llvm::StringRef mode) {
  ValueBuilder &b = n.b;
  const int64_t size = staticDim(ValueBuilder::dimsOf(x)[axis]);
  auto refuse = [&](const llvm::Twine &message) {
    (void)n.error(message);
    return std::nullopt;
  };
  if (size < 0) {
    auto bounds = rangeOfExpr(ValueBuilder::dimsOf(x)[axis], n.sizes());
    const int64_t least = bounds ? bounds->first - (mode == "reflect") : 0, most = mode == "edge" ? INT64_MAX : least;
    if (low < 0 || high < 0 || least < 1 || low > most || high > most)
      return refuse("mode " + mode + " cannot pad " + n.show(ValueBuilder::dimsOf(x)) + " by " + llvm::Twine(low) + " and " +
                    llvm::Twine(high) + " along axis " + llvm::Twine(axis) + " at its least size");
    return padSymbolic(n, x, axis, low, high, mode);
  }
  if (low + size + high < 0 || (size == 0 && low + high > 0))
    return refuse("an extent of " + llvm::Twine(size) + " cannot be padded by " + llvm::Twine(low) + " and " +
                  llvm::Twine(high));
  if (size == 0)
    return x;
  SmallVector<Value> parts;
  // The padded dim repeats a period of the tensor: itself (wrap), or itself and its inner part reversed (reflect).
  if (mode == "edge") {
    Dims dims = ValueBuilder::dimsOf(x);
    auto edge = [&](int64_t at, int64_t count) {
      dims[axis] = b.number(count);
      SmallVector<int64_t> places;
      for (int64_t i = 0; i != static_cast<int64_t>(dims.size()); ++i)
        places.push_back(i);
      parts.push_back(b.broadcast(b.slice(x, axis, at, 1), dims, places));
    };
    if (low > 0)
      edge(0, low);
    int64_t first = std::max<int64_t>(0, -low), last = size - std::max<int64_t>(0, -high);
    if (last > first)
      parts.push_back(b.slice(x, axis, first, last - first));
    if (high > 0)
      edge(size - 1, high);
  } else {
    const bool reflect = mode == "reflect";
    if (reflect && size == 1)
      return padFromItself(n, x, axis, low, high, "edge");
    const int64_t period = reflect ? 2 * size - 2 : size;
    if ((std::max<int64_t>(low, 0) + std::max<int64_t>(high, 0)) / period > kMaxParts)
      return refuse("too much padding");
    // Walks from -low to size + high in runs that lie in one half of a period.
    Value mirrored = reflect ? b.reverse(x, axis) : Value();
    for (int64_t at = -low; at < size + high;) {
      int64_t phase = ((at % period) + period) % period;
      int64_t count = phase < size ? size - phase : period - phase;
      count = std::min(count, size + high - at);
      // Place p >= size of the period is element 2 size - 2 - p, which the mirrored tensor holds at p - size + 1.
      parts.push_back(phase < size ? b.slice(x, axis, phase, count) : b.slice(mirrored, axis, phase - size + 1, count));
      at += count;
    }
  }
  return parts.empty() ? b.slice(x, axis, 0, 0) : b.concat(parts, axis);
}

LogicalResult pad(NodeContext &n) {
  if (failed(n.needInputs(n.opset < 11 ? 1 : 2, n.opset < 11 ? 1 : n.opset < 18 ? 3 : 4)))
    return failure();
  std::optional<Amounts> amounts = readPads(n);
  if (!amounts)
    return failure();
  ValueBuilder &b = n.b;
  std::string mode = n.stringAttr("mode", "constant");
  if (mode == "constant") {
    Value padding = n.opset < 11 ? b.scalar(n.element(0), n.floatAttr("value", 0)) : Value();
    if (!padding && n.has(2)) {
      if (n.element(2) != n.element(0) || !n.type(2).hasStaticShape() || n.type(2).getNumElements() != 1)
        return n.error("constant_value must be a scalar of the operand's type");
      padding = b.reshape(n.value(2), {});
    }
    for (int64_t i = 0; i != n.rank(0); ++i)
      if (int64_t size = staticDim(n.dims(0)[i]); size >= 0 && size + amounts->low[i] + amounts->high[i] < 0)
        return n.error("an extent of " + llvm::Twine(size) + " cannot lose " +
                       llvm::Twine(-amounts->low[i] - amounts->high[i]));
    n.result(0, b.pad(n.value(0), padding ? padding : b.scalar(n.element(0), 0), amounts->low, amounts->high));
    return success();
  }
  if (mode != "reflect" && mode != "edge" && (mode != "wrap" || n.opset < 19))
    return n.error("mode is '" + mode + "'");
  Value x = n.value(0);
  for (int64_t axis = 0; axis != n.rank(0); ++axis) {
    if (!amounts->low[axis] && !amounts->high[axis])
      continue;
    std::optional<Value> padded = padFromItself(n, x, axis, amounts->low[axis], amounts->high[axis], mode);
    if (!padded)
      return failure();
    x = *padded;
  }
  n.result(0, x);
  return success();
}

// Cuts or pads the ends of each axis alike, an odd element at the end.
LogicalResult centerCropPad(NodeContext &n) {
  if (failed(n.needInputs(2, 2)))
    return failure();
  std::optional<SmallVector<int64_t>> shape = n.decidingInts(1, "the shape");
  if (!shape)
    return failure();
  SmallVector<int64_t> axes;
  if (std::optional<SmallVector<int64_t>> given = n.intsAttr("axes")) {
    if (!n.axes(*given, n.rank(0)))
      return failure();
    for (int64_t axis : *given)
      axes.push_back(axis < 0 ? axis + n.rank(0) : axis);
  } else {
    for (int64_t i = 0; i != n.rank(0); ++i)
      axes.push_back(i);
  }
  if (shape->size() != axes.size())
    return n.error(llvm::Twine(shape->size()) + " sizes for " + llvm::Twine(axes.size()) + " axes");
  SmallVector<int64_t> low(n.rank(0), 0), high(n.rank(0), 0);
  for (auto [size, axis] : llvm::zip(*shape, axes)) {
    const int64_t from = staticDim(n.dims(0)[axis]);
    if (from < 0 || size < 0 || size > (int64_t(1) << 40))
      return n.error("axis " + llvm::Twine(axis) + " of " + n.show(n.type(0)) + " cannot become " + llvm::Twine(size));
    const int64_t less = std::max<int64_t>(0, from - size), more = std::max<int64_t>(0, size - from);
    low[axis] = more / 2 - less / 2;
    high[axis] = more - more / 2 - (less - less / 2);
  }
  n.result(0, n.b.pad(n.value(0), n.b.scalar(n.element(0), 0), low, high));
  return success();
}

//===--- repetition ----------------------------------------------------------------------------------------------------===//

LogicalResult expand(NodeContext &n) {
  if (failed(n.needInputs(2, 2)))
    return failure();
  std::optional<Dims> target = n.decidingDims(1, "the shape");
  if (!target)
    return failure();
  for (AffineExpr dim : *target)
    if (auto constant = dyn_cast<AffineConstantExpr>(dim); constant && constant.getValue() < 0)
      return n.error("the shape holds " + llvm::Twine(constant.getValue()));
  std::optional<Dims> dims = n.broadcastShapes(n.dims(0), *target);
  if (!dims)
    return n.error("a tensor " + n.show(n.type(0)) + " does not broadcast to " + n.show(*target));
  n.result(0, n.b.broadcast(n.value(0), *dims));
  return success();
}

// Each dim d as [repeats, d], then joined.
LogicalResult tile(NodeContext &n) {
  const bool old = n.opset < 6; // one axis, operands tiles and axis
  if (failed(n.needInputs(old ? 3 : 2, old ? 3 : 2)))
    return failure();
  ValueBuilder &b = n.b;
  Dims from = n.dims(0), repeats(from.size(), b.number(1));
  if (old) {
    std::optional<SmallVector<int64_t>> tiles = n.decidingInts(1, "the repeats"), axes = n.decidingInts(2, "the axis");
    if (!tiles || !axes)
      return failure();
    if (tiles->size() != 1 || axes->size() != 1 || tiles->front() < 0)
      return n.error("needs one count and one axis");
    std::optional<int64_t> axis = n.axis(axes->front(), n.rank(0));
    if (!axis)
      return failure();
    repeats[*axis] = b.number(tiles->front());
  } else {
    std::optional<Dims> given = n.decidingDims(1, "the repeats");
    if (!given)
      return failure();
    if (given->size() != from.size())
      return n.error(llvm::Twine(given->size()) + " repeats for " + n.show(n.type(0)));
    repeats = *given;
  }
  Dims spread, joined;
  SmallVector<int64_t> places;
  for (auto [index, dim] : llvm::enumerate(from)) {
    if (auto constant = dyn_cast<AffineConstantExpr>(repeats[index]); constant && constant.getValue() < 0)
      return n.error("a repeat is " + llvm::Twine(constant.getValue()));
    if (staticDim(repeats[index]) != 1)
      spread.push_back(repeats[index]);
    places.push_back(spread.size());
    spread.push_back(dim);
    joined.push_back(dim * repeats[index]);
  }
  n.result(0, b.reshape(b.broadcast(n.value(0), spread, places), joined));
  return success();
}

//===--- by position ---------------------------------------------------------------------------------------------------===//

// The upper or lower triangle of the last two dims, shifted by k; zeros elsewhere.
LogicalResult trilu(NodeContext &n) {
  if (failed(n.needInputs(1, 2)))
    return failure();
  if (n.rank(0) < 2)
    return n.error("needs a matrix, not " + n.show(n.type(0)));
  ValueBuilder &b = n.b;
  int64_t k = 0;
  if (n.has(1)) {
    std::optional<SmallVector<int64_t>> given = n.decidingInts(1, "the diagonal");
    if (!given)
      return failure();
    if (given->size() != 1)
      return n.error("k must be one number");
    k = std::clamp<int64_t>(given->front(), -(int64_t(1) << 40), int64_t(1) << 40);
  }
  const bool upper = n.intAttr("upper", 1) != 0;
  Dims dims = n.dims(0);
  Type indexType = b.getI64Type();
  Value row = b.iota(dims, indexType, n.rank(0) - 2), column = b.iota(dims, indexType, n.rank(0) - 1);
  Value diagonal = b.add(row, b.like(row, static_cast<double>(k)));
  Value keep = b.compare(upper ? ComparisonDirection::GE : ComparisonDirection::LE, column, diagonal);
  n.result(0, b.select(keep, n.value(0), b.like(n.value(0), 0)));
  return success();
}

// A new axis of `depth`, on where its place equals the index (counted from the end where negative).
LogicalResult oneHot(NodeContext &n) {
  if (failed(n.needInputs(3, 3)))
    return failure();
  ValueBuilder &b = n.b;
  const SymbolicTensor *depthValue = n.deciding(1);
  std::optional<double> depth = depthValue && depthValue->size() == 1 ? depthValue->number(0) : std::nullopt;
  if (!depth)
    return n.error("depth decides a shape, so it must be one constant" + n.decidedBy(1));
  if (!(*depth >= 0 && *depth < double(int64_t(1) << 40)))
    return n.error("depth is " + llvm::Twine(std::to_string(*depth)));
  std::optional<int64_t> axis = n.axis(n.intAttr("axis", -1), n.rank(0) + 1);
  if (!axis)
    return failure();
  if (n.rank(2) != 1 || staticDim(n.dims(2)[0]) != 2)
    return n.error("values must be two numbers, not " + n.show(n.type(2)));
  const int64_t count = static_cast<int64_t>(*depth);
  Value indices = b.convert(n.value(0), b.getI64Type());
  Value wrapped = b.add(indices, b.like(indices, static_cast<double>(count)));
  indices = b.select(b.compare(ComparisonDirection::LT, indices, b.like(indices, 0)), wrapped, indices);
  Dims dims = n.dims(0);
  dims.insert(dims.begin() + *axis, b.number(count));
  SmallVector<int64_t> places;
  for (int64_t i = 0; i != n.rank(0); ++i)
    places.push_back(i < *axis ? i : i + 1);
  Value hit = b.compare(ComparisonDirection::EQ, b.broadcast(indices, dims, places), b.iota(dims, b.getI64Type(), *axis));
  Value off = b.broadcast(b.reshape(b.slice(n.value(2), 0, 0, 1), {}), dims);
  Value on = b.broadcast(b.reshape(b.slice(n.value(2), 0, 1, 1), {}), dims);
  n.result(0, b.select(hit, on, off));
  return success();
}

LogicalResult identity(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return failure();
  n.result(0, n.entry(0));
  return success();
}

LogicalResult where(NodeContext &n) {
  if (failed(n.needInputs(3, 3)))
    return failure();
  if (!n.element(0).isInteger(1))
    return n.error("needs a BOOL condition, not " + n.show(n.type(0)));
  if (n.element(1) != n.element(2))
    return n.error("the operands have different element types: " + n.show(n.type(1)) + " and " + n.show(n.type(2)));
  SmallVector<Value> values = n.values();
  std::optional<Dims> dims = n.broadcastAll(values);
  if (!dims)
    return failure();
  n.result(0, n.b.select(n.b.broadcast(values[0], *dims), n.b.broadcast(values[1], *dims), n.b.broadcast(values[2], *dims)));
  return success();
}

constexpr OpRow rows[] = {
    {"CenterCropPad", 18, kNewestOpset, centerCropPad, kComplex},
    {"Concat", 1, kNewestOpset, concat, kComplex},
    {"Expand", 8, kNewestOpset, expand, kComplex},
    {"Identity", 1, kNewestOpset, identity, kComplex | kLists},
    {"OneHot", 9, kNewestOpset, oneHot, kComplex},
    {"Pad", 1, kNewestOpset, pad, kComplex},
    {"Slice", 1, kNewestOpset, slice, kComplex},
    {"Split", 1, kNewestOpset, split, kComplex},
    {"Tile", 1, kNewestOpset, tile, kComplex},
    {"Trilu", 14, kNewestOpset, trilu, kComplex},
    {"Where", 9, kNewestOpset, where, kComplex},
};

} // namespace

llvm::ArrayRef<OpRow> movementOps() { return rows; }

} // namespace ingot::onnx
