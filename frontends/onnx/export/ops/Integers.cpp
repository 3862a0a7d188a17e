// Ops on integers whose results ONNX leaves open somewhere, and on bits.
#include "frontends/onnx/export/Exporter.h"

#include <cmath>
#include <limits>

using namespace mlir;

namespace ingot::onnx {
namespace {

bool isInteger(Exporter &e, Term x) { return e.elementOf(x.type).isInteger(); }

// Bits of an element of the program's type.
unsigned bitsOf(Value value) { return typeOf(value).getElementType().getIntOrFloatBitWidth(); }

// Where a divisor may be 0, or -1 of signed numbers, whose quotient of the least number overflows.
struct Divisor {
  Term safe;               // 1 in those places
  Term isZero, isMinusOne; // none where it never is
};
Divisor divisorOf(Exporter &e, Value value, Term divisor) {
  Divisor made = {divisor, {}, {}};
  bool mayBeZero = true, mayBeMinusOne = !e.elementOf(divisor.type).isUnsignedInteger();
  if (auto known = e.knownIntegers(value)) {
    mayBeZero = llvm::is_contained(*known, 0);
    mayBeMinusOne &= llvm::is_contained(*known, -1);
  }
  Term unit = e.integer(divisor.type, 1);
  if (mayBeZero) {
    made.isZero = e.test("Equal", divisor, e.integer(divisor.type, 0));
    made.safe = e.where(made.isZero, unit, made.safe);
  }
  if (mayBeMinusOne) {
    made.isMinusOne = e.test("Equal", divisor, e.integer(divisor.type, -1));
    made.safe = e.where(made.isMinusOne, unit, made.safe);
  }
  return made;
}

void divide(Exporter &e, Operation *op) {
  Term lhs = e.spread(op->getOperand(0)), rhs = e.spread(op->getOperand(1));
  const int32_t type = lhs.type, compute = e.computeType(type, Numbers);
  lhs = e.cast(lhs, compute);
  rhs = e.cast(rhs, compute);
  Term made;
  if (isInteger(e, lhs)) {
    Divisor by = divisorOf(e, op->getOperand(1), rhs);
    made = e.div(lhs, by.safe);
    if (!by.isMinusOne.name.empty())
      made = e.where(by.isMinusOne, e.sub(e.integer(compute, 0), lhs), made);
    if (!by.isZero.name.empty())
      made = e.where(by.isZero, e.integer(compute, -1), made);
  } else
    made = e.div(lhs, rhs);
  e.bind(op->getResult(0), e.cast(made, type), e.givesNarrow(op));
}

void remainder(Exporter &e, Operation *op) {
  Term lhs = e.spread(op->getOperand(0)), rhs = e.spread(op->getOperand(1));
  const int32_t type = lhs.type, compute = e.computeType(type, isInteger(e, lhs) ? Numbers : WideFloats);
  lhs = e.cast(lhs, compute);
  rhs = e.cast(rhs, compute);
  Term made;
  if (isInteger(e, lhs)) {
    Divisor by = divisorOf(e, op->getOperand(1), rhs);
    made =
        e.sub(lhs, e.mul(e.div(lhs, by.safe), by.safe)); // runtimes compute Mod with fmod in f64; 0 where the divisor is -1
    if (!by.isZero.name.empty())
      made = e.where(by.isZero, lhs, made);
  } else
    made = e.node("Mod", {lhs, rhs}, compute, {{"fmod", int64_t(1)}});
  e.bind(op->getResult(0), e.cast(made, type), e.givesNarrow(op));
}

// Integers by squaring, as many rounds as the exponents have bits; of a negative exponent 1, -1 or 0 as the base is 1, -1 or else.
void power(Exporter &e, Operation *op) {
  Term base = e.spread(op->getOperand(0)), exponent = e.spread(op->getOperand(1));
  const int32_t type = base.type;
  if (!isInteger(e, base)) {
    e.bind(op->getResult(0), e.typed(Floats, "Pow", {base, exponent}, {}, 2), e.givesNarrow(op));
    return;
  }
  const unsigned bits = bitsOf(op->getResult(0));
  const bool isUnsigned = e.elementOf(type).isUnsignedInteger() || bits == 1;
  const int32_t wide = bits <= 32 ? TensorProto::INT64 : type;
  Term one = e.integer(wide, 1), two = e.integer(wide, 2), zero = e.integer(wide, 0);
  Term left = e.cast(exponent, wide), square = e.cast(base, wide), made = one;
  unsigned rounds = isUnsigned ? bits : bits - 1;
  if (auto known = e.knownIntegers(op->getOperand(1))) {
    uint64_t most = 0;
    for (int64_t each : *known)
      most |= each < 0 ? 0 : static_cast<uint64_t>(each);
    rounds = 64 - static_cast<unsigned>(llvm::countl_zero(most));
  }
  for (unsigned round = 0; round != rounds; ++round) {
    Term isOdd = e.test("Equal", e.node("Mod", {left, two}, left.type), one);
    Term product = e.mul(made, square);
    made = e.where(isOdd, product, made);
    left = e.div(left, two);
    if (round + 1 != rounds)
      square = e.mul(square, square);
  }
  if (!isUnsigned) {
    Term x = e.cast(base, wide), n = e.cast(exponent, wide), minus = e.integer(wide, -1);
    Term parity = e.where(e.test("Equal", e.node("Mod", {n, two}, n.type), zero), one, minus);
    Term inverse = e.where(e.test("Equal", x, one), one, e.where(e.test("Equal", x, minus), parity, zero));
    made = e.where(e.test("Less", n, zero), inverse, made);
  }
  e.bind(op->getResult(0), e.cast(made, type), e.givesNarrow(op));
}

//===--- bits ----------------------------------------------------------------------------------------------------------===//

Term shift(Exporter &e, Term x, Term by, const char *direction) {
  return e.node("BitShift", {x, by}, x.type, {{"direction", std::string(direction)}});
}
Term bitAnd(Exporter &e, Term a, Term b) { return e.node("BitwiseAnd", {a, b}, a.type); }
Term bitNot(Exporter &e, Term a) { return e.node("BitwiseNot", {a}, a.type); }

// The bits of an element, as an unsigned number of a type that runtimes shift; zeros above.
Term bitsOf(Exporter &e, Term x, unsigned bits) {
  Term wide = e.cast(x, bits <= 32 ? TensorProto::UINT32 : TensorProto::UINT64);
  return bits == 32 || bits == 64 ? wide
                                  : bitAnd(e, wide, e.integer(wide.type, static_cast<int64_t>((uint64_t(1) << bits) - 1)));
}

enum class Shift { Left, Logical, Arithmetic };
template <Shift kind> void shiftBy(Exporter &e, Operation *op) {
  const unsigned bits = bitsOf(op->getResult(0));
  Term lhs = e.spread(op->getOperand(0));
  const int32_t type = lhs.type;
  Term x = bitsOf(e, lhs, bits), by = bitsOf(e, e.spread(op->getOperand(1)), bits);
  Term isBeyond = e.test("GreaterOrEqual", by, e.integer(x.type, bits));
  Term zero = e.integer(x.type, 0), within = e.where(isBeyond, zero, by);
  Term made;
  if (kind == Shift::Arithmetic) {
    // Of negative numbers the complement is shifted: its new bits are zeros.
    Term sign = bitAnd(e, shift(e, x, e.integer(x.type, bits - 1), "RIGHT"), e.integer(x.type, 1));
    Term isNegative = e.test("Equal", sign, e.integer(x.type, 1));
    Term flipped =
        bitAnd(e, bitNot(e, x), e.integer(x.type, bits == 64 ? -1 : static_cast<int64_t>((uint64_t(1) << bits) - 1)));
    Term moved = e.where(isBeyond, zero, shift(e, e.where(isNegative, flipped, x), within, "RIGHT"));
    made = e.where(isNegative, bitNot(e, moved), moved);
  } else
    made = e.where(isBeyond, zero, shift(e, x, within, kind == Shift::Left ? "LEFT" : "RIGHT"));
  if (type == TensorProto::BOOL)
    made = bitAnd(e, made, e.integer(made.type, 1));
  e.bind(op->getResult(0), e.cast(made, type), e.givesNarrow(op));
}

// How many bits of x are ones: sums of neighbours in twos, fours, eights, then all bytes by a product.
Term countOnes(Exporter &e, Term x) {
  const unsigned width = x.type == TensorProto::UINT64 ? 64 : 32;
  auto mask = [&](uint64_t pattern) {
    return e.integer(x.type, static_cast<int64_t>(width == 64 ? pattern : pattern & 0xffffffff));
  };
  auto right = [&](Term v, int64_t by) { return shift(e, v, e.integer(x.type, by), "RIGHT"); };
  Term pairs = e.sub(x, bitAnd(e, right(x, 1), mask(0x5555555555555555)));
  Term fours = e.add(bitAnd(e, pairs, mask(0x3333333333333333)), bitAnd(e, right(pairs, 2), mask(0x3333333333333333)));
  Term bytes = bitAnd(e, e.add(fours, right(fours, 4)), mask(0x0f0f0f0f0f0f0f0f));
  return right(e.mul(bytes, mask(0x0101010101010101)), width - 8);
}

void popcnt(Exporter &e, Operation *op) {
  Term x = e.spread(op->getOperand(0));
  e.bind(op->getResult(0), e.cast(countOnes(e, bitsOf(e, x, bitsOf(op->getResult(0)))), x.type), e.givesNarrow(op));
}

void countLeadingZeros(Exporter &e, Operation *op) {
  const unsigned bits = bitsOf(op->getResult(0));
  Term x = e.spread(op->getOperand(0)), filled = bitsOf(e, x, bits);
  for (unsigned by = 1; by < bits; by *= 2)
    filled = e.node("BitwiseOr", {filled, shift(e, filled, e.integer(filled.type, by), "RIGHT")}, filled.type);
  Term zeros = e.sub(e.integer(filled.type, bits), countOnes(e, filled));
  e.bind(op->getResult(0), e.cast(zeros, x.type), e.givesNarrow(op));
}

// A float of its bits, where no operator takes these as they are: the significand times a power of two, in f64, which is exact.
Term decoded(Exporter &e, Term bits, FloatType to) {
  const unsigned width = to.getWidth(), mantissa = to.getFPMantissaWidth() - 1, exponent = width - 1 - mantissa;
  const int64_t bias = (int64_t(1) << (exponent - 1)) - 1, ends = (int64_t(1) << exponent) - 1;
  Term x = bitsOf(e, bits, width);
  auto whole = [&](int64_t value) { return e.integer(x.type, value); };
  auto real = [&](Term value) { return e.cast(value, TensorProto::DOUBLE); };
  auto number = [&](double value) { return e.number(TensorProto::DOUBLE, value); };
  Term low = bitAnd(e, x, whole((int64_t(1) << mantissa) - 1));
  Term power = bitAnd(e, shift(e, x, whole(mantissa), "RIGHT"), whole(ends));
  Term isSmall = e.test("Equal", power, whole(0)); // which have no leading one
  Term significand = e.add(real(low), e.where(isSmall, number(0), number(std::ldexp(1.0, static_cast<int>(mantissa)))));
  Term scale = e.sub(e.where(isSmall, number(1), real(power)), number(static_cast<double>(bias + mantissa)));
  Term made = e.mul(significand, e.node("Pow", {number(2), scale}, TensorProto::DOUBLE));
  Term end = e.where(e.test("Equal", low, whole(0)), number(std::numeric_limits<double>::infinity()),
                     number(std::numeric_limits<double>::quiet_NaN()));
  made = e.where(e.test("Equal", power, whole(ends)), end, made);
  Term isNegative = e.test("Equal", shift(e, x, whole(width - 1), "RIGHT"), whole(1));
  return e.where(isNegative, e.negate(made), made);
}

void bitcastConvert(Exporter &e, Operation *op) {
  Term x = e.spread(op->getOperand(0));
  Type from = e.elementOf(x.type), element = typeOf(op->getResult(0)).getElementType();
  const int32_t to = e.typeNumber(element);
  const unsigned width = from.getIntOrFloatBitWidth();
  if (from == element)
    return e.bind(op->getResult(0), x, e.givesNarrow(op));
  if (width == element.getIntOrFloatBitWidth() && isa<IntegerType>(from) && isa<IntegerType>(element))
    return e.bind(op->getResult(0), e.cast(x, to), e.givesNarrow(op));
  if (width != element.getIntOrFloatBitWidth())
    return e.refuse(op, "to elements of another width has no counterpart in ONNX");
  if (e.opset < 26 && (element.isF32() || element.isF64() || element.isF16() || element.isBF16()))
    return e.bind(op->getResult(0), e.cast(decoded(e, x, cast<FloatType>(element)), to), e.givesNarrow(op));
  if (e.opset < 26)
    return e.refuseBefore(op, 26);
  e.bind(op->getResult(0), e.node("BitCast", {x}, to, {{"to", int64_t(to)}}), e.givesNarrow(op));
}

constexpr Row rows[] = {
    {"and", nullptr, "BitwiseAnd", Ints, "And"},
    {"bitcast_convert", bitcastConvert, nullptr, 0, nullptr},
    {"count_leading_zeros", countLeadingZeros, nullptr, 0, nullptr},
    {"divide", divide, nullptr, 0, nullptr},
    {"not", nullptr, "BitwiseNot", Ints, "Not"},
    {"or", nullptr, "BitwiseOr", Ints, "Or"},
    {"popcnt", popcnt, nullptr, 0, nullptr},
    {"power", power, nullptr, 0, nullptr},
    {"remainder", remainder, nullptr, 0, nullptr},
    {"shift_left", shiftBy<Shift::Left>, nullptr, 0, nullptr},
    {"shift_right_arithmetic", shiftBy<Shift::Arithmetic>, nullptr, 0, nullptr},
    {"shift_right_logical", shiftBy<Shift::Logical>, nullptr, 0, nullptr},
    {"xor", nullptr, "BitwiseXor", Ints, "Xor"},
};

} // namespace

llvm::ArrayRef<Row> integerRows() { return rows; }

} // namespace ingot::onnx
