#include "frontends/common/CustomCalls.h"

#include "frontends/common/Loops.h"
#include "ir/TensorTypes.h"
#include "mlir/IR/Matchers.h"

#include <numeric>

using namespace mlir;

namespace ingot::frontend {
namespace {

using Made = SmallVector<Value>;
using Compare = ComparisonDirection;

Made wrong(std::string &problem, const llvm::Twine &what) {
  problem = what.str();
  return {};
}

// The value of a scalar that is known.
std::optional<int64_t> knownInteger(Value value) {
  DenseIntElementsAttr elements;
  if (!matchPattern(value, m_Constant(&elements)) || elements.getNumElements() != 1)
    return std::nullopt;
  return (*elements.getValues<llvm::APInt>().begin()).getSExtValue();
}

bool isMatrix(Value value) {
  return ValueBuilder::rankOf(value) >= 2 && isa<FloatType, ComplexType>(ValueBuilder::elementOf(value));
}

RankedTensorType batchType(Value matrix, int64_t inner, llvm::ArrayRef<AffineExpr> more, Type element) {
  Dims dims = ValueBuilder::dimsOf(matrix);
  dims.truncate(dims.size() - size_t(inner));
  llvm::append_range(dims, more);
  return makeTensorType(dims, element);
}

// The lesser of the matrices' dims, told by the results' types.
AffineExpr lastOf(RankedTensorType type) { return dimExprs(type).back(); }

//===--- Cholesky ---===//

// LAPACK leaves the triangle alone that it does not read.
Made choleskyOf(ValueBuilder &b, Value a, bool lower) {
  auto op = CholeskyOp::create(b, TypeRange{a.getType(), batchType(a, 2, {}, b.getI32Type())}, a, lower);
  Dims dims = ValueBuilder::dimsOf(a);
  int64_t rank = ValueBuilder::rankOf(a);
  Value row = b.iota(dims, b.getI64Type(), rank - 2), column = b.iota(dims, b.getI64Type(), rank - 1);
  Value isRead = b.compare(lower ? Compare::LE : Compare::GE, column, row);
  return {b.select(isRead, op.getResult(), a), op.getInfo()};
}

Made potrf(ValueBuilder &b, const CustomCallSite &call, std::string &problem) {
  std::optional<int64_t> uplo = call.attribute("uplo"), lower = call.attribute("lower");
  if (call.operands.size() != 1 || !isMatrix(call.operands[0]) || (uplo ? *uplo != 'L' && *uplo != 'U' : !lower))
    return wrong(problem, "takes one tensor of matrices, and uplo or lower");
  return choleskyOf(b, call.operands[0], uplo ? *uplo == 'L' : *lower != 0);
}

// Operands: whether the triangle is the lower one, the batch, the size, the matrices.
Made potrfByOperands(ValueBuilder &b, const CustomCallSite &call, std::string &problem) {
  std::optional<int64_t> lower = call.operands.empty() ? std::nullopt : knownInteger(call.operands[0]);
  if (call.operands.size() != 4 || !lower || !isMatrix(call.operands[3]))
    return wrong(problem, "takes a flag that is known, two sizes and a tensor of matrices");
  return choleskyOf(b, call.operands[3], *lower != 0);
}

//===--- LU, QR ---===//

Made getrf(ValueBuilder &b, const CustomCallSite &call, std::string &problem) {
  if (call.operands.empty() || !isMatrix(call.operands.back()) || call.results.size() < 2)
    return wrong(problem, "takes a tensor of matrices and gives factors, pivots and info");
  Value a = call.operands.back();
  auto op = LuOp::create(
      b,
      TypeRange{a.getType(), batchType(a, 2, lastOf(call.results[1]), b.getI32Type()), batchType(a, 2, {}, b.getI32Type())},
      a);
  return {op.getResult(), op.getPivots(), op.getInfo()};
}

Made geqrf(ValueBuilder &b, const CustomCallSite &call, std::string &problem) {
  if (call.operands.empty() || !isMatrix(call.operands.back()) || call.results.size() < 2)
    return wrong(problem, "takes a tensor of matrices and gives factors and taus");
  Value a = call.operands.back();
  Type element = ValueBuilder::elementOf(a);
  auto op = HouseholderQrOp::create(b, TypeRange{a.getType(), batchType(a, 2, lastOf(call.results[1]), element)}, a);
  return {op.getResult(), op.getTaus()};
}

// The operands' last two are the matrices and the taus.
Made orgqr(ValueBuilder &b, const CustomCallSite &call, std::string &problem) {
  size_t count = call.operands.size();
  if (count < 2 || !isMatrix(call.operands[count - 2]))
    return wrong(problem, "takes a tensor of matrices and their taus");
  Value a = call.operands[count - 2], taus = call.operands[count - 1];
  return {HouseholderProductOp::create(b, a.getType(), a, taus)};
}

// What calls by operands give behind their results: info, which is 0, and work space, which nothing reads.
Made withRest(ValueBuilder &b, const CustomCallSite &call, Made made) {
  for (RankedTensorType type : llvm::ArrayRef(call.results).drop_front(std::min(made.size(), call.results.size())))
    made.push_back(b.splat(dimExprs(type), type.getElementType(), 0));
  return made;
}
Made geqrfByOperands(ValueBuilder &b, const CustomCallSite &call, std::string &problem) {
  Made made = geqrf(b, call, problem);
  return made.empty() ? made : withRest(b, call, made);
}
Made orgqrByOperands(ValueBuilder &b, const CustomCallSite &call, std::string &problem) {
  Made made = orgqr(b, call, problem);
  return made.empty() ? made : withRest(b, call, made);
}

//===--- Triangular and tridiagonal systems ---===//

Made solve(ValueBuilder &b, Value a, Value rhs, Value alpha, bool left, bool lower, bool unit, Transpose transpose) {
  if (alpha)
    rhs = b.mul(rhs, b.broadcast(alpha, ValueBuilder::dimsOf(rhs)));
  return {TriangularSolveOp::create(b, rhs.getType(), a, rhs, left, lower, unit, transpose)};
}

Made trsm(ValueBuilder &b, const CustomCallSite &call, std::string &problem) {
  std::optional<int64_t> side = call.attribute("side"), uplo = call.attribute("uplo"), diag = call.attribute("diag"),
                         trans = call.attribute("trans_x");
  const bool isKnown = side && (*side == 'L' || *side == 'R') && uplo && (*uplo == 'L' || *uplo == 'U') && diag &&
                       (*diag == 'N' || *diag == 'U') && trans && (*trans == 'N' || *trans == 'T' || *trans == 'C');
  size_t count = call.operands.size();
  if (!isKnown || count < 2 || count > 3 || !isMatrix(call.operands[0]) || !isMatrix(call.operands[1]))
    return wrong(problem, "takes two tensors of matrices, and side, uplo, diag and trans_x");
  Transpose transpose = *trans == 'N' ? Transpose::NO_TRANSPOSE : *trans == 'T' ? Transpose::TRANSPOSE : Transpose::ADJOINT;
  return solve(b, call.operands[0], call.operands[1], count == 3 ? call.operands[2] : Value(), *side == 'L', *uplo == 'L',
               *diag == 'U', transpose);
}

// Operands: left, lower, transposition, unit diagonal; two sizes and the batch; the factor; the matrices.
Made trsmByOperands(ValueBuilder &b, const CustomCallSite &call, std::string &problem) {
  SmallVector<std::optional<int64_t>> flags;
  if (call.operands.size() == 10)
    for (Value operand : llvm::ArrayRef(call.operands).take_front(4))
      flags.push_back(knownInteger(operand));
  if (flags.empty() || llvm::is_contained(flags, std::nullopt) || !isMatrix(call.operands[8]) || !isMatrix(call.operands[9]))
    return wrong(problem, "takes four flags that are known, three sizes, a factor and two tensors of matrices");
  Transpose transpose = *flags[2] == 0   ? Transpose::NO_TRANSPOSE
                        : *flags[2] == 1 ? Transpose::TRANSPOSE
                                         : Transpose::ADJOINT;
  return solve(b, call.operands[8], call.operands[9], call.operands[7], *flags[0] != 0, *flags[1] != 0, *flags[3] != 0,
               transpose);
}

TridiagonalSolveOp tridiagonal(ValueBuilder &b, const CustomCallSite &call, std::string &problem) {
  if (call.operands.size() != 4 || ValueBuilder::rankOf(call.operands[1]) < 1 || !isMatrix(call.operands[3])) {
    problem = "takes three diagonals and a tensor of matrices";
    return {};
  }
  Type v = call.operands[1].getType(), x = call.operands[3].getType(),
       info = batchType(call.operands[1], 1, {}, b.getI32Type());
  return TridiagonalSolveOp::create(b, TypeRange{v, v, v, x, info}, call.operands[0], call.operands[1], call.operands[2],
                                    call.operands[3]);
}

Made gtsv(ValueBuilder &b, const CustomCallSite &call, std::string &problem) {
  TridiagonalSolveOp op = tridiagonal(b, call, problem);
  return op ? Made(op.getResults()) : Made();
}
Made gtsvAlone(ValueBuilder &b, const CustomCallSite &call, std::string &problem) {
  TridiagonalSolveOp op = tridiagonal(b, call, problem);
  return op ? Made{op.getX()} : Made();
}

//===--- Random numbers ---===//

// Threefry-2x32 of 20 rounds: operands are the halves of the key and those of the counters.
Made threefry(ValueBuilder &b, const CustomCallSite &call, std::string &problem) {
  if (call.operands.size() < 4 || !ValueBuilder::elementOf(call.operands[0]).isUnsignedInteger(32) ||
      !llvm::all_equal(TypeRange(ValueRange(llvm::ArrayRef(call.operands).take_front(4)))))
    return wrong(problem, "takes four tensors of ui32 of one type");
  constexpr int64_t kRotations[2][4] = {{13, 15, 26, 6}, {17, 29, 16, 24}};
  Type element = ValueBuilder::elementOf(call.operands[0]);
  auto number = [&](int64_t value) {
    return b.broadcast(b.integer(element, value), ValueBuilder::dimsOf(call.operands[0]));
  };
  Value keys[3] = {call.operands[0], call.operands[1], {}};
  keys[2] = b.binary<XorOp>(b.binary<XorOp>(keys[0], keys[1]), number(0x1BD11BDA));
  Value first = b.add(call.operands[2], keys[0]), second = b.add(call.operands[3], keys[1]);
  for (int64_t group = 0; group != 5; ++group) {
    for (int64_t rotation : kRotations[group % 2]) {
      first = b.add(first, second);
      Value turned = b.binary<OrOp>(b.binary<ShiftLeftOp>(second, number(rotation)),
                                    b.binary<ShiftRightLogicalOp>(second, number(32 - rotation)));
      second = b.binary<XorOp>(turned, first);
    }
    first = b.add(first, keys[(group + 1) % 3]);
    second = b.add(b.add(second, keys[(group + 2) % 3]), number(group + 1));
  }
  return {first, second};
}

//===--- pivots ---===//

// Row i is exchanged with row pivots[i], from 0, for one i after the other: where each row comes from. A pivot that is no row
// exchanges nothing.
Made pivotsToPermutation(ValueBuilder &b, const CustomCallSite &call, std::string &problem) {
  if (call.operands.size() != 1 || call.results.size() != 1 || !call.results[0].getElementType().isInteger(32) ||
      !ValueBuilder::elementOf(call.operands[0]).isInteger(32) || ValueBuilder::rankOf(call.operands[0]) < 1 ||
      ValueBuilder::rankOf(call.operands[0]) != call.results[0].getRank())
    return wrong(problem, "takes one tensor of i32 pivots and gives one of i32 rows");
  Value pivots = call.operands[0];
  Type type = b.getI32Type();
  const Dims dims = dimExprs(call.results[0]);
  const int64_t last = call.results[0].getRank() - 1;
  Value rows = b.iota(dims, type, last), none = b.splat(dims, type, 0);
  // The value at one place of each row of the last dim, in all its places.
  auto at = [&](Value x, Value isThere) { return b.reduceBack(Reduction::Add, b.select(isThere, x, none), {last}); };
  SmallVector<int64_t> order; // the steps come first
  for (int64_t dim = 0; dim <= last; ++dim)
    order.push_back(dim == 0 ? last : dim - 1);
  Value steps = b.transpose(pivots, order);
  return countedLoop(b, ValueBuilder::dimsOf(pivots)[last], {rows}, [&](Value step, ArrayRef<Value> state) -> Made {
    SmallVector<int64_t> batch(last);
    std::iota(batch.begin(), batch.end(), 0);
    Value one = b.broadcast(b.convert(step, type), dims), other = b.broadcast(partAt(b, steps, step), dims, batch);
    Value isRow = b.binary<AndOp>(b.compare(Compare::GE, other, none),
                                  b.compare(Compare::LT, other, b.broadcast(b.sizeOf(dims[last], type), dims)));
    Value isOne = b.binary<AndOp>(isRow, b.compare(Compare::EQ, rows, one)), isOther = b.compare(Compare::EQ, rows, other);
    Value ofOne = at(state[0], isOne), ofOther = at(state[0], isOther);
    return {b.select(isOne, ofOther, b.select(isOther, ofOne, state[0]))};
  });
}

constexpr CustomCall kCalls[] = {
    {"lapack_?potrf_ffi", potrf},
    {"lapack_?potrf", potrfByOperands},
    {"cusolver_potrf_ffi", potrf},
    {"hipsolver_potrf_ffi", potrf},
    {"lapack_?getrf_ffi", getrf},
    {"lapack_?getrf", getrf},
    {"cusolver_getrf_ffi", getrf},
    {"hipsolver_getrf_ffi", getrf},
    {"lapack_?geqrf_ffi", geqrf},
    {"lapack_?geqrf", geqrfByOperands},
    {"cusolver_geqrf_ffi", geqrf},
    {"hipsolver_geqrf_ffi", geqrf},
    {"Qr", geqrf},
    {"lapack_?orgqr_ffi", orgqr},
    {"lapack_?orgqr", orgqrByOperands},
    {"lapack_?ungqr_ffi", orgqr},
    {"lapack_?ungqr", orgqrByOperands},
    {"cusolver_orgqr_ffi", orgqr},
    {"hipsolver_orgqr_ffi", orgqr},
    {"ProductOfElementaryHouseholderReflectors", orgqr},
    {"lapack_?trsm_ffi", trsm},
    {"blas_?trsm", trsmByOperands},
    {"lapack_?gtsv_ffi", gtsv},
    {"cusparse_gtsv2_ffi", gtsvAlone},
    {"cu_lu_pivots_to_permutation", pivotsToPermutation},
    {"hip_lu_pivots_to_permutation", pivotsToPermutation},
    {"cu_threefry2x32", threefry},
    {"cu_threefry2x32_ffi", threefry},
    {"hip_threefry2x32", threefry},
    {"hip_threefry2x32_ffi", threefry},
};

bool matches(llvm::StringRef pattern, llvm::StringRef name) {
  size_t place = pattern.find('?');
  if (place == llvm::StringRef::npos)
    return pattern == name;
  return pattern.size() == name.size() && pattern.take_front(place) == name.take_front(place) &&
         llvm::StringRef("sdcz").contains(name[place]) && pattern.drop_front(place + 1) == name.drop_front(place + 1);
}

} // namespace

llvm::ArrayRef<CustomCall> customCalls() { return kCalls; }

const CustomCall *findCustomCall(llvm::StringRef name) {
  const auto *found = llvm::find_if(kCalls, [&](const CustomCall &each) { return matches(each.name, name); });
  return found == std::end(kCalls) ? nullptr : found;
}

SmallVector<Value> makeCustomCall(ValueBuilder &b, const CustomCallSite &call, std::string &problem) {
  Made made = findCustomCall(call.name)->make(b, call, problem);
  if (!problem.empty())
    return {};
  if (made.size() < call.results.size())
    return wrong(problem, "gives " + llvm::Twine(made.size()) + " results, not " + llvm::Twine(call.results.size()));
  made.truncate(call.results.size());
  for (auto [number, value, type] : llvm::enumerate(made, call.results))
    if (!sameDims(ValueBuilder::typeOf(value), type) || ValueBuilder::elementOf(value) != type.getElementType())
      return wrong(problem, "gives result " + llvm::Twine(number) + " as " + describeType(ValueBuilder::typeOf(value), {}) +
                                ", not " + describeType(type, {}));
  return made;
}

} // namespace ingot::frontend
