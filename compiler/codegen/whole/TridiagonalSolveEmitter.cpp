// Tridiagonal systems: a tile is a matrix with all its right-hand sides, along which lanes run.
#include "compiler/codegen/whole/MatrixCode.h"
#include "ir/TensorTypes.h"

namespace ingot {

using namespace mlir;

namespace {

struct TridiagonalSolveChoice : MatrixChoice {
  TridiagonalSolveChoice(TridiagonalSolveOp op, const CpuLevel &level)
      : MatrixChoice(op.getB(), 2, level), lower(addVector(dim(2))), diagonal(addVector(dim(2))), upper(addVector(dim(2))),
        unknowns(addMatrix(dim(2), dim(1))) {}

  Array lower, diagonal, upper, unknowns;
};

class TridiagonalSolveCode {
public:
  TridiagonalSolveCode(TridiagonalSolveOp op, const TridiagonalSolveChoice &choice, KernelOp kernel, const CpuLevel &level,
                       KernelFunction &function, OpBuilder &builder)
      : op(op), choice(choice), code(kernel, level, function, builder, 1), m(code, choice, op.getSecondOut()), e(m.e) {}

  LogicalResult run() {
    n = code.size(choice.dim(2));
    columns = code.size(choice.dim(1));
    zero = m.constant(0);
    l = m.open(choice.lower);
    d = m.open(choice.diagonal);
    u = m.open(choice.upper);
    x = m.open(choice.unknowns);
    forEachMatrix(code, choice, [&](ArrayRef<LaneIndex> at) {
      read(at);
      Value info = eliminate();
      substitute();
      write(at, info);
    });
    return success(!code.failed);
  }

private:
  Number at(const MatrixCode::Matrix &vector, Value i) { return m.load(vector, zero, i); }
  void set(const MatrixCode::Matrix &vector, Value i, Number value) { m.store(vector, zero, i, value); }
  Value isLess(Value a, Value b) { return m.index.compare(arith::CmpIPredicate::slt, a, b); }

  void read(ArrayRef<LaneIndex> place) {
    m.fill(x, n, columns);
    m.loop(zero, n, [&](Value i) {
      set(l, i, m.evaluate(op.getLower(), place, ValueRange{i}));
      set(d, i, m.evaluate(op.getDiagonal(), place, ValueRange{i}));
      set(u, i, m.evaluate(op.getUpper(), place, ValueRange{i}));
      m.loop(zero, columns, [&](Value j) { m.store(x, i, j, m.evaluate(op.getB(), place, {i, j})); });
    });
  }

  // Returns info.
  Value eliminate() {
    Value one = m.constant(1);
    return code.loop(zero, n, zero, [&](Value i, ValueRange state) -> SmallVector<Value> {
      Value next = m.index.add(i, one), hasTwo = isLess(m.index.add(next, one), n);
      code.branch(isLess(next, n), [&] {
        Value exchanges = e.cmp(arith::CmpFPredicate::OGT, m.size(at(l, next)), m.size(at(d, i)));
        code.branch(
            exchanges, [&] { exchangeAndEliminate(i, next, hasTwo); },
            [&] {
              Number factor = m.div(at(l, next), at(d, i));
              set(d, next, m.subtractProduct(at(d, next), factor, at(u, i)));
              m.subtractRow(x, next, factor, i, zero, columns);
              code.branch(hasTwo, [&] { set(l, next, m.zero()); });
            });
      });
      Value isFirst = m.index.compare(arith::CmpIPredicate::eq, state[0], zero);
      return {e.select(e.andi(isFirst, m.isZero(at(d, i))), next, state[0])};
    })[0];
  }

  void exchangeAndEliminate(Value i, Value next, Value hasTwo) {
    Number pivot = at(l, next), factor = m.div(at(d, i), pivot), below = at(d, next);
    set(d, i, pivot);
    set(d, next, m.subtractProduct(at(u, i), factor, below));
    code.branch(hasTwo, [&] {
      Number second = at(u, next);
      set(l, next, second);
      set(u, next, m.neg(m.mul(factor, second)));
    });
    set(u, i, below);
    m.swapRows(x, i, next, columns);
    m.subtractRow(x, next, factor, i, zero, columns);
  }

  void substitute() {
    Value one = m.constant(1);
    m.loop(zero, n, [&](Value step) {
      Value i = m.index.sub(m.index.sub(n, one), step), next = m.index.add(i, one), second = m.index.add(next, one);
      code.branch(isLess(next, n), [&] { m.subtractRow(x, i, at(u, i), next, zero, columns); });
      code.branch(isLess(second, n), [&] { m.subtractRow(x, i, at(l, next), second, zero, columns); });
      Number divisor = m.splat(at(d, i));
      m.vectors(zero, columns,
                [&](Value column) { m.store(x, i, column, m.div(m.load(x, i, column, choice.lanes), divisor)); });
    });
  }

  void write(ArrayRef<LaneIndex> place, Value info) {
    m.storeInteger(cast<OpResult>(op.getInfo()), info, place, ValueRange{});
    Value isBad = m.index.compare(arith::CmpIPredicate::ne, info, zero);
    Number bad{m.nan(), choice.isComplex ? m.zero().re : Value()};
    auto store = [&](Value result, Number value, ValueRange inner) {
      m.storeResult(cast<OpResult>(result), m.select(isBad, bad, value), place, inner);
    };
    m.loop(zero, n, [&](Value i) {
      store(op.getSecondOut(), at(l, i), ValueRange{i});
      store(op.getDiagonalOut(), at(d, i), ValueRange{i});
      store(op.getUpperOut(), at(u, i), ValueRange{i});
      m.loop(zero, columns, [&](Value j) { store(op.getX(), m.load(x, i, j), {i, j}); });
    });
  }

  TridiagonalSolveOp op;
  const TridiagonalSolveChoice &choice;
  WholeCode code;
  MatrixCode m;
  ElementBuilder &e;
  Value n, columns, zero;
  MatrixCode::Matrix l, d, u, x;
};

class TridiagonalSolveEmitter : public WholeEmitter<TridiagonalSolveOp, TridiagonalSolveChoice, TridiagonalSolveCode> {
public:
  llvm::StringRef name() const override { return "tridiagonal_solve"; }

  std::optional<KernelPlan> plan(KernelOp kernel, const CpuLevel &level, ArrayRef<SizeAttr> sizes) const override {
    auto op = wholeOpOf<TridiagonalSolveOp>(kernel);
    if (!op)
      return std::nullopt;
    auto choice = std::make_shared<TridiagonalSolveChoice>(op, level);
    double n = double(maxOfExpr(choice->dim(2), sizes).value_or(1024)),
           columns = double(maxOfExpr(choice->dim(1), sizes).value_or(1));
    KernelPlan plan = choice->plan(name(), choice->matrices, n * (30 + 8 * columns), sizes);
    plan.choice = std::move(choice);
    return plan;
  }
};

} // namespace

std::unique_ptr<KernelEmitter> createTridiagonalSolveEmitter() { return std::make_unique<TridiagonalSolveEmitter>(); }

} // namespace ingot
