// Arithmetic, comparison, logic and mathematical functions, element by element.
#include "frontends/onnx/OpTable.h"
#include "frontends/onnx/ops/Products.h"

#include <cmath>

using namespace mlir;

namespace ingot::onnx {
namespace {

//===--- operands ------------------------------------------------------------------------------------------------------===//

// Both operands broadcast to common dims. Before opset 7 only the right one broadcasts, and only if `broadcast` says so:
// from `axis`, or aligned to the end.
std::optional<std::pair<Value, Value>> broadcastOperands(NodeContext &n) {
  if (failed(n.needInputs(2, 2)))
    return std::nullopt;
  Value x = n.value(0), y = n.value(1);
  if (n.opset < 7 && n.intAttr("broadcast", 0) && n.hasAttribute("axis")) {
    std::optional<int64_t> axis = n.axis(n.intAttr("axis", 0), n.rank(0));
    if (!axis || *axis + n.rank(1) > n.rank(0)) {
      (void)n.error("the right operand does not fit at axis " + llvm::Twine(n.intAttr("axis", 0)));
      return std::nullopt;
    }
    Dims dims = ValueBuilder::dimsOf(y);
    dims.resize(n.rank(0) - *axis, n.b.number(1));
    y = n.b.reshape(y, dims);
  }
  std::optional<Dims> dims = n.broadcastAll({x, y});
  if (!dims)
    return std::nullopt;
  return std::pair(n.b.broadcast(x, *dims), n.b.broadcast(y, *dims));
}

LogicalResult sameTypes(NodeContext &n, Value x, Value y) {
  if (ValueBuilder::elementOf(x) == ValueBuilder::elementOf(y))
    return success();
  return n.error("the operands have different element types: " + n.show(ValueBuilder::typeOf(x)) + " and " +
                 n.show(ValueBuilder::typeOf(y)));
}

template <typename Op> LogicalResult binary(NodeContext &n) {
  auto operands = broadcastOperands(n);
  if (!operands || failed(sameTypes(n, operands->first, operands->second)))
    return failure();
  n.result(0, n.b.binary<Op>(operands->first, operands->second));
  return success();
}

template <typename Op, bool floatsOnly = false> LogicalResult unary(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return failure();
  if (floatsOnly && !isa<FloatType>(n.element(0)))
    return n.error("needs floats, not " + n.show(n.type(0)));
  n.result(0, n.b.unary<Op>(n.value(0)));
  return success();
}

template <typename Op> LogicalResult floatUnary(NodeContext &n) { return unary<Op, true>(n); }

// Ops on any number of operands: left to right.
template <typename Op, bool isMean = false> LogicalResult variadic(NodeContext &n) {
  if (failed(n.needInputs(1, 1 << 16)))
    return failure();
  for (size_t i = 1; i != n.numInputs(); ++i)
    if (!n.has(i) || n.element(i) != n.element(0))
      return n.error("the operands have different element types");
  SmallVector<Value> values = n.values();
  std::optional<Dims> dims = n.broadcastAll(values);
  if (!dims)
    return failure();
  const bool inSteps = isMean || (std::is_same_v<Op, AddOp> && values.size() > 2); // those that round at each
  auto operand = [&](Value value) {
    return n.b.broadcast(inSteps ? n.b.convert(value, n.b.stepType(n.element(0))) : value, *dims);
  };
  Value result = operand(values.front());
  for (Value value : ArrayRef(values).drop_front())
    result = n.b.binary<Op>(result, operand(value));
  if (isMean)
    result = n.b.div(result, n.b.like(result, static_cast<double>(values.size())));
  n.result(0, n.b.convert(result, n.element(0)));
  return success();
}

//===--- arithmetic ----------------------------------------------------------------------------------------------------===//

// Integer base with a float exponent computes in the float; a float base converts the exponent.
LogicalResult pow(NodeContext &n) {
  auto operands = broadcastOperands(n);
  if (!operands)
    return failure();
  auto [x, y] = *operands;
  Type base = ValueBuilder::elementOf(x), exponent = ValueBuilder::elementOf(y);
  Type compute = isa<FloatType>(base) || !isa<FloatType>(exponent) ? base : exponent;
  n.result(0, n.b.convert(n.b.binary<PowerOp>(n.b.convert(x, compute), n.b.convert(y, compute)), base));
  return success();
}

// fmod = 1 is C's fmod; else the result has the divisor's sign.
LogicalResult mod(NodeContext &n) {
  auto operands = broadcastOperands(n);
  if (!operands || failed(sameTypes(n, operands->first, operands->second)))
    return failure();
  auto [x, y] = *operands;
  Value rest = n.b.binary<RemainderOp>(x, y);
  if (n.intAttr("fmod", 0) == 0 && !ValueBuilder::elementOf(x).isUnsignedInteger()) {
    Value zero = n.b.like(x, 0);
    Value differs = n.b.compare(ComparisonDirection::NE, n.b.compare(ComparisonDirection::LT, rest, zero),
                                n.b.compare(ComparisonDirection::LT, y, zero));
    Value adjust = n.b.binary<AndOp>(differs, n.b.compare(ComparisonDirection::NE, rest, zero));
    rest = n.b.select(adjust, n.b.add(rest, y), rest);
  }
  n.result(0, rest);
  return success();
}

LogicalResult bitShift(NodeContext &n) {
  std::string direction = n.stringAttr("direction", "");
  if (direction == "LEFT")
    return binary<ShiftLeftOp>(n);
  if (direction == "RIGHT")
    return binary<ShiftRightLogicalOp>(n);
  return n.error("direction is '" + direction + "', not LEFT or RIGHT");
}

LogicalResult reciprocal(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return failure();
  n.result(0, n.b.div(n.b.like(n.value(0), 1), n.value(0)));
  return success();
}

LogicalResult clip(NodeContext &n) {
  if (failed(n.needInputs(1, 3)))
    return failure();
  Value x = n.value(0);
  Type type = n.element(0);
  Value low, high;
  if (n.opset < 11) {
    if (!isa<FloatType>(type))
      return n.error("needs floats, not " + n.show(n.type(0)));
    if (n.hasAttribute("min"))
      low = n.b.scalar(type, n.floatAttr("min", 0));
    if (n.hasAttribute("max"))
      high = n.b.scalar(type, n.floatAttr("max", 0));
  } else {
    for (size_t i : {1, 2}) {
      if (!n.has(i))
        continue;
      if (n.element(i) != type || !n.type(i).hasStaticShape() || n.type(i).getNumElements() != 1)
        return n.error("min and max must be scalars of the operand's type");
      (i == 1 ? low : high) = n.b.reshape(n.value(i), {});
    }
  }
  // A NaN stays one, as in maximum and minimum.
  if (low)
    x = n.b.max(x, n.b.broadcast(low, ValueBuilder::dimsOf(x)));
  if (high)
    x = n.b.min(x, n.b.broadcast(high, ValueBuilder::dimsOf(x)));
  n.result(0, x);
  return success();
}

//===--- comparison and logic ------------------------------------------------------------------------------------------===//

template <ComparisonDirection direction> LogicalResult compare(NodeContext &n) {
  auto operands = broadcastOperands(n);
  if (!operands || failed(sameTypes(n, operands->first, operands->second)))
    return failure();
  n.result(0, n.b.compare(direction, operands->first, operands->second));
  return success();
}

template <typename Op> LogicalResult logic(NodeContext &n) {
  for (size_t i = 0; i != n.numInputs(); ++i)
    if (n.has(i) && !n.element(i).isInteger(1))
      return n.error("needs BOOL operands, not " + n.show(n.type(i)));
  return binary<Op>(n);
}

LogicalResult logicalNot(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return failure();
  if (!n.element(0).isInteger(1))
    return n.error("needs a BOOL operand, not " + n.show(n.type(0)));
  n.result(0, n.b.unary<NotOp>(n.value(0)));
  return success();
}

template <typename Op> LogicalResult bitwise(NodeContext &n) {
  for (size_t i = 0; i != n.numInputs(); ++i)
    if (n.has(i) && !isa<IntegerType>(n.element(i)))
      return n.error("needs integers, not " + n.show(n.type(i)));
  return binary<Op>(n);
}

LogicalResult bitwiseNot(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return failure();
  if (!isa<IntegerType>(n.element(0)))
    return n.error("needs integers, not " + n.show(n.type(0)));
  n.result(0, n.b.unary<NotOp>(n.value(0)));
  return success();
}

LogicalResult isInf(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return failure();
  if (!isa<FloatType>(n.element(0)))
    return n.error("needs floats, not " + n.show(n.type(0)));
  Value x = n.value(0);
  bool positive = n.intAttr("detect_positive", 1) != 0, negative = n.intAttr("detect_negative", 1) != 0;
  if (!positive && !negative) {
    n.result(0, n.b.splat(n.dims(0), n.b.getI1Type(), 0));
    return success();
  }
  if (cast<FloatType>(n.element(0)).getWidth() < 16) // some narrow floats have no infinity to compare with
    x = n.b.convert(x, n.b.getF32Type());
  Value tested = positive && negative ? n.b.unary<AbsOp>(x) : x;
  n.result(0, n.b.compare(ComparisonDirection::EQ, tested, n.b.like(x, positive ? INFINITY : -INFINITY)));
  return success();
}

LogicalResult isNaN(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return failure();
  if (!isa<FloatType>(n.element(0)))
    return n.error("needs floats, not " + n.show(n.type(0)));
  n.result(0, n.b.compare(ComparisonDirection::NE, n.value(0), n.value(0)));
  return success();
}

//===--- conversion ----------------------------------------------------------------------------------------------------===//

// A number as a power of two, rounded as the attribute says: the conversion itself takes the nearest.
Value toPowerOfTwo(NodeContext &n, Value x, Type to) {
  if (!isa<FloatType>(ValueBuilder::elementOf(x)))
    x = n.b.convert(x, n.b.getF64Type());
  else if (!ValueBuilder::elementOf(x).isF64())
    x = n.b.convert(x, n.b.getF32Type());
  if (n.intAttr("saturate", 1)) {
    Value isFinite = IsFiniteOp::create(n.b, withElementType(ValueBuilder::typeOf(x), n.b.getI1Type()), x);
    x = n.b.select(isFinite, n.b.min(x, n.b.like(x, 0x1p127)), x);
  }
  const std::string mode = n.stringAttr("round_mode", "up");
  Value nearest = n.b.convert(x, to);
  if (mode == "nearest")
    return nearest;
  Value back = n.b.convert(nearest, ValueBuilder::elementOf(x));
  const bool up = mode == "up";
  Value beside = n.b.mul(back, n.b.like(back, up ? 2 : 0.5));
  Value wrongSide = n.b.compare(up ? ComparisonDirection::LT : ComparisonDirection::GT, back, x);
  return n.b.convert(n.b.select(wrongSide, beside, back), to);
}

} // namespace

// x within [-limit, limit], in a type that holds both. `limit` is whole.
static Value limitTo(ValueBuilder &b, Value x, int64_t limit) {
  Type type = ValueBuilder::elementOf(x);
  if (auto narrow = dyn_cast<FloatType>(type)) {
    if (narrow.getWidth() < 16) // whose own limit may be the nearer one
      x = b.convert(x, b.getF32Type());
    auto bound = static_cast<double>(limit);
    return b.max(b.min(x, b.like(x, bound)), b.like(x, -bound));
  }
  auto integer = cast<IntegerType>(type);
  if (const unsigned bits = integer.getWidth() - (integer.isUnsigned() ? 0 : 1); bits < 63 && limit >= int64_t(1) << bits)
    return x;
  Dims dims = ValueBuilder::dimsOf(x);
  x = b.min(x, b.broadcast(b.integer(type, limit), dims));
  return integer.isUnsigned() ? x : b.max(x, b.broadcast(b.integer(type, -limit), dims));
}

// What `convert` leaves open: eight-bit floats take their greatest finite value for what lies beyond it (saturate), else
// infinity or NaN; integers of a few bits keep the low bits of the truncated number.
Value convertTo(NodeContext &n, Value x, Type to) {
  auto narrow = dyn_cast<FloatType>(to);
  Type from = ValueBuilder::elementOf(x);
  if (isa<FloatType>(from) && to.isInteger() && !to.isInteger(1) && to.getIntOrFloatBitWidth() < 8)
    return n.b.convert(n.b.convert(x, n.b.getI32Type()), to);
  if (from == to || !narrow || narrow.getWidth() != 8 || from.isInteger(1) || isa<ComplexType>(from))
    return n.b.convert(x, to);
  if (isa<Float8E8M0FNUType>(to))
    return toPowerOfTwo(n, x, to);
  if (n.intAttr("saturate", 1)) {
    llvm::APFloat largest = llvm::APFloat::getLargest(narrow.getFloatSemantics());
    bool loses = false;
    largest.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven, &loses);
    x = limitTo(n.b, x, static_cast<int64_t>(largest.convertToDouble()));
  }
  return n.b.convert(x, to);
}

namespace {

LogicalResult castOp(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return failure();
  int32_t number = 0;
  if (n.opset < 6) {
    std::string name = n.stringAttr("to", "");
    TensorProto::DataType parsed;
    if (!TensorProto::DataType_Parse(name, &parsed))
      return n.error("to is '" + name + "', which is no element type");
    number = parsed;
  } else {
    number = static_cast<int32_t>(n.intAttr("to", 0));
  }
  Type to = elementTypeOf(n.b.getContext(), number);
  if (!to)
    return n.error("the element type " + dataTypeName(number) + " is not supported");
  n.result(0, convertTo(n, n.value(0), to));
  return success();
}

// The same bits as another element type of the same width.
LogicalResult bitCast(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return failure();
  Type from = n.element(0), to = elementTypeOf(n.b.getContext(), static_cast<int32_t>(n.intAttr("to", 0)));
  if (!to || isa<ComplexType>(to) || isa<ComplexType>(from))
    return n.error("the element type of to is not supported");
  // A BOOL is a byte in memory.
  if (from == to) {
    n.result(0, n.value(0));
    return success();
  }
  Value x = from.isInteger(1) ? n.b.convert(n.value(0), n.b.getIntegerType(8, false)) : n.value(0);
  Type stored = to.isInteger(1) ? Type(n.b.getIntegerType(8, false)) : to;
  if (ValueBuilder::elementOf(x).getIntOrFloatBitWidth() != stored.getIntOrFloatBitWidth())
    return n.error("the element types differ in width");
  if (ValueBuilder::elementOf(x) != stored)
    x = BitcastConvertOp::create(n.b, makeTensorType(n.dims(0), stored), x);
  n.result(0, n.b.convert(x, to));
  return success();
}

LogicalResult castLike(NodeContext &n) {
  if (failed(n.needInputs(2, 2)))
    return failure();
  n.result(0, convertTo(n, n.value(0), n.element(1)));
  return success();
}

using Dir = ComparisonDirection;
constexpr OpRow rows[] = {
    {"Abs", 1, kNewestOpset, unary<AbsOp>},
    {"Acos", 7, kNewestOpset, floatUnary<AcosOp>},
    {"Acosh", 9, kNewestOpset, floatUnary<AcoshOp>},
    {"Add", 1, kNewestOpset, binary<AddOp>},
    {"And", 1, kNewestOpset, logic<AndOp>},
    {"Asin", 7, kNewestOpset, floatUnary<AsinOp>},
    {"Asinh", 9, kNewestOpset, floatUnary<AsinhOp>},
    {"Atan", 7, kNewestOpset, floatUnary<AtanOp>},
    {"Atanh", 9, kNewestOpset, floatUnary<AtanhOp>},
    {"BitCast", 26, kNewestOpset, bitCast},
    {"BitShift", 11, kNewestOpset, bitShift},
    {"BitwiseAnd", 18, kNewestOpset, bitwise<AndOp>},
    {"BitwiseNot", 18, kNewestOpset, bitwiseNot},
    {"BitwiseOr", 18, kNewestOpset, bitwise<OrOp>},
    {"BitwiseXor", 18, kNewestOpset, bitwise<XorOp>},
    {"Cast", 1, kNewestOpset, castOp},
    {"CastLike", 15, kNewestOpset, castLike},
    {"Ceil", 1, kNewestOpset, floatUnary<CeilOp>},
    {"Clip", 1, kNewestOpset, clip},
    {"Cos", 7, kNewestOpset, floatUnary<CosineOp>},
    {"Cosh", 9, kNewestOpset, floatUnary<CoshOp>},
    {"Div", 1, kNewestOpset, binary<DivideOp>},
    {"Equal", 1, kNewestOpset, compare<Dir::EQ>},
    {"Erf", 9, kNewestOpset, floatUnary<ErfOp>},
    {"Exp", 1, kNewestOpset, floatUnary<ExponentialOp>},
    {"Floor", 1, kNewestOpset, floatUnary<FloorOp>},
    {"Greater", 1, kNewestOpset, compare<Dir::GT>},
    {"GreaterOrEqual", 12, kNewestOpset, compare<Dir::GE>},
    {"IsInf", 10, kNewestOpset, isInf},
    {"IsNaN", 9, kNewestOpset, isNaN},
    {"Less", 1, kNewestOpset, compare<Dir::LT>},
    {"LessOrEqual", 12, kNewestOpset, compare<Dir::LE>},
    {"Log", 1, kNewestOpset, floatUnary<LogOp>},
    {"Max", 1, kNewestOpset, variadic<MaximumOp>},
    {"Mean", 1, kNewestOpset, variadic<AddOp, true>},
    {"Min", 1, kNewestOpset, variadic<MinimumOp>},
    {"Mod", 10, kNewestOpset, mod},
    {"Mul", 1, kNewestOpset, binary<MultiplyOp>},
    {"Neg", 1, kNewestOpset, unary<NegateOp>},
    {"Not", 1, kNewestOpset, logicalNot},
    {"Or", 1, kNewestOpset, logic<OrOp>},
    {"Pow", 1, kNewestOpset, pow},
    {"Reciprocal", 1, kNewestOpset, reciprocal},
    {"Round", 11, kNewestOpset, floatUnary<RoundNearestEvenOp>},
    {"Sign", 9, kNewestOpset, unary<SignOp>},
    {"Sin", 7, kNewestOpset, floatUnary<SineOp>},
    {"Sinh", 9, kNewestOpset, floatUnary<SinhOp>},
    {"Sqrt", 1, kNewestOpset, floatUnary<SqrtOp>},
    {"Sub", 1, kNewestOpset, binary<SubtractOp>},
    {"Sum", 1, kNewestOpset, variadic<AddOp>},
    {"Tan", 7, kNewestOpset, floatUnary<TanOp>},
    {"Xor", 1, kNewestOpset, logic<XorOp>},
};

} // namespace

llvm::ArrayRef<OpRow> elementwiseOps() { return rows; }

} // namespace ingot::onnx
