// Cholesky factors: a tile is a matrix. In scratch it is the upper factor, whose rows are eliminated a block at a time; what
// is below a block is changed by one product.
#include "compiler/codegen/whole/MatrixCode.h"
#include "ir/TensorTypes.h"

namespace ingot {

using namespace mlir;

namespace {

struct CholeskyChoice : MatrixChoice {
  CholeskyChoice(CholeskyOp op, const CpuLevel &level)
      : MatrixChoice(op.getA(), 2, level), factor(addMatrix(dim(1), dim(1))) {}

  Array factor;
};

class CholeskyCode {
public:
  CholeskyCode(CholeskyOp op, const CholeskyChoice &choice, KernelOp kernel, const CpuLevel &level, KernelFunction &function,
               OpBuilder &builder)
      : op(op), choice(choice), code(kernel, level, function, builder, 1), m(code, choice, op.getResult()), e(m.e) {}

  LogicalResult run() {
    n = code.size(choice.dim(1));
    u = m.open(choice.factor);
    forEachMatrix(code, choice, [&](ArrayRef<LaneIndex> at) {
      read(at);
      write(at, eliminate());
    });
    return success(!code.failed);
  }

private:
  void read(ArrayRef<LaneIndex> at) {
    m.fill(u, n, n);
    m.loop(m.constant(0), n, [&](Value i) {
      m.loop(i, n, [&](Value j) {
        Number element = op.getLower() ? m.conj(m.evaluate(op.getA(), at, {j, i})) : m.evaluate(op.getA(), at, {i, j});
        m.store(u, i, j, element);
      });
    });
  }

  // Returns info.
  Value eliminate() {
    Value size = m.constant(MatrixChoice::kBlock), count = m.index.ceilDiv(n, size);
    return code.loop(m.constant(0), count, m.constant(0), [&](Value block, ValueRange state) -> SmallVector<Value> {
      Value from = m.index.mul(block, size), to = m.index.minimum(m.index.add(from, size), n);
      Value info = code.loop(from, to, state,
                             [&](Value k, ValueRange state) -> SmallVector<Value> { return row(k, to, state[0]); })[0];
      code.loop(
          to, n,
          [&](Value i) {
            Value rows = m.index.minimum(size, m.index.sub(n, i));
            m.product(MatrixCode::Into::Subtract, {u, i, i}, rows, m.index.sub(n, i), MatrixCode::Left::Adjoint,
                      {u, from, i}, {u, from, i}, m.index.sub(to, from));
          },
          size);
      return {info};
    })[0];
  }

  // Makes row k final and takes it from those of its block below it.
  SmallVector<Value> row(Value k, Value blockEnd, Value info) {
    Value pivot = m.load(u, k, k).re, next = m.index.add(k, m.constant(1));
    Value isPositive = e.cmp(arith::CmpFPredicate::OGT, pivot, e.real(pivot, 0));
    Value isFirst = m.index.compare(arith::CmpIPredicate::eq, info, m.constant(0));
    Value root = e.sqrt(pivot);
    Number divisor{e.splat(root, choice.lanes), {}};
    m.vectors(m.aligned(k), n, [&](Value column) {
      Number old = m.load(u, k, column, choice.lanes);
      m.store(u, k, column, {e.div(old.re, divisor.re), choice.isComplex ? e.div(old.im, divisor.re) : Value()});
    });
    m.store(u, k, k, m.realOf(root));
    m.loop(next, blockEnd, [&](Value i) { m.subtractRow(u, i, m.conj(m.load(u, k, i)), k, i, n); });
    return {e.select(e.andi(isFirst, e.xori(isPositive, e.integer(isPositive, 1))), next, info)};
  }

  void write(ArrayRef<LaneIndex> at, Value info) {
    m.storeInteger(cast<OpResult>(op.getInfo()), info, at, ValueRange{});
    if (!code.isReturned(cast<OpResult>(op.getResult())))
      return;
    Value isBad = m.index.compare(arith::CmpIPredicate::ne, info, m.constant(0));
    Number bad{m.nan(), choice.isComplex ? m.zero().re : Value()};
    m.loop(m.constant(0), n, [&](Value i) {
      m.loop(m.constant(0), n, [&](Value j) {
        Value isOther = m.index.compare(op.getLower() ? arith::CmpIPredicate::sgt : arith::CmpIPredicate::slt, j, i);
        Number element = op.getLower() ? m.conj(m.load(u, j, i)) : m.load(u, i, j);
        m.storeResult(cast<OpResult>(op.getResult()), m.select(isOther, m.zero(), m.select(isBad, bad, element)), at,
                      {i, j});
      });
    });
  }

  CholeskyOp op;
  const CholeskyChoice &choice;
  WholeCode code;
  MatrixCode m;
  ElementBuilder &e;
  Value n;
  MatrixCode::Matrix u;
};

class CholeskyEmitter : public WholeEmitter<CholeskyOp, CholeskyChoice, CholeskyCode> {
public:
  llvm::StringRef name() const override { return "cholesky"; }

  std::optional<KernelPlan> plan(KernelOp kernel, const CpuLevel &level, ArrayRef<SizeAttr> sizes) const override {
    auto op = wholeOpOf<CholeskyOp>(kernel);
    if (!op)
      return std::nullopt;
    auto choice = std::make_shared<CholeskyChoice>(op, level);
    double n = double(maxOfExpr(choice->dim(1), sizes).value_or(1024));
    KernelPlan plan = choice->plan(name(), choice->matrices, n * n * n / 6 + 8 * n * n, sizes);
    plan.choice = std::move(choice);
    return plan;
  }
};

} // namespace

std::unique_ptr<KernelEmitter> createCholeskyEmitter() { return std::make_unique<CholeskyEmitter>(); }

} // namespace ingot
