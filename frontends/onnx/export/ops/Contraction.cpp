// Matrix products and convolutions.
#include "frontends/onnx/export/Exporter.h"
#include "frontends/onnx/export/ops/Steps.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace ingot::onnx {
namespace {

//===--- dot_general ---------------------------------------------------------------------------------------------------===//

// One letter a dim, as Einsum has them; dims that go together have the same.
std::string equationOf(DotGeneralOp op) {
  DotDimsAttr dims = op.getDims();
  auto letter = [next = 0]() mutable { return static_cast<char>(next < 26 ? 'a' + next++ : 'A' + (next++ - 26)); };
  std::string lhs(typeOf(op.getLhs()).getRank(), 0), rhs(typeOf(op.getRhs()).getRank(), 0), result;
  for (auto [l, r] : llvm::zip(dims.getLhsBatch(), dims.getRhsBatch()))
    result += lhs[l] = rhs[r] = letter();
  for (auto [l, r] : llvm::zip(dims.getLhsContract(), dims.getRhsContract()))
    lhs[l] = rhs[r] = letter();
  for (std::string *side : {&lhs, &rhs})
    for (char &each : *side)
      if (each == 0)
        result += each = letter();
  return lhs + "," + rhs + "->" + result;
}

// MatMul takes the last two dims, and batch dims in front of them; it broadcasts a right matrix over all rows of the left.
void dotGeneral(Exporter &e, Operation *op) {
  auto source = cast<DotGeneralOp>(op);
  DotDimsAttr dims = source.getDims();
  const int32_t result = e.typeNumber(Exporter::partOf(typeOf(op->getResult(0)).getElementType()));
  Term lhs = e.term(source.getLhs()), rhs = e.term(source.getRhs());
  const bool quantised = (lhs.type == TensorProto::INT8 || lhs.type == TensorProto::UINT8) && result == TensorProto::INT32;
  SmallVector<int64_t> lhsFree = source.getLhsFreeDims(), rhsFree = source.getRhsFreeDims();
  const bool isMatrix = dims.getLhsContract().size() == 1 && lhsFree.size() <= 1 && rhsFree.size() <= 1;
  const bool isRows =
      dims.getLhsContract().size() == 1 && dims.getLhsBatch().empty() && rhsFree.size() == 1 && lhsFree.size() > 1;
  const int32_t type = quantised ? lhs.type : e.computeType(result, Products);
  lhs = e.cast(lhs, type);
  rhs = e.cast(rhs, type);
  auto arranged = [&](Term x, ArrayRef<int64_t> first, ArrayRef<int64_t> second, ArrayRef<int64_t> third) {
    SmallVector<int64_t> order(first);
    order.append(second.begin(), second.end());
    order.append(third.begin(), third.end());
    return e.transpose(x, order);
  };
  if (!isMatrix && !isRows && !quantised) {
    // Einsum has no unsigned kernels in runtimes; the low bits of signed products are the same.
    const int32_t compute = e.computeType(type, Floats | I32 | I64 | Modular);
    Term made = e.node("Einsum", {e.cast(lhs, compute), e.cast(rhs, compute)}, compute, {{"equation", equationOf(source)}});
    return e.bind(op->getResult(0), e.cast(made, result));
  }
  lhs = arranged(lhs, dims.getLhsBatch(), lhsFree, dims.getLhsContract());
  rhs = arranged(rhs, dims.getRhsBatch(), dims.getRhsContract(), rhsFree);
  if (!isMatrix && !isRows) { // several dims each become one
    auto product = [&](Value value, ArrayRef<int64_t> which) {
      AffineExpr all = e.fixed(1);
      for (int64_t dim : which)
        all = simplifyExpr(all * dimExpr(typeOf(value), dim));
      return all;
    };
    SmallVector<AffineExpr> left, right;
    for (int64_t dim : dims.getLhsBatch())
      left.push_back(dimExpr(typeOf(source.getLhs()), dim));
    right = left;
    left.append({product(source.getLhs(), lhsFree), product(source.getLhs(), dims.getLhsContract())});
    right.append({product(source.getRhs(), dims.getRhsContract()), product(source.getRhs(), rhsFree)});
    lhs = e.reshape(lhs, left);
    rhs = e.reshape(rhs, right);
  } else {
    const auto batch = static_cast<int64_t>(dims.getLhsBatch().size());
    if (lhsFree.empty())
      lhs = e.unsqueeze(lhs, {batch});
    if (rhsFree.empty())
      rhs = e.unsqueeze(rhs, {batch + 1});
  }
  Term made = quantised ? e.node("MatMulInteger", {lhs, rhs}, result) : e.node("MatMul", {lhs, rhs}, type);
  if ((!isMatrix && !isRows) || lhsFree.empty() || rhsFree.empty())
    made = e.reshape(made, dimExprs(typeOf(op->getResult(0))));
  e.bind(op->getResult(0), e.cast(made, result));
}

//===--- convolution ---------------------------------------------------------------------------------------------------===//

// A convolution with batch and features in front, as ONNX has them.
struct Convolution {
  Term input, kernel;
  SmallVector<AffineExpr> inputDims, kernelDims;
  SmallVector<int64_t> strides, low, high, inputDilation, kernelDilation;
  int64_t groups;
  size_t rank() const { return strides.size(); }
};

// [b * n, f, ...] becomes [n, b * f, ...]: groups of the batch are groups of features.
void moveBatchGroups(Exporter &e, Convolution &c, int64_t count) {
  SmallVector<AffineExpr> apart = {e.fixed(count), simplifyExpr(c.inputDims[0].floorDiv(count))};
  apart.append(c.inputDims.begin() + 1, c.inputDims.end());
  SmallVector<int64_t> order = {1, 0};
  for (size_t i = 2; i != apart.size(); ++i)
    order.push_back(static_cast<int64_t>(i));
  Term moved = e.transpose(e.reshape(c.input, apart), order);
  c.inputDims[0] = apart[1];
  c.inputDims[1] = simplifyExpr(c.inputDims[1] * count);
  c.input = e.reshape(moved, c.inputDims);
  c.groups = count;
}

// What negative padding removes is no element of the input.
void cutEdges(Exporter &e, Convolution &c) {
  SmallVector<int64_t> axes, starts;
  SmallVector<AffineExpr> ends;
  for (size_t i = 0; i != c.rank(); ++i) {
    if (c.low[i] >= 0 && c.high[i] >= 0)
      continue;
    axes.push_back(static_cast<int64_t>(i) + 2);
    starts.push_back(std::max<int64_t>(0, -c.low[i]));
    AffineExpr end = simplifyExpr(c.inputDims[i + 2] - std::max<int64_t>(0, -c.high[i]));
    ends.push_back(end);
    c.inputDims[i + 2] = simplifyExpr(end - starts.back());
    c.low[i] = std::max<int64_t>(0, c.low[i]);
    c.high[i] = std::max<int64_t>(0, c.high[i]);
  }
  if (!axes.empty())
    c.input = e.slice(c.input, e.integers(starts), e.dims(ends), axes);
}

// Where the input alone is dilated, by what ConvTranspose strides: its padding counts from the whole overlap. False where it
// has none such.
bool transposed(Exporter &e, Convolution &c, Term &result) {
  SmallVector<int64_t> low, high;
  bool dilates = false;
  for (size_t i = 0; i != c.rank(); ++i) {
    auto extent = dyn_cast<AffineConstantExpr>(c.kernelDims[i + 2]);
    if (!extent || c.strides[i] != 1)
      return false;
    const int64_t reach = (extent.getValue() - 1) * c.kernelDilation[i];
    low.push_back(reach - c.low[i]);
    high.push_back(reach - c.high[i]);
    dilates |= c.inputDilation[i] != 1;
    if (low.back() < 0 || (high.back() < 0 && -high.back() >= std::max(c.inputDilation[i], c.kernelDilation[i])))
      return false;
  }
  auto outputs = dyn_cast<AffineConstantExpr>(c.kernelDims[0]);
  if (!dilates || !outputs)
    return false;
  std::vector<int64_t> pads(low.begin(), low.end()), more;
  for (int64_t &each : high) {
    more.push_back(std::max<int64_t>(0, -each));
    pads.push_back(std::max<int64_t>(0, each));
  }
  // [groups * o, i, ...] -> [groups * i, o, ...], from its other end.
  SmallVector<AffineExpr> apart = {e.fixed(c.groups), e.fixed(outputs.getValue() / c.groups)};
  apart.append(c.kernelDims.begin() + 1, c.kernelDims.end());
  SmallVector<int64_t> order = {0, 2, 1}, spatial;
  for (size_t i = 0; i != c.rank(); ++i) {
    order.push_back(static_cast<int64_t>(i) + 3);
    spatial.push_back(static_cast<int64_t>(i) + 2);
  }
  SmallVector<AffineExpr> joined = {simplifyExpr(apart[0] * apart[2]), apart[1]};
  joined.append(c.kernelDims.begin() + 2, c.kernelDims.end());
  Term kernel = c.groups == 1 ? e.transpose(c.kernel,
                                            [&] {
                                              SmallVector<int64_t> swapped = {1, 0};
                                              swapped.append(spatial);
                                              return swapped;
                                            }())
                              : e.reshape(e.transpose(e.reshape(c.kernel, apart), order), joined);
  kernel = reversed(e, kernel, spatial);
  auto vector = [](ArrayRef<int64_t> list) { return std::vector<int64_t>(list.begin(), list.end()); };
  result = e.node("ConvTranspose", {c.input, kernel}, c.input.type,
                  {{"strides", vector(c.inputDilation)},
                   {"dilations", vector(c.kernelDilation)},
                   {"pads", pads},
                   {"output_padding", more},
                   {"group", c.groups}});
  return true;
}

SmallVector<int64_t> orderOf(int64_t first, int64_t second, ArrayRef<int64_t> spatial) {
  SmallVector<int64_t> order = {first, second};
  order.append(spatial.begin(), spatial.end());
  return order;
}

SmallVector<int64_t> inverseOf(ArrayRef<int64_t> order) {
  SmallVector<int64_t> inverse(order.size());
  for (auto [place, dim] : llvm::enumerate(order))
    inverse[dim] = static_cast<int64_t>(place);
  return inverse;
}

void convolution(Exporter &e, Operation *op) {
  auto source = cast<ConvolutionOp>(op);
  ConvDimsAttr dims = source.getDims();
  if (dims.getInputSpatial().empty())
    return e.refuse(op, "without spatial dims has no counterpart in ONNX");
  const int32_t result = e.typeNumber(typeOf(op->getResult(0)).getElementType());
  Convolution c;
  c.input = e.term(source.getLhs());
  c.kernel = e.term(source.getRhs());
  const int32_t given = c.input.type;
  const bool quantised = (given == TensorProto::INT8 || given == TensorProto::UINT8) && result == TensorProto::INT32;
  // Products of narrower integers, and their sums, are whole numbers of f64.
  Type element = e.elementOf(given);
  if (element.isInteger() && !quantised && (element.getIntOrFloatBitWidth() > 16 || element.isInteger(1)))
    return e.refuse(op, "of " + describeElementType(element) + " has no counterpart in ONNX");
  const int32_t type = quantised ? given : element.isInteger() ? TensorProto::DOUBLE : e.computeType(result, Floats);
  c.input = e.cast(c.input, type);
  c.kernel = e.cast(c.kernel, type);
  SmallVector<int64_t> inputOrder = orderOf(dims.getInputBatch(), dims.getInputFeature(), dims.getInputSpatial());
  SmallVector<int64_t> kernelOrder =
      orderOf(dims.getKernelOutputFeature(), dims.getKernelInputFeature(), dims.getKernelSpatial());
  SmallVector<int64_t> outputOrder = orderOf(dims.getOutputBatch(), dims.getOutputFeature(), dims.getOutputSpatial());
  c.input = e.transpose(c.input, inputOrder);
  c.kernel = e.transpose(c.kernel, kernelOrder);
  for (int64_t dim : inputOrder)
    c.inputDims.push_back(dimExpr(typeOf(source.getLhs()), dim));
  for (int64_t dim : kernelOrder)
    c.kernelDims.push_back(dimExpr(typeOf(source.getRhs()), dim));
  c.strides.assign(source.getWindowStrides().begin(), source.getWindowStrides().end());
  c.inputDilation.assign(source.getLhsDilation().begin(), source.getLhsDilation().end());
  c.kernelDilation.assign(source.getRhsDilation().begin(), source.getRhsDilation().end());
  c.groups = static_cast<int64_t>(source.getFeatureGroupCount());
  for (size_t i = 0; i != c.rank(); ++i) {
    c.low.push_back(source.getPadding()[2 * i]);
    c.high.push_back(source.getPadding()[2 * i + 1]);
  }
  SmallVector<int64_t> backwards;
  if (auto reversal = source.getWindowReversal())
    for (auto [i, is] : llvm::enumerate(*reversal))
      if (is)
        backwards.push_back(static_cast<int64_t>(i) + 2);
  c.kernel = reversed(e, c.kernel, backwards);
  if (source.getBatchGroupCount() > 1)
    moveBatchGroups(e, c, static_cast<int64_t>(source.getBatchGroupCount()));
  Term made;
  if (quantised || !transposed(e, c, made)) {
    SmallVector<int64_t> gaps = {0, 0};
    for (int64_t each : c.inputDilation)
      gaps.push_back(each - 1);
    c.input = spaced(e, c.input, e.number(type, 0), c.inputDims, gaps);
    for (size_t i = 0; i != c.rank(); ++i)
      c.inputDims[i + 2] = simplifyExpr((c.inputDims[i + 2] - 1) * c.inputDilation[i] + 1);
    cutEdges(e, c);
    std::vector<int64_t> pads(c.low.begin(), c.low.end());
    pads.insert(pads.end(), c.high.begin(), c.high.end());
    auto vector = [](ArrayRef<int64_t> list) { return std::vector<int64_t>(list.begin(), list.end()); };
    made = e.node(
        quantised ? "ConvInteger" : "Conv", {c.input, c.kernel}, quantised ? result : type,
        {{"strides", vector(c.strides)}, {"pads", pads}, {"dilations", vector(c.kernelDilation)}, {"group", c.groups}});
  }
  if (element.isInteger() && !quantised) // a whole number, of which the low bits count
    made = e.cast(made, TensorProto::INT64);
  e.bind(op->getResult(0), e.transpose(e.cast(made, result), inverseOf(outputOrder)));
}

constexpr Row rows[] = {
    {"convolution", convolution, nullptr, 0, nullptr},
    {"dot_general", dotGeneral, nullptr, 0, nullptr},
};

} // namespace

llvm::ArrayRef<Row> contractionRows() { return rows; }

} // namespace ingot::onnx
