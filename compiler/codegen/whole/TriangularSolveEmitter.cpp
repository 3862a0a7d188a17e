// Triangular systems: a tile is some right-hand sides of one matrix. Whatever the side, triangle and transposition, scratch
// holds a lower triangle and the unknowns as rows: forward substitution by blocks, lanes along the right-hand sides.
#include "compiler/codegen/whole/MatrixCode.h"
#include "ir/TensorTypes.h"

#include <algorithm>

namespace ingot {

using namespace mlir;

namespace {

constexpr int64_t kSystems = 64; // of a tile, at most

struct TriangularSolveChoice : MatrixChoice {
  TriangularSolveChoice(TriangularSolveOp op, const CpuLevel &level) : MatrixChoice(op.getB(), 2, level) {
    AffineExpr n = dim(op.getLeftSide() ? 2 : 1);
    systems = dim(op.getLeftSide() ? 1 : 2);
    auto known = dyn_cast<AffineConstantExpr>(systems);
    perTile = known ? std::clamp<int64_t>(known.getValue(), 1, kSystems) : kSystems;
    slabs = simplifyExpr(systems.ceilDiv(perTile));
    triangle = addMatrix(n, n);
    unknowns = addMatrix(n, constant(perTile));
  }

  AffineExpr systems, slabs;
  int64_t perTile;
  Array triangle, unknowns;
};

class TriangularSolveCode {
public:
  TriangularSolveCode(TriangularSolveOp op, const TriangularSolveChoice &choice, KernelOp kernel, const CpuLevel &level,
                      KernelFunction &function, OpBuilder &builder)
      : op(op), choice(choice), code(kernel, level, function, builder, 1), m(code, choice, op.getResult()),
        isTransposed(op.getLeftSide() == (op.getTransposeA() != Transpose::NO_TRANSPOSE)),
        isLower(op.getLower() != isTransposed) {}

  LogicalResult run() {
    n = code.size(choice.dim(op.getLeftSide() ? 2 : 1));
    l = m.open(choice.triangle);
    x = m.open(choice.unknowns);
    Value slabs = code.size(choice.slabs), perTile = m.constant(choice.perTile);
    SmallVector<Value> outer = code.dims(choice.type);
    outer.truncate(outer.size() - 2);
    code.loop(code.function.begin, code.function.end, [&](Value tile) {
      Value first = m.index.mul(m.index.rem(tile, slabs), perTile);
      Value count = m.index.minimum(perTile, m.index.sub(code.size(choice.systems), first));
      SmallVector<LaneIndex> at = code.index.delinearize(IndexBuilder::uniform(m.index.div(tile, slabs)), outer);
      read(at, first, count);
      substitute(count);
      auto result = cast<OpResult>(op.getResult());
      m.loop(m.constant(0), n, [&](Value i) {
        m.loop(m.constant(0), count, [&](Value system) {
          m.storeResult(result, m.load(x, i, system), at, unknownAt(i, m.index.add(first, system)));
        });
      });
    });
    return success(!code.failed);
  }

private:
  // The row of the operands that is row i here.
  Value rowOf(Value i) { return isLower ? i : m.index.sub(m.index.sub(n, m.constant(1)), i); }
  SmallVector<Value> unknownAt(Value i, Value system) {
    if (op.getLeftSide())
      return {rowOf(i), system};
    return {system, rowOf(i)};
  }

  void read(ArrayRef<LaneIndex> at, Value first, Value count) {
    m.loop(m.constant(0), n, [&](Value i) {
      // Not the diagonal where it counts as ones.
      m.loop(m.constant(0), op.getUnitDiagonal() ? i : m.index.add(i, m.constant(1)), [&](Value j) {
        SmallVector<Value> place{rowOf(i), rowOf(j)};
        if (isTransposed)
          std::swap(place[0], place[1]);
        Number element = m.evaluate(op.getA(), at, place);
        m.store(l, i, j, op.getTransposeA() == Transpose::ADJOINT ? m.conj(element) : element);
      });
    });
    m.fill(x, n, count);
    m.loop(m.constant(0), n, [&](Value i) {
      m.loop(m.constant(0), count, [&](Value system) {
        m.store(x, i, system, m.evaluate(op.getB(), at, unknownAt(i, m.index.add(first, system))));
      });
    });
  }

  void substitute(Value count) {
    m.blocks(n, [&](Value from, Value to) {
      m.loop(from, to, [&](Value k) {
        if (!op.getUnitDiagonal()) {
          Number divisor = m.splat(m.load(l, k, k));
          m.vectors(m.constant(0), count,
                    [&](Value column) { m.store(x, k, column, m.div(m.load(x, k, column, choice.lanes), divisor)); });
        }
        m.loop(m.index.add(k, m.constant(1)), to,
               [&](Value i) { m.subtractRow(x, i, m.load(l, i, k), k, m.constant(0), count); });
      });
      m.product(MatrixCode::Into::Subtract, {x, to, m.constant(0)}, m.index.sub(n, to), count, MatrixCode::Left::Plain,
                {l, to, from}, {x, from, m.constant(0)}, m.index.sub(to, from));
    });
  }

  TriangularSolveOp op;
  const TriangularSolveChoice &choice;
  WholeCode code;
  MatrixCode m;
  bool isTransposed, isLower; // of the triangle that is solved
  Value n;
  MatrixCode::Matrix l, x;
};

class TriangularSolveEmitter : public WholeEmitter<TriangularSolveOp, TriangularSolveChoice, TriangularSolveCode> {
public:
  llvm::StringRef name() const override { return "triangular_solve"; }

  std::optional<KernelPlan> plan(KernelOp kernel, const CpuLevel &level, ArrayRef<SizeAttr> sizes) const override {
    auto op = wholeOpOf<TriangularSolveOp>(kernel);
    if (!op)
      return std::nullopt;
    auto choice = std::make_shared<TriangularSolveChoice>(op, level);
    double n = double(maxOfExpr(choice->dim(op.getLeftSide() ? 2 : 1), sizes).value_or(1024));
    KernelPlan plan = choice->plan(name(), simplifyExpr(choice->matrices * choice->slabs),
                                   n * n * double(choice->perTile) / 2 + 8 * n * n, sizes);
    plan.choice = std::move(choice);
    return plan;
  }
};

} // namespace

std::unique_ptr<KernelEmitter> createTriangularSolveEmitter() { return std::make_unique<TriangularSolveEmitter>(); }

} // namespace ingot
