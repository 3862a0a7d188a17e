// Ops that change a tensor's dims and keep its elements in order, and those that ask for dims.
#include "frontends/common/ExactDivision.h"
#include "frontends/onnx/Common.h"
#include "frontends/onnx/OpTable.h"

using namespace mlir;

namespace ingot::onnx {
namespace {

// 0 copies a dim (unless allowzero), -1 takes what is left.
LogicalResult reshape(NodeContext &n) {
  const bool fromAttribute = n.opset < 5;
  if (failed(n.needInputs(fromAttribute ? 1 : 2, fromAttribute ? 1 : 2)))
    return failure();
  ValueBuilder &b = n.b;
  std::optional<Dims> target;
  if (fromAttribute)
    target = b.numbers(n.intsAttr("shape").value_or(SmallVector<int64_t>()));
  else
    target = n.decidingDims(1, "the shape");
  if (!target)
    return failure();
  const bool allowZero = n.opset >= 14 && n.intAttr("allowzero", 0) != 0;
  Dims from = n.dims(0), others;
  int inferred = -1;
  for (auto [index, dim] : llvm::enumerate(*target)) {
    auto constant = dyn_cast<AffineConstantExpr>(dim);
    if (constant && constant.getValue() == -1) {
      if (inferred >= 0)
        return n.error("the shape holds -1 twice");
      inferred = static_cast<int>(index);
      continue;
    }
    if (constant && constant.getValue() < -1)
      return n.error("the shape holds " + llvm::Twine(constant.getValue()));
    if (constant && constant.getValue() == 0 && !allowZero) {
      if (index >= from.size())
        return n.error("the shape copies dim " + llvm::Twine(index) + ", which " + n.show(n.type(0)) + " has not");
      dim = from[index];
    }
    others.push_back(dim);
  }
  auto cannot = [&] {
    Dims shown = *target;
    std::string text;
    for (AffineExpr dim : shown)
      text += (text.empty() ? "" : ",") + (staticDim(dim) >= 0 || isa<AffineConstantExpr>(dim)
                                               ? std::to_string(cast<AffineConstantExpr>(dim).getValue())
                                               : n.show(dim).substr(1, n.show(dim).size() - 2));
    return n.error("a tensor " + n.show(n.type(0)) + " cannot take the shape [" + text + "]");
  };
  if (inferred >= 0) {
    AffineExpr rest = divideExactly(from, others, b.getContext());
    if (!rest) { // it might be for multiples of some number
      AffineExpr whole = b.number(1), part = b.number(1);
      for (AffineExpr dim : from)
        whole = whole * dim;
      for (AffineExpr dim : others)
        part = part * dim;
      if (int64_t divisor = staticDim(simplifyExpr(part)); divisor > 0)
        (void)n.equalDims(simplifyExpr(whole) % divisor, b.number(0));
      return cannot();
    }
    (*target)[inferred] = rest;
  }
  AffineExpr before = b.number(1), after = b.number(1);
  for (AffineExpr dim : from)
    before = before * dim;
  for (AffineExpr dim : *target)
    after = after * dim;
  if (!n.equalDims(simplifyExpr(before), simplifyExpr(after)))
    return cannot();
  n.result(0, b.reshape(n.value(0), *target));
  return success();
}

LogicalResult flatten(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return failure();
  int64_t rank = n.rank(0), axis = n.intAttr("axis", 1);
  if (axis < -rank || axis > rank)
    return n.error("axis " + llvm::Twine(axis) + " is none of " + n.show(n.type(0)));
  if (axis < 0)
    axis += rank;
  Dims halves = {n.b.number(1), n.b.number(1)};
  for (auto [index, dim] : llvm::enumerate(n.dims(0)))
    halves[static_cast<int64_t>(index) < axis ? 0 : 1] = halves[static_cast<int64_t>(index) < axis ? 0 : 1] * dim;
  n.result(0, n.b.reshape(n.value(0), halves));
  return success();
}

// Axes are an attribute before opset 13, operand 1 since.
std::optional<std::optional<SmallVector<int64_t>>> givenAxes(NodeContext &n) {
  if (failed(n.needInputs(1, n.opset < 13 ? 1 : 2)))
    return std::nullopt;
  if (n.opset < 13)
    return n.intsAttr("axes");
  if (!n.has(1))
    return std::optional<SmallVector<int64_t>>();
  std::optional<SmallVector<int64_t>> axes = n.decidingInts(1, "the axes");
  if (!axes)
    return std::nullopt;
  return axes;
}

LogicalResult squeeze(NodeContext &n) {
  auto given = givenAxes(n);
  if (!given)
    return failure();
  Dims dims = n.dims(0), kept;
  SmallVector<int64_t> axes;
  if (*given) {
    std::optional<SmallVector<int64_t>> sorted = n.axes(**given, n.rank(0));
    if (!sorted)
      return failure();
    axes = *sorted;
  } else {
    for (auto [index, dim] : llvm::enumerate(dims))
      if (staticDim(dim) == 1)
        axes.push_back(index);
  }
  for (auto [index, dim] : llvm::enumerate(dims)) {
    if (!llvm::is_contained(axes, static_cast<int64_t>(index)))
      kept.push_back(dim);
    else if (staticDim(dim) != 1)
      return n.error("dim " + llvm::Twine(index) + " of " + n.show(n.type(0)) + " is not 1");
  }
  n.result(0, n.b.reshape(n.value(0), kept));
  return success();
}

LogicalResult unsqueeze(NodeContext &n) {
  auto given = givenAxes(n);
  if (!given)
    return failure();
  if (!*given)
    return n.error("axes are absent");
  int64_t rank = n.rank(0) + static_cast<int64_t>((*given)->size());
  if (rank > 16)
    return n.error("more than 16 dims");
  std::optional<SmallVector<int64_t>> axes = n.axes(**given, rank);
  if (!axes)
    return failure();
  Dims dims = n.dims(0);
  for (int64_t axis : *axes)
    dims.insert(dims.begin() + axis, n.b.number(1));
  n.result(0, n.b.reshape(n.value(0), dims));
  return success();
}

LogicalResult transpose(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return failure();
  SmallVector<int64_t> permutation;
  for (int64_t i = n.rank(0); i-- > 0;)
    permutation.push_back(i);
  if (std::optional<SmallVector<int64_t>> given = n.intsAttr("perm")) {
    SmallVector<int64_t> sorted = *given;
    llvm::sort(sorted);
    for (auto [index, axis] : llvm::enumerate(sorted))
      if (axis != static_cast<int64_t>(index))
        return n.error("perm is no permutation");
    if (static_cast<int64_t>(sorted.size()) != n.rank(0))
      return n.error("perm has " + llvm::Twine(sorted.size()) + " entries for " + n.show(n.type(0)));
    permutation = *given;
  }
  n.result(0, n.b.transpose(n.value(0), permutation));
  return success();
}

// [b, c * k * k, h, w] -> [b, c, h * k, w * k]
LogicalResult depthToSpace(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return failure();
  ValueBuilder &b = n.b;
  Dims dims = n.dims(0);
  const int64_t k = n.intAttr("blocksize", 0), channels = dims.size() == 4 ? staticDim(dims[1]) : -1;
  const std::string mode = n.stringAttr("mode", "DCR");
  if (k < 1 || k > (1 << 15) || channels < 0 || channels % (k * k) != 0)
    return n.error("blocksize " + llvm::Twine(k) + " does not fit " + n.show(n.type(0)));
  if (mode != "DCR" && mode != "CRD")
    return n.error("mode is '" + mode + "', not DCR or CRD");
  AffineExpr block = b.number(k), depth = b.number(channels / (k * k));
  Value value;
  if (mode == "DCR")
    value = b.transpose(b.reshape(n.value(0), {dims[0], block, block, depth, dims[2], dims[3]}), {0, 3, 4, 1, 5, 2});
  else
    value = b.transpose(b.reshape(n.value(0), {dims[0], depth, block, block, dims[2], dims[3]}), {0, 1, 4, 2, 5, 3});
  n.result(0, b.reshape(value, {dims[0], depth, dims[2] * k, dims[3] * k}));
  return success();
}

LogicalResult spaceToDepth(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return failure();
  ValueBuilder &b = n.b;
  Dims dims = n.dims(0);
  const int64_t k = n.intAttr("blocksize", 0);
  if (k < 1 || k > (1 << 15) || dims.size() != 4)
    return n.error("blocksize " + llvm::Twine(k) + " does not fit " + n.show(n.type(0)));
  AffineExpr block = b.number(k);
  AffineExpr height = divideExactly(dims[2], block, b.getContext()), width = divideExactly(dims[3], block, b.getContext());
  if (!height || !width) {
    (void)n.equalDims(dims[2] % k, b.number(0));
    (void)n.equalDims(dims[3] % k, b.number(0));
    return n.error("blocksize " + llvm::Twine(k) + " does not divide " + n.show(n.type(0)));
  }
  Value value = b.transpose(b.reshape(n.value(0), {dims[0], dims[1], height, block, width, block}), {0, 3, 5, 1, 2, 4});
  n.result(0, b.reshape(value, {dims[0], dims[1] * (k * k), height, width}));
  return success();
}

LogicalResult shapeOf(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return failure();
  int64_t rank = n.rank(0), start = 0, end = rank;
  if (n.opset >= 15) {
    auto place = [&](int64_t at) { return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank); };
    start = place(n.intAttr("start", 0));
    end = place(n.intAttr("end", rank));
  }
  Dims dims = n.dims(0);
  ArrayRef<AffineExpr> part = ArrayRef(dims).slice(start, std::max<int64_t>(0, end - start));
  n.result(0, SymbolicTensor::makeInts(RankedTensorType::get(static_cast<int64_t>(part.size()), n.b.getI64Type()), part));
  return success();
}

LogicalResult sizeOf(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return failure();
  n.result(0, SymbolicTensor::makeInts(RankedTensorType::get({}, n.b.getI64Type()), numElementsExpr(n.type(0))));
  return success();
}

constexpr OpRow rows[] = {
    {"DepthToSpace", 1, kNewestOpset, depthToSpace, kComplex},
    {"Flatten", 1, kNewestOpset, flatten, kComplex},
    {"Reshape", 1, kNewestOpset, reshape, kComplex},
    {"Shape", 1, kNewestOpset, shapeOf, kComplex},
    {"Size", 1, kNewestOpset, sizeOf, kComplex},
    {"SpaceToDepth", 1, kNewestOpset, spaceToDepth, kComplex},
    {"Squeeze", 1, kNewestOpset, squeeze, kComplex},
    {"Transpose", 1, kNewestOpset, transpose, kComplex},
    {"Unsqueeze", 1, kNewestOpset, unsqueeze, kComplex},
};

} // namespace

llvm::ArrayRef<OpRow> shapeOps() { return rows; }

} // namespace ingot::onnx
