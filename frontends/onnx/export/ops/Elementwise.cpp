// Ops on elements, but for those on bits.
#include "frontends/onnx/export/Exporter.h"
#include "frontends/onnx/export/ops/Steps.h"

#include <limits>
#include <numbers>

using namespace mlir;

namespace ingot::onnx {
namespace {

// Results of ops that take several steps on floats are those of f32 or f64, rounded once.
void onWideFloats(Exporter &e, Operation *op, llvm::function_ref<Term(ArrayRef<Term>)> make) {
  Terms inputs;
  for (Value operand : op->getOperands())
    inputs.push_back(e.spread(operand));
  const int32_t type = inputs.front().type;
  for (Term &input : inputs)
    input = e.cast(input, e.computeType(type, WideFloats));
  e.bind(op->getResult(0), e.cast(make(inputs), type), e.givesNarrow(op));
}

Term abs(Exporter &e, Term x) { return e.node("Abs", {x}, x.type); }
Term one(Exporter &e, Term x) { return e.number(x.type, 1); }
Term isInfinite(Exporter &e, Term x) {
  return e.test("Equal", abs(e, x), e.number(x.type, std::numeric_limits<double>::infinity()));
}
Term isNaN(Exporter &e, Term x) { return e.invert(e.test("Equal", x, x)); }

// Newton's step from the power gives the last places.
void cbrt(Exporter &e, Operation *op) {
  onWideFloats(e, op, [&](ArrayRef<Term> x) {
    Term a = abs(e, x[0]);
    Term root = e.node("Pow", {a, e.number(a.type, 1.0 / 3)}, a.type);
    Term square = e.mul(root, root);
    Term step = e.div(e.sub(e.mul(square, root), a), e.mul(square, e.number(a.type, 3)));
    Term isEnd = e.test("Or", e.test("Equal", a, e.number(a.type, 0)), isInfinite(e, a));
    root = e.where(isEnd, a, e.sub(root, step));
    return e.mul(e.node("Sign", {x[0]}, a.type), root);
  });
}

// ln(1 + x) and e^x - 1 by the quotient of what rounding to 1 + x, or e^x, does to both.
void logPlusOne(Exporter &e, Operation *op) {
  onWideFloats(e, op, [&](ArrayRef<Term> x) {
    Term u = e.add(x[0], one(e, x[0]));
    Term log = e.node("Log", {u}, u.type);
    Term exact = e.div(e.mul(log, x[0]), e.sub(u, one(e, u)));
    return e.where(e.test("Equal", u, one(e, u)), x[0], e.where(isInfinite(e, u), u, exact));
  });
}
void exponentialMinusOne(Exporter &e, Operation *op) {
  onWideFloats(e, op, [&](ArrayRef<Term> x) {
    Term u = e.node("Exp", {x[0]}, x[0].type), less = e.sub(u, one(e, u));
    Term exact = e.div(e.mul(less, x[0]), e.node("Log", {u}, u.type));
    // Where e^x is 0 or beyond one half's distance, the difference is as good.
    Term plain = e.test("Or", e.test("Greater", abs(e, less), e.number(u.type, 0.5)), isNaN(e, u));
    return e.where(e.test("Equal", u, one(e, u)), x[0], e.where(plain, less, exact));
  });
}

void rsqrt(Exporter &e, Operation *op) {
  onWideFloats(e, op, [&](ArrayRef<Term> x) {
    Term root = e.node("Sqrt", {x[0]}, x[0].type);
    return e.node("Reciprocal", {root}, root.type);
  });
}

void roundNearestAfz(Exporter &e, Operation *op) {
  onWideFloats(e, op, [&](ArrayRef<Term> x) {
    Term a = abs(e, x[0]), below = e.node("Floor", {a}, a.type);
    Term up = e.test("GreaterOrEqual", e.sub(a, below), e.number(a.type, 0.5));
    Term rounded = e.add(below, e.cast(up, a.type));
    return e.where(e.test("Less", x[0], e.number(a.type, 0)), e.negate(rounded), rounded);
  });
}

// The angle of |y| over |x| or its complement, then by the signs, which zeros have too.
void atan2(Exporter &e, Operation *op) {
  onWideFloats(e, op, [&](ArrayRef<Term> operands) {
    Term y = operands[0], x = operands[1];
    Term zero = e.number(x.type, 0), pi = e.number(x.type, std::numbers::pi), half = e.number(x.type, std::numbers::pi / 2);
    auto isNegative = [&](Term v) {
      return e.test("Or", e.test("Less", v, zero),
                    e.test("And", e.test("Equal", v, zero), e.test("Less", e.node("Reciprocal", {v}, v.type), zero)));
    };
    Term ax = abs(e, x), ay = abs(e, y), steep = e.test("Greater", ay, ax);
    Term least = e.where(steep, ax, ay), most = e.where(steep, ay, ax);
    Term quotient =
        e.where(e.test("Equal", most, zero), zero, e.where(e.test("Equal", least, most), one(e, x), e.div(least, most)));
    Term angle = e.node("Atan", {quotient}, x.type);
    angle = e.where(steep, e.sub(half, angle), angle);
    angle = e.where(isNegative(x), e.sub(pi, angle), angle);
    angle = e.where(isNegative(y), e.negate(angle), angle);
    return e.where(e.test("Or", isNaN(e, x), isNaN(e, y)), e.add(x, y), angle);
  });
}

void isFinite(Exporter &e, Operation *op) {
  Term x = e.spread(op->getOperand(0));
  x = e.cast(x, e.computeType(x.type, Floats));
  e.bind(op->getResult(0), e.test("Equal", e.sub(x, x), e.number(x.type, 0)), e.givesNarrow(op));
}

// Where zeros are alike, and NaNs, which then are behind all numbers.
void compareTotally(Exporter &e, CompareOp op) {
  for (Value operand : {op.getLhs(), op.getRhs()}) {
    bool zeros = false, nans = false;
    std::ignore = unifiedOf(operand, zeros, nans);
    if (!zeros || !nans)
      return e.refuse(op, "in total order has no counterpart in ONNX, unless zeros and NaNs are made alike before");
  }
  Term lhs = e.spread(op.getLhs()), rhs = e.spread(op.getRhs());
  const int32_t type = e.computeType(lhs.type, Floats);
  lhs = e.cast(lhs, type);
  rhs = e.cast(rhs, type);
  auto less = [&](Term a, Term b) {
    return e.test("Or", e.test("Less", a, b), e.test("And", e.test("Equal", a, a), isNaN(e, b)));
  };
  auto equal = [&] { return e.test("Or", e.test("Equal", lhs, rhs), e.test("And", isNaN(e, lhs), isNaN(e, rhs))); };
  Term made;
  switch (op.getDirection()) {
  case ComparisonDirection::EQ:
    made = equal();
    break;
  case ComparisonDirection::NE:
    made = e.invert(equal());
    break;
  case ComparisonDirection::LT:
    made = less(lhs, rhs);
    break;
  case ComparisonDirection::GE:
    made = e.invert(less(lhs, rhs));
    break;
  case ComparisonDirection::GT:
    made = less(rhs, lhs);
    break;
  case ComparisonDirection::LE:
    made = e.invert(less(rhs, lhs));
    break;
  }
  e.bind(op.getResult(), made, e.givesNarrow(op));
}

void compare(Exporter &e, Operation *op) {
  auto source = cast<CompareOp>(op);
  if (source.getTotalOrder())
    return compareTotally(e, source);
  Term lhs = e.spread(source.getLhs()), rhs = e.spread(source.getRhs());
  const bool isEquality =
      source.getDirection() == ComparisonDirection::EQ || source.getDirection() == ComparisonDirection::NE;
  const int32_t type = e.computeType(lhs.type, isEquality ? Numbers | Bools : Numbers);
  lhs = e.cast(lhs, type);
  rhs = e.cast(rhs, type);
  const char *const names[] = {"Equal", "Equal", "GreaterOrEqual", "Greater", "LessOrEqual", "Less"};
  Term made = e.test(names[static_cast<int>(source.getDirection())], lhs, rhs);
  e.bind(op->getResult(0), source.getDirection() == ComparisonDirection::NE ? e.invert(made) : made, e.givesNarrow(op));
}

void select(Exporter &e, Operation *op) {
  auto source = cast<SelectOp>(op);
  e.bind(op->getResult(0), e.where(e.spread(source.getPred()), e.spread(source.getOnTrue()), e.spread(source.getOnFalse())),
         e.givesNarrow(op));
}

void clamp(Exporter &e, Operation *op) {
  auto source = cast<ClampOp>(op);
  Term low = e.spread(source.getMin()), x = e.spread(source.getOperand()), high = e.spread(source.getMax());
  if (x.type == TensorProto::BOOL) {
    e.bind(op->getResult(0), e.test("And", e.test("Or", x, low), high), e.givesNarrow(op));
    return;
  }
  Term atLeast = e.typed(Ordered, "Max", {x, low}, {}, 2);
  e.bind(op->getResult(0), e.typed(Ordered, "Min", {atLeast, high}, {}, 2), e.givesNarrow(op));
}

void convert(Exporter &e, Operation *op) {
  Term x = e.spread(op->getOperand(0));
  const int32_t to = e.typeNumber(typeOf(op->getResult(0)).getElementType());
  // Integers of a few bits keep the low ones of the truncated number.
  if (isa<FloatType>(e.elementOf(x.type)) && e.elementOf(to).isInteger() && e.elementOf(to).getIntOrFloatBitWidth() < 8 &&
      to != TensorProto::BOOL)
    x = e.cast(x, TensorProto::INT32);
  e.bind(op->getResult(0), e.cast(x, to), e.givesNarrow(op));
}

// Of floats; complex numbers are refused by their type.
void real(Exporter &e, Operation *op) { e.bind(op->getResult(0), e.spread(op->getOperand(0)), e.givesNarrow(op)); }
void imag(Exporter &e, Operation *op) {
  Term x = e.spread(op->getOperand(0));
  e.bind(op->getResult(0), e.number(x.type, 0), true);
}

// A format that ONNX has is what a conversion there and back makes, but for numbers below its normal ones.
void reducePrecision(Exporter &e, Operation *op) {
  auto source = cast<ReducePrecisionOp>(op);
  Type element = typeOf(op->getResult(0)).getElementType();
  struct Format {
    int64_t exponent, mantissa;
    int32_t type;
    double leastNormal;
  };
  for (auto [exponent, mantissa, type, least] :
       {Format{5, 10, TensorProto::FLOAT16, 0x1p-14}, Format{8, 7, TensorProto::BFLOAT16, 0x1p-126},
        Format{8, 23, TensorProto::FLOAT, 0x1p-126}}) {
    if (static_cast<int64_t>(source.getExponentBits()) != exponent ||
        static_cast<int64_t>(source.getMantissaBits()) != mantissa || (element.isF64() && type != TensorProto::FLOAT))
      continue;
    onWideFloats(e, op, [&, type = type, least = least](ArrayRef<Term> x) {
      Term rounded = e.cast(e.cast(x[0], type), x[0].type);
      Term isSmall = e.test("Less", abs(e, rounded), e.number(rounded.type, least));
      return e.where(isSmall, e.mul(x[0], e.number(rounded.type, 0)), rounded);
    });
    return;
  }
  e.refuse(op, "to such a format has no counterpart in ONNX");
}

constexpr Row rows[] = {
    {"abs", nullptr, "Abs", Numbers, nullptr},
    {"acos", nullptr, "Acos", Floats, nullptr},
    {"acosh", nullptr, "Acosh", Floats, nullptr},
    {"add", nullptr, "Add", Numbers, "Or"},
    {"asin", nullptr, "Asin", Floats, nullptr},
    {"asinh", nullptr, "Asinh", Floats, nullptr},
    {"atan", nullptr, "Atan", Floats, nullptr},
    {"atan2", atan2, nullptr, 0, nullptr},
    {"atanh", nullptr, "Atanh", Floats, nullptr},
    {"cbrt", cbrt, nullptr, 0, nullptr},
    {"ceil", nullptr, "Ceil", Floats, nullptr},
    {"clamp", clamp, nullptr, 0, nullptr},
    {"compare", compare, nullptr, 0, nullptr},
    {"convert", convert, nullptr, 0, nullptr},
    {"cosh", nullptr, "Cosh", Floats, nullptr},
    {"cosine", nullptr, "Cos", Floats, nullptr},
    {"erf", nullptr, "Erf", Floats, nullptr},
    {"exponential", nullptr, "Exp", Floats, nullptr},
    {"exponential_minus_one", exponentialMinusOne, nullptr, 0, nullptr},
    {"floor", nullptr, "Floor", Floats, nullptr},
    {"imag", imag, nullptr, 0, nullptr},
    {"is_finite", isFinite, nullptr, 0, nullptr},
    {"log", nullptr, "Log", Floats, nullptr},
    {"log_plus_one", logPlusOne, nullptr, 0, nullptr},
    {"logistic", nullptr, "Sigmoid", Floats, nullptr},
    {"maximum", nullptr, "Max", Ordered, "Or"},
    {"minimum", nullptr, "Min", Ordered, "And"},
    {"multiply", nullptr, "Mul", Numbers, "And"},
    {"negate", nullptr, "Neg", Floats | I8 | I16 | I32 | I64 | Modular, nullptr},
    {"real", real, nullptr, 0, nullptr},
    {"reduce_precision", reducePrecision, nullptr, 0, nullptr},
    {"round_nearest_afz", roundNearestAfz, nullptr, 0, nullptr},
    {"round_nearest_even", nullptr, "Round", Floats, nullptr},
    {"rsqrt", rsqrt, nullptr, 0, nullptr},
    {"select", select, nullptr, 0, nullptr},
    {"sign", nullptr, "Sign", Numbers, nullptr},
    {"sine", nullptr, "Sin", Floats, nullptr},
    {"sinh", nullptr, "Sinh", Floats, nullptr},
    {"sqrt", nullptr, "Sqrt", Floats, nullptr},
    {"subtract", nullptr, "Sub", Numbers, "Xor"},
    {"tan", nullptr, "Tan", Floats, nullptr},
    {"tanh", nullptr, "Tanh", Floats, nullptr},
};

} // namespace

llvm::ArrayRef<Row> elementwiseRows() { return rows; }

} // namespace ingot::onnx
