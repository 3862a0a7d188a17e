// Sine, cosine, tangent and their inverses.
#include "compiler/codegen/MathExpander.h"
#include "compiler/codegen/MathTables.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <cmath>

namespace ingot {

using namespace mlir;
using namespace tables;

static constexpr double kPi = 3.14159265358979323846, kPiLow = 1.2246467991473531772e-16;

//===--- Range reduction ---===//

// The words as a global of the module, two zeros first: bits count from 64 before the binary point.
Value MathExpander::twoOverPi(Value index) {
  constexpr llvm::StringLiteral name = "two_over_pi";
  Type i64 = e.builder.getI64Type();
  int64_t count = 64;
  auto type = MemRefType::get({count}, i64);
  ModuleOp module = e.pool.module();
  if (!SymbolTable::lookupSymbolIn(module, name)) {
    SmallVector<int64_t> words{0, 0};
    for (unsigned word : kTwoOverPi)
      words.push_back(word);
    words.resize(count, 0);
    OpBuilder::InsertionGuard guard(e.builder);
    e.builder.setInsertionPointToStart(module.getBody());
    memref::GlobalOp::create(e.builder, e.loc, name, e.builder.getStringAttr("private"), type,
                             DenseElementsAttr::get(RankedTensorType::get({count}, i64), ArrayRef<int64_t>(words)), true,
                             IntegerAttr());
  }
  Value table = memref::GetGlobalOp::create(e.builder, e.loc, type, name);
  return memref::LoadOp::create(e.builder, e.loc, table,
                                arith::IndexCastOp::create(e.builder, e.loc, e.builder.getIndexType(), index).getResult());
}

// x = m 2^s: of m * (2 / pi) * 2^s only the bits from weight 2 on matter. 96 bits of 2 / pi from there give the quadrant and
// 62 bits of the fraction.
MathExpander::Reduced MathExpander::reduceHuge32(Value x) {
  Type i32 = e.builder.getI32Type(), i64 = e.builder.getI64Type(), f32 = e.builder.getF32Type(),
       f64 = e.builder.getF64Type();
  Value bits = e.extui(e.bitcast(x, i32), i64);
  auto number = [&](int64_t value) { return e.integer(bits, value); };
  Value exponent = e.andi(e.shru(bits, number(23)), number(255));
  Value mantissa = e.ori(e.andi(bits, number(0x7fffff)), number(0x800000));
  // Position of the first bit wanted; small arguments, in lanes beside a huge one, must still read within the table.
  Value start = e.addi(exponent, number(64 - 2 - 150));
  start = e.select(e.cmp(I::slt, start, number(0)), number(0), start);
  Value word = e.shru(start, number(5)), shift = e.andi(start, number(31)), low32 = number(0xffffffff);
  Value w[4];
  for (int i = 0; i < 4; ++i)
    w[i] = twoOverPi(e.addi(word, number(i)));
  auto window = [&](int i) {
    Value both = e.ori(e.shl(w[i], number(32)), w[i + 1]);
    return e.andi(e.shru(e.shl(both, shift), number(32)), low32);
  };
  Value product = e.addi(e.shl(e.muli(mantissa, window(0)), number(32)), e.muli(mantissa, window(1)));
  product = e.addi(product, e.shru(e.muli(mantissa, window(2)), number(32)));
  Value quadrant = e.shru(e.addi(product, number(int64_t(1) << 61)), number(62));
  Value fraction = e.subi(product, e.shl(quadrant, number(62)));
  Value converted = e.sitofp(fraction, f64);
  Value r = e.truncf(e.mul(converted, real(converted, kPi / 2 * 0x1p-62)), f32);
  Value negative = e.cmp(I::ne, e.shru(bits, number(31)), number(0));
  quadrant = e.select(negative, e.subi(number(0), quadrant), quadrant);
  return {e.select(negative, e.neg(r), r), {}, e.trunci(quadrant, i32)};
}

// The same with 192 bits: 53 of the mantissa, the quadrant, 126 of the fraction.
MathExpander::Reduced MathExpander::reduceHuge64(Value x) {
  Type i64 = e.builder.getI64Type(), f64 = e.builder.getF64Type();
  Value bits = e.bitcast(x, i64);
  auto number = [&](int64_t value) { return e.integer(bits, value); };
  Value exponent = e.andi(e.shru(bits, number(52)), number(2047));
  Value mantissa = e.ori(e.andi(bits, number((int64_t(1) << 52) - 1)), number(int64_t(1) << 52));
  Value start = e.addi(exponent, number(64 - 2 - 1075));
  start = e.select(e.cmp(I::slt, start, number(0)), number(0), start);
  Value word = e.shru(start, number(5)), shift = e.andi(start, number(31));
  Value w[7];
  for (int i = 0; i < 7; ++i)
    w[i] = twoOverPi(e.addi(word, number(i)));
  auto window = [&](int i) { // 64 bits: two words and what the shift brings in from the third
    Value high = e.ori(e.shl(w[i], number(32)), w[i + 1]);
    Value rest = e.shru(e.shl(w[i + 2], shift), number(32));
    return e.ori(e.shl(high, shift), rest);
  };
  auto extended = [&](Value a, Value b) {
    auto op = arith::MulUIExtendedOp::create(e.builder, e.loc, a, b);
    return std::pair<Value, Value>(op.getHigh(), op.getLow());
  };
  auto [high2, low2] = extended(mantissa, window(4));
  auto [high1, low1] = extended(mantissa, window(2));
  Value low0 = e.muli(mantissa, window(0));
  Value limb1 = e.addi(low1, high2);
  Value carry = e.extui(e.cmp(I::ult, limb1, high2), i64);
  Value limb0 = e.addi(e.addi(low0, high1), carry);
  Value quadrant = e.shru(e.addi(limb0, number(int64_t(1) << 61)), number(62));
  Value f0 = e.subi(limb0, e.shl(quadrant, number(62)));
  // The magnitude, so that a small negative fraction does not look like the difference of two large parts.
  Value below = e.cmp(I::slt, f0, number(0));
  Value n1 = e.subi(number(0), limb1);
  Value n0 = e.addi(e.xori(f0, number(-1)), e.extui(e.cmp(I::eq, limb1, number(0)), i64));
  f0 = e.select(below, n0, f0);
  Value f1 = e.select(below, n1, limb1);
  Value high = e.sitofp(e.andi(f0, number(~int64_t(2047))), f64);
  Value middle = e.sitofp(e.andi(f0, number(2047)), f64);
  Value low = e.uitofp(f1, f64);
  low = e.add(middle, e.mul(low, real(low, 0x1p-64)));
  Pair fraction = fastTwoSum(high, low);
  Value unit = real(high, 0x1p-62);
  fraction = {e.mul(fraction.high, unit), e.mul(fraction.low, unit)};
  Pair product = twoProduct(fraction.high, real(high, kPi / 2));
  Value rest =
      e.add(product.low, e.add(e.mul(fraction.high, real(high, kPiLow / 2)), e.mul(fraction.low, real(high, kPi / 2))));
  Pair r = fastTwoSum(product.high, rest);
  Value isNegative = e.cmp(I::slt, bits, number(0));
  Value flip = e.xori(isNegative, below);
  quadrant = e.select(isNegative, e.subi(number(0), quadrant), quadrant);
  return {e.select(flip, e.neg(r.high), r.high), e.select(flip, e.neg(r.low), r.low), quadrant};
}

// r, quadrant and, of doubles, low of any arguments, shaped like `parts`. Of vectors by a loop over the lanes: such arguments are rare, and
// this code in vectors would take longer to compile than all else of a kernel.
SmallVector<Value> MathExpander::reduceHuge(Value x, ArrayRef<Value> parts) {
  auto reduceScalar = [&](Value element) {
    Reduced huge = isDouble(x) ? reduceHuge64(element) : reduceHuge32(element);
    SmallVector<Value> values{huge.r, huge.quadrant};
    if (huge.low)
      values.push_back(huge.low);
    return values;
  };
  if (!isa<VectorType>(x.getType()))
    return reduceScalar(x);
  auto lanes =
      scf::ForOp::create(e.builder, e.loc, e.pool.index(0), e.pool.index(ElementBuilder::lanesOf(x)), e.pool.index(1), parts,
                         [&](OpBuilder &, Location, Value lane, ValueRange carried) {
                           SmallVector<Value> next;
                           Value element = vector::ExtractOp::create(e.builder, e.loc, x, OpFoldResult(lane));
                           for (auto [value, vector] : llvm::zip_equal(reduceScalar(element), carried))
                             next.push_back(vector::InsertOp::create(e.builder, e.loc, value, vector, OpFoldResult(lane)));
                           scf::YieldOp::create(e.builder, e.loc, next);
                         });
  return SmallVector<Value>(lanes.getResults());
}

// Subtracts the nearest multiple of pi / 2 in parts that cancel exactly; beyond the range where they do, by the bits of 2 /
// pi.
MathExpander::Reduced MathExpander::reduce(Value x) {
  bool wide = isDouble(x);
  double limit = wide ? 1.0e6 : 65536.0;
  Reduced near;
  if (wide) {
    // 33 bits, 33 bits and the rest: products with multiples below 2^20 are exact.
    auto [k, n] = nearest(e.mul(x, real(x, 2 / kPi)));
    Value t = e.sub(x, e.mul(k, real(x, 1.57079632673412561417e+00)));
    Value w = e.mul(k, real(x, 6.07710050630396597660e-11));
    Value r = e.sub(t, w);
    Value rest = e.sub(e.mul(k, real(x, 2.02226624879595063154e-21)), e.sub(e.sub(t, r), w));
    Value high = e.sub(r, rest);
    near = {high, e.sub(e.sub(r, high), rest), n};
  } else if (e.fusesMultiplyAdd()) {
    auto [k, n] = nearest(e.mul(x, real(x, 2 / kPi)));
    Value minusK = e.neg(k);
    Value r = e.fma(minusK, real(x, 1.57079637050628662109375), x);
    r = e.fma(minusK, real(x, -4.37113900018624283e-8), r);
    near = {e.fma(minusK, real(x, -1.71512449894258e-15), r), {}, n};
  } else {
    Type f64 = e.builder.getF64Type();
    Value exact = e.extf(x, f64);
    auto [k, n] = nearest(e.mul(exact, real(exact, 2 / kPi)));
    Value r = e.sub(exact, e.mul(k, real(exact, 1.57079632673412561417e+00)));
    r = e.sub(r, e.mul(k, real(exact, 6.07710050650619224932e-11)));
    near = {e.truncf(r, e.builder.getF32Type()), {}, e.trunci(n, e.builder.getI32Type())};
  }
  Value isHuge = e.cmp(F::OGT, e.abs(x), real(x, limit));
  SmallVector<Value> parts{near.r, near.quadrant};
  if (near.low)
    parts.push_back(near.low);
  auto branch = scf::IfOp::create(
      e.builder, e.loc, any(isHuge),
      [&](OpBuilder &, Location) {
        SmallVector<Value> chosen;
        for (auto [huge, part] : llvm::zip_equal(reduceHuge(x, parts), parts))
          chosen.push_back(e.select(isHuge, huge, part));
        scf::YieldOp::create(e.builder, e.loc, chosen);
      },
      [&](OpBuilder &, Location) { scf::YieldOp::create(e.builder, e.loc, parts); });
  // Infinities have no sine.
  Value finite = e.cmp(F::OLT, e.abs(x), infinity(x));
  return {e.select(finite, branch.getResult(0), nan(x)), near.low ? branch.getResult(2) : Value(), branch.getResult(1)};
}

Value MathExpander::sinReduced(const Reduced &reduced) {
  Value r = reduced.r, z = e.mul(r, r), cube = e.mul(r, z);
  if (!isDouble(r))
    return e.fma(cube, polynomial(z, kSinF32), r);
  Value low = e.mul(reduced.low, e.sub(real(r, 1.0), e.mul(z, real(r, 0.5))));
  return e.add(r, e.fma(cube, polynomial(z, kSinF64), low));
}

Value MathExpander::cosReduced(const Reduced &reduced) {
  Value r = reduced.r, z = e.mul(r, r), one = real(r, 1.0), half = e.mul(z, real(r, 0.5));
  Value series = e.mul(e.mul(z, z), isDouble(r) ? polynomial(z, kCosF64) : polynomial(z, kCosF32));
  if (isDouble(r))
    series = e.sub(series, e.mul(r, reduced.low));
  // What 1 - z / 2 rounds away comes back.
  Value leading = e.sub(one, half);
  return e.add(leading, e.add(e.sub(e.sub(one, leading), half), series));
}

Value MathExpander::sin(Value x) {
  Reduced reduced = reduce(x);
  Value q = reduced.quadrant, zero = e.integer(q, 0);
  Value odd = e.cmp(I::ne, e.andi(q, e.integer(q, 1)), zero);
  Value value = e.select(odd, cosReduced(reduced), sinReduced(reduced));
  value = e.select(e.cmp(I::ne, e.andi(q, e.integer(q, 2)), zero), e.neg(value), value);
  return e.select(e.cmp(F::OEQ, x, real(x, 0.0)), x, value);
}

Value MathExpander::cos(Value x) {
  Reduced reduced = reduce(x);
  Value q = reduced.quadrant, zero = e.integer(q, 0), one = e.integer(q, 1);
  Value odd = e.cmp(I::ne, e.andi(q, one), zero);
  Value value = e.select(odd, sinReduced(reduced), cosReduced(reduced));
  return e.select(e.cmp(I::ne, e.andi(e.addi(q, one), e.integer(q, 2)), zero), e.neg(value), value);
}

Value MathExpander::tan(Value x) {
  Reduced reduced = reduce(x);
  Value q = reduced.quadrant;
  Value odd = e.cmp(I::ne, e.andi(q, e.integer(q, 1)), e.integer(q, 0));
  Value s = sinReduced(reduced), c = cosReduced(reduced);
  Value value = e.div(e.select(odd, e.neg(c), s), e.select(odd, s, c));
  return e.select(e.cmp(F::OEQ, x, real(x, 0.0)), x, value);
}

//===--- Inverses ---===//

Value MathExpander::asinTail(Value z) { return e.mul(z, isDouble(z) ? polynomial(z, kAsinF64) : polynomial(z, kAsinF32)); }

// The rest of a constant that its value in x's type leaves.
static double restOf(bool wide, double value, double low) {
  return wide ? low : value - static_cast<double>(static_cast<float>(value));
}

Value MathExpander::asin(Value x) {
  Value a = e.abs(x), half = real(x, 0.5);
  Value isSmall = e.cmp(F::OLE, a, half);
  Value mirrored = e.mul(e.sub(real(x, 1.0), a), half);
  Value z = e.select(isSmall, e.mul(a, a), mirrored);
  Value base = e.select(isSmall, a, e.sqrt(mirrored));
  Value angle = e.fma(base, asinTail(z), base);
  double low = restOf(isDouble(x), kPi / 2, kPiLow / 2);
  Value large = e.sub(real(x, kPi / 2), e.sub(e.add(angle, angle), real(x, low)));
  return e.copySign(e.select(isSmall, angle, large), x);
}

Value MathExpander::acos(Value x) {
  Value a = e.abs(x), half = real(x, 0.5);
  Value isSmall = e.cmp(F::OLE, a, half);
  Value mirrored = e.mul(e.sub(real(x, 1.0), a), half);
  Value z = e.select(isSmall, e.mul(a, a), mirrored);
  Value base = e.select(isSmall, x, e.sqrt(mirrored));
  Value tail = e.mul(base, asinTail(z));
  double halfLow = restOf(isDouble(x), kPi / 2, kPiLow / 2), low = restOf(isDouble(x), kPi, kPiLow);
  Value small = e.sub(real(x, kPi / 2), e.sub(base, e.sub(real(x, halfLow), tail)));
  Value angle = e.add(base, tail), twice = e.add(angle, angle);
  Value negative = e.sub(real(x, kPi), e.sub(twice, real(x, low)));
  return e.select(isSmall, small, e.select(e.cmp(F::OLT, x, real(x, 0.0)), negative, twice));
}

// For x >= 0: about 0, about 1 and about infinity.
Value MathExpander::atanPositive(Value x) {
  Value one = real(x, 1.0), zero = real(x, 0.0);
  Value isLarge = e.cmp(F::OGT, x, real(x, 2.4142135623730950488)),
        isMedium = e.cmp(F::OGT, x, real(x, 0.41421356237309504880));
  Value numerator = e.select(isLarge, real(x, -1.0), e.select(isMedium, e.sub(x, one), x));
  Value denominator = e.select(isLarge, x, e.select(isMedium, e.add(x, one), one));
  Value t = e.div(numerator, denominator), z = e.mul(t, t);
  Value series = e.mul(e.mul(t, z), isDouble(x) ? polynomial(z, kAtanF64) : polynomial(z, kAtanF32));
  bool wide = isDouble(x);
  Value high = e.select(isLarge, real(x, kPi / 2), e.select(isMedium, real(x, kPi / 4), zero));
  Value low = e.select(isLarge, real(x, restOf(wide, kPi / 2, kPiLow / 2)),
                       e.select(isMedium, real(x, restOf(wide, kPi / 4, kPiLow / 4)), zero));
  return e.add(high, e.add(t, e.add(series, low)));
}

Value MathExpander::atan(Value x) { return e.copySign(atanPositive(e.abs(x)), x); }

Value MathExpander::atan2(Value y, Value x) {
  Value ax = e.abs(x), ay = e.abs(y), zero = real(x, 0.0), one = real(x, 1.0);
  Value swap = e.cmp(F::OGT, ay, ax);
  Value small = e.select(swap, ax, ay), large = e.select(swap, ay, ax);
  Value ratio = e.div(small, large);
  ratio = e.select(e.cmp(F::OEQ, large, zero), zero, ratio);
  ratio = e.select(e.cmp(F::OEQ, small, infinity(x)), one, ratio);
  Value angle = atanPositive(ratio);
  bool wide = isDouble(x);
  Value turned = e.sub(real(x, kPi / 2), e.sub(angle, real(x, restOf(wide, kPi / 2, kPiLow / 2))));
  angle = e.select(swap, turned, angle);
  Value reflected = e.sub(real(x, kPi), e.sub(angle, real(x, restOf(wide, kPi, kPiLow))));
  angle = e.select(e.cmp(F::OLT, e.copySign(one, x), zero), reflected, angle);
  return e.select(e.cmp(F::UNO, x, y), nan(x), e.copySign(angle, y));
}

} // namespace ingot
