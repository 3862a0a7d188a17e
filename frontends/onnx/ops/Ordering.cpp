// Selection by rank and running accumulations.
#include "frontends/common/SizeAdvice.h"
#include "frontends/onnx/OpTable.h"

using namespace mlir;

namespace ingot::onnx {
namespace {

// A key that orders backwards, and itself undone.
Value reversedOrder(ValueBuilder &b, Value x) {
  return isa<FloatType>(ValueBuilder::elementOf(x)) ? b.unary<NegateOp>(x) : b.unary<NotOp>(x);
}

// The k greatest (or least) elements along an axis and their places; of equal ones the first. k is an attribute before
// opset 10, operand 1 since.
LogicalResult topK(NodeContext &n) {
  const bool attribute = n.opset < 10;
  if (failed(n.needInputs(attribute ? 1 : 2, attribute ? 1 : 2)))
    return failure();
  ValueBuilder &b = n.b;
  std::optional<int64_t> axis = n.axis(n.intAttr("axis", -1), n.rank(0));
  if (!axis)
    return failure();
  std::optional<Dims> counts = attribute ? Dims{b.number(n.intAttr("k", -1))} : n.decidingDims(1, "the number of elements");
  if (!counts)
    return failure();
  Dims dims = n.dims(0);
  auto room = counts->size() == 1 ? rangeOfExpr(simplifyExpr(dims[*axis] - counts->front()), n.sizes()) : std::nullopt;
  auto bounds = room ? rangeOfExpr(counts->front(), n.sizes()) : std::nullopt;
  if (!bounds || bounds->first < 0 || room->first < 0)
    return n.error("k is " + (counts->size() == 1 ? describeExpr(counts->front(), n.sizes()) : "no single number") +
                   ", which does not fit axis " + llvm::Twine(*axis) + " of " + n.show(n.type(0)) +
                   (counts->size() == 1 ? adviceForNegative(simplifyExpr(dims[*axis] - counts->front()), n.sizes()) : ""));
  if (n.element(0).isInteger(1) || isa<ComplexType>(n.element(0)))
    return n.error("needs numbers, not " + n.show(n.type(0)));
  const bool least = n.opset >= 11 && n.intAttr("largest", 1) == 0;

  SmallVector<int64_t> toLast, back;
  for (int64_t i = 0; i != n.rank(0); ++i)
    if (i != *axis)
      toLast.push_back(i);
  toLast.push_back(*axis);
  for (int64_t i = 0; i != n.rank(0); ++i)
    back.push_back(i < *axis ? i : i == *axis ? n.rank(0) - 1 : i - 1);
  Value keys = b.transpose(n.value(0), toLast);
  if (isa<FloatType>(n.element(0)))
    keys = b.add(keys, b.like(keys, 0)); // -0 becomes +0, so that zeros are equal
  if (least)
    keys = reversedOrder(b, keys);
  Dims result = ValueBuilder::dimsOf(keys);
  result.back() = counts->front();
  auto op = TopKOp::create(b, makeTensorType(result, n.element(0)), makeTensorType(result, b.getI32Type()), keys);
  Value values = least ? reversedOrder(b, op.getValues()) : op.getValues();
  n.result(0, b.transpose(values, back));
  n.result(1, b.transpose(b.convert(op.getIndices(), b.getI64Type()), back));
  return success();
}

// Every element combined with those before it along an axis.
template <Reduction kind> LogicalResult accumulate(NodeContext &n) {
  if (failed(n.needInputs(2, 2)))
    return failure();
  std::optional<SmallVector<int64_t>> given = n.decidingInts(1, "the axis");
  if (!given)
    return failure();
  if (given->size() != 1)
    return n.error("needs one axis");
  std::optional<int64_t> axis = n.axis(given->front(), n.rank(0));
  if (!axis)
    return failure();
  n.result(0, n.b.scan(kind, n.value(0), *axis, n.intAttr("exclusive", 0) != 0, n.intAttr("reverse", 0) != 0));
  return success();
}

constexpr OpRow rows[] = {
    {"CumProd", 26, kNewestOpset, accumulate<Reduction::Multiply>},
    {"CumSum", 11, kNewestOpset, accumulate<Reduction::Add>},
    {"TopK", 1, kNewestOpset, topK},
};

} // namespace

llvm::ArrayRef<OpRow> orderingOps() { return rows; }

} // namespace ingot::onnx
