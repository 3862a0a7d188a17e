// LU factors by partial pivoting: a tile is a matrix, in scratch eliminated a block of columns at a time. Rows are exchanged
// whole; what is right of a block is changed by one product.
#include "compiler/codegen/whole/MatrixCode.h"
#include "ir/TensorTypes.h"

#include <algorithm>

namespace ingot {

using namespace mlir;

namespace {

struct LuChoice : MatrixChoice {
  LuChoice(LuOp op, const CpuLevel &level)
      : MatrixChoice(op.getA(), 2, level), factors(addMatrix(dim(2), dim(1))),
        steps(dimExprs(typeOf(op.getPivots())).back()) {}

  Array factors;
  AffineExpr steps;
};

class LuCode {
public:
  LuCode(LuOp op, const LuChoice &choice, KernelOp kernel, const CpuLevel &level, KernelFunction &function,
         OpBuilder &builder)
      : op(op), choice(choice), code(kernel, level, function, builder, 1), m(code, choice, op.getResult()), e(m.e) {}

  LogicalResult run() {
    rows = code.size(choice.dim(2));
    columns = code.size(choice.dim(1));
    steps = code.size(choice.steps);
    a = m.open(choice.factors);
    forEachMatrix(code, choice, [&](ArrayRef<LaneIndex> at) {
      m.fill(a, rows, columns);
      forEachElement([&](Value i, Value j) { m.store(a, i, j, m.evaluate(op.getA(), at, {i, j})); });
      m.storeInteger(cast<OpResult>(op.getInfo()), eliminate(at), at, ValueRange{});
      if (code.isReturned(cast<OpResult>(op.getResult())))
        forEachElement(
            [&](Value i, Value j) { m.storeResult(cast<OpResult>(op.getResult()), m.load(a, i, j), at, {i, j}); });
    });
    return success(!code.failed);
  }

private:
  void forEachElement(llvm::function_ref<void(Value, Value)> body) {
    m.loop(m.constant(0), rows, [&](Value i) { m.loop(m.constant(0), columns, [&](Value j) { body(i, j); }); });
  }

  Value eliminate(ArrayRef<LaneIndex> at) {
    Value size = m.constant(MatrixChoice::kBlock), count = m.index.ceilDiv(steps, size);
    return code.loop(m.constant(0), count, m.constant(0), [&](Value block, ValueRange state) -> SmallVector<Value> {
      Value from = m.index.mul(block, size), end = m.index.add(from, size);
      Value to = m.index.minimum(end, steps), right = m.index.minimum(end, columns);
      Value info = code.loop(from, to, state, [&](Value k, ValueRange state) -> SmallVector<Value> {
        return {step(at, k, right, state[0])};
      })[0];
      // Rows of the block, right of it.
      m.loop(from, to, [&](Value k) {
        m.loop(m.index.add(k, m.constant(1)), to, [&](Value i) { m.subtractRow(a, i, m.load(a, i, k), k, right, columns); });
      });
      m.product(MatrixCode::Into::Subtract, {a, to, right}, m.index.sub(rows, to), m.index.sub(columns, right),
                MatrixCode::Left::Plain, {a, to, from}, {a, from, right}, m.index.sub(to, from));
      return {info};
    })[0];
  }

  // Eliminates column k within the columns of its block, up to `right`. Returns info.
  Value step(ArrayRef<LaneIndex> at, Value k, Value right, Value info) {
    Value next = m.index.add(k, m.constant(1));
    SmallVector<Value> best = code.loop(next, rows, {m.size(m.load(a, k, k)), k}, [&](Value i, ValueRange best) {
      Value size = m.size(m.load(a, i, k));
      Value isLarger = e.cmp(arith::CmpFPredicate::OGT, size, best[0]);
      return SmallVector<Value>{e.select(isLarger, size, best[0]), e.select(isLarger, i, best[1])};
    });
    m.storeInteger(cast<OpResult>(op.getPivots()), m.index.add(best[1], m.constant(1)), at, k);
    code.branch(m.index.compare(arith::CmpIPredicate::ne, best[1], k), [&] { m.swapRows(a, k, best[1], columns); });
    Number pivot = m.load(a, k, k);
    Value isZero = m.isZero(pivot), isFirst = m.index.compare(arith::CmpIPredicate::eq, info, m.constant(0));
    code.branch(e.xori(isZero, e.integer(isZero, 1)), [&] {
      m.loop(next, rows, [&](Value i) {
        Number factor = m.div(m.load(a, i, k), pivot);
        m.store(a, i, k, factor);
        m.subtractRow(a, i, factor, k, next, right);
      });
    });
    return e.select(e.andi(isZero, isFirst), next, info);
  }

  LuOp op;
  const LuChoice &choice;
  WholeCode code;
  MatrixCode m;
  ElementBuilder &e;
  Value rows, columns, steps;
  MatrixCode::Matrix a;
};

class LuEmitter : public WholeEmitter<LuOp, LuChoice, LuCode> {
public:
  llvm::StringRef name() const override { return "lu"; }

  std::optional<KernelPlan> plan(KernelOp kernel, const CpuLevel &level, ArrayRef<SizeAttr> sizes) const override {
    auto op = wholeOpOf<LuOp>(kernel);
    if (!op)
      return std::nullopt;
    auto choice = std::make_shared<LuChoice>(op, level);
    double rows = double(maxOfExpr(choice->dim(2), sizes).value_or(1024)),
           columns = double(maxOfExpr(choice->dim(1), sizes).value_or(1024));
    KernelPlan plan = choice->plan(name(), choice->matrices, rows * columns * (std::min(rows, columns) / 3 + 8), sizes);
    plan.choice = std::move(choice);
    return plan;
  }
};

} // namespace

std::unique_ptr<KernelEmitter> createLuEmitter() { return std::make_unique<LuEmitter>(); }

} // namespace ingot
