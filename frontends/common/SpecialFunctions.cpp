#include "frontends/common/SpecialFunctions.h"

#include <cmath>
#include <limits>
#include <numbers>

using namespace mlir;

namespace ingot::frontend {
namespace {

using Compare = ComparisonDirection;

constexpr double kInfinity = std::numeric_limits<double>::infinity(), kNaN = std::numeric_limits<double>::quiet_NaN();

//===--- Coefficients ---===//

// Lanczos's sum for the gamma function, of g = 7.
constexpr double kLanczosG = 7;
constexpr double kLanczos[] = {0.99999999999980993,  676.5203681218851,     -1259.1392167224028,
                               771.32342877765313,   -176.61502916214059,   12.507343278686905,
                               -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7};
// B(2k) / (2k)!, k from 1: of the Euler-Maclaurin sum of the zeta function.
constexpr double kBernoulli[] = {
    1.0 / 12,
    -1.0 / 720,
    1.0 / 30240,
    -1.0 / 1209600,
    1.0 / 47900160,
    -691.0 / 1307674368000.0,
    1.0 / 74724249600.0,
    -3617.0 / 10670622842880000.0,
    43867.0 / 5109094217170944000.0,
    -174611.0 / 330 / 2432902008176640000.0,
    854513.0 / 138 / 1124000727777607680000.0,
    -236364091.0 / 2730 / 620448401733239439360000.0,
};
// Chebyshev sums. (1 + 2x) e^(x^2) erfc(x) over (x - 3.75) / (x + 3.75); I1(x) e^-x / x over x / 4 - 1, x up to 8, and
// I1(x) e^-x sqrt(x) over 16 / x - 1 beyond it.
constexpr double kErfcx[] = {
    1.1775789345674017541,       -0.0045900545806464773309,  -0.084249133366517915584,   0.059209939998191890498,
    -0.026658668435305752277,    0.0090749976707052650939,   -0.0024131635404176081909,  0.00049077583652580863229,
    -0.000069169733025012063671, 4.1390279860730101675e-6,   7.7403830661984906686e-7,   -2.1886401049234395661e-7,
    1.0764999465670910377e-8,    4.5219598112182868979e-9,   -7.7544002088313511064e-10, -6.3180883408866844943e-11,
    2.86879501093066989e-11,     1.9455868545777326716e-13,  -9.6546967484334287151e-13, 3.2525481481493312502e-14,
    3.347811948286150207e-14,    -1.8645628805432223073e-15, -1.2507950531841271623e-15};
constexpr double kI1eSmall[] = {
    0.12629359322181682741,    -0.17641651835783405515,    0.10264365868984709538,     -0.052945981208094991427,
    0.024726449030626516828,   -0.010564084894626198156,   0.0041564229443128881567,   -0.001513572450631253149,
    0.0005122859561685757729,  -0.00016176081582589674559, 0.000047815651075500542264, -0.000013273163656039435828,
    3.4702513081376784767e-6,  -8.5687202646954547407e-7,  2.0032947535521352623e-7,   -4.4450591287963280807e-8,
    9.3815373864957717839e-9,  -1.8872497517228292879e-9,  3.6255902815521170369e-10,  -6.6634897235020277337e-11,
    1.1736186298890900755e-11, -1.983974397764934917e-12,  3.2237933659447125038e-13,  -5.0421855046455334653e-14,
    7.6006842870667319096e-15, -1.1055968782256855666e-15, 1.5536258274081601737e-16};
constexpr double kI1eLarge[] = {
    0.38928811750914006077,     -0.0097610974913614694706,  -0.00011058893876262265975, -3.8825648088787364641e-6,
    -2.5122362378598941566e-7,  -2.6314688469908007609e-8,  -3.835380384974086336e-9,   -5.5897434718323787111e-10,
    -1.8974957190300327127e-11, 3.2526034931000209632e-11,  1.4125808298180132172e-11,  2.0356277235878260082e-12,
    -7.1985440138251668724e-13, -4.0835583997466369797e-13, -2.1014739468174436781e-14, 4.2723773438809838434e-14,
    1.0420847661998110904e-14,  -3.8149123561305588854e-15, -1.8799049097182522399e-15, 3.3041207444014578119e-16,
    2.9662248049314867162e-16,  -3.229615478398631415e-17,  -4.6506199450983475141e-17};
// erf_inv(x) / x as polynomials in w = -ln(1 - x^2), from the constant term up: below 5 over w - 2.5, beyond it over
// sqrt(w) - 3 (Giles, single precision); over (sqrt(w) - a) / b for all of f64, to 2e-6.
constexpr double kErfInvSmall[] = {1.50140941,     0.246640727,   -0.00417768164, -0.00125372503, 0.00021858087,
                                   -4.39150654e-6, -3.5233877e-6, 3.43273939e-7,  2.81022636e-8};
constexpr double kErfInvLarge[] = {2.83297682,     1.00167406,    0.00943887047,  -0.0076224613,  0.00573950773,
                                   -0.00367342844, 0.00134934322, 0.000100950558, -0.000200214257};
constexpr double kErfInvTail[] = {4.0094446192338167514,     1.9509948014965529438,     0.0032521833302934307504,
                                  -0.0049888285036808570173, 0.0034247344320801211582,  -0.0015582292428551600638,
                                  0.00090223741723772393153, -0.0025914453314477564464, 0.003318977482925215631,
                                  -0.0013306417095177445561};

//===--- Building blocks ---===//

// Real functions on tensors like one of them.
class Real {
public:
  Real(ValueBuilder &b, Value like) : b(b), model(like) {}

  Value number(double value) { return b.like(model, value); }
  Value add(Value x, double y) { return b.add(x, number(y)); }
  Value mul(Value x, double y) { return b.mul(x, number(y)); }
  Value neg(Value x) { return b.unary<NegateOp>(x); }
  Value abs(Value x) { return b.unary<AbsOp>(x); }
  Value log(Value x) { return b.unary<LogOp>(x); }
  Value exp(Value x) { return b.unary<ExponentialOp>(x); }
  Value sqrt(Value x) { return b.unary<SqrtOp>(x); }
  Value floor(Value x) { return b.unary<FloorOp>(x); }
  Value is(Compare direction, Value x, double y) { return b.compare(direction, x, number(y)); }
  Value isWhole(Value x) { return b.compare(Compare::EQ, x, floor(x)); }
  Value either(Value x, Value y) { return b.binary<OrOp>(x, y); }
  Value both(Value x, Value y) { return b.binary<AndOp>(x, y); }

  Value polynomial(Value x, llvm::ArrayRef<double> coefficients) {
    Value sum = number(coefficients.back());
    for (double each : llvm::reverse(coefficients.drop_back()))
      sum = add(b.mul(sum, x), each);
    return sum;
  }
  // By Clenshaw's recurrence, t from -1 to 1.
  Value chebyshev(Value t, llvm::ArrayRef<double> coefficients) {
    Value twice = b.add(t, t), sum = number(coefficients.back()), before = number(0);
    for (double each : llvm::reverse(coefficients.drop_front().drop_back())) {
      Value next = add(b.sub(b.mul(twice, sum), before), each);
      before = sum;
      sum = next;
    }
    return add(b.sub(b.mul(t, sum), before), coefficients.front());
  }
  // sin and cos of pi x, the turns taken off exactly; the former's magnitude.
  Value sinPi(Value x) {
    Value part = b.sub(x, b.unary<RoundNearestEvenOp>(x));
    return abs(b.unary<SineOp>(mul(part, std::numbers::pi)));
  }
  Value cotPi(Value x) {
    Value part = mul(b.sub(x, b.unary<RoundNearestEvenOp>(x)), std::numbers::pi);
    return b.div(b.unary<CosineOp>(part), b.unary<SineOp>(part));
  }

  ValueBuilder &b;

private:
  Value model;
};

// `body` on f64, its result rounded to the operands' type.
template <typename Body> Value inDouble(ValueBuilder &b, ValueRange operands, Body body) {
  Type element = ValueBuilder::elementOf(operands[0]);
  SmallVector<Value> wide;
  for (Value operand : operands)
    wide.push_back(b.convert(operand, b.getF64Type()));
  Real real(b, wide[0]);
  Value result = body(real, wide);
  return b.convert(result, element);
}

//===--- The error function's kin ---===//

// Of x >= 0. e^(-x^2) in two factors: the square of x's leading bits is exact.
Value erfcOfPositive(Real &r, Value x) {
  ValueBuilder &b = r.b;
  Value t = b.div(r.add(x, -3.75), r.add(x, 3.75));
  Value lead = b.convert(b.convert(x, b.getF32Type()), b.getF64Type());
  Value rest = r.neg(b.mul(b.sub(x, lead), b.add(x, lead)));
  Value power = b.mul(r.exp(r.neg(b.mul(lead, lead))), r.exp(rest));
  Value scaled = b.div(r.chebyshev(t, kErfcx), r.add(b.add(x, x), 1));
  // Beyond 28 it is below all numbers; there the parts may be infinite.
  return b.select(r.is(Compare::GT, x, 28), r.number(0), b.mul(power, scaled));
}

Value erfc(ValueBuilder &b, ValueRange operands) {
  return inDouble(b, operands, [&](Real &r, ValueRange x) {
    Value positive = erfcOfPositive(r, r.abs(x[0]));
    Value result = b.select(r.is(Compare::LT, x[0], 0), b.sub(r.number(2), positive), positive);
    return b.select(b.compare(Compare::NE, x[0], x[0]), x[0], result);
  });
}

Value erfInv(ValueBuilder &b, ValueRange operands) {
  auto atEnds = [&](Real &r, Value x, Value inside) {
    return b.select(r.is(Compare::EQ, r.abs(x), 1), r.mul(x, kInfinity), inside);
  };
  if (!ValueBuilder::elementOf(operands[0]).isF64())
    return b.inSteps(operands[0], [&](Value x) {
      Real r(b, x);
      Value w = r.neg(b.unary<LogPlusOneOp>(r.neg(b.mul(x, x))));
      Value near = r.polynomial(r.add(w, -2.5), kErfInvSmall), far = r.polynomial(r.add(r.sqrt(w), -3), kErfInvLarge);
      return atEnds(r, x, b.mul(x, b.select(r.is(Compare::LT, w, 5), near, far)));
    });
  return inDouble(b, operands, [&](Real &r, ValueRange values) {
    Value x = values[0], size = r.abs(x), left = b.sub(r.number(1), size);
    Value w = r.neg(r.log(b.mul(left, r.add(size, 1))));
    Value near = r.polynomial(r.add(w, -2.5), kErfInvSmall);
    const double low = std::sqrt(5.0), high = 6.1;
    Value place = r.mul(r.add(r.sqrt(w), -(low + high) / 2), 2 / (high - low));
    Value y = b.mul(size, b.select(r.is(Compare::LT, w, 5), near, r.polynomial(place, kErfInvTail)));
    // One step of Halley's: of erf where it is not close to 1, else of erfc.
    Value above = b.select(r.is(Compare::LT, size, 0.5), b.sub(b.unary<ErfOp>(y), size), b.sub(left, erfcOfPositive(r, y)));
    Value step = b.div(r.mul(above, std::sqrt(std::numbers::pi) / 2), r.exp(r.neg(b.mul(y, y))));
    y = b.sub(y, b.div(step, r.add(b.mul(y, step), 1)));
    Value sign = b.select(r.is(Compare::LT, x, 0), r.neg(y), y);
    return atEnds(r, x, b.select(r.is(Compare::EQ, x, 0), x, sign));
  });
}

//===--- The gamma function's kin ---===//

// Lanczos's sum at z, and that of its derivative.
std::pair<Value, Value> lanczos(Real &r, Value z) {
  ValueBuilder &b = r.b;
  Value sum = r.number(kLanczos[0]), slope = r.number(0);
  for (auto [i, coefficient] : llvm::enumerate(llvm::ArrayRef(kLanczos).drop_front())) {
    Value place = r.add(z, static_cast<double>(i + 1)), term = b.div(r.number(coefficient), place);
    sum = b.add(sum, term);
    slope = b.sub(slope, b.div(term, place));
  }
  return {sum, slope};
}

Value lgammaOf(Real &r, Value x) {
  ValueBuilder &b = r.b;
  // Below 1/2 by the reflection at it.
  Value isLow = r.is(Compare::LT, x, 0.5), z = b.select(isLow, r.neg(x), r.add(x, -1));
  Value t = r.add(z, kLanczosG + 0.5), logT = r.log(t);
  Value y = b.add(b.mul(b.sub(r.add(z, 0.5), b.div(t, logT)), logT),
                  r.add(r.log(lanczos(r, z).first), 0.5 * std::log(2 * std::numbers::pi)));
  Value reflected = b.sub(r.add(r.neg(r.log(r.sinPi(x))), std::log(std::numbers::pi)), y);
  Value result = b.select(isLow, reflected, y);
  return b.select(r.is(Compare::EQ, r.abs(x), kInfinity), r.number(kInfinity), result);
}

Value lgamma(ValueBuilder &b, ValueRange operands) {
  return inDouble(b, operands, [](Real &r, ValueRange x) { return lgammaOf(r, x[0]); });
}

Value digammaOf(Real &r, Value x) {
  ValueBuilder &b = r.b;
  Value isLow = r.is(Compare::LT, x, 0.5), z = b.select(isLow, r.neg(x), r.add(x, -1));
  Value t = r.add(z, kLanczosG + 0.5);
  auto [sum, slope] = lanczos(r, z);
  Value y = b.sub(b.add(r.log(t), b.div(slope, sum)), b.div(r.number(kLanczosG), t));
  Value reflected = b.sub(y, r.mul(r.cotPi(x), std::numbers::pi));
  Value isPole = r.both(r.is(Compare::LE, x, 0), r.isWhole(x));
  return b.select(isPole, r.number(kNaN), b.select(isLow, reflected, y));
}

Value digamma(ValueBuilder &b, ValueRange operands) {
  return inDouble(b, operands, [](Real &r, ValueRange x) { return digammaOf(r, x[0]); });
}

// The sum of (q + k)^-x over k >= 0, the first ones added up and the others by Euler's and Maclaurin's formula:
// from q > 0 on; CHLO has the same terms for negative q.
Value zetaOf(Real &r, Value x, Value q) {
  ValueBuilder &b = r.b;
  constexpr int kTerms = 10;
  Value power = r.neg(x), sum = r.number(0);
  for (int k = 0; k != kTerms; ++k)
    sum = b.add(sum, b.binary<PowerOp>(r.add(q, k), power));
  Value a = r.add(q, kTerms), last = b.binary<PowerOp>(a, power);
  sum = b.add(sum, b.add(b.div(b.mul(last, a), r.add(x, -1)), r.mul(last, 0.5)));
  // x (x + 1) .. (x + 2k - 2) * a^(-x - 2k + 1).
  Value factor = b.div(b.mul(last, x), a), square = b.mul(a, a);
  for (auto [k, bernoulli] : llvm::enumerate(kBernoulli)) {
    sum = b.add(sum, r.mul(factor, bernoulli));
    double next = static_cast<double>(2 * k);
    factor = b.div(b.mul(factor, b.mul(r.add(x, next + 1), r.add(x, next + 2))), square);
  }
  // Sums whose first term alone counts, far from which the others vanish.
  sum = b.select(r.is(Compare::EQ, q, kInfinity), r.number(0), sum);
  Value isPole = r.both(r.is(Compare::LE, q, 0), r.isWhole(q));
  Value isComplex = r.both(r.is(Compare::LE, q, 0), b.compare(Compare::NE, x, r.floor(x)));
  sum = b.select(isPole, r.number(kInfinity), b.select(isComplex, r.number(kNaN), sum));
  return b.select(r.is(Compare::EQ, x, 1), r.number(kInfinity), b.select(r.is(Compare::LT, x, 1), r.number(kNaN), sum));
}

Value zeta(ValueBuilder &b, ValueRange operands) {
  return inDouble(b, operands, [](Real &r, ValueRange x) { return zetaOf(r, x[0], x[1]); });
}

Value polygamma(ValueBuilder &b, ValueRange operands) {
  return inDouble(b, operands, [&](Real &r, ValueRange operands) {
    Value n = operands[0], x = operands[1], order = r.add(n, 1);
    Value isEven = b.compare(Compare::EQ, r.mul(n, 0.5), r.floor(r.mul(n, 0.5)));
    Value size = b.mul(r.exp(lgammaOf(r, order)), zetaOf(r, order, x));
    Value result = b.select(r.is(Compare::EQ, n, 0), digammaOf(r, x), b.select(isEven, r.neg(size), size));
    // At a pole an even one has two signs.
    Value isPole = r.both(isEven, r.both(r.is(Compare::LE, x, 0), r.isWhole(x)));
    Value isOrder = r.both(r.is(Compare::GE, n, 0), r.isWhole(n));
    return b.select(isPole, r.number(kNaN), b.select(isOrder, result, r.number(kNaN)));
  });
}

Value besselI1e(ValueBuilder &b, ValueRange operands) {
  return inDouble(b, operands, [&](Real &r, ValueRange x) {
    Value size = r.abs(x[0]);
    Value near = b.mul(x[0], r.chebyshev(r.add(r.mul(size, 0.25), -1), kI1eSmall));
    Value far = b.div(r.chebyshev(r.add(b.div(r.number(16), size), -1), kI1eLarge), r.sqrt(size));
    far = b.select(r.is(Compare::LT, x[0], 0), r.neg(far), far);
    return b.select(r.is(Compare::LE, size, 8), near, far);
  });
}

//===--- Bits ---===//

// The neighbour of x in the direction of y, by counting the numbers of one sign.
Value nextAfter(ValueBuilder &b, ValueRange operands) {
  Value x = operands[0], y = operands[1];
  Type element = ValueBuilder::elementOf(x), bitsType = b.getIntegerType(element.getIntOrFloatBitWidth());
  Type bits = withElementType(ValueBuilder::typeOf(x), bitsType);
  Real r(b, x);
  auto integer = [&](int64_t value) { return b.broadcast(b.integer(bitsType, value), ValueBuilder::dimsOf(x)); };
  Value xBits = BitcastConvertOp::create(b, bits, x), yBits = BitcastConvertOp::create(b, bits, y);
  Value isAway = b.compare(Compare::EQ, b.compare(Compare::GT, x, r.number(0)), b.compare(Compare::GT, y, x));
  Value moved = b.select(isAway, b.add(xBits, integer(1)), b.sub(xBits, integer(1)));
  // From zero to the least number of y's sign.
  unsigned width = element.getIntOrFloatBitWidth();
  Value sign =
      b.binary<AndOp>(yBits, integer(width == 64 ? std::numeric_limits<int64_t>::min() : -(int64_t(1) << (width - 1))));
  moved = b.select(r.is(Compare::EQ, x, 0), b.binary<OrOp>(sign, integer(1)), moved);
  Value result = BitcastConvertOp::create(b, x.getType(), moved);
  result = b.select(b.compare(Compare::EQ, x, y), y, result);
  Value isNumber = r.both(b.compare(Compare::EQ, x, x), b.compare(Compare::EQ, y, y));
  return b.select(isNumber, result, b.add(x, y));
}

Value isInf(ValueBuilder &b, ValueRange operands) {
  Real r(b, operands[0]);
  return r.is(Compare::EQ, r.abs(operands[0]), kInfinity);
}
Value isPosInf(ValueBuilder &b, ValueRange operands) { return Real(b, operands[0]).is(Compare::EQ, operands[0], kInfinity); }
Value isNegInf(ValueBuilder &b, ValueRange operands) {
  return Real(b, operands[0]).is(Compare::EQ, operands[0], -kInfinity);
}

// The upper half of the product, from those of halves of the factors.
Value mulhi(ValueBuilder &b, ValueRange operands) {
  Value x = operands[0], y = operands[1];
  auto element = cast<IntegerType>(ValueBuilder::elementOf(x));
  auto integer = [&](int64_t value) { return b.broadcast(b.integer(element, value), ValueBuilder::dimsOf(x)); };
  const unsigned half = element.getWidth() / 2;
  Value shift = integer(half), mask = integer((int64_t(1) << half) - 1);
  auto low = [&](Value v) { return b.binary<AndOp>(v, mask); };
  auto high = [&](Value v) { return b.binary<ShiftRightLogicalOp>(v, shift); };
  Value lowLow = b.mul(low(x), low(y)), highLow = b.mul(high(x), low(y)), lowHigh = b.mul(low(x), high(y)),
        highHigh = b.mul(high(x), high(y));
  Value middle = b.add(b.add(high(lowLow), low(highLow)), low(lowHigh));
  Value result = b.add(b.add(highHigh, high(middle)), b.add(high(highLow), high(lowHigh)));
  if (element.isUnsigned())
    return result;
  // A negative factor was taken as one of 2^width more.
  Value zero = integer(0);
  auto excess = [&](Value v, Value other) { return b.select(b.compare(Compare::LT, v, zero), other, zero); };
  return b.sub(b.sub(result, excess(x, y)), excess(y, x));
}

Value square(ValueBuilder &b, ValueRange operands) {
  return isa<ComplexType>(ValueBuilder::elementOf(operands[0])) ? complexSquare(b, operands[0])
                                                                : b.mul(operands[0], operands[0]);
}

Value conj(ValueBuilder &b, ValueRange operands) {
  Value z = operands[0];
  if (!isa<ComplexType>(ValueBuilder::elementOf(z)))
    return z;
  return ComplexOp::create(b, RealOp::create(b, z), b.unary<NegateOp>(ImagOp::create(b, z)));
}

template <typename Op> Value opOf(ValueBuilder &b, ValueRange operands) { return b.unary<Op>(operands[0]); }

template <typename Op, ComplexFunction function> Value opOrParts(ValueBuilder &b, ValueRange operands) {
  return isa<ComplexType>(ValueBuilder::elementOf(operands[0])) ? complexFunction(b, function, operands[0])
                                                                : b.unary<Op>(operands[0]);
}

bool floatsOrComplex(Type element) { return isa<FloatType, ComplexType>(element); }
bool numbers(Type element) { return isa<FloatType, ComplexType, IntegerType>(element); }
bool evenIntegers(Type element) {
  auto integer = dyn_cast<IntegerType>(element);
  return integer && integer.getWidth() % 2 == 0;
}

constexpr SpecialFunction kFunctions[] = {
    {"acos", 1, floatsOrComplex, opOrParts<AcosOp, ComplexFunction::Acos>},
    {"acosh", 1, floatsOrComplex, opOrParts<AcoshOp, ComplexFunction::Acosh>},
    {"asin", 1, floatsOrComplex, opOrParts<AsinOp, ComplexFunction::Asin>},
    {"asinh", 1, floatsOrComplex, opOrParts<AsinhOp, ComplexFunction::Asinh>},
    {"atan", 1, floatsOrComplex, opOrParts<AtanOp, ComplexFunction::Atan>},
    {"atanh", 1, floatsOrComplex, opOrParts<AtanhOp, ComplexFunction::Atanh>},
    {"bessel_i1e", 1, nullptr, besselI1e},
    {"conj", 1, numbers, conj},
    {"cosh", 1, floatsOrComplex, opOrParts<CoshOp, ComplexFunction::Cosh>},
    {"digamma", 1, nullptr, digamma},
    {"erf", 1, nullptr, opOf<ErfOp>},
    {"erf_inv", 1, nullptr, erfInv},
    {"erfc", 1, nullptr, erfc},
    {"is_inf", 1, nullptr, isInf},
    {"is_neg_inf", 1, nullptr, isNegInf},
    {"is_pos_inf", 1, nullptr, isPosInf},
    {"lgamma", 1, nullptr, lgamma},
    {"mulhi", 2, evenIntegers, mulhi},
    {"next_after", 2, nullptr, nextAfter},
    {"polygamma", 2, nullptr, polygamma},
    {"sinh", 1, floatsOrComplex, opOrParts<SinhOp, ComplexFunction::Sinh>},
    {"square", 1, numbers, square},
    {"tan", 1, floatsOrComplex, opOf<TanOp>},
    {"zeta", 2, nullptr, zeta},
};

} // namespace

llvm::ArrayRef<SpecialFunction> specialFunctions() { return kFunctions; }

const SpecialFunction *findSpecialFunction(llvm::StringRef name) {
  const auto *found = llvm::find_if(kFunctions, [&](const SpecialFunction &each) { return each.name == name; });
  return found == std::end(kFunctions) ? nullptr : found;
}

bool takesElements(const SpecialFunction &function, Type elementType) {
  return function.takes ? function.takes(elementType) : isa<FloatType>(elementType);
}

} // namespace ingot::frontend
