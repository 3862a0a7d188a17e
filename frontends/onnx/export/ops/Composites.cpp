// Composites that ONNX names. What it has no name for, or not so, is written as its decomposition.
#include "ir/Composites.h"
#include "frontends/onnx/export/Exporter.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace ingot::onnx {
namespace {

bool isLastDims(ArrayRef<int64_t> axes, int64_t rank) {
  return !axes.empty() && llvm::equal(axes, llvm::seq<int64_t>(rank - static_cast<int64_t>(axes.size()), rank));
}

ArrayRef<int64_t> integersOf(CompositeOp op, llvm::StringRef name) {
  auto list = op.getCompositeAttributes().getAs<DenseI64ArrayAttr>(name);
  return list ? list.asArrayRef() : ArrayRef<int64_t>();
}
double floatOf(CompositeOp op, llvm::StringRef name) {
  return op.getCompositeAttributes().getAs<FloatAttr>(name).getValueAsDouble();
}
bool has(CompositeOp op, llvm::StringRef name) { return bool(op.getCompositeAttributes().get(name)); }

// The input's dims `axes`, each of a fixed size; none else.
std::optional<SmallVector<int64_t>> fixedDims(RankedTensorType type, ArrayRef<int64_t> axes) {
  SmallVector<int64_t> dims;
  for (int64_t axis : axes) {
    if (type.isDynamicDim(axis))
      return std::nullopt;
    dims.push_back(type.getDimSize(axis));
  }
  return dims;
}

// A scale or offset of these dims, in a type; ones or zeros where it is absent.
Term affine(Exporter &e, Value given, int32_t type, ArrayRef<int64_t> dims, double absent) {
  return given ? e.cast(e.term(given), type) : e.expand(e.number(type, absent), e.integers(dims));
}

// Whether an affine part, if there is one, has just these dims.
bool stands(Value given, ArrayRef<int64_t> dims) { return !given || typeOf(given).getShape() == dims; }

bool onElements(Exporter &e, CompositeOp op, const char *name, int64_t opset) {
  Term x = e.spread(op.getInputs()[0]);
  if (e.opset < opset || x.type == TensorProto::DOUBLE) // of which runtimes have none
    return false;
  Attrs attrs;
  for (NamedAttribute attribute : op.getCompositeAttributes()) {
    if (auto number = dyn_cast<FloatAttr>(attribute.getValue()))
      attrs.push_back({attribute.getName().data(), number.getValueAsDouble()});
    else if (auto text = dyn_cast<StringAttr>(attribute.getValue()))
      attrs.push_back({attribute.getName().data(), text.getValue().str()});
  }
  Terms inputs = {x};
  for (Value operand : op.getInputs().drop_front())
    inputs.push_back(e.term(operand));
  e.bind(op->getResult(0), e.typed(F16 | F32, name, inputs, attrs, inputs.size()), e.isNarrow(op.getInputs()[0]));
  return true;
}

bool gelu(Exporter &e, CompositeOp op, const char *name, int64_t opset) {
  auto kind = op.getCompositeAttributes().getAs<StringAttr>("approximate");
  return (!kind || kind.getValue() != "sigmoid") && onElements(e, op, name, opset);
}

bool softmax(Exporter &e, CompositeOp op, const char *name, int64_t) {
  ArrayRef<int64_t> axes = integersOf(op, "axes");
  if (axes.size() != 1)
    return false;
  e.bind(op->getResult(0), e.typed(Floats, name, {e.term(op.getInputs()[0])}, {{"axis", axes[0]}}));
  return true;
}

// layer_norm, rms_norm: along the last dims, of which scale and offset have all.
bool alongAxes(Exporter &e, CompositeOp op, const char *name, int64_t opset) {
  const bool hasBias = op.getName() == "layer_norm";
  Value input = operandOf(op, "input"), scale = operandOf(op, "scale"), bias = hasBias ? operandOf(op, "bias") : Value();
  auto type = typeOf(input);
  ArrayRef<int64_t> axes = integersOf(op, "axes");
  auto dims = fixedDims(type, axes);
  auto isAsAxes = [&](llvm::StringRef list) { return !has(op, list) || integersOf(op, list) == axes; };
  if (e.opset < opset || op->getNumResults() != 1 || !isLastDims(axes, type.getRank()) || !dims || !stands(scale, *dims) ||
      !stands(bias, *dims) || (scale && !isAsAxes("scale_dims")) || (bias && !isAsAxes("bias_dims")))
    return false;
  Term x = e.term(input);
  const int32_t given = x.type, compute = e.computeType(given, Floats);
  Terms inputs = {e.cast(x, compute), affine(e, scale, compute, *dims, 1)};
  if (bias)
    inputs.push_back(e.cast(e.term(bias), compute));
  Term made = e.node(name, inputs, compute, {{"axis", axes.front()}, {"epsilon", floatOf(op, "epsilon")}});
  e.bind(op->getResult(0), e.cast(made, given));
  return true;
}

// Norms of channels, which dim 1 are.
bool ofChannels(Exporter &e, CompositeOp op, const char *name, int64_t opset) {
  Value input = operandOf(op, "input"), scale = operandOf(op, "scale"), bias = operandOf(op, "bias");
  auto type = typeOf(input);
  auto dims = type.getRank() < 3 ? std::nullopt : fixedDims(type, {1});
  if (e.opset < opset || op->getNumResults() != 1 || !dims || !stands(scale, *dims) || !stands(bias, *dims))
    return false;
  Term x = e.term(input);
  const int32_t given = x.type, compute = e.computeType(given, Floats);
  Attrs attrs = {{"epsilon", floatOf(op, "epsilon")}};
  if (auto groups = op.getCompositeAttributes().getAs<IntegerAttr>("groups"))
    attrs.push_back({"num_groups", groups.getInt()});
  Term made = e.node(name, {e.cast(x, compute), affine(e, scale, compute, *dims, 1), affine(e, bias, compute, *dims, 0)},
                     compute, attrs);
  e.bind(op->getResult(0), e.cast(made, given));
  return true;
}

bool batchNorm(Exporter &e, CompositeOp op, const char *name, int64_t) {
  Value input = operandOf(op, "input"), mean = operandOf(op, "mean"), variance = operandOf(op, "variance");
  auto type = typeOf(input);
  auto axis = op.getCompositeAttributes().getAs<IntegerAttr>("axis");
  auto dims = type.getRank() < 2 ? std::nullopt : fixedDims(type, {1});
  if (has(op, "momentum") || op->getNumResults() != 1 || !mean || !variance || !dims || (axis && axis.getInt() != 1))
    return false;
  Term x = e.term(input);
  const int32_t given = x.type, compute = e.computeType(given, Floats);
  Terms inputs = {e.cast(x, compute), affine(e, operandOf(op, "scale"), compute, *dims, 1),
                  affine(e, operandOf(op, "bias"), compute, *dims, 0), affine(e, mean, compute, *dims, 0),
                  affine(e, variance, compute, *dims, 1)};
  Term made = e.node(name, inputs, compute, {{"epsilon", floatOf(op, "epsilon")}});
  e.bind(op->getResult(0), e.cast(made, given));
  return true;
}

struct CompositeExport {
  const char *composite, *op;
  int64_t opset;
  bool (*function)(Exporter &, CompositeOp, const char *op, int64_t opset);
};
constexpr CompositeExport rows[] = {
    {"batch_norm", "BatchNormalization", 15, batchNorm},
    {"celu", "Celu", 12, onElements},
    {"elu", "Elu", 6, onElements},
    {"gelu", "Gelu", 20, gelu},
    {"group_norm", "GroupNormalization", 21, ofChannels},
    {"hard_sigmoid", "HardSigmoid", 6, onElements},
    {"hard_swish", "HardSwish", 14, onElements},
    {"instance_norm", "InstanceNormalization", 6, ofChannels},
    {"layer_norm", "LayerNormalization", 17, alongAxes},
    {"leaky_relu", "LeakyRelu", 16, onElements},
    {"log_softmax", "LogSoftmax", 13, softmax},
    {"mish", "Mish", 18, onElements},
    {"prelu", "PRelu", 16, onElements},
    {"rms_norm", "RMSNormalization", 23, alongAxes},
    {"selu", "Selu", 6, onElements},
    {"softmax", "Softmax", 13, softmax},
    {"softplus", "Softplus", 1, onElements},
    {"softsign", "Softsign", 1, onElements},
    {"swish", "Swish", 24, onElements},
    {"thresholded_relu", "ThresholdedRelu", 10, onElements},
};

} // namespace

bool exportComposite(Exporter &e, CompositeOp op) {
  for (const CompositeExport &row : rows)
    if (op.getName() == row.composite)
      return row.function(e, op, row.op, row.opset);
  return false;
}

} // namespace ingot::onnx
