// Quantisation, resampling and the normalisation of StableHLO.
#include "frontends/onnx/export/Exporter.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace ingot::onnx {
namespace {

//===--- quantisation --------------------------------------------------------------------------------------------------===//

// Types that QuantizeLinear gives and DequantizeLinear takes, and from which opset on.
bool isQuantised(Exporter &e, int32_t type) {
  switch (type) {
  case TensorProto::INT8:
  case TensorProto::UINT8:
    return true;
  case TensorProto::INT16:
  case TensorProto::UINT16:
  case TensorProto::INT4:
  case TensorProto::UINT4:
    return e.opset >= 21;
  case TensorProto::INT2:
  case TensorProto::UINT2:
    return e.opset >= 25;
  default:
    return false;
  }
}

Attrs axisOf(std::optional<uint64_t> axis, std::optional<uint64_t> block) {
  Attrs attrs;
  if (axis)
    attrs.push_back({"axis", static_cast<int64_t>(*axis)});
  if (block)
    attrs.push_back({"block_size", static_cast<int64_t>(*block)});
  return attrs;
}

bool isScaled(int32_t type) {
  return type == TensorProto::FLOAT || type == TensorProto::FLOAT16 || type == TensorProto::BFLOAT16;
}

void quantize(Exporter &e, Operation *op) {
  auto source = cast<QuantizeOp>(op);
  const int32_t type = e.typeNumber(typeOf(op->getResult(0)).getElementType());
  Term x = e.term(source.getOperand()), scale = e.term(source.getScale());
  if (!isQuantised(e, type) || !isScaled(x.type))
    return e.refuse(op, "of " + describeElementType(e.elementOf(x.type)) + " to " + describeElementType(e.elementOf(type)) +
                            " has no counterpart in ONNX's opset " + Twine(e.opset));
  if (source.getBlockSize() && e.opset < 21)
    return e.refuseBefore(op, 21);
  Term zero = source.getZeroPoint() ? e.term(source.getZeroPoint())
                                    : e.cast(e.expand(e.integer(TensorProto::INT32, 0), e.dims(source.getScale())), type);
  e.bind(op->getResult(0),
         e.node("QuantizeLinear", {x, scale, zero}, type, axisOf(source.getAxis(), source.getBlockSize())));
}

void dequantize(Exporter &e, Operation *op) {
  auto source = cast<DequantizeOp>(op);
  Term x = e.term(source.getOperand()), scale = e.term(source.getScale());
  Term zero = source.getZeroPoint() ? e.term(source.getZeroPoint()) : Term();
  if ((isQuantised(e, x.type) || (x.type == TensorProto::INT32 && zero.name.empty())) && isScaled(scale.type) &&
      (!source.getBlockSize() || e.opset >= 21)) {
    e.bind(op->getResult(0),
           e.node("DequantizeLinear", {x, scale, zero}, scale.type, axisOf(source.getAxis(), source.getBlockSize())));
    return;
  }
  if (source.getBlockSize())
    return e.refuse(op, "of " + describeElementType(e.elementOf(x.type)) + " by blocks has no counterpart in ONNX's opset " +
                            Twine(e.opset));
  auto along = [&](Term vector) {
    if (!source.getAxis())
      return vector;
    SmallVector<int64_t> axes;
    for (int64_t i = 1; i < typeOf(source.getOperand()).getRank() - static_cast<int64_t>(*source.getAxis()); ++i)
      axes.push_back(i);
    return e.unsqueeze(vector, axes);
  };
  Term difference = e.cast(x, TensorProto::INT64);
  if (!zero.name.empty())
    difference = e.sub(difference, along(e.cast(zero, TensorProto::INT64)));
  e.bind(op->getResult(0), e.typed(Floats, "Mul", {e.cast(difference, scale.type), along(scale)}, {}, 2));
}

//===--- resampling ----------------------------------------------------------------------------------------------------===//

void interpolate(Exporter &e, Operation *op) {
  auto source = cast<InterpolateOp>(op);
  ArrayRef<int64_t> dims = source.getDimensions();
  const std::string coordinates = llvm::StringRef(stringifyInterpolationCoordinates(source.getCoordinates())).lower();
  const auto kind = source.getCoordinates();
  if (kind == InterpolationCoordinates::TF_HALF_PIXEL_FOR_NN)
    return e.refuse(op, "at the places of tf_half_pixel_for_nn has no counterpart in ONNX since opset 13");
  if (kind == InterpolationCoordinates::HALF_PIXEL_SYMMETRIC && e.opset < 19)
    return e.refuseBefore(op, 19);
  if (source.getKernel() == InterpolationKernel::CUBIC && dims.size() > 2)
    return e.refuse(op, "by cubes along more than two dims has no counterpart in ONNX");
  const bool crops = kind == InterpolationCoordinates::TF_CROP_AND_RESIZE;
  Term x = e.term(source.getOperand());
  const int32_t given = x.type, compute = e.computeType(given, Floats | I8 | U8 | I32);
  auto floats = [&](ArrayRef<double> numbers) {
    auto vector = RankedTensorType::get({static_cast<int64_t>(numbers.size())}, Float32Type::get(op->getContext()));
    std::vector<float> narrow(numbers.begin(), numbers.end());
    return e.constant(vector, {reinterpret_cast<const char *>(narrow.data()), narrow.size() * sizeof(float)});
  };
  SmallVector<double> region;
  for (int which : {0, 1})
    for (size_t i = 0; crops && i != dims.size(); ++i)
      region.push_back(source.getRoi()[2 * i + which]);
  Terms inputs = {e.cast(x, compute), crops ? floats(region) : Term()};
  if (auto scales = source.getScales())
    inputs.push_back(floats(*scales));
  else {
    SmallVector<AffineExpr> sizes;
    for (int64_t dim : dims)
      sizes.push_back(dimExpr(typeOf(op->getResult(0)), dim));
    inputs.append({Term(), e.dims(sizes)});
  }
  const char *const modes[] = {"nearest", "linear", "cubic"};
  Attrs attrs = {{"axes", std::vector<int64_t>(dims.begin(), dims.end())},
                 {"coordinate_transformation_mode", coordinates},
                 {"mode", std::string(modes[static_cast<int>(source.getKernel())])},
                 {"nearest_mode", llvm::StringRef(stringifyNearestMode(source.getNearest())).lower()},
                 {"cubic_coeff_a", source.getCubicCoeff().convertToDouble()},
                 {"extrapolation_value", source.getExtrapolationValue().convertToDouble()},
                 {"antialias", int64_t(source.getAntialias())},
                 {"exclude_outside", int64_t(source.getExcludeOutside())}};
  e.bind(op->getResult(0), e.cast(e.node("Resize", inputs, compute, attrs), given));
}

//===--- batch_norm_inference ------------------------------------------------------------------------------------------===//

void batchNorm(Exporter &e, Operation *op) {
  auto source = cast<BatchNormInferenceOp>(op);
  const int64_t rank = typeOf(source.getOperand()).getRank(), feature = static_cast<int64_t>(source.getFeatureIndex());
  Term x = e.term(source.getOperand());
  SmallVector<int64_t> order;
  for (int64_t i = 0; i != rank; ++i)
    if (i != feature)
      order.push_back(i);
  if (rank > 1)
    order.insert(order.begin() + 1, feature);
  else
    x = e.unsqueeze(x, {0}); // one element of each
  SmallVector<int64_t> inverse(order.size());
  for (auto [place, dim] : llvm::enumerate(order))
    inverse[dim] = static_cast<int64_t>(place);
  Terms inputs = {e.transpose(x, order)};
  for (Value each : {source.getScale(), source.getOffset(), source.getMean(), source.getVariance()})
    inputs.push_back(e.term(each));
  Term made =
      e.typed(WideFloats, "BatchNormalization", inputs, {{"epsilon", source.getEpsilon().convertToDouble()}}, inputs.size());
  made = e.transpose(made, inverse);
  e.bind(op->getResult(0), rank > 1 ? made : e.reshape(made, dimExprs(typeOf(op->getResult(0)))));
}

constexpr Row rows[] = {
    {"batch_norm_inference", batchNorm, nullptr, 0, nullptr},
    {"dequantize", dequantize, nullptr, 0, nullptr},
    {"interpolate", interpolate, nullptr, 0, nullptr},
    {"quantize", quantize, nullptr, 0, nullptr},
};

} // namespace

llvm::ArrayRef<Row> numericRows() { return rows; }

} // namespace ingot::onnx
