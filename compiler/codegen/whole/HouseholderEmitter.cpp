// QR factors by Householder reflectors, and the matrix that reflectors make: a tile is a matrix. Reflectors are found a block
// of columns at a time, and applied to what is right of it as one.
#include "compiler/codegen/whole/Reflectors.h"
#include "ir/TensorTypes.h"

#include <algorithm>

namespace ingot {

using namespace mlir;
using FloatPredicate = arith::CmpFPredicate;

namespace {

//===--- householder_qr ---===//

struct HouseholderQrChoice : MatrixChoice {
  HouseholderQrChoice(HouseholderQrOp op, const CpuLevel &level)
      : MatrixChoice(op.getA(), 2, level), steps(dimExprs(typeOf(op.getTaus())).back()), factors(addMatrix(dim(2), dim(1))),
        taus(addVector(steps)), reflectors(*this, dim(2), dim(1)) {}

  AffineExpr steps;
  Array factors, taus;
  ReflectorArrays reflectors;
};

class HouseholderQrCode {
public:
  HouseholderQrCode(HouseholderQrOp op, const HouseholderQrChoice &choice, KernelOp kernel, const CpuLevel &level,
                    KernelFunction &function, OpBuilder &builder)
      : op(op), choice(choice), code(kernel, level, function, builder, 1), m(code, choice, op.getResult()), e(m.e) {}

  LogicalResult run() {
    rows = code.size(choice.dim(2));
    columns = code.size(choice.dim(1));
    Value steps = code.size(choice.steps), zero = m.constant(0);
    a = m.open(choice.factors);
    taus = m.open(choice.taus);
    Reflectors reflectors(m, choice.reflectors);
    forEachMatrix(code, choice, [&](ArrayRef<LaneIndex> at) {
      m.fill(a, rows, columns);
      forEachElement([&](Value i, Value j) { m.store(a, i, j, m.evaluate(op.getA(), at, {i, j})); });
      m.blocks(steps, [&](Value from, Value to) {
        Value right = m.index.minimum(m.index.add(from, m.constant(MatrixChoice::kBlock)), columns);
        m.loop(from, to, [&](Value k) { step(k, right); });
        code.branch(m.index.compare(arith::CmpIPredicate::slt, right, columns), [&] {
          reflectors.set(
              from, to, rows, [&](Value i, Value k) { return m.load(a, i, k); },
              [&](Value k) { return m.load(taus, zero, k); });
          reflectors.apply(/*adjoint=*/true, a, from, rows, right, columns);
        });
      });
      if (code.isReturned(cast<OpResult>(op.getResult())))
        forEachElement(
            [&](Value i, Value j) { m.storeResult(cast<OpResult>(op.getResult()), m.load(a, i, j), at, {i, j}); });
      m.loop(zero, steps,
             [&](Value k) { m.storeResult(cast<OpResult>(op.getTaus()), m.load(taus, zero, k), at, ValueRange{k}); });
    });
    return success(!code.failed);
  }

private:
  void forEachElement(llvm::function_ref<void(Value, Value)> body) {
    m.loop(m.constant(0), rows, [&](Value i) { m.loop(m.constant(0), columns, [&](Value j) { body(i, j); }); });
  }

  Value greater(Value x, Value y) { return arith::MaximumFOp::create(code.builder, code.loc, x, y); }
  Value isZero(Value x) { return e.cmp(FloatPredicate::OEQ, x, e.real(x, 0)); }

  // The norm of column k below row k, relative to its largest part: no square overflows or vanishes.
  Value normBelow(Value k) {
    Value next = m.index.add(k, m.constant(1)), zero = m.zero().re;
    Value largest = code.loop(next, rows, zero, [&](Value i, ValueRange state) {
      Number x = m.load(a, i, k);
      Value size = e.abs(x.re);
      if (choice.isComplex)
        size = greater(size, e.abs(x.im));
      return SmallVector<Value>{greater(state[0], size)};
    })[0];
    Value divisor = e.select(isZero(largest), e.real(largest, 1), largest);
    Value sum = code.loop(next, rows, zero, [&](Value i, ValueRange state) {
      Number x = m.load(a, i, k);
      Value re = e.div(x.re, divisor), sum = e.fma(re, re, state[0]);
      if (choice.isComplex) {
        Value im = e.div(x.im, divisor);
        sum = e.fma(im, im, sum);
      }
      m.count(1);
      return SmallVector<Value>{sum};
    })[0];
    return e.mul(largest, e.sqrt(sum));
  }

  Value hypot(ArrayRef<Value> parts) {
    Value largest = e.abs(parts[0]);
    for (Value part : parts.drop_front())
      largest = greater(largest, e.abs(part));
    Value divisor = e.select(isZero(largest), e.real(largest, 1), largest), sum;
    for (Value part : parts) {
      Value ratio = e.div(part, divisor);
      sum = sum ? e.fma(ratio, ratio, sum) : e.mul(ratio, ratio);
    }
    return e.mul(largest, e.sqrt(sum));
  }

  // Makes reflector k of column k and applies it to the columns of its block, up to `right`.
  void step(Value k, Value right) {
    Value next = m.index.add(k, m.constant(1));
    Number alpha = m.load(a, k, k);
    Value below = normBelow(k), isNull = isZero(below);
    SmallVector<Value> parts{alpha.re, below};
    if (choice.isComplex) {
      parts.push_back(alpha.im);
      isNull = e.andi(isNull, isZero(alpha.im));
    }
    Value beta = e.neg(e.copySign(hypot(parts), alpha.re));
    Value safeBeta = e.select(isNull, e.real(beta, 1), beta);
    Number tau{e.div(e.sub(beta, alpha.re), safeBeta), choice.isComplex ? e.div(e.neg(alpha.im), safeBeta) : Value()};
    tau = m.select(isNull, m.zero(), tau);
    Number divisor = m.select(isNull, m.real(1), m.sub(alpha, m.realOf(beta)));
    m.store(taus, m.constant(0), k, tau);
    m.store(a, k, k, m.select(isNull, alpha, m.realOf(beta)));
    m.loop(next, rows, [&](Value i) { m.store(a, i, k, m.div(m.load(a, i, k), divisor)); });
    // Columns of a vector together: their products with the reflector, then what those take off.
    Number factor = m.splat(m.conj(tau));
    m.vectors(m.aligned(next), right, [&](Value column) {
      Number top = m.load(a, k, column, choice.lanes);
      SmallVector<Value> init{top.re};
      if (choice.isComplex)
        init.push_back(top.im);
      auto numberOf = [&](ValueRange values) { return Number{values[0], choice.isComplex ? values[1] : Value()}; };
      SmallVector<Value> sums = code.loop(next, rows, init, [&](Value i, ValueRange state) {
        Number sum = m.addProduct(numberOf(state), m.splat(m.conj(m.load(a, i, k))), m.load(a, i, column, choice.lanes));
        m.count(choice.lanes);
        SmallVector<Value> values{sum.re};
        if (choice.isComplex)
          values.push_back(sum.im);
        return values;
      });
      Number taken = m.mul(factor, numberOf(sums));
      Value isRight = m.lanesBeyond(column, k);
      m.store(a, k, column, m.select(isRight, m.sub(top, taken), top));
      m.loop(next, rows, [&](Value i) {
        Number old = m.load(a, i, column, choice.lanes);
        m.store(a, i, column, m.select(isRight, m.subtractProduct(old, m.splat(m.load(a, i, k)), taken), old));
        m.count(choice.lanes);
      });
    });
  }

  HouseholderQrOp op;
  const HouseholderQrChoice &choice;
  WholeCode code;
  MatrixCode m;
  ElementBuilder &e;
  Value rows, columns;
  MatrixCode::Matrix a, taus;
};

double stepsOfBlocks(const MatrixChoice &choice, AffineExpr reflectors, ArrayRef<SizeAttr> sizes) {
  double rows = double(maxOfExpr(choice.dim(2), sizes).value_or(1024)),
         columns = double(maxOfExpr(choice.dim(1), sizes).value_or(1024));
  return rows * columns * (2 * double(maxOfExpr(reflectors, sizes).value_or(1024)) + 3 * double(MatrixChoice::kBlock));
}

class HouseholderQrEmitter : public WholeEmitter<HouseholderQrOp, HouseholderQrChoice, HouseholderQrCode> {
public:
  llvm::StringRef name() const override { return "householder_qr"; }

  std::optional<KernelPlan> plan(KernelOp kernel, const CpuLevel &level, ArrayRef<SizeAttr> sizes) const override {
    auto op = wholeOpOf<HouseholderQrOp>(kernel);
    if (!op)
      return std::nullopt;
    auto choice = std::make_shared<HouseholderQrChoice>(op, level);
    KernelPlan plan = choice->plan(name(), choice->matrices, stepsOfBlocks(*choice, choice->steps, sizes), sizes);
    plan.choice = std::move(choice);
    return plan;
  }
};

//===--- householder_product ---===//

struct HouseholderProductChoice : MatrixChoice {
  HouseholderProductChoice(HouseholderProductOp op, const CpuLevel &level)
      : MatrixChoice(op.getA(), 2, level), count(dimExprs(typeOf(op.getTaus())).back()), made(addMatrix(dim(2), dim(1))),
        reflectors(*this, dim(2), dim(1)) {}

  AffineExpr count;
  Array made;
  ReflectorArrays reflectors;
};

class HouseholderProductCode {
public:
  HouseholderProductCode(HouseholderProductOp op, const HouseholderProductChoice &choice, KernelOp kernel,
                         const CpuLevel &level, KernelFunction &function, OpBuilder &builder)
      : op(op), choice(choice), code(kernel, level, function, builder, 1), m(code, choice, op.getResult()) {}

  LogicalResult run() {
    Value rows = code.size(choice.dim(2)), columns = code.size(choice.dim(1)), zero = m.constant(0);
    Value diagonal = m.index.minimum(rows, columns), count = m.index.minimum(code.size(choice.count), diagonal);
    MatrixCode::Matrix q = m.open(choice.made);
    Reflectors reflectors(m, choice.reflectors);
    forEachMatrix(code, choice, [&](ArrayRef<LaneIndex> at) {
      m.fill(q, rows, columns);
      m.loop(zero, diagonal, [&](Value i) { m.store(q, i, i, m.real(1)); });
      m.blocks(
          count,
          [&](Value from, Value to) {
            reflectors.set(
                from, to, rows, [&](Value i, Value k) { return m.evaluate(op.getA(), at, {i, k}); },
                [&](Value k) { return m.evaluate(op.getTaus(), at, ValueRange{k}); });
            // In front of column `from` its rows are still those of the identity.
            reflectors.apply(/*adjoint=*/false, q, from, rows, from, columns);
          },
          /*reverse=*/true);
      m.loop(zero, rows, [&](Value i) {
        m.loop(zero, columns, [&](Value j) { m.storeResult(cast<OpResult>(op.getResult()), m.load(q, i, j), at, {i, j}); });
      });
    });
    return success(!code.failed);
  }

private:
  HouseholderProductOp op;
  const HouseholderProductChoice &choice;
  WholeCode code;
  MatrixCode m;
};

class HouseholderProductEmitter
    : public WholeEmitter<HouseholderProductOp, HouseholderProductChoice, HouseholderProductCode> {
public:
  llvm::StringRef name() const override { return "householder_product"; }

  std::optional<KernelPlan> plan(KernelOp kernel, const CpuLevel &level, ArrayRef<SizeAttr> sizes) const override {
    auto op = wholeOpOf<HouseholderProductOp>(kernel);
    if (!op)
      return std::nullopt;
    auto choice = std::make_shared<HouseholderProductChoice>(op, level);
    KernelPlan plan = choice->plan(name(), choice->matrices, stepsOfBlocks(*choice, choice->count, sizes), sizes);
    plan.choice = std::move(choice);
    return plan;
  }
};

} // namespace

std::unique_ptr<KernelEmitter> createHouseholderQrEmitter() { return std::make_unique<HouseholderQrEmitter>(); }
std::unique_ptr<KernelEmitter> createHouseholderProductEmitter() { return std::make_unique<HouseholderProductEmitter>(); }

} // namespace ingot
