// The pointwise ops on complex elements, on real and imaginary parts. They are scalar: complex kernels have one lane.
#include "compiler/codegen/ElementBuilder.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"

namespace ingot {

using namespace mlir;

namespace {

// A complex number whose parts are real element values.
struct Complex {
  Value re, im;
};

class ComplexBuilder {
public:
  explicit ComplexBuilder(ElementBuilder &builder) : e(builder) {}

  Complex parts(Value value) { return {e.realPart(value), e.imaginaryPart(value)}; }
  Value join(Complex z) { return e.complexOf(z.re, z.im); }

  Complex add(Complex a, Complex b) { return {e.add(a.re, b.re), e.add(a.im, b.im)}; }
  Complex sub(Complex a, Complex b) { return {e.sub(a.re, b.re), e.sub(a.im, b.im)}; }
  Complex mul(Complex a, Complex b) {
    return {e.sub(e.mul(a.re, b.re), e.mul(a.im, b.im)), e.add(e.mul(a.re, b.im), e.mul(a.im, b.re))};
  }
  Complex scale(Complex a, double factor) { return {e.mul(a.re, e.real(a.re, factor)), e.mul(a.im, e.real(a.im, factor))}; }

  // Smith's method: divides by the larger part of b first, so that |b|^2 cannot overflow.
  Complex div(Complex a, Complex b) {
    Value swap = e.cmp(F::OLT, e.abs(b.re), e.abs(b.im));
    Value large = e.select(swap, b.im, b.re), small = e.select(swap, b.re, b.im);
    Value ratio = e.div(small, large);
    Value denominator = e.add(large, e.mul(small, ratio));
    Value p = e.select(swap, a.im, a.re), q = e.select(swap, a.re, a.im);
    Value re = e.div(e.add(p, e.mul(q, ratio)), denominator);
    Value im = e.div(e.sub(q, e.mul(p, ratio)), denominator);
    return {re, e.select(swap, e.neg(im), im)};
  }

  // Ordered by real, then by imaginary part.
  Value less(Complex a, Complex b) {
    return e.select(e.cmp(F::UNE, a.re, b.re), e.cmp(F::OLT, a.re, b.re), e.cmp(F::OLT, a.im, b.im));
  }
  Complex choose(Value condition, Complex a, Complex b) {
    return {e.select(condition, a.re, b.re), e.select(condition, a.im, b.im)};
  }

  Complex larger(Complex a, Complex b) { return choose(less(b, a), a, b); }
  Complex smaller(Complex a, Complex b) { return choose(less(a, b), a, b); }

  // |z| without overflow in the squares.
  Value magnitude(Complex z) {
    Value x = e.abs(z.re), y = e.abs(z.im);
    Value swap = e.cmp(F::OLT, x, y);
    Value large = e.select(swap, y, x), small = e.select(swap, x, y);
    Value zero = e.real(x, 0.0), infinity = e.real(x, std::numeric_limits<double>::infinity());
    // Beside a zero `small` is a zero or no number.
    Value ratio = e.select(e.cmp(F::OEQ, large, zero), small, e.div(small, large));
    Value result = e.mul(large, e.sqrt(e.add(e.real(x, 1.0), e.mul(ratio, ratio))));
    Value anyInfinite = e.ori(e.cmp(F::OEQ, x, infinity), e.cmp(F::OEQ, y, infinity));
    return e.select(anyInfinite, infinity, result);
  }

  template <typename Op> Value call(Value x) { return Op::create(e.builder, e.loc, x); }
  Value angle(Complex z) { return math::Atan2Op::create(e.builder, e.loc, z.im, z.re); }

  // e^x (cos y + i sin y); an imaginary part of zero stays zero where e^x is infinite. A large e^x is made in two factors: the
  // product with a sine or cosine may be a number where it is none.
  Complex exp(Complex z) {
    Value isLarge = e.cmp(F::OGT, z.re, e.real(z.re, isDouble(z.re) ? 700.0 : 80.0));
    Value factor = call<math::ExpOp>(e.select(isLarge, e.mul(z.re, e.real(z.re, 0.5)), z.re));
    auto whole = [&](Value part) { return e.select(isLarge, e.mul(part, factor), part); };
    Value isReal = e.cmp(F::OEQ, z.im, e.real(z.im, 0.0));
    return {e.select(isReal, whole(factor), whole(e.mul(factor, call<math::CosOp>(z.im)))),
            e.select(isReal, z.im, whole(e.mul(factor, call<math::SinOp>(z.im))))};
  }
  // e^z - 1 = expm1(x) cos y + (cos y - 1) + i e^x sin y, with cos y - 1 = -2 sin^2(y / 2).
  Complex expm1(Complex z) {
    Value half = call<math::SinOp>(e.mul(z.im, e.real(z.im, 0.5)));
    Value cosineMinusOne = e.mul(e.real(half, -2.0), e.mul(half, half));
    Value grown = call<math::ExpM1Op>(z.re);
    Value re = e.add(e.mul(grown, call<math::CosOp>(z.im)), cosineMinusOne);
    Value im = e.mul(call<math::ExpOp>(z.re), call<math::SinOp>(z.im));
    Value isReal = e.cmp(F::OEQ, z.im, e.real(z.im, 0.0));
    return {e.select(isReal, grown, re), e.select(isReal, z.im, im)};
  }
  Complex log(Complex z) { return {call<math::LogOp>(magnitude(z)), angle(z)}; }
  // ln|1 + z| = log1p(2x + x^2 + y^2) / 2, but near -1, where 1 + x is exact, and where squares overflow. In f64, since the sum
  // cancels.
  Complex log1p(Complex z) {
    if (!isDouble(z.re)) {
      Type narrow = ElementBuilder::elementOf(z.re), wide = e.builder.getF64Type();
      Complex result = log1p({e.extf(z.re, wide), e.extf(z.im, wide)});
      return {e.truncf(result.re, narrow), e.truncf(result.im, narrow)};
    }
    Complex shifted{e.add(z.re, e.real(z.re, 1.0)), z.im};
    Value excess = e.add(e.mul(z.re, e.add(z.re, e.real(z.re, 2.0))), e.mul(z.im, z.im));
    Value size = e.select(e.cmp(F::OLT, e.abs(z.re), e.abs(z.im)), e.abs(z.im), e.abs(z.re));
    Value isFar = e.ori(e.cmp(F::OGT, size, e.real(size, 1e100)), e.cmp(F::OLT, excess, e.real(size, -0.875)));
    Value near = e.mul(e.real(z.re, 0.5), call<math::Log1pOp>(excess));
    return {e.select(isFar, call<math::LogOp>(magnitude(shifted)), near), angle(shifted)};
  }
  // The principal root: s = sqrt((|z| + |x|) / 2), the other part y / 2s.
  Complex sqrt(Complex z) {
    Value zero = e.real(z.re, 0.0), half = e.real(z.re, 0.5);
    Value s = e.sqrt(e.add(e.mul(half, magnitude(z)), e.mul(half, e.abs(z.re))));
    Value other = e.select(e.cmp(F::OEQ, s, zero), zero, e.div(e.mul(half, e.abs(z.im)), s));
    Value positive = e.cmp(F::OGE, z.re, zero);
    Value im = e.select(positive, other, s);
    return {e.select(positive, s, other), e.copySign(im, z.im)};
  }
  Complex reciprocal(Complex z) { return div({e.real(z.re, 1.0), e.real(z.re, 0.0)}, z); }
  Complex sin(Complex z) {
    return {e.mul(call<math::SinOp>(z.re), call<math::CoshOp>(z.im)),
            e.mul(call<math::CosOp>(z.re), call<math::SinhOp>(z.im))};
  }
  Complex cos(Complex z) {
    return {e.mul(call<math::CosOp>(z.re), call<math::CoshOp>(z.im)),
            e.neg(e.mul(call<math::SinOp>(z.re), call<math::SinhOp>(z.im)))};
  }
  // tanh(x + iy) = (t (1 + s^2) + i s (1 - t^2)) / (1 + t^2 s^2) with t = tanh x, s = tan y.
  Complex tanh(Complex z) {
    Value t = call<math::TanhOp>(z.re), s = call<math::TanOp>(z.im), one = e.real(t, 1.0);
    Value tt = e.mul(t, t), ss = e.mul(s, s);
    Value denominator = e.add(one, e.mul(tt, ss));
    return {e.div(e.mul(t, e.add(one, ss)), denominator), e.div(e.mul(s, e.sub(one, tt)), denominator)};
  }
  // tan z = -i tanh(iz).
  Complex tan(Complex z) {
    Complex t = tanh({e.neg(z.im), z.re});
    return {t.im, e.neg(t.re)};
  }
  // 1 / (1 + e^-z).
  Complex logistic(Complex z) {
    Complex decay = exp({e.neg(z.re), e.neg(z.im)});
    return reciprocal({e.add(decay.re, e.real(decay.re, 1.0)), decay.im});
  }
  // e^(b log a), with 0^b = 0 and a^0 = 1.
  Complex power(Complex a, Complex b) {
    Complex result = exp(mul(b, log(a)));
    Value zero = e.real(a.re, 0.0), one = e.real(a.re, 1.0);
    Value baseZero = e.andi(e.cmp(F::OEQ, a.re, zero), e.cmp(F::OEQ, a.im, zero));
    Value exponentZero = e.andi(e.cmp(F::OEQ, b.re, zero), e.cmp(F::OEQ, b.im, zero));
    Value special = e.ori(baseZero, exponentZero);
    return {e.select(special, e.select(exponentZero, one, zero), result.re), e.select(special, zero, result.im)};
  }
  // z / |z|, 0 for 0.
  Complex sign(Complex z) {
    Value length = magnitude(z), zero = e.real(length, 0.0);
    Value isZero = e.cmp(F::OEQ, length, zero);
    return {e.select(isZero, zero, e.div(z.re, length)), e.select(isZero, zero, e.div(z.im, length))};
  }

private:
  using F = arith::CmpFPredicate;
  static bool isDouble(Value part) { return ElementBuilder::elementOf(part).isF64(); }
  ElementBuilder &e;
};

} // namespace

Value ElementBuilder::complexOp(Operation *op, ValueRange v) {
  ComplexBuilder c(*this);
  if (isa<ClampOp>(op)) {
    Complex low = c.parts(v[0]), high = c.parts(v[2]);
    return c.join(c.smaller(c.larger(c.parts(v[1]), low), high));
  }
  Complex a = c.parts(v[0]), b = v.size() > 1 ? c.parts(v[1]) : Complex{};
  if (isa<RealOp>(op))
    return a.re;
  if (isa<ImagOp>(op))
    return a.im;
  if (isa<AbsOp>(op))
    return convert(c.magnitude(a), elementOf(a.re), cast<RankedTensorType>(op->getResult(0).getType()).getElementType());
  std::optional<Complex> result = llvm::TypeSwitch<Operation *, std::optional<Complex>>(op)
                                      .Case([&](AddOp) { return c.add(a, b); })
                                      .Case([&](SubtractOp) { return c.sub(a, b); })
                                      .Case([&](MultiplyOp) { return c.mul(a, b); })
                                      .Case([&](DivideOp) { return c.div(a, b); })
                                      .Case([&](MaximumOp) { return c.larger(a, b); })
                                      .Case([&](MinimumOp) { return c.smaller(a, b); })
                                      .Case([&](PowerOp) { return c.power(a, b); })
                                      .Case([&](NegateOp) { return Complex{neg(a.re), neg(a.im)}; })
                                      .Case([&](SignOp) { return c.sign(a); })
                                      .Case([&](ExponentialOp) { return c.exp(a); })
                                      .Case([&](ExponentialMinusOneOp) { return c.expm1(a); })
                                      .Case([&](LogOp) { return c.log(a); })
                                      .Case([&](LogPlusOneOp) { return c.log1p(a); })
                                      .Case([&](LogisticOp) { return c.logistic(a); })
                                      .Case([&](SqrtOp) { return c.sqrt(a); })
                                      .Case([&](RsqrtOp) { return c.reciprocal(c.sqrt(a)); })
                                      .Case([&](SineOp) { return c.sin(a); })
                                      .Case([&](CosineOp) { return c.cos(a); })
                                      .Case([&](TanOp) { return c.tan(a); })
                                      .Case([&](TanhOp) { return c.tanh(a); })
                                      .Default([](Operation *) { return std::nullopt; });
  return result ? c.join(*result) : Value();
}

} // namespace ingot
