// The pointwise ops on element values, with StableHLO's semantics to the last corner.
#include "compiler/codegen/ElementBuilder.h"

#include "mlir/Dialect/Complex/IR/Complex.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/TypeSwitch.h"

#include <limits>

namespace ingot {

using namespace mlir;

static Type operandElement(Operation *op, unsigned index) {
  return cast<RankedTensorType>(op->getOperand(index).getType()).getElementType();
}

template <typename Op> static Value unary(ElementBuilder &e, Value x) { return Op::create(e.builder, e.loc, x); }
template <typename Op> static Value binary(ElementBuilder &e, Value x, Value y) {
  return Op::create(e.builder, e.loc, x, y);
}

// e^-|x| never overflows, and for negative x the quotient e^x / (1 + e^x) keeps its relative accuracy.
static Value logistic(ElementBuilder &e, Value x) {
  Value one = e.real(x, 1.0);
  Value decay = unary<math::ExpOp>(e, e.neg(e.abs(x)));
  Value numerator = e.select(e.cmp(arith::CmpFPredicate::OLT, x, e.real(x, 0.0)), decay, one);
  return e.div(numerator, e.add(one, decay));
}

static std::optional<llvm::APFloat> splatOf(Value value) {
  Attribute attribute;
  if (!matchPattern(value, m_Constant(&attribute)))
    return std::nullopt;
  if (auto dense = dyn_cast<DenseFPElementsAttr>(attribute); dense && dense.isSplat())
    return dense.getSplatValue<llvm::APFloat>();
  if (auto scalar = dyn_cast<FloatAttr>(attribute))
    return scalar.getValue();
  return std::nullopt;
}

static Value power(ElementBuilder &e, Value x, Value y) {
  if (std::optional<llvm::APFloat> exponent = splatOf(y)) {
    if (exponent->isExactlyValue(1.0))
      return x;
    if (exponent->isExactlyValue(2.0))
      return e.mul(x, x);
    if (exponent->isExactlyValue(-1.0))
      return e.div(e.real(x, 1.0), x);
  }
  return binary<math::PowFOp>(e, x, y);
}

// On the bits of the element type; a carry of the rounding moves on into the exponent, as it should.
static Value reducePrecision(ElementBuilder &e, ReducePrecisionOp op, Value x) {
  using P = arith::CmpIPredicate;
  auto type = cast<FloatType>(op.getType().getElementType());
  unsigned width = type.getWidth(), mantissa = type.getFPMantissaWidth() - 1, exponent = width - 1 - mantissa;
  uint64_t exponentBits = op.getExponentBits(), mantissaBits = op.getMantissaBits();
  Value bits = e.toBits(x, type);
  auto number = [&](uint64_t value) { return e.pool.integer(bits.getType(), llvm::APInt(width, value)); };
  uint64_t signBit = uint64_t(1) << (width - 1), infinite = ((uint64_t(1) << exponent) - 1) << mantissa;
  Value sign = e.andi(bits, number(signBit)), magnitude = e.andi(bits, number(signBit - 1)), infinity = number(infinite);
  Value isNaN = e.cmp(P::ugt, magnitude, infinity);
  if (mantissaBits < mantissa) {
    unsigned dropped = mantissa - unsigned(mantissaBits);
    Value isOdd = e.andi(e.shru(magnitude, number(dropped)), number(1));
    Value rounded = e.addi(magnitude, e.addi(isOdd, number((uint64_t(1) << (dropped - 1)) - 1)));
    magnitude = e.andi(rounded, number(~((uint64_t(1) << dropped) - 1) & (signBit - 1)));
  }
  if (exponentBits < exponent) {
    uint64_t bias = (uint64_t(1) << (exponent - 1)) - 1, reach = (uint64_t(1) << (exponentBits - 1)) - 1;
    uint64_t largest = (bias + reach + 1) << mantissa, smallest = (bias - reach + 1) << mantissa;
    Value tooSmall = e.cmp(P::ult, magnitude, number(smallest)), tooLarge = e.cmp(P::uge, magnitude, number(largest));
    magnitude = e.select(tooLarge, infinity, e.select(tooSmall, number(0), magnitude));
  }
  Value reduced = e.select(isNaN, mantissaBits > 0 ? bits : infinity, e.ori(sign, magnitude));
  return e.fromBits(reduced, type);
}

Value ElementBuilder::floatOp(Operation *op, ValueRange v) {
  Value x = v[0], y = v.size() > 1 ? v[1] : Value();
  ElementBuilder &e = *this;
  using P = FloatPredicate;
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](AbsOp) { return abs(x); })
      .Case([&](CbrtOp) { return unary<math::CbrtOp>(e, x); })
      .Case([&](CeilOp) { return unary<math::CeilOp>(e, x); })
      .Case([&](CosineOp) { return unary<math::CosOp>(e, x); })
      .Case([&](SineOp) { return unary<math::SinOp>(e, x); })
      .Case([&](TanOp) { return unary<math::TanOp>(e, x); })
      .Case([&](AsinOp) { return unary<math::AsinOp>(e, x); })
      .Case([&](AcosOp) { return unary<math::AcosOp>(e, x); })
      .Case([&](AtanOp) { return unary<math::AtanOp>(e, x); })
      .Case([&](SinhOp) { return unary<math::SinhOp>(e, x); })
      .Case([&](CoshOp) { return unary<math::CoshOp>(e, x); })
      .Case([&](AsinhOp) { return unary<math::AsinhOp>(e, x); })
      .Case([&](AcoshOp) { return unary<math::AcoshOp>(e, x); })
      .Case([&](AtanhOp) { return unary<math::AtanhOp>(e, x); })
      .Case([&](ErfOp) { return unary<math::ErfOp>(e, x); })
      .Case([&](ExponentialOp) { return unary<math::ExpOp>(e, x); })
      .Case([&](ExponentialMinusOneOp) { return unary<math::ExpM1Op>(e, x); })
      .Case([&](FloorOp) { return floor(x); })
      .Case([&](LogOp) { return unary<math::LogOp>(e, x); })
      .Case([&](LogPlusOneOp) { return unary<math::Log1pOp>(e, x); })
      .Case([&](LogisticOp) { return logistic(e, x); })
      .Case([&](NegateOp) { return neg(x); })
      .Case([&](RoundNearestAfzOp) { return unary<math::RoundOp>(e, x); })
      .Case([&](RoundNearestEvenOp) { return roundEven(x); })
      .Case([&](RsqrtOp) { return div(real(x, 1.0), sqrt(x)); })
      .Case([&](SqrtOp) { return sqrt(x); })
      .Case([&](TanhOp) { return unary<math::TanhOp>(e, x); })
      .Case([&](SignOp) {
        Value zero = real(x, 0.0);
        return select(cmp(P::OGT, x, zero), real(x, 1.0), select(cmp(P::OLT, x, zero), real(x, -1.0), x));
      })
      .Case([&](IsFiniteOp) { return cmp(P::OLT, abs(x), real(x, std::numeric_limits<double>::infinity())); })
      .Case([&](ReducePrecisionOp reduce) { return reducePrecision(e, reduce, x); })
      .Case([&](RealOp) { return x; })
      .Case([&](ImagOp) { return real(x, 0.0); })
      .Case([&](ComplexOp) { return complexOf(x, y); })
      .Case([&](AddOp) { return add(x, y); })
      .Case([&](SubtractOp) { return sub(x, y); })
      .Case([&](MultiplyOp) { return mul(x, y); })
      .Case([&](DivideOp) { return div(x, y); })
      .Case([&](MaximumOp) { return binary<arith::MaximumFOp>(e, x, y); })
      .Case([&](MinimumOp) { return binary<arith::MinimumFOp>(e, x, y); })
      .Case([&](RemainderOp) { return binary<arith::RemFOp>(e, x, y); })
      .Case([&](PowerOp) { return power(e, x, y); })
      .Case([&](Atan2Op) { return binary<math::Atan2Op>(e, x, y); })
      .Case([&](ClampOp) { return binary<arith::MinimumFOp>(e, binary<arith::MaximumFOp>(e, v[1], v[0]), v[2]); })
      .Default([](Operation *) { return Value(); });
}

// Exponentiation by squaring; a negative exponent leaves only the powers of 1, -1 and 0.
static Value integerPower(ElementBuilder &e, Value base, Value exponent, bool isUnsigned) {
  using P = arith::CmpIPredicate;
  unsigned bits = ElementBuilder::elementOf(base).getIntOrFloatBitWidth();
  Value zero = e.integer(base, 0), one = e.integer(base, 1);
  auto loop = scf::ForOp::create(e.builder, e.loc, e.pool.index(0), e.pool.index(bits), e.pool.index(1),
                                 ValueRange{one, base, exponent}, [&](OpBuilder &, Location, Value, ValueRange state) {
                                   Value odd = e.cmp(P::ne, e.andi(state[2], one), zero);
                                   Value result = e.select(odd, e.muli(state[0], state[1]), state[0]);
                                   SmallVector<Value> next{result, e.muli(state[1], state[1]),
                                                           bits == 1 ? zero : e.shru(state[2], one)};
                                   scf::YieldOp::create(e.builder, e.loc, next);
                                 });
  Value result = loop.getResult(0);
  if (isUnsigned)
    return result;
  Value minusOne = e.integer(base, -1);
  Value oddSign = e.select(e.cmp(P::ne, e.andi(exponent, one), zero), minusOne, one);
  Value reciprocal = e.select(e.cmp(P::eq, base, one), one, e.select(e.cmp(P::eq, base, minusOne), oddSign, zero));
  reciprocal = e.select(e.cmp(P::eq, base, zero), minusOne, reciprocal); // 1 / 0, as divide has it
  return e.select(e.cmp(P::slt, exponent, zero), reciprocal, result);
}

// Quotient and remainder that never trap: the divisor is replaced where the hardware would.
static Value divideIntegers(ElementBuilder &e, Value x, Value y, bool isUnsigned, bool wantRemainder) {
  using P = arith::CmpIPredicate;
  Value zero = e.integer(x, 0), one = e.integer(x, 1), ones = e.integer(x, -1);
  Value byZero = e.cmp(P::eq, y, zero);
  if (isUnsigned) {
    Value safe = e.select(byZero, one, y);
    if (wantRemainder)
      return e.select(byZero, x, binary<arith::RemUIOp>(e, x, safe));
    return e.select(byZero, ones, binary<arith::DivUIOp>(e, x, safe));
  }
  Value byMinusOne = e.cmp(P::eq, y, ones);
  Value safe = e.select(e.ori(byZero, byMinusOne), one, y);
  if (wantRemainder) {
    Value remainder = e.select(byMinusOne, zero, binary<arith::RemSIOp>(e, x, safe));
    return e.select(byZero, x, remainder);
  }
  Value quotient = e.select(byMinusOne, e.subi(zero, x), binary<arith::DivSIOp>(e, x, safe));
  return e.select(byZero, ones, quotient);
}

static Value shift(ElementBuilder &e, Operation *op, Value x, Value amount) {
  unsigned bits = ElementBuilder::elementOf(x).getIntOrFloatBitWidth();
  Value zero = e.integer(x, 0);
  if (bits == 1) { // the only amount below the width is 0
    Value kept = e.select(amount, zero, x);
    return isa<ShiftRightArithmeticOp>(op) ? x : kept;
  }
  Value fits = e.cmp(arith::CmpIPredicate::ult, amount, e.integer(x, bits));
  if (isa<ShiftRightArithmeticOp>(op))
    return e.shrs(x, e.select(fits, amount, e.integer(x, bits - 1)));
  Value safe = e.select(fits, amount, zero);
  Value shifted = isa<ShiftLeftOp>(op) ? e.shl(x, safe) : e.shru(x, safe);
  return e.select(fits, shifted, zero);
}

Value ElementBuilder::integerOp(Operation *op, ValueRange v, bool isUnsigned) {
  Value x = v[0], y = v.size() > 1 ? v[1] : Value();
  ElementBuilder &e = *this;
  using P = IntPredicate;
  bool isBool = elementOf(x).isInteger(1);
  auto larger = [&](Value a, Value b) -> Value {
    if (isBool)
      return ori(a, b);
    return isUnsigned ? binary<arith::MaxUIOp>(e, a, b) : binary<arith::MaxSIOp>(e, a, b);
  };
  auto smaller = [&](Value a, Value b) -> Value {
    if (isBool)
      return andi(a, b);
    return isUnsigned ? binary<arith::MinUIOp>(e, a, b) : binary<arith::MinSIOp>(e, a, b);
  };
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case(
          [&](AbsOp) -> Value { return isUnsigned ? x : select(cmp(P::slt, x, integer(x, 0)), subi(integer(x, 0), x), x); })
      .Case([&](CountLeadingZerosOp) -> Value {
        return isBool ? xori(x, integer(x, 1)) : unary<math::CountLeadingZerosOp>(e, x);
      })
      .Case([&](PopcntOp) -> Value { return isBool ? x : unary<math::CtPopOp>(e, x); })
      .Case([&](NegateOp) { return subi(integer(x, 0), x); })
      .Case([&](NotOp) { return xori(x, integer(x, -1)); })
      .Case([&](SignOp) -> Value {
        Value positive = select(cmp(P::ne, x, integer(x, 0)), integer(x, 1), integer(x, 0));
        return isUnsigned ? positive : select(cmp(P::slt, x, integer(x, 0)), integer(x, -1), positive);
      })
      .Case([&](AddOp) { return isBool ? ori(x, y) : addi(x, y); })
      .Case([&](SubtractOp) { return subi(x, y); })
      .Case([&](MultiplyOp) { return isBool ? andi(x, y) : muli(x, y); })
      .Case([&](DivideOp) { return divideIntegers(e, x, y, isUnsigned, false); })
      .Case([&](RemainderOp) { return divideIntegers(e, x, y, isUnsigned, true); })
      .Case([&](MaximumOp) { return larger(x, y); })
      .Case([&](MinimumOp) { return smaller(x, y); })
      .Case([&](PowerOp) { return integerPower(e, x, y, isUnsigned); })
      .Case([&](AndOp) { return andi(x, y); })
      .Case([&](OrOp) { return ori(x, y); })
      .Case([&](XorOp) { return xori(x, y); })
      .Case<ShiftLeftOp, ShiftRightArithmeticOp, ShiftRightLogicalOp>([&](Operation *) { return shift(e, op, x, y); })
      .Case([&](ClampOp) { return smaller(larger(v[1], v[0]), v[2]); })
      .Default([](Operation *) { return Value(); });
}

Value ElementBuilder::compare(CompareOp op, ValueRange v) {
  using F = FloatPredicate;
  using I = IntPredicate;
  Type element = operandElement(op, 0);
  ComparisonDirection direction = op.getDirection();
  if (isa<ComplexType>(element)) {
    Value equal = andi(cmp(F::OEQ, realPart(v[0]), realPart(v[1])), cmp(F::OEQ, imaginaryPart(v[0]), imaginaryPart(v[1])));
    return direction == ComparisonDirection::EQ ? equal : xori(equal, integer(equal, 1));
  }
  // In the order EQ, NE, GE, GT, LE, LT.
  static constexpr F floats[] = {F::OEQ, F::UNE, F::OGE, F::OGT, F::OLE, F::OLT};
  static constexpr I signedInts[] = {I::eq, I::ne, I::sge, I::sgt, I::sle, I::slt};
  static constexpr I unsignedInts[] = {I::eq, I::ne, I::uge, I::ugt, I::ule, I::ult};
  auto index = static_cast<unsigned>(direction);
  if (op.getTotalOrder()) {
    // The bits as an integer of the same order: below zero the larger magnitude is the smaller number. Narrow floats are f32
    // here, and their NaNs of one sign equal.
    auto key = [&](Value value) {
      bool isNarrow = element.getIntOrFloatBitWidth() < 32;
      Value bits = isNarrow ? bitcast(value, builder.getI32Type()) : toBits(value, element);
      unsigned width = elementOf(bits).getIntOrFloatBitWidth();
      Value magnitude = integer(bits, int64_t(llvm::maskTrailingOnes<uint64_t>(width - 1)));
      if (isNarrow)
        bits = select(cmp(F::UNO, value, value), ori(bits, magnitude), bits);
      return xori(bits, andi(shrs(bits, integer(bits, width - 1)), magnitude));
    };
    return cmp(signedInts[index], key(v[0]), key(v[1]));
  }
  if (isa<FloatType>(element))
    return cmp(floats[index], v[0], v[1]);
  bool isUnsigned = element.isUnsignedInteger() || element.isInteger(1);
  return cmp(isUnsigned ? unsignedInts[index] : signedInts[index], v[0], v[1]);
}

Value ElementBuilder::pointwise(Operation *op, ValueRange operands, bool roundNarrow) {
  if (auto compareOp = dyn_cast<CompareOp>(op))
    return compare(compareOp, operands);
  if (isa<SelectOp>(op)) {
    SmallVector<Value> v(operands);
    return select(v[0], v[1], v[2]);
  }
  Type resultElement = cast<RankedTensorType>(op->getResult(0).getType()).getElementType();
  if (isa<ConvertOp>(op))
    return convert(operands[0], operandElement(op, 0), resultElement);
  // `clamp` has its main operand in the middle; all its operands have one element type.
  Type element = operandElement(op, 0);
  Value result;
  if (isa<ComplexType>(element)) {
    result = complexOp(op, operands);
  } else if (isa<FloatType>(element)) {
    result = floatOp(op, operands);
    if (result && roundNarrow && isa<FloatType>(resultElement) &&
        !isa<NegateOp, AbsOp, MaximumOp, MinimumOp, ClampOp, SignOp>(op))
      result = roundTo(result, resultElement);
  } else {
    result = integerOp(op, operands, element.isUnsignedInteger() || element.isInteger(1));
  }
  if (!result)
    op->emitError("internal error: no code for this op on ") << element;
  return result;
}

} // namespace ingot
