// Roots, inverse and hyperbolic functions of complex numbers by their parts, after Hull, Fairgrieve and Tang: no intermediate result
// overflows, vanishes or cancels where the result does not. Numbers of f32 are computed in f64.
#include "frontends/common/SpecialFunctions.h"

#include <limits>
#include <numbers>

using namespace mlir;

namespace ingot::frontend {
namespace {

using Compare = ComparisonDirection;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kBig = 1e150;       // squares of greater numbers may overflow
constexpr double kShrink = 0x1p-600; // takes any number below it

// The parts of a number, as tensors of f64.
struct Parts {
  Value re, im;
};

class PartsBuilder {
public:
  PartsBuilder(ValueBuilder &b, Value like) : b(b), model(like) {}

  Parts asin(Parts z) {
    Arc arc = arcOf(abs(z.re), abs(z.im));
    return {copySign(angle(arc.sine, arc.cosine), z.re), copySign(arc.height, z.im)};
  }
  Parts acos(Parts z) {
    Arc arc = arcOf(abs(z.re), abs(z.im));
    return {angle(arc.cosine, copySign(arc.sine, z.re)), neg(copySign(arc.height, z.im))};
  }
  Parts acosh(Parts z) {
    Arc arc = arcOf(abs(z.re), abs(z.im));
    return {arc.height, copySign(angle(arc.cosine, copySign(arc.sine, z.re)), z.im)};
  }
  // -i times the arc sine of i z, which is z with its parts exchanged and one negated.
  Parts asinh(Parts z) {
    Parts turned = asin({z.im, z.re});
    return {turned.im, turned.re};
  }
  Parts atan(Parts z) {
    Parts turned = atanh({z.im, z.re});
    return {turned.im, turned.re};
  }

  Parts atanh(Parts z) {
    Value x = abs(z.re), y = abs(z.im), one = number(1), zero = number(0);
    Value isBig = is(Compare::GT, b.max(x, y), kBig),
          isInfinite = either(is(Compare::EQ, x, kInfinity), is(Compare::EQ, y, kInfinity));
    Value distance = b.sub(one, x), square = b.add(b.mul(distance, distance), b.mul(y, y));
    Value re = mul(b.unary<LogPlusOneOp>(b.div(mul(x, 4), square)), 0.25);
    // Beside the pole at 1, where the square of y vanishes.
    Value isNear = both(is(Compare::EQ, x, 1), is(Compare::LT, y, 1e-150));
    re = b.select(isNear, mul(b.sub(number(std::numbers::ln2), b.unary<LogOp>(y)), 0.5), re);
    Value size = b.select(isBig, b.max(x, y), one), xPart = b.div(x, size), yPart = b.div(y, size);
    Value far = b.div(b.div(xPart, size), b.add(b.mul(xPart, xPart), b.mul(yPart, yPart)));
    re = b.select(isInfinite, zero, b.select(isBig, far, re));
    Value across = b.sub(b.mul(distance, b.add(one, x)), b.mul(y, y));
    Value im = mul(angle(b.select(isBig, zero, b.add(y, y)), b.select(isBig, number(-1), across)), 0.5);
    im = b.select(isInfinite, number(std::numbers::pi / 2), im);
    return {copySign(re, z.re), copySign(im, z.im)};
  }

  // e^x is made in two factors: the product with a sine or cosine may be a number where it is none.
  Parts hyperbolic(bool isSinh, Parts z) {
    Value cosine = b.unary<CosineOp>(z.im), sine = b.unary<SineOp>(z.im);
    Value isLarge = is(Compare::GT, abs(z.re), 700);
    Value root = b.unary<ExponentialOp>(mul(abs(z.re), 0.5));
    auto times = [&](Value function, Value factor, bool hasSign) {
      Value large = b.mul(b.mul(root, mul(factor, 0.5)), root);
      if (hasSign)
        large = b.select(is(Compare::LT, z.re, 0), neg(large), large);
      // A sine of zero stays zero beside an infinity.
      Value product = b.select(isLarge, large, b.mul(function, factor));
      return b.select(both(is(Compare::EQ, factor, 0), is(Compare::EQ, abs(z.re), kInfinity)), factor, product);
    };
    Value sinh = b.unary<SinhOp>(z.re), cosh = b.unary<CoshOp>(z.re);
    if (isSinh)
      return {times(sinh, cosine, true), times(cosh, sine, false)};
    return {times(cosh, cosine, false), times(sinh, sine, true)};
  }

  // The principal root: a third of the angle.
  Parts cbrt(Parts z) {
    Value length = b.unary<CbrtOp>(AbsOp::create(b, ComplexOp::create(b, z.re, z.im)));
    Value third = mul(angle(z.im, z.re), 1.0 / 3);
    return {b.mul(length, b.unary<CosineOp>(third)), b.mul(length, b.unary<SineOp>(third))};
  }

  Value number(double value) { return b.like(model, value); }
  Value neg(Value x) { return b.unary<NegateOp>(x); }
  Value abs(Value x) { return b.unary<AbsOp>(x); }
  Value mul(Value x, double y) { return b.mul(x, number(y)); }
  Value is(Compare direction, Value x, double y) { return b.compare(direction, x, number(y)); }
  Value both(Value x, Value y) { return b.binary<AndOp>(x, y); }
  Value either(Value x, Value y) { return b.binary<OrOp>(x, y); }

private:
  // The arc sine of x + iy, both >= 0: the sine and cosine of its real part, times a number; and its imaginary part.
  struct Arc {
    Value sine, cosine, height;
  };

  Arc arcOf(Value x, Value y) {
    Value one = number(1), zero = number(0);
    Value isInside = is(Compare::LT, x, 1), distance = abs(b.sub(x, one)), beyond = b.add(x, one);
    Value isBig = is(Compare::GT, b.max(x, y), kBig);
    Value r = hypot(beyond, y), s = hypot(distance, y), a = mul(b.add(r, s), 0.5);
    Value left = b.add(r, beyond), right = b.add(s, distance), safeRight = b.select(is(Compare::EQ, right, 0), one, right);
    // What a is beyond x, and beyond 1, without cancelling.
    Value fromLeft = b.mul(y, b.div(y, left)), fromRight = b.mul(y, b.div(y, safeRight));
    Value half = mul(b.add(a, x), 0.5);
    Value inner = b.unary<SqrtOp>(b.mul(half, b.add(fromLeft, b.add(s, b.sub(one, x)))));
    Value outer = b.mul(y, b.unary<SqrtOp>(b.add(b.div(half, left), b.div(half, safeRight))));
    Value cosine = b.select(is(Compare::LE, x, 1), inner, outer);
    Value more = mul(b.select(isInside, b.add(fromLeft, fromRight), b.add(fromLeft, right)), 0.5);
    Value low = b.unary<LogPlusOneOp>(b.add(more, b.unary<SqrtOp>(b.mul(more, b.add(a, one)))));
    Value high = b.unary<LogOp>(b.add(a, b.unary<SqrtOp>(b.mul(b.sub(a, one), b.add(a, one)))));
    Value height = b.select(is(Compare::LE, a, 1.5), low, high);
    // Where y is nothing beside the distance to 1 its square would vanish.
    Value isFlat = both(isInside, b.compare(Compare::LE, y, mul(distance, 1e-16)));
    height = b.select(isFlat, b.div(y, b.unary<SqrtOp>(b.mul(b.sub(one, x), beyond))), height);
    Value xSmall = mul(x, kShrink), ySmall = mul(y, kShrink);
    Value far = b.add(b.unary<LogOp>(hypot(xSmall, ySmall)), number(601 * std::numbers::ln2));
    Value isXInfinite = is(Compare::EQ, x, kInfinity), isYInfinite = is(Compare::EQ, y, kInfinity);
    Value isInfinite = either(isXInfinite, isYInfinite);
    auto ends = [&](Value isEnd, Value small, Value each) {
      return b.select(isInfinite, b.select(isEnd, one, zero), b.select(isBig, small, each));
    };
    return {ends(isXInfinite, xSmall, x), ends(isYInfinite, ySmall, cosine),
            b.select(isInfinite, number(kInfinity), b.select(isBig, far, height))};
  }

  // Of numbers >= 0.
  Value hypot(Value x, Value y) {
    Value greater = b.max(x, y), lesser = b.min(x, y), one = number(1);
    Value ratio = b.div(lesser, b.select(is(Compare::EQ, greater, 0), one, greater));
    ratio = b.select(b.compare(Compare::EQ, greater, lesser), one, ratio);
    return b.mul(greater, b.unary<SqrtOp>(b.add(one, b.mul(ratio, ratio))));
  }
  Value angle(Value y, Value x) { return b.binary<Atan2Op>(y, x); }

  Value copySign(Value magnitude, Value sign) {
    Type bits = withElementType(ValueBuilder::typeOf(sign), b.getI64Type());
    Value isNegative = b.compare(Compare::LT, BitcastConvertOp::create(b, bits, sign),
                                 b.broadcast(b.integer(b.getI64Type(), 0), ValueBuilder::dimsOf(sign)));
    return b.select(isNegative, neg(magnitude), magnitude);
  }

  ValueBuilder &b;
  Value model;
};

} // namespace

Value complexFunction(ValueBuilder &b, ComplexFunction function, Value z) {
  Type part = cast<ComplexType>(ValueBuilder::elementOf(z)).getElementType();
  Parts parts{b.convert(RealOp::create(b, z), b.getF64Type()), b.convert(ImagOp::create(b, z), b.getF64Type())};
  PartsBuilder builder(b, parts.re);
  Parts result = [&] {
    switch (function) {
    case ComplexFunction::Asin:
      return builder.asin(parts);
    case ComplexFunction::Acos:
      return builder.acos(parts);
    case ComplexFunction::Asinh:
      return builder.asinh(parts);
    case ComplexFunction::Acosh:
      return builder.acosh(parts);
    case ComplexFunction::Atan:
      return builder.atan(parts);
    case ComplexFunction::Atanh:
      return builder.atanh(parts);
    case ComplexFunction::Sinh:
      return builder.hyperbolic(true, parts);
    case ComplexFunction::Cosh:
      return builder.hyperbolic(false, parts);
    case ComplexFunction::Cbrt:
      return builder.cbrt(parts);
    }
    llvm_unreachable("no such function");
  }();
  return ComplexOp::create(b, b.convert(result.re, part), b.convert(result.im, part));
}

// -i log((x + iy) / sqrt(x^2 + y^2)).
Value complexAtan2(ValueBuilder &b, Value y, Value x) {
  Type part = cast<ComplexType>(ValueBuilder::elementOf(y)).getElementType();
  auto widened = [&](Value z) -> Value {
    return ComplexOp::create(b, b.convert(RealOp::create(b, z), b.getF64Type()),
                             b.convert(ImagOp::create(b, z), b.getF64Type()));
  };
  auto joined = [&](Value re, Value im) -> Value { return ComplexOp::create(b, re, im); };
  y = widened(y), x = widened(x);
  Value turned = joined(b.unary<NegateOp>(ImagOp::create(b, y)), RealOp::create(b, y));
  Value length = b.unary<SqrtOp>(b.add(b.mul(x, x), b.mul(y, y)));
  Value logarithm = b.unary<LogOp>(b.div(b.add(x, turned), length));
  Value re = ImagOp::create(b, logarithm), im = b.unary<NegateOp>(RealOp::create(b, logarithm));
  return joined(b.convert(re, part), b.convert(im, part));
}

// (x - y)(x + y) does not cancel as x^2 - y^2 does; where the parts are one finite size it is zero, even if their sum is none.
Value complexSquare(ValueBuilder &b, Value z) {
  Value x = RealOp::create(b, z), y = ImagOp::create(b, z);
  Value isEven = b.binary<AndOp>(b.compare(Compare::EQ, b.unary<AbsOp>(x), b.unary<AbsOp>(y)), IsFiniteOp::create(b, x));
  Value re = b.select(isEven, b.like(x, 0), b.mul(b.sub(x, y), b.add(x, y)));
  Value product = b.mul(x, y);
  return ComplexOp::create(b, re, b.add(product, product));
}

} // namespace ingot::frontend
