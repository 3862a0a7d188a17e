// Matrix products and convolutions.
#include "frontends/onnx/OpTable.h"
#include "frontends/onnx/ops/Products.h"
#include "frontends/onnx/ops/Windows.h"

using namespace mlir;

namespace ingot::onnx {
namespace {

//===--- matrix products -----------------------------------------------------------------------------------------------===//

} // namespace

// numpy.matmul: vectors gain a dim for the product, leading dims broadcast.
std::optional<Value> matmulOf(NodeContext &n, Value lhs, Value rhs) {
  ValueBuilder &b = n.b;
  Dims left = ValueBuilder::dimsOf(lhs), right = ValueBuilder::dimsOf(rhs);
  auto mismatch = [&] {
    (void)n.error("shapes " + n.show(left) + " and " + n.show(right) + " cannot be multiplied");
    return std::nullopt;
  };
  if (left.empty() || right.empty())
    return mismatch();
  const bool lhsVector = left.size() == 1, rhsVector = right.size() == 1;
  AffineExpr inner = rhsVector ? right[0] : right[right.size() - 2];
  if (!n.equalDims(left.back(), inner))
    return mismatch();
  if (lhsVector && rhsVector)
    return b.dot(lhs, rhs, {}, {}, 0, 0);
  if (rhsVector)
    return b.dot(lhs, rhs, {}, {}, static_cast<int64_t>(left.size()) - 1, 0);
  if (right.size() == 2)
    return b.dot(lhs, rhs, {}, {}, static_cast<int64_t>(left.size()) - 1, 0);
  if (lhsVector)
    lhs = b.reshape(lhs, {b.number(1), left[0]});
  Dims lhsDims = ValueBuilder::dimsOf(lhs);
  ArrayRef<AffineExpr> lhsBatch = ArrayRef(lhsDims).drop_back(2), rhsBatch = ArrayRef(right).drop_back(2);
  std::optional<Dims> batch = n.broadcastShapes(lhsBatch, rhsBatch);
  if (!batch)
    return mismatch();
  Dims lhsFull = *batch, rhsFull = *batch;
  lhsFull.append({lhsDims[lhsDims.size() - 2], lhsDims.back()});
  rhsFull.append({right[right.size() - 2], right.back()});
  Value product = b.matmul(b.broadcast(lhs, lhsFull), b.broadcast(rhs, rhsFull));
  if (lhsVector) {
    batch->push_back(right.back());
    product = b.reshape(product, *batch);
  }
  return product;
}

namespace {

LogicalResult matMul(NodeContext &n) {
  if (failed(n.needInputs(2, 2)))
    return failure();
  if (n.element(0) != n.element(1))
    return n.error("the operands have different element types");
  std::optional<Value> product = matmulOf(n, n.value(0), n.value(1));
  if (!product)
    return failure();
  n.result(0, *product);
  return success();
}

// alpha * A' * B' + beta * C, where A' and B' may be transposed and C broadcasts.
LogicalResult gemm(NodeContext &n) {
  if (failed(n.needInputs(n.opset < 11 ? 3 : 2, 3)))
    return failure();
  if (n.rank(0) != 2 || n.rank(1) != 2)
    return n.error("needs matrices, not " + n.show(n.type(0)) + " and " + n.show(n.type(1)));
  ValueBuilder &b = n.b;
  Type type = n.element(0);
  const int64_t lhsContract = n.intAttr("transA", 0) ? 0 : 1, rhsContract = n.intAttr("transB", 0) ? 1 : 0;
  if (n.element(1) != type || (n.has(2) && n.element(2) != type))
    return n.error("the operands have different element types");
  if (!n.equalDims(n.dims(0)[lhsContract], n.dims(1)[rhsContract]))
    return n.error("shapes " + n.show(n.dims(0)) + " and " + n.show(n.dims(1)) + " cannot be multiplied");
  double alpha = n.floatAttr("alpha", 1), beta = n.floatAttr("beta", 1);
  Value product = b.dot(n.value(0), n.value(1), {}, {}, lhsContract, rhsContract, b.stepType(type));
  if (alpha != 1)
    product = b.mul(product, b.like(product, alpha));
  if (n.has(2) && beta != 0) {
    Value bias = b.convert(n.value(2), b.stepType(type));
    if (beta != 1)
      bias = b.mul(bias, b.like(bias, beta));
    std::optional<Dims> dims = n.broadcastAll({product, bias});
    if (!dims)
      return failure();
    if (*dims != ValueBuilder::dimsOf(product))
      return n.error("C " + n.show(n.dims(2)) + " does not broadcast to " + n.show(ValueBuilder::dimsOf(product)));
    product = b.add(product, b.broadcast(bias, *dims));
  }
  n.result(0, b.convert(product, type));
  return success();
}

//===--- convolutions --------------------------------------------------------------------------------------------------===//

// Batch and feature first in input and result; `kernelInput` and `kernelOutput` are 0 or 1.
ConvDimsAttr convDims(ValueBuilder &b, size_t spatialRank, int64_t kernelInput, int64_t kernelOutput) {
  SmallVector<int64_t> spatial;
  for (size_t i = 0; i != spatialRank; ++i)
    spatial.push_back(2 + i);
  return ConvDimsAttr::get(b.getContext(), 0, 1, spatial, kernelInput, kernelOutput, spatial, 0, 1, spatial);
}

// x with batch and channels, w with two channel dims, equal numbers of spatial dims, equal types.
LogicalResult checkOperands(NodeContext &n) {
  if (failed(n.needInputs(2, 3)))
    return failure();
  if (n.rank(0) < 3 || n.rank(1) != n.rank(0))
    return n.error("the input " + n.show(n.type(0)) + " and the weight " + n.show(n.type(1)) +
                   " must have equal ranks of at least 3");
  if (n.element(0) != n.element(1) || (n.has(2) && n.element(2) != n.element(0)))
    return n.error("the operands have different element types");
  if (!n.type(1).hasStaticShape())
    return n.error("the weight's dims must be fixed");
  if (n.type(1).getNumElements() == 0)
    return n.error("the weight " + n.show(n.type(1)) + " is empty");
  if (staticDim(n.dims(0)[1]) < 0)
    return n.error("the number of channels must be fixed");
  return success();
}

LogicalResult addBias(NodeContext &n, Value result) {
  if (n.has(2)) {
    if (n.rank(2) != 1 || n.dims(2)[0] != ValueBuilder::dimsOf(result)[1])
      return n.error("the bias " + n.show(n.type(2)) + " does not fit " + n.show(ValueBuilder::typeOf(result)));
    Value bias = n.b.convert(n.value(2), ValueBuilder::elementOf(result));
    result = n.b.add(result, n.b.broadcast(bias, ValueBuilder::dimsOf(result), 1));
  }
  n.result(0, n.b.convert(result, n.element(0)));
  return success();
}

} // namespace

// The convolution the attributes state, without a bias.
std::optional<Value> convolve(NodeContext &n, Value x, Value w) {
  ValueBuilder &b = n.b;
  Dims dims = ValueBuilder::dimsOf(x);
  ArrayRef<int64_t> weight = ValueBuilder::typeOf(w).getShape();
  const int64_t groups = n.intAttr("group", 1), channels = staticDim(dims[1]);
  if (groups < 1 || channels < 0 || channels % groups != 0 || weight[1] != channels / groups || weight[0] % groups != 0) {
    (void)n.error("the weight " + n.show(ValueBuilder::typeOf(w)) + " with " + llvm::Twine(groups) +
                  " groups does not fit the input " + n.show(ValueBuilder::typeOf(x)));
    return std::nullopt;
  }
  std::optional<Windows> windows =
      readWindows(n, ArrayRef(dims).drop_front(2), SmallVector<int64_t>(weight.begin() + 2, weight.end()), true);
  if (!windows)
    return std::nullopt;
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(2, static_cast<int64_t>(dims.size())));
  x = padBeforeStarts(b, *windows, x, b.scalar(ValueBuilder::elementOf(x), 0), axes);
  dropStarts(*windows);
  dims = ValueBuilder::dimsOf(x);
  Dims result = dims;
  result[1] = b.number(weight[0]);
  for (size_t i = 0; i + 2 != dims.size(); ++i)
    result[2 + i] = windowCount(dims[2 + i], windows->low[i], windows->high[i], windows->dilated(i), windows->strides[i]);
  SmallVector<int64_t> ones(dims.size() - 2, 1);
  return ConvolutionOp::create(b, makeTensorType(result, b.stepType(ValueBuilder::elementOf(x))), x, w, windows->strides,
                               windows->padding(), ones, windows->dilations, convDims(b, dims.size() - 2, 1, 0), groups, 1)
      .getResult();
}

namespace {

LogicalResult conv(NodeContext &n) {
  if (failed(checkOperands(n)))
    return failure();
  std::optional<Value> product = convolve(n, n.value(0), n.value(1));
  return product ? addBias(n, *product) : failure();
}

// A convolution over the input with zeros between its elements; the kernel is mirrored, its channels swapped.
LogicalResult convTranspose(NodeContext &n) {
  if (failed(checkOperands(n)))
    return failure();
  ValueBuilder &b = n.b;
  Dims dims = n.dims(0);
  const size_t rank = dims.size() - 2;
  SmallVector<int64_t> weight(n.type(1).getShape());
  const int64_t groups = n.intAttr("group", 1), channels = staticDim(dims[1]);
  if (groups < 1 || weight[0] != channels || groups > std::max<int64_t>(channels, 1) || channels % groups != 0)
    return n.error("the weight " + n.show(n.type(1)) + " with " + llvm::Twine(groups) + " groups does not fit the input " +
                   n.show(n.type(0)));
  // Padding that auto_pad chooses depends on the output here; read the rest as for a convolution.
  SmallVector<int64_t> kernel(weight.begin() + 2, weight.end());
  Dims unit(rank, b.number(1));
  std::optional<Windows> w = readWindows(n, unit, kernel);
  if (!w)
    return failure();
  SmallVector<int64_t> extra = n.intsAttr("output_padding").value_or(SmallVector<int64_t>(rank, 0));
  std::optional<SmallVector<int64_t>> shape = n.intsAttr("output_shape");
  if (shape && shape->size() == rank + 2)
    shape->erase(shape->begin(), shape->begin() + 2);
  if (extra.size() != rank || (shape && shape->size() != rank))
    return n.error("output_padding and output_shape need one entry for each of " + llvm::Twine(rank) + " spatial dims");
  for (size_t i = 0; i != rank; ++i)
    if (extra[i] < 0 || extra[i] > (1 << 20) || (shape && ((*shape)[i] < 0 || (*shape)[i] > (1 << 24))))
      return n.error("output_padding or output_shape holds an impossible size");
  const std::string mode = n.stringAttr("auto_pad", "NOTSET");
  const bool same = mode == "SAME_UPPER" || mode == "SAME_LOWER";
  SmallVector<int64_t> low(rank), high(rank), ones(rank, 1);
  Dims result = dims;
  result[1] = b.number(weight[1] * groups);
  for (size_t i = 0; i != rank; ++i) {
    const int64_t stride = w->strides[i], reach = w->dilated(i), size = staticDim(dims[2 + i]);
    int64_t begin = w->low[i], end = w->high[i];
    if (shape || same) {
      if (size < 0)
        return n.error("output_shape and auto_pad " + mode + " need spatial dims that are fixed");
      int64_t target = shape ? (*shape)[i] : size * stride;
      int64_t total = stride * (size - 1) + extra[i] + reach - target;
      // A target beyond what the windows reach is filled at the end.
      begin = total < 0 ? 0 : mode == "SAME_UPPER" ? total / 2 : total - total / 2;
      end = total - begin;
    }
    low[i] = reach - 1 - begin;
    high[i] = reach - 1 - end + extra[i];
    AffineExpr spread = (dims[2 + i] - 1) * stride + 1;
    result[2 + i] = windowCount(simplifyExpr(spread), low[i], high[i], reach, 1);
  }
  if (llvm::is_contained(n.type(0).getShape(), 0)) { // nothing of the input reaches what is left of the result
    for (AffineExpr &dim : result)
      if (auto constant = dyn_cast<AffineConstantExpr>(dim); constant && constant.getValue() < 0)
        dim = b.number(0);
    return addBias(n, b.splat(result, b.stepType(n.element(0)), 0));
  }
  // [C, M/g, k...] -> [g * M/g, C/g, mirrored k...]
  Value kernelValue = n.value(1);
  SmallVector<int64_t> spatialAxes;
  for (size_t i = 0; i != rank; ++i)
    spatialAxes.push_back(2 + i);
  kernelValue = b.reverse(kernelValue, spatialAxes);
  int64_t kernelInput = 0, kernelOutput = 1;
  if (groups > 1) {
    Dims split = b.numbers({groups, channels / groups}), joined = b.numbers({weight[1] * groups, channels / groups});
    SmallVector<int64_t> permutation = {0, 2, 1};
    for (size_t i = 1; i != weight.size(); ++i) {
      split.push_back(b.number(weight[i]));
      if (i > 1) {
        joined.push_back(b.number(weight[i]));
        permutation.push_back(i + 1);
      }
    }
    kernelValue = b.reshape(b.transpose(b.reshape(kernelValue, split), permutation), joined);
    std::swap(kernelInput, kernelOutput);
  }
  Windows padded;
  padded.low = low;
  padded.high = high;
  Value product = ConvolutionOp::create(b, makeTensorType(result, b.stepType(n.element(0))), n.value(0), kernelValue, ones,
                                        padded.padding(), w->strides, w->dilations,
                                        convDims(b, rank, kernelInput, kernelOutput), groups, 1);
  return addBias(n, product);
}

constexpr OpRow rows[] = {
    {"Conv", 1, kNewestOpset, conv},
    {"ConvTranspose", 1, kNewestOpset, convTranspose},
    {"Gemm", 1, kNewestOpset, gemm},
    {"MatMul", 1, kNewestOpset, matMul},
};

} // namespace

llvm::ArrayRef<OpRow> contractionOps() { return rows; }

} // namespace ingot::onnx
