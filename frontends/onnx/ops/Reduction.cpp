// Reductions along axes, and places of extreme elements.
#include "frontends/onnx/OpTable.h"

using namespace mlir;

namespace ingot::onnx {
namespace {

// The axes to reduce: an attribute until `inputSince`, then operand 1. Without any, all of them, or none if the node says
// so.
struct Axes {
  SmallVector<int64_t> list;
  bool keep = true;
};

template <int64_t inputSince> std::optional<Axes> readAxes(NodeContext &n) {
  if (failed(n.needInputs(1, n.opset >= inputSince ? 2 : 1)))
    return std::nullopt;
  Axes axes;
  axes.keep = n.intAttr("keepdims", 1) != 0;
  std::optional<SmallVector<int64_t>> given = n.intsAttr("axes");
  if (n.opset >= inputSince) {
    given.reset();
    // An empty vector of axes is none, whatever it holds.
    if (n.has(1) && !(n.type(1).hasStaticShape() && n.type(1).getNumElements() == 0)) {
      given = n.decidingInts(1, "the axes");
      if (!given)
        return std::nullopt;
    }
  }
  if (!given || given->empty()) {
    if (n.opset >= inputSince && n.intAttr("noop_with_empty_axes", 0))
      return axes;
    for (int64_t i = 0; i != n.rank(0); ++i)
      axes.list.push_back(i);
    return axes;
  }
  std::optional<SmallVector<int64_t>> sorted = n.axes(*given, n.rank(0));
  if (!sorted)
    return std::nullopt;
  axes.list = *sorted;
  return axes;
}

// body(b, x, axes) -> the reduced value.
template <int64_t inputSince, typename Body> LogicalResult reduceWith(NodeContext &n, Body body) {
  std::optional<Axes> axes = readAxes<inputSince>(n);
  if (!axes)
    return failure();
  if (n.element(0).isInteger(1))
    return n.error("needs numbers, not " + n.show(n.type(0)));
  n.result(0, body(n.b, n.value(0), *axes));
  return success();
}

template <Reduction kind, int64_t inputSince> LogicalResult reduce(NodeContext &n) {
  std::optional<Axes> axes = readAxes<inputSince>(n);
  if (!axes)
    return failure();
  if (n.element(0).isInteger(1) && kind != Reduction::Maximum && kind != Reduction::Minimum)
    return n.error("needs numbers, not " + n.show(n.type(0)));
  n.result(0, n.b.reduce(kind, n.value(0), axes->list, axes->keep));
  return success();
}

Value sum(ValueBuilder &b, Value x, const Axes &axes) { return b.reduce(Reduction::Add, x, axes.list, axes.keep); }

// Roots and logarithms of integers are computed in floats.
template <typename Body> Value inFloat(ValueBuilder &b, Value x, Body body) {
  Type type = ValueBuilder::elementOf(x);
  if (isa<FloatType>(type))
    return b.inSteps(x, body);
  return b.convert(body(b.convert(x, type.getIntOrFloatBitWidth() > 16 ? Type(b.getF64Type()) : Type(b.getF32Type()))),
                   type);
}

LogicalResult reduceMean(NodeContext &n) {
  return reduceWith<18>(n, [](ValueBuilder &b, Value x, const Axes &axes) { return b.mean(x, axes.list, axes.keep); });
}

LogicalResult reduceL1(NodeContext &n) {
  return reduceWith<18>(n, [](ValueBuilder &b, Value x, const Axes &axes) {
    bool isUnsigned = ValueBuilder::elementOf(x).isUnsignedInteger();
    return sum(b, isUnsigned ? x : b.unary<AbsOp>(x), axes);
  });
}

LogicalResult reduceL2(NodeContext &n) {
  return reduceWith<18>(n, [](ValueBuilder &b, Value x, const Axes &axes) {
    return inFloat(b, x, [&](Value y) { return b.unary<SqrtOp>(sum(b, b.mul(y, y), axes)); });
  });
}

LogicalResult reduceSumSquare(NodeContext &n) {
  return reduceWith<18>(n, [](ValueBuilder &b, Value x, const Axes &axes) {
    return b.inSteps(x, [&](Value y) { return sum(b, b.mul(y, y), axes); });
  });
}

LogicalResult reduceLogSum(NodeContext &n) {
  return reduceWith<18>(n, [](ValueBuilder &b, Value x, const Axes &axes) {
    return inFloat(b, x, [&](Value y) { return b.unary<LogOp>(sum(b, y, axes)); });
  });
}

// ln(sum e^x), shifted by the greatest element (if that is finite) so that no power overflows.
LogicalResult reduceLogSumExp(NodeContext &n) {
  return reduceWith<18>(n, [](ValueBuilder &b, Value x, const Axes &axes) {
    return inFloat(b, x, [&](Value y) -> Value {
      if (axes.list.empty())
        return y;
      auto finiteOrZero = [&](Value greatest) {
        Value finite = IsFiniteOp::create(b, withElementType(ValueBuilder::typeOf(greatest), b.getI1Type()), greatest);
        return b.select(finite, greatest, b.like(greatest, 0));
      };
      Value shift = finiteOrZero(b.reduceBack(Reduction::Maximum, y, axes.list));
      Value kept = finiteOrZero(b.reduce(Reduction::Maximum, y, axes.list, axes.keep));
      Value powers = b.unary<ExponentialOp>(b.sub(y, shift));
      return b.add(b.unary<LogOp>(sum(b, powers, axes)), kept);
    });
  });
}

// A reduction over pairs (element, place): of equal elements the first, or the last if the node says so, wins.
template <bool greatest> LogicalResult argExtreme(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return failure();
  std::optional<int64_t> axis = n.axis(n.intAttr("axis", 0), n.rank(0));
  if (!axis)
    return failure();
  ValueBuilder &b = n.b;
  const bool last = n.opset >= 12 && n.intAttr("select_last_index", 0) != 0;
  Value x = n.value(0);
  if (n.element(0).isInteger(1))
    x = b.convert(x, b.getI8Type());
  Type type = ValueBuilder::elementOf(x), indexType = b.getI64Type();
  Dims dims = n.dims(0), reduced = dims;
  reduced.erase(reduced.begin() + *axis);
  Value places = b.iota(dims, indexType, *axis);
  Value init = greatest ? b.lowest(type) : b.greatest(type);
  // A place that loses every tie.
  Value initPlace = last ? b.integer(indexType, -1) : b.greatest(indexType);
  auto op = ReduceOp::create(b, TypeRange{makeTensorType(reduced, type), makeTensorType(reduced, indexType)},
                             ValueRange{x, places}, ValueRange{init, initPlace}, ArrayRef(*axis));
  b.fillPlaceBody(op.getBody(), type, indexType, greatest, last);
  Value result = op.getResult(1);
  // The place along an empty axis is 0.
  if (auto extent = rangeOfExpr(dims[*axis], n.sizes()); !extent || extent->first < 1) {
    Value isNone = b.compare(ComparisonDirection::EQ, result, b.broadcast(initPlace, reduced));
    result = b.select(isNone, b.like(result, 0), result);
  }
  if (n.intAttr("keepdims", 1)) {
    dims[*axis] = b.number(1);
    result = b.reshape(result, dims);
  }
  n.result(0, result);
  return success();
}

constexpr OpRow rows[] = {
    {"ArgMax", 1, kNewestOpset, argExtreme<true>},
    {"ArgMin", 1, kNewestOpset, argExtreme<false>},
    {"ReduceL1", 1, kNewestOpset, reduceL1},
    {"ReduceL2", 1, kNewestOpset, reduceL2},
    {"ReduceLogSum", 1, kNewestOpset, reduceLogSum},
    {"ReduceLogSumExp", 1, kNewestOpset, reduceLogSumExp},
    {"ReduceMax", 1, kNewestOpset, reduce<Reduction::Maximum, 18>},
    {"ReduceMean", 1, kNewestOpset, reduceMean},
    {"ReduceMin", 1, kNewestOpset, reduce<Reduction::Minimum, 18>},
    {"ReduceProd", 1, kNewestOpset, reduce<Reduction::Multiply, 18>},
    {"ReduceSum", 1, kNewestOpset, reduce<Reduction::Add, 13>},
    {"ReduceSumSquare", 1, kNewestOpset, reduceSumSquare},
};

} // namespace

llvm::ArrayRef<OpRow> reductionOps() { return rows; }

} // namespace ingot::onnx
