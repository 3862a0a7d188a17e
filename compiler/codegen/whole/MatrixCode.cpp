#include "compiler/codegen/whole/MatrixCode.h"

#include "ir/TensorTypes.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <limits>

namespace ingot {

using namespace mlir;
using FloatPredicate = arith::CmpFPredicate;

//===--- The plan ---===//

MatrixChoice::MatrixChoice(Value matrix, int64_t inner, const CpuLevel &level)
    : type(typeOf(matrix)), inner(inner), layout(matrix.getContext()) {
  Type element = type.getElementType();
  auto complex = dyn_cast<ComplexType>(element);
  isComplex = bool(complex);
  part = computeType(isComplex ? complex.getElementType() : element);
  lanes = level.lanes(part.getIntOrFloatBitWidth() / 8);
  SmallVector<int64_t> last;
  for (int64_t dim = type.getRank() - inner; dim < type.getRank(); ++dim)
    last.push_back(dim);
  matrices = productOfDims(type, last);
}

MatrixChoice::Array MatrixChoice::addMatrix(AffineExpr rows, AffineExpr columns) {
  AffineExpr stride = simplifyExpr(columns.ceilDiv(lanes).floorDiv(2) * (2 * lanes) + lanes);
  AffineExpr count = simplifyExpr(rows * stride);
  int64_t bytes = part.getIntOrFloatBitWidth() / 8;
  AffineExpr re = layout.add(count, bytes);
  return {re, isComplex ? layout.add(count, bytes) : AffineExpr(), count, stride};
}

KernelPlan MatrixChoice::plan(StringRef emitter, AffineExpr tiles, double steps, ArrayRef<SizeAttr> sizes) const {
  KernelPlan plan;
  plan.emitter = emitter.str();
  plan.grid = tiles;
  plan.scratch = layout.bytes();
  plan.cost = double(maxOfExpr(tiles, sizes).value_or(1)) * steps * (isComplex ? 4 : 1) / double(lanes);
  Builder builder(tiles.getContext());
  plan.params = builder.getDictionaryAttr(builder.getNamedAttr("lanes", builder.getI64IntegerAttr(lanes)));
  return plan;
}

void forEachMatrix(WholeCode &code, const MatrixChoice &choice, llvm::function_ref<void(ArrayRef<LaneIndex>)> body) {
  SmallVector<Value> outer = code.dims(choice.type);
  outer.truncate(outer.size() - size_t(choice.inner));
  code.loop(code.function.begin, code.function.end,
            [&](Value matrix) { body(code.index.delinearize(IndexBuilder::uniform(matrix), outer)); });
}

//===--- Numbers ---===//

Number MatrixCode::real(double value, int64_t lanes) {
  Type type = lanes > 1 ? Type(VectorType::get({lanes}, choice.part)) : choice.part;
  Value zero = e.pool.real(type, 0.0);
  return {e.pool.real(type, value), choice.isComplex ? zero : Value()};
}

Number MatrixCode::realOf(Value re) { return {re, choice.isComplex ? e.real(re, 0) : Value()}; }

Number MatrixCode::fromElement(Value element) {
  if (choice.isComplex)
    return {e.realPart(element), e.imaginaryPart(element)};
  return {element, {}};
}

Value MatrixCode::toElement(Number number) { return choice.isComplex ? e.complexOf(number.re, number.im) : number.re; }

Number MatrixCode::splat(Number scalar) {
  return {e.splat(scalar.re, choice.lanes), choice.isComplex ? e.splat(scalar.im, choice.lanes) : Value()};
}

Number MatrixCode::add(Number x, Number y) { return {e.add(x.re, y.re), choice.isComplex ? e.add(x.im, y.im) : Value()}; }

Number MatrixCode::sub(Number x, Number y) { return {e.sub(x.re, y.re), choice.isComplex ? e.sub(x.im, y.im) : Value()}; }

Number MatrixCode::mul(Number x, Number y) {
  if (!choice.isComplex)
    return {e.mul(x.re, y.re), {}};
  return {e.fma(x.re, y.re, e.neg(e.mul(x.im, y.im))), e.fma(x.re, y.im, e.mul(x.im, y.re))};
}

Number MatrixCode::addProduct(Number sum, Number x, Number y) {
  Value re = e.fma(x.re, y.re, sum.re);
  if (!choice.isComplex)
    return {re, {}};
  return {e.fma(e.neg(x.im), y.im, re), e.fma(x.im, y.re, e.fma(x.re, y.im, sum.im))};
}

// Of complex numbers by the ratio of the divisor's lesser part to its greater one, which neither overflows nor vanishes
// where the quotient does not.
Number MatrixCode::div(Number x, Number y) {
  if (!choice.isComplex)
    return {e.div(x.re, y.re), {}};
  Value isWide = e.cmp(FloatPredicate::OGE, e.abs(y.re), e.abs(y.im));
  Value greater = e.select(isWide, y.re, y.im), lesser = e.select(isWide, y.im, y.re);
  Value ratio = e.div(lesser, greater), divisor = e.fma(lesser, ratio, greater);
  Value first = e.select(isWide, x.re, x.im), second = e.select(isWide, x.im, x.re);
  Value re = e.div(e.fma(second, ratio, first), divisor);
  Value difference = e.fma(e.neg(first), ratio, second);
  return {re, e.div(e.select(isWide, difference, e.neg(difference)), divisor)};
}

Number MatrixCode::select(Value condition, Number x, Number y) {
  return {e.select(condition, x.re, y.re), choice.isComplex ? e.select(condition, x.im, y.im) : Value()};
}

Value MatrixCode::isZero(Number x) {
  Value re = e.cmp(FloatPredicate::OEQ, x.re, e.real(x.re, 0));
  return choice.isComplex ? e.andi(re, e.cmp(FloatPredicate::OEQ, x.im, e.real(x.im, 0))) : re;
}

Value MatrixCode::size(Number x) { return choice.isComplex ? e.add(e.abs(x.re), e.abs(x.im)) : e.abs(x.re); }

Value MatrixCode::nan() { return e.pool.real(choice.part, std::numeric_limits<double>::quiet_NaN()); }

Value MatrixCode::lanesBeyond(Index at, Index bound) {
  auto type = VectorType::get({choice.lanes}, code.builder.getIndexType());
  Value steps = vector::StepOp::create(code.builder, code.loc, type);
  Value distance = vector::BroadcastOp::create(code.builder, code.loc, type, index.sub(bound, at));
  return arith::CmpIOp::create(code.builder, code.loc, arith::CmpIPredicate::sgt, steps, distance);
}

//===--- Elements ---===//

MatrixCode::Matrix MatrixCode::open(const MatrixChoice::Array &array) {
  return {code.scratchArray(array.re, array.count, choice.part),
          choice.isComplex ? code.scratchArray(array.im, array.count, choice.part) : Value(), code.size(array.stride)};
}

MatrixCode::Index MatrixCode::aligned(Index at) {
  return index.mul(index.div(at, constant(choice.lanes)), constant(choice.lanes));
}

Number MatrixCode::load(const Matrix &matrix, Index row, Index column, int64_t lanes) {
  Value at = index.add(index.mul(row, matrix.stride), column);
  auto one = [&](Value array) -> Value {
    if (lanes == 1)
      return code.load(array, at);
    return vector::LoadOp::create(code.builder, code.loc, VectorType::get({lanes}, choice.part), array, ValueRange{at});
  };
  return {one(matrix.re), choice.isComplex ? one(matrix.im) : Value()};
}

void MatrixCode::store(const Matrix &matrix, Index row, Index column, Number number) {
  Value at = index.add(index.mul(row, matrix.stride), column);
  auto one = [&](Value array, Value value) {
    if (!isa<VectorType>(value.getType()))
      return code.store(array, at, value);
    vector::StoreOp::create(code.builder, code.loc, value, array, ValueRange{at});
  };
  one(matrix.re, number.re);
  if (choice.isComplex)
    one(matrix.im, number.im);
}

static SmallVector<LaneIndex> placeOf(ArrayRef<LaneIndex> at, ValueRange inner) {
  SmallVector<LaneIndex> place(at);
  for (Value each : inner)
    place.push_back(IndexBuilder::uniform(each));
  return place;
}

Number MatrixCode::evaluate(Value tensor, ArrayRef<LaneIndex> at, ValueRange inner) {
  return fromElement(code.evaluate(tensor, placeOf(at, inner)));
}

void MatrixCode::storeResult(OpResult result, Number number, ArrayRef<LaneIndex> at, ValueRange inner) {
  code.store(result, toElement(number), placeOf(at, inner));
}

void MatrixCode::storeInteger(OpResult result, Value integer, ArrayRef<LaneIndex> at, ValueRange inner) {
  code.store(result, arith::IndexCastOp::create(code.builder, code.loc, code.builder.getI32Type(), integer),
             placeOf(at, inner));
}

//===--- Loops ---===//

void MatrixCode::vectors(Index from, Index to, llvm::function_ref<void(Index)> body) {
  code.loop(from, to, body, constant(choice.lanes));
}

void MatrixCode::blocks(Index end, llvm::function_ref<void(Index, Index)> body, bool reverse) {
  Value size = constant(MatrixChoice::kBlock);
  code.loop(constant(0), index.ceilDiv(end, size), [&](Value number) {
    if (reverse)
      number = index.sub(index.sub(index.ceilDiv(end, size), constant(1)), number);
    Value from = index.mul(number, size);
    body(from, index.minimum(index.add(from, size), end));
  });
}

void MatrixCode::fill(const Matrix &matrix, Index rows, Index columns) {
  loop(constant(0), rows, [&](Value row) {
    vectors(constant(0), columns, [&](Value column) { store(matrix, row, column, zero(choice.lanes)); });
  });
}

void MatrixCode::count(int64_t multiplications) {
  code.function.count(code.builder, code.loc, counted, [&] { return constant(multiplications); });
}

void MatrixCode::subtractRow(const Matrix &matrix, Index i, Number factor, Index k, Index from, Index to) {
  Number all = splat(factor);
  Value first = aligned(from), before = index.sub(from, constant(1));
  // Of the first vector the columns in front of `from` stay.
  vectors(first, index.minimum(to, index.add(first, constant(choice.lanes))), [&](Value column) {
    Number old = load(matrix, i, column, choice.lanes);
    Number changed = subtractProduct(old, all, load(matrix, k, column, choice.lanes));
    store(matrix, i, column, select(lanesBeyond(column, before), changed, old));
    count(choice.lanes);
  });
  vectors(index.add(first, constant(choice.lanes)), to, [&](Value column) {
    store(matrix, i, column,
          subtractProduct(load(matrix, i, column, choice.lanes), all, load(matrix, k, column, choice.lanes)));
    count(choice.lanes);
  });
}

void MatrixCode::swapRows(const Matrix &matrix, Index i, Index k, Index columns) {
  vectors(constant(0), columns, [&](Value column) {
    Number upper = load(matrix, i, column, choice.lanes), lower = load(matrix, k, column, choice.lanes);
    store(matrix, i, column, lower);
    store(matrix, k, column, upper);
  });
}

//===--- Products of blocks ---===//

// Rows and vectors of c whose sums are held in registers.
static constexpr int64_t kTileRows = 4;
static int64_t tileVectors(const MatrixChoice &choice, const CpuLevel &level) {
  return std::max<int64_t>(1, level.vectorRegisters / 8 / (choice.isComplex ? 2 : 1));
}

void MatrixCode::tile(Into into, Block c, Index row, Index column, int64_t rows, int64_t vectors, Left left, Block a,
                      Block b, Index depth) {
  const size_t parts = choice.isComplex ? 2 : 1;
  auto numberAt = [&](ValueRange values, int64_t i) {
    return Number{values[size_t(i) * parts], choice.isComplex ? values[size_t(i) * parts + 1] : Value()};
  };
  auto flatten = [&](ArrayRef<Number> numbers) {
    SmallVector<Value> values;
    for (Number number : numbers) {
      values.push_back(number.re);
      if (choice.isComplex)
        values.push_back(number.im);
    }
    return values;
  };
  auto columnAt = [&](Index origin, int64_t vector) {
    return index.add(index.add(origin, column), constant(vector * choice.lanes));
  };
  auto rowAt = [&](Index origin, int64_t i) { return index.add(index.add(origin, row), constant(i)); };
  SmallVector<Number> sums;
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t v = 0; v < vectors; ++v)
      sums.push_back(into == Into::Replace ? zero(choice.lanes)
                                           : load(c.matrix, rowAt(c.row, i), columnAt(c.column, v), choice.lanes));
  SmallVector<Value> made = code.loop(constant(0), depth, flatten(sums), [&](Value k, ValueRange carried) {
    SmallVector<Number> right, next;
    for (int64_t v = 0; v < vectors; ++v)
      right.push_back(load(b.matrix, index.add(b.row, k), columnAt(b.column, v), choice.lanes));
    for (int64_t i = 0; i < rows; ++i) {
      Number factor = left == Left::Plain ? load(a.matrix, rowAt(a.row, i), index.add(a.column, k))
                                          : conj(load(a.matrix, index.add(a.row, k), rowAt(a.column, i)));
      factor = splat(into == Into::Subtract ? neg(factor) : factor);
      for (int64_t v = 0; v < vectors; ++v)
        next.push_back(addProduct(numberAt(carried, i * vectors + v), factor, right[size_t(v)]));
    }
    count(rows * vectors * choice.lanes);
    return flatten(next);
  });
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t v = 0; v < vectors; ++v)
      store(c.matrix, rowAt(c.row, i), columnAt(c.column, v), numberAt(made, i * vectors + v));
}

void MatrixCode::product(Into into, Block c, Index rows, Index columns, Left left, Block a, Block b, Index depth) {
  int64_t many = tileVectors(choice, code.level);
  Value wide = constant(many * choice.lanes), narrow = constant(choice.lanes), tall = constant(kTileRows);
  Value lastWide = index.mul(index.div(columns, wide), wide), lastTall = index.mul(index.div(rows, tall), tall);
  auto allRows = [&](Value column, int64_t vectors) {
    loop(constant(0), lastTall, [&](Value row) { tile(into, c, row, column, kTileRows, vectors, left, a, b, depth); }, tall);
    loop(lastTall, rows, [&](Value row) { tile(into, c, row, column, 1, vectors, left, a, b, depth); });
  };
  loop(constant(0), lastWide, [&](Value column) { allRows(column, many); }, wide);
  loop(lastWide, columns, [&](Value column) { allRows(column, 1); }, narrow);
}

} // namespace ingot
