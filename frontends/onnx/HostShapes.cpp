// Host evaluation of the ops that make, move and count dims.
#include "frontends/onnx/HostElements.h"
#include "frontends/onnx/OpTable.h"
#include "frontends/onnx/ops/Slices.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>

using namespace mlir;

namespace ingot::onnx {
namespace {

bool shapeOf(NodeContext &n) {
  if (n.numInputs() != 1 || !n.has(0))
    return false;
  int64_t rank = n.rank(0), start = 0, end = rank;
  if (n.opset >= 15) {
    auto place = [&](int64_t at) { return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank); };
    start = place(n.intAttr("start", 0));
    end = place(n.intAttr("end", rank));
  }
  Dims dims = n.dims(0);
  ArrayRef<AffineExpr> part = ArrayRef(dims).slice(start, std::max<int64_t>(0, end - start));
  n.result(0, HostValue::makeInts(RankedTensorType::get(static_cast<int64_t>(part.size()), n.b.getI64Type()), part));
  return true;
}

bool sizeOf(NodeContext &n) {
  if (n.numInputs() != 1 || !n.has(0))
    return false;
  n.result(0, HostValue::makeInts(RankedTensorType::get({}, n.b.getI64Type()), numElementsExpr(n.type(0))));
  return true;
}

bool constantOfShape(NodeContext &n) {
  if (!allKnown(n) || n.known(0)->isFloat())
    return false;
  std::optional<SmallVector<int64_t>> shape = n.known(0)->constants();
  if (!shape || shape->size() > 16 || llvm::any_of(*shape, [](int64_t dim) { return dim < 0; }))
    return false;
  HostValue fill = HostValue::makeFloats(RankedTensorType::get(1, n.b.getF32Type()), 0.0);
  if (const AttributeProto *value = n.attribute("value")) {
    std::optional<HostValue> given = n.hostTensor(value->t());
    if (!given || given->size() != 1)
      return false;
    fill = *given;
  }
  auto type = RankedTensorType::get(*shape, fill.type.getElementType());
  if (!canBeHostValue(type) || type.getNumElements() > 256)
    return false;
  HostValue result = emptyOf(type);
  for (int64_t i = 0, count = type.getNumElements(); i != count; ++i)
    append(result, elementAt(fill, 0));
  n.result(0, std::move(result));
  return true;
}

// The same elements with the dims that emitting the op would give: only the shape of the result is asked for.
bool reshapeLike(NodeContext &n, ArrayRef<int64_t> shape) {
  HostValue result = *n.known(0);
  auto type = RankedTensorType::get(shape, n.element(0));
  if (!canBeHostValue(type) || type.getNumElements() != result.size())
    return false;
  result.type = type;
  n.result(0, std::move(result));
  return true;
}

bool reshape(NodeContext &n) {
  if (n.opset < 5 || n.numInputs() != 2 || !n.known(0) || !n.known(1))
    return false;
  std::optional<SmallVector<int64_t>> shape = n.known(1)->constants();
  if (!shape)
    return false;
  int64_t inferred = -1, product = 1;
  for (auto [index, dim] : llvm::enumerate(*shape)) {
    if (dim == 0 && !n.intAttr("allowzero", 0)) {
      if (index >= static_cast<size_t>(n.rank(0)))
        return false;
      dim = n.type(0).getDimSize(index);
    }
    if (dim == -1 && inferred < 0)
      inferred = index;
    else if (dim < 0 || llvm::MulOverflow(product, dim, product) || product > HostValue::kMaxElements)
      return false;
  }
  if (inferred >= 0) {
    if (product == 0 || n.known(0)->size() % product != 0)
      return false;
    (*shape)[inferred] = n.known(0)->size() / product;
  }
  return reshapeLike(n, *shape);
}

template <bool insert> bool squeeze(NodeContext &n) {
  if (!n.has(0) || !n.known(0))
    return false;
  std::optional<SmallVector<int64_t>> axes = n.opset < 13 ? n.intsAttr("axes") : std::nullopt;
  if (n.opset >= 13 && n.has(1)) {
    if (!n.known(1) || !(axes = n.known(1)->constants()))
      return false;
  }
  SmallVector<int64_t> shape(n.type(0).getShape());
  if (insert && !axes)
    return false;
  if (!axes)
    axes.emplace();
  const bool all = !insert && axes->empty();
  int64_t rank = static_cast<int64_t>(shape.size()) + (insert ? axes->size() : 0);
  SmallVector<bool> named(rank, all);
  for (int64_t axis : *axes) {
    if (axis < -rank || axis >= rank || named[axis < 0 ? axis + rank : axis])
      return false;
    named[axis < 0 ? axis + rank : axis] = true;
  }
  SmallVector<int64_t> result;
  size_t next = 0;
  for (int64_t i = 0; i != rank; ++i) {
    if (insert) {
      result.push_back(named[i] ? 1 : shape[next++]);
    } else if (!named[i] || (all && shape[i] != 1)) {
      result.push_back(shape[i]);
    } else if (shape[i] != 1) {
      return false;
    }
  }
  return reshapeLike(n, result);
}

bool concat(NodeContext &n) {
  if (!allKnown(n))
    return false;
  const int64_t rank = n.rank(0);
  if (rank != 1 || (n.intAttr("axis", n.opset < 4 ? 1 : 0) != 0 && n.intAttr("axis", 0) != -1))
    return false;
  int64_t count = 0;
  for (size_t i = 0; i != n.numInputs(); ++i) {
    if (n.rank(i) != 1 || n.element(i) != n.element(0))
      return false;
    count += n.known(i)->size();
  }
  HostValue result = emptyOf(RankedTensorType::get(count, n.element(0)));
  if (!canBeHostValue(result.type))
    return false;
  for (size_t i = 0; i != n.numInputs(); ++i)
    for (int64_t k = 0; k != n.known(i)->size(); ++k)
      append(result, elementAt(*n.known(i), k));
  n.result(0, std::move(result));
  return true;
}

bool gather(NodeContext &n) {
  if (n.numInputs() != 2 || !n.has(0) || !n.has(1) || !n.known(0) || !n.known(1) || n.rank(0) != 1 || n.known(1)->isFloat())
    return false;
  std::optional<SmallVector<int64_t>> places = n.known(1)->constants();
  if (!places)
    return false;
  HostValue result = emptyOf(RankedTensorType::get(n.type(1).getShape(), n.element(0)));
  const int64_t size = n.known(0)->size();
  for (int64_t place : *places) {
    if (place < -size || place >= size)
      return false;
    append(result, elementAt(*n.known(0), place < 0 ? place + size : place));
  }
  n.result(0, std::move(result));
  return true;
}

// The value whose element at each place of `shape` is that at `place` of the old one, by strides from `first` on.
HostValue strided(const HostValue &value, ArrayRef<int64_t> shape, int64_t first, ArrayRef<int64_t> strides) {
  HostValue result = emptyOf(RankedTensorType::get(shape, value.type.getElementType()));
  for (int64_t flat = 0, count = result.type.getNumElements(); flat != count; ++flat) {
    int64_t place = first, rest = flat;
    for (size_t dim = shape.size(); dim-- != 0; rest /= shape[dim])
      place += rest % shape[dim] * strides[dim];
    append(result, elementAt(value, place));
  }
  return result;
}

SmallVector<int64_t> stridesOf(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (size_t dim = shape.size(); dim > 1; --dim)
    strides[dim - 2] = strides[dim - 1] * shape[dim - 1];
  return strides;
}

bool slice(NodeContext &n) {
  if (!n.has(0) || !n.known(0) || n.rank(0) < 1)
    return false;
  for (size_t i = 1; i != n.numInputs(); ++i)
    if (n.has(i) && !n.known(i))
      return false;
  std::optional<SmallVector<SliceRange>> ranges = readSlice(n);
  if (!ranges)
    return false;
  HostValue value = *n.known(0);
  for (const SliceRange &range : *ranges) {
    if (!range.isConstant())
      return false;
    SmallVector<int64_t> shape(value.type.getShape()), strides = stridesOf(shape);
    auto [start, count] = clampSlice(range, shape[range.axis]);
    const int64_t first = start * strides[range.axis];
    shape[range.axis] = count;
    strides[range.axis] *= range.step;
    value = strided(value, shape, first, strides);
  }
  n.result(0, std::move(value));
  return true;
}

bool transpose(NodeContext &n) {
  if (n.numInputs() != 1 || !n.has(0) || !n.known(0))
    return false;
  SmallVector<int64_t> order = llvm::to_vector(llvm::reverse(llvm::seq<int64_t>(0, n.rank(0))));
  if (std::optional<SmallVector<int64_t>> given = n.intsAttr("perm"))
    order = *given;
  SmallVector<int64_t> sorted = order;
  llvm::sort(sorted);
  if (!llvm::equal(sorted, llvm::seq<int64_t>(0, n.rank(0))))
    return false;
  SmallVector<int64_t> from = stridesOf(n.type(0).getShape()), shape, strides;
  for (int64_t dim : order) {
    shape.push_back(n.type(0).getDimSize(dim));
    strides.push_back(from[dim]);
  }
  n.result(0, strided(*n.known(0), shape, 0, strides));
  return true;
}

bool reduceProduct(NodeContext &n) {
  if (!n.has(0) || !n.known(0) || n.rank(0) != 1 || n.known(0)->isFloat() || n.numInputs() != 1 ||
      n.intAttr("noop_with_empty_axes", 0))
    return false;
  if (std::optional<SmallVector<int64_t>> axes = n.intsAttr("axes");
      axes && (axes->size() != 1 || (axes->front() != 0 && axes->front() != -1)))
    return false;
  AffineExpr product = n.b.number(1);
  for (AffineExpr element : n.known(0)->ints) {
    auto a = rangeOfExpr(product, n.sizes()), b = rangeOfExpr(element, n.sizes());
    int64_t most;
    if (!a || !b || a->first < 0 || b->first < 0 || llvm::MulOverflow(a->second, b->second, most) || most > kLargest)
      return false;
    product = simplifyExpr(product * element);
  }
  SmallVector<int64_t> shape(n.intAttr("keepdims", 1) ? 1 : 0, 1);
  HostValue result = emptyOf(RankedTensorType::get(shape, n.element(0)));
  append(result, {product, 0});
  n.result(0, std::move(result));
  return true;
}

bool expand(NodeContext &n) {
  if (n.numInputs() != 2 || !n.has(0) || !n.has(1) || !n.known(0) || !n.known(1))
    return false;
  std::optional<SmallVector<int64_t>> target = n.known(1)->constants();
  if (!target || target->size() > 16 || llvm::any_of(*target, [](int64_t dim) { return dim < 0; }))
    return false;
  std::optional<Dims> dims = broadcastDims(n.dims(0), n.b.numbers(*target));
  if (!dims)
    return false;
  SmallVector<int64_t> shape;
  for (AffineExpr dim : *dims)
    shape.push_back(staticDim(dim));
  HostValue result = emptyOf(RankedTensorType::get(shape, n.element(0)));
  if (!canBeHostValue(result.type) || result.type.getNumElements() > 256)
    return false;
  for (int64_t i = 0, count = result.type.getNumElements(); i != count; ++i)
    append(result, elementAt(*n.known(0), broadcastIndex(i, shape, n.type(0).getShape())));
  n.result(0, std::move(result));
  return true;
}

bool range(NodeContext &n) {
  if (n.numInputs() != 3 || !allKnown(n) || n.known(0)->isFloat())
    return false;
  int64_t bounds[3];
  for (size_t i = 0; i != 3; ++i) {
    std::optional<SmallVector<int64_t>> value = n.known(i)->constants();
    if (!value || value->size() != 1 || n.element(i) != n.element(0) || std::abs(value->front()) > (int64_t(1) << 40))
      return false;
    bounds[i] = value->front();
  }
  if (bounds[2] == 0)
    return false;
  int64_t span = bounds[2] > 0 ? bounds[1] - bounds[0] : bounds[0] - bounds[1], step = std::abs(bounds[2]);
  int64_t count = span <= 0 ? 0 : (span + step - 1) / step;
  if (count > 1024)
    return false;
  SmallVector<int64_t> elements;
  for (int64_t i = 0; i != count; ++i)
    elements.push_back(bounds[0] + i * bounds[2]);
  n.result(0, HostValue::makeInts(RankedTensorType::get(count, n.element(0)), elements));
  return true;
}

} // namespace

bool evaluateShapeOp(NodeContext &n) {
  static const llvm::StringMap<bool (*)(NodeContext &)> table = {
      {"Concat", concat},
      {"ConstantOfShape", constantOfShape},
      {"Expand", expand},
      {"Gather", gather},
      {"Range", range},
      {"ReduceProd", reduceProduct},
      {"Reshape", reshape},
      {"Shape", shapeOf},
      {"Size", sizeOf},
      {"Slice", slice},
      {"Squeeze", squeeze<false>},
      {"Transpose", transpose},
      {"Unsqueeze", squeeze<true>},
  };
  auto found = table.find(n.node.op_type());
  return found != table.end() && found->second(n);
}

} // namespace ingot::onnx
