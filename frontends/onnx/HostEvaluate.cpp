// Shape arithmetic and small constants, computed while importing. Integers may be expressions over the sizes; where an op
// has no answer for those, it is emitted instead.
#include "frontends/onnx/HostElements.h"
#include "frontends/onnx/OpTable.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;

namespace ingot::onnx {

Element elementAt(const HostValue &value, int64_t index) {
  return value.isFloat() ? Element{{}, value.floats[index]} : Element{value.ints[index], 0};
}

HostValue emptyOf(RankedTensorType type) {
  HostValue value;
  value.type = type;
  return value;
}

void append(HostValue &value, const Element &element) {
  Type type = value.type.getElementType();
  if (value.isFloat()) {
    value.floats.push_back(roundToType(element.number, type));
    return;
  }
  auto constant = dyn_cast<AffineConstantExpr>(element.expr);
  value.ints.push_back(constant ? getAffineConstantExpr(wrapToType(constant.getValue(), type), type.getContext())
                                : element.expr);
}

int64_t broadcastIndex(int64_t flat, ArrayRef<int64_t> shape, ArrayRef<int64_t> operand) {
  int64_t index = 0, stride = 1;
  for (int64_t d = static_cast<int64_t>(shape.size()) - 1, o = static_cast<int64_t>(operand.size()) - 1; o >= 0; --d, --o) {
    int64_t place = flat % shape[d];
    flat /= shape[d];
    if (operand[o] != 1)
      index += place * stride;
    stride *= operand[o];
  }
  return index;
}

static bool isComputable(const HostValue &value) {
  auto type = dyn_cast<IntegerType>(value.type.getElementType());
  if (!type || type.getWidth() < 64 || !type.isUnsigned())
    return true;
  std::optional<SmallVector<int64_t>> numbers = value.constants();
  return numbers && llvm::all_of(*numbers, [](int64_t number) { return number >= 0; });
}

bool allKnown(NodeContext &n) {
  for (size_t i = 0; i != n.numInputs(); ++i)
    if (!n.has(i) || !n.known(i) || !isComputable(*n.known(i)))
      return false;
  return n.numInputs() > 0;
}

namespace {

using Evaluate = bool (*)(NodeContext &);

std::optional<SmallVector<int64_t>> broadcastShape(NodeContext &n) {
  Dims dims;
  for (size_t i = 0; i != n.numInputs(); ++i) {
    std::optional<Dims> joined = broadcastDims(dims, n.dims(i));
    if (!joined)
      return std::nullopt;
    dims = *joined;
  }
  SmallVector<int64_t> shape;
  for (AffineExpr dim : dims)
    shape.push_back(staticDim(dim));
  if (!canBeHostValue(RankedTensorType::get(shape, n.element(0))))
    return std::nullopt;
  return shape;
}

// Applies `combine` to each pair of elements; it returns false where it has no answer.
template <typename Combine> bool pairwise(NodeContext &n, Type resultElement, Combine combine) {
  if (!allKnown(n) || n.numInputs() != 2 || n.element(0) != n.element(1) || n.opset < 7)
    return false;
  std::optional<SmallVector<int64_t>> shape = broadcastShape(n);
  if (!shape)
    return false;
  const HostValue &x = *n.known(0), &y = *n.known(1);
  HostValue result = emptyOf(RankedTensorType::get(*shape, resultElement));
  for (int64_t i = 0, count = result.type.getNumElements(); i != count; ++i) {
    Element element;
    if (!combine(elementAt(x, broadcastIndex(i, *shape, x.type.getShape())),
                 elementAt(y, broadcastIndex(i, *shape, y.type.getShape())), element))
      return false;
    append(result, element);
  }
  n.result(0, std::move(result));
  return true;
}

bool isSmall(AffineExpr expr, ArrayRef<SizeAttr> sizes) {
  auto bounds = rangeOfExpr(expr, sizes);
  return bounds && bounds->first > -kLargest && bounds->second < kLargest;
}

enum class Arithmetic { Add, Sub, Mul, Div, Mod, Max, Min };

template <Arithmetic kind> bool arithmetic(NodeContext &n) {
  if (n.numInputs() != 2 || !n.has(0) || n.element(0).isInteger(1))
    return false;
  if (kind == Arithmetic::Mod && n.intAttr("fmod", 0))
    return false;
  return pairwise(n, n.element(0), [&](const Element &x, const Element &y, Element &out) {
    if (!x.expr) {
      switch (kind) {
      case Arithmetic::Add:
        out.number = x.number + y.number;
        return true;
      case Arithmetic::Sub:
        out.number = x.number - y.number;
        return true;
      case Arithmetic::Mul:
        out.number = x.number * y.number;
        return true;
      case Arithmetic::Div:
        out.number = x.number / y.number;
        return true;
      default:
        return false;
      }
    }
    auto left = dyn_cast<AffineConstantExpr>(x.expr), right = dyn_cast<AffineConstantExpr>(y.expr);
    // Expressions stay within 64 bits or are not built at all.
    if (!isSmall(x.expr, n.sizes()) || !isSmall(y.expr, n.sizes()))
      return false;
    switch (kind) {
    case Arithmetic::Add:
      out.expr = x.expr + y.expr;
      break;
    case Arithmetic::Sub:
      out.expr = x.expr - y.expr;
      break;
    case Arithmetic::Mul: {
      auto a = rangeOfExpr(x.expr, n.sizes()), b = rangeOfExpr(y.expr, n.sizes());
      int64_t product;
      for (int64_t p : {a->first, a->second})
        for (int64_t q : {b->first, b->second})
          if (llvm::MulOverflow(p, q, product))
            return false;
      out.expr = x.expr * y.expr;
      break;
    }
    case Arithmetic::Div:
    case Arithmetic::Mod: {
      if (!right || right.getValue() == 0)
        return false;
      if (left) {
        int64_t rest = left.getValue() % right.getValue();
        if (rest && (rest < 0) != (right.getValue() < 0))
          rest += right.getValue();
        out.expr =
            getAffineConstantExpr(kind == Arithmetic::Div ? left.getValue() / right.getValue() : rest, n.b.getContext());
        return true;
      }
      // Truncation and floor agree where nothing is negative.
      auto bounds = rangeOfExpr(x.expr, n.sizes());
      if (bounds->first < 0 || right.getValue() < 0)
        return false;
      out.expr = kind == Arithmetic::Div ? x.expr.floorDiv(right.getValue()) : x.expr % right.getValue();
      break;
    }
    case Arithmetic::Max:
    case Arithmetic::Min: {
      auto difference = rangeOfExpr(simplifyExpr(x.expr - y.expr), n.sizes());
      if (!difference || (difference->first < 0 && difference->second > 0))
        return false;
      out.expr = (difference->first >= 0) == (kind == Arithmetic::Max) ? x.expr : y.expr;
      break;
    }
    }
    out.expr = simplifyExpr(out.expr);
    return isSmall(out.expr, n.sizes());
  });
}

template <ComparisonDirection direction> bool compare(NodeContext &n) {
  return pairwise(n, n.b.getI1Type(), [&](const Element &x, const Element &y, Element &out) {
    auto decide = [&](auto low, auto high) -> std::optional<bool> { // bounds of x - y
      switch (direction) {
      case ComparisonDirection::EQ:
        return low == 0 && high == 0 ? std::optional(true) : low > 0 || high < 0 ? std::optional(false) : std::nullopt;
      case ComparisonDirection::GT:
        return low > 0 ? std::optional(true) : high <= 0 ? std::optional(false) : std::nullopt;
      case ComparisonDirection::GE:
        return low >= 0 ? std::optional(true) : high < 0 ? std::optional(false) : std::nullopt;
      case ComparisonDirection::LT:
        return high < 0 ? std::optional(true) : low >= 0 ? std::optional(false) : std::nullopt;
      case ComparisonDirection::LE:
        return high <= 0 ? std::optional(true) : low > 0 ? std::optional(false) : std::nullopt;
      default:
        return std::nullopt;
      }
    };
    std::optional<bool> answer;
    if (x.expr) {
      if (!isSmall(x.expr, n.sizes()) || !isSmall(y.expr, n.sizes()))
        return false;
      if (auto bounds = rangeOfExpr(simplifyExpr(x.expr - y.expr), n.sizes()))
        answer = decide(bounds->first, bounds->second);
    } else if (!std::isnan(x.number) && !std::isnan(y.number)) {
      int order = x.number < y.number ? -1 : x.number > y.number;
      answer = decide(order, order);
    }
    if (answer)
      out.expr = getAffineConstantExpr(*answer, n.b.getContext());
    return answer.has_value();
  });
}

// Each element by itself.
template <typename Map> bool elementwise(NodeContext &n, Type resultElement, Map map) {
  if (!allKnown(n))
    return false;
  const HostValue &x = *n.known(0);
  HostValue result = emptyOf(RankedTensorType::get(x.type.getShape(), resultElement));
  if (!canBeHostValue(result.type))
    return false;
  for (int64_t i = 0; i != x.size(); ++i) {
    Element element;
    if (!map(elementAt(x, i), element))
      return false;
    append(result, element);
  }
  n.result(0, std::move(result));
  return true;
}

bool castTo(NodeContext &n, Type to) {
  auto integer = dyn_cast_or_null<IntegerType>(to);
  if (!to || (!integer && !isa<FloatType>(to)) || (isa<FloatType>(to) && cast<FloatType>(to).getWidth() < 16))
    return false;
  return elementwise(n, to, [&](const Element &x, Element &out) {
    if (!x.expr) {
      out.number = x.number;
      if (!integer)
        return true;
      if (integer.getWidth() == 1)
        out.expr = getAffineConstantExpr(x.number != 0, to.getContext());
      else if (std::fabs(x.number) < 9e18) // also refuses NaN
        out.expr = getAffineConstantExpr(static_cast<int64_t>(x.number), to.getContext());
      else
        return false;
      return integer.getWidth() == 1 || wrapToType(static_cast<int64_t>(x.number), to) == static_cast<int64_t>(x.number);
    }
    auto constant = dyn_cast<AffineConstantExpr>(x.expr);
    out.expr = x.expr;
    if (constant) {
      out.number = static_cast<double>(constant.getValue());
      return true;
    }
    if (!integer)
      return false;
    if (integer.getWidth() >= 32 && integer.getWidth() <= 64) { // no expression over sizes is cut off
      auto bounds = rangeOfExpr(x.expr, n.sizes());
      return bounds && bounds->first >= 0 && bounds->second <= INT32_MAX;
    }
    return false;
  });
}

bool castOp(NodeContext &n) {
  return n.opset >= 6 && castTo(n, elementTypeOf(n.b.getContext(), static_cast<int32_t>(n.intAttr("to", 0))));
}
bool castLike(NodeContext &n) {
  if (!n.has(0) || !n.has(1) || !n.known(0))
    return false;
  return n.known(1) && castTo(n, n.element(1));
}

bool identity(NodeContext &n) {
  if (!n.known(0))
    return false;
  n.result(0, *n.known(0));
  return true;
}

template <typename Function> bool floatOnly(NodeContext &n, Function function) {
  if (!n.has(0) || !isa<FloatType>(n.element(0)))
    return false;
  return elementwise(n, n.element(0), [&](const Element &x, Element &out) {
    out.number = function(x.number);
    return true;
  });
}
bool floorOp(NodeContext &n) {
  return floatOnly(n, [](double x) { return std::floor(x); });
}
bool ceilOp(NodeContext &n) {
  return floatOnly(n, [](double x) { return std::ceil(x); });
}
bool relu(NodeContext &n) {
  return floatOnly(n, [](double x) { return x < 0 ? 0 : x; });
}
bool negate(NodeContext &n) {
  if (!n.has(0) || n.element(0).isUnsignedInteger())
    return false;
  return elementwise(n, n.element(0), [&](const Element &x, Element &out) {
    out.number = -x.number;
    if (x.expr && !isSmall(x.expr, n.sizes()))
      return false;
    if (x.expr)
      out.expr = simplifyExpr(x.expr * -1);
    return true;
  });
}
bool logicalNot(NodeContext &n) {
  if (!n.has(0) || !n.element(0).isInteger(1))
    return false;
  return elementwise(n, n.element(0), [&](const Element &x, Element &out) {
    out.expr = getAffineConstantExpr(cast<AffineConstantExpr>(x.expr).getValue() == 0, n.b.getContext());
    return true;
  });
}

template <bool isAnd> bool logic(NodeContext &n) {
  if (!n.has(0) || !n.element(0).isInteger(1))
    return false;
  return pairwise(n, n.element(0), [&](const Element &x, const Element &y, Element &out) {
    bool left = cast<AffineConstantExpr>(x.expr).getValue(), right = cast<AffineConstantExpr>(y.expr).getValue();
    out.expr = getAffineConstantExpr(isAnd ? left && right : left || right, n.b.getContext());
    return true;
  });
}

bool where(NodeContext &n) {
  if (n.numInputs() != 3 || !n.has(0) || !n.known(0) || !n.has(1) || !n.has(2) || n.element(1) != n.element(2) ||
      !allKnown(n))
    return false;
  std::optional<SmallVector<int64_t>> shape = broadcastShape(n);
  std::optional<SmallVector<int64_t>> condition = n.known(0)->constants();
  if (!shape || !condition)
    return false;
  HostValue result = emptyOf(RankedTensorType::get(*shape, n.element(1)));
  for (int64_t i = 0, count = result.type.getNumElements(); i != count; ++i) {
    const HostValue &chosen = *n.known((*condition)[broadcastIndex(i, *shape, n.type(0).getShape())] ? 1 : 2);
    append(result, elementAt(chosen, broadcastIndex(i, *shape, chosen.type.getShape())));
  }
  n.result(0, std::move(result));
  return true;
}

} // namespace

bool evaluateOnHost(NodeContext &n) {
  using Dir = ComparisonDirection;
  static const llvm::StringMap<Evaluate> table = {
      {"Add", arithmetic<Arithmetic::Add>},
      {"And", logic<true>},
      {"Cast", castOp},
      {"CastLike", castLike},
      {"Ceil", ceilOp},
      {"Div", arithmetic<Arithmetic::Div>},
      {"Equal", compare<Dir::EQ>},
      {"Floor", floorOp},
      {"Greater", compare<Dir::GT>},
      {"GreaterOrEqual", compare<Dir::GE>},
      {"Identity", identity},
      {"Less", compare<Dir::LT>},
      {"LessOrEqual", compare<Dir::LE>},
      {"Max", arithmetic<Arithmetic::Max>},
      {"Min", arithmetic<Arithmetic::Min>},
      {"Mod", arithmetic<Arithmetic::Mod>},
      {"Mul", arithmetic<Arithmetic::Mul>},
      {"Neg", negate},
      {"Not", logicalNot},
      {"Or", logic<false>},
      {"Relu", relu},
      {"Sub", arithmetic<Arithmetic::Sub>},
      {"Where", where},
  };
  auto found = table.find(n.node.op_type());
  return found == table.end() ? evaluateShapeOp(n) : found->second(n);
}

} // namespace ingot::onnx
