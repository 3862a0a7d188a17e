// Tensors that come from nothing but numbers.
#include "frontends/onnx/OpTable.h"

#include <cmath>

using namespace mlir;

namespace ingot::onnx {
namespace {

LogicalResult constant(NodeContext &n) {
  if (n.numInputs() != 0)
    return n.error("has operands");
  ValueBuilder &b = n.b;
  for (const AttributeProto &attribute : n.node.attribute()) {
    llvm::StringRef name = attribute.name();
    auto vector = [&](int64_t size, Type type) { return RankedTensorType::get(size, type); };
    auto give = [&](SymbolicTensor value) {
      if (canBeSymbolic(value.type))
        n.result(0, std::move(value));
      else
        n.result(0, n.constant(toAttribute(value)));
      return success();
    };
    if (name == "value")
      return n.constantTensor(attribute.t());
    if (name == "value_float")
      return give(SymbolicTensor::makeFloats(RankedTensorType::get({}, b.getF32Type()), static_cast<double>(attribute.f())));
    if (name == "value_int")
      return give(SymbolicTensor::makeInts(RankedTensorType::get({}, b.getI64Type()), ArrayRef(attribute.i())));
    if (name == "value_floats")
      return give(SymbolicTensor::makeFloats(vector(attribute.floats_size(), b.getF32Type()),
                                             SmallVector<double>(attribute.floats().begin(), attribute.floats().end())));
    if (name == "value_ints")
      return give(SymbolicTensor::makeInts(vector(attribute.ints_size(), b.getI64Type()),
                                           SmallVector<int64_t>(attribute.ints().begin(), attribute.ints().end())));
    if (name == "value_string" || name == "value_strings" || name == "sparse_value")
      return n.error("a constant in the form '" + name + "' is not supported");
  }
  return n.error("has no value");
}

LogicalResult constantOfShape(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return failure();
  std::optional<Dims> dims = n.decidingDims(0, "the shape");
  if (!dims)
    return failure();
  for (AffineExpr dim : *dims)
    if (auto constant = dyn_cast<AffineConstantExpr>(dim); constant && constant.getValue() < 0)
      return n.error("the shape holds " + llvm::Twine(constant.getValue()));
  SymbolicTensor fill = SymbolicTensor::makeFloats(RankedTensorType::get(1, n.b.getF32Type()), 0.0);
  if (const AttributeProto *value = n.attribute("value")) {
    std::optional<SymbolicTensor> given = n.hostTensor(value->t());
    if (!given)
      return failure();
    if (given->size() != 1)
      return n.error("value must have one element");
    fill = *given;
  }
  fill.type = RankedTensorType::get({}, fill.type.getElementType());
  DenseElementsAttr element = toAttribute(fill);
  RankedTensorType type = makeTensorType(*dims, fill.type.getElementType());
  if (type.hasStaticShape())
    n.result(0, n.constant(element.resizeSplat(type)));
  else
    n.result(0, n.b.broadcast(n.constant(element), *dims));
  return success();
}

// Ones on diagonal k.
LogicalResult eyeLike(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return failure();
  if (n.rank(0) != 2)
    return n.error("needs a matrix, not " + n.show(n.type(0)));
  ValueBuilder &b = n.b;
  Type type = n.element(0);
  if (n.hasAttribute("dtype"))
    type = elementTypeOf(b.getContext(), static_cast<int32_t>(n.intAttr("dtype", 0)));
  if (!type)
    return n.error("the element type of dtype is not supported");
  const int64_t k = n.intAttr("k", 0);
  Value row = b.iota(n.dims(0), b.getI64Type(), 0), column = b.iota(n.dims(0), b.getI64Type(), 1);
  Value diagonal = b.add(row, b.broadcast(b.integer(b.getI64Type(), k), n.dims(0)));
  n.result(0, b.convert(b.compare(ComparisonDirection::EQ, column, diagonal), type));
  return success();
}

// start, start + delta, ... below limit: start and delta may be anything, their number must be known.
LogicalResult range(NodeContext &n) {
  if (failed(n.needInputs(3, 3)))
    return failure();
  ValueBuilder &b = n.b;
  Type type = n.element(0);
  const SymbolicTensor *bounds[3];
  for (size_t i = 0; i != 3; ++i) {
    bounds[i] = n.deciding(i);
    if (n.element(i) != type)
      return n.error("the operands have different element types");
    if (!bounds[i] || bounds[i]->size() != 1)
      (void)n.error("operand '" + n.node.input(i) + "' decides the number of elements, so it must be one constant" +
                    n.decidedBy(i));
  }
  if (llvm::any_of(bounds, [](const SymbolicTensor *bound) { return !bound || bound->size() != 1; }))
    return failure();
  AffineExpr count;
  if (isa<FloatType>(type)) {
    double start = bounds[0]->floats[0], limit = bounds[1]->floats[0], delta = bounds[2]->floats[0];
    double number = std::ceil((limit - start) / delta);
    if (!(number < 1e12) || delta == 0)
      return n.error("too many elements");
    count = b.number(std::max<int64_t>(0, static_cast<int64_t>(number)));
  } else {
    auto delta = dyn_cast<AffineConstantExpr>(bounds[2]->ints[0]);
    if (!delta || delta.getValue() == 0 || delta.getValue() == INT64_MIN)
      return n.error("the step must be a constant other than 0");
    AffineExpr span =
        delta.getValue() > 0 ? bounds[1]->ints[0] - bounds[0]->ints[0] : bounds[0]->ints[0] - bounds[1]->ints[0];
    count = simplifyExpr(simplifyExpr(span).ceilDiv(std::abs(delta.getValue())));
    if (auto constant = dyn_cast<AffineConstantExpr>(count); constant && constant.getValue() < 0)
      count = b.number(0);
  }
  Value places = b.iota(count, type, 0);
  Value step = b.broadcast(n.value(2), count);
  n.result(0, b.add(b.broadcast(n.value(0), count), b.mul(places, step)));
  return success();
}

constexpr OpRow rows[] = {
    {"Constant", 1, kNewestOpset, constant},
    {"ConstantOfShape", 9, kNewestOpset, constantOfShape},
    {"EyeLike", 9, kNewestOpset, eyeLike},
    {"Range", 11, kNewestOpset, range},
};

} // namespace

llvm::ArrayRef<OpRow> constantOps() { return rows; }

} // namespace ingot::onnx
