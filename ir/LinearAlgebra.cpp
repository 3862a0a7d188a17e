#include "ir/Dialect.h"
#include "ir/TensorTypes.h"
#include "ir/Verification.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;

namespace ingot {
namespace {

std::string show(Value value) {
  return describeType(tensorType(value),
                      moduleSizes(value.getDefiningOp() ? value.getDefiningOp() : value.getParentBlock()->getParentOp()));
}

// True if `a` is no larger than `b` whatever the sizes are.
bool isAtMost(AffineExpr a, AffineExpr b, ArrayRef<SizeAttr> sizes) {
  std::optional<int64_t> more = maxOfExpr(simplifyExpr(a - b), sizes);
  return more && *more <= 0;
}

AffineExpr lastDim(Value value, unsigned back) {
  auto type = tensorType(value);
  return dimExpr(type, unsigned(type.getRank()) - back);
}

class MatrixVerifier {
public:
  explicit MatrixVerifier(Operation *op) : op(op) {}

  LogicalResult sameTypes(StringRef label, StringRef what, Value value, StringRef otherWhat, Value other) {
    if (value.getType() == other.getType())
      return success();
    return error(label) << what << " is " << show(value) << ", but " << otherWhat << " is " << show(other);
  }
  LogicalResult isMatrix(StringRef label, Value value) {
    if (tensorType(value).getRank() >= 2)
      return success();
    return error(label) << "'a' is " << show(value) << ", but its rank must be at least 2";
  }
  // `value` has the dims of `like` but for the last `less`, then `more`; a null one of these: whatever it is.
  LogicalResult hasDims(StringRef label, StringRef what, Value value, Value like, size_t less, ArrayRef<AffineExpr> more) {
    SmallVector<AffineExpr> dims = dimExprs(tensorType(value)), needed = dimExprs(tensorType(like));
    needed.truncate(needed.size() - less);
    llvm::append_range(needed, more);
    if (dims.size() == needed.size() && llvm::all_of(llvm::zip(dims, needed), [](auto pair) {
          return !std::get<1>(pair) || sameExpr(std::get<0>(pair), std::get<1>(pair));
        }))
      return success();
    return error(label) << what << " is " << show(value) << ", which does not go with " << show(like);
  }
  LogicalResult sameElements(StringRef label, StringRef what, Value value, Value other) {
    if (tensorType(value).getElementType() == tensorType(other).getElementType())
      return success();
    return error(label) << what << " is " << show(value) << ", but 'a' is " << show(other);
  }

  // `value` has an element for each step of an elimination of `a`.
  LogicalResult hasSteps(StringRef label, StringRef what, Value value, Value a) {
    AffineExpr m = lastDim(a, 2), n = lastDim(a, 1);
    SmallVector<SizeAttr> sizes = moduleSizes(op);
    if (isAtMost(m, n, sizes) || isAtMost(n, m, sizes))
      return hasDims(label, what, value, a, 2, isAtMost(m, n, sizes) ? m : n);
    return error(label) << "'a' is " << show(a) << ", of whose last dims either may be the lesser";
  }

private:
  InFlightDiagnostic error(StringRef label) { return op->emitOpError() << "(" << label << ") "; }
  Operation *op;
};

// Reads all of the operand's elements in the last `dims` dims, at the place's own in the first `batch` dims.
void readWhole(IndexRelation &relation, unsigned operand, Value value, unsigned batch) {
  auto type = tensorType(value);
  SmallVector<AffineExpr> place;
  for (unsigned dim = 0; dim < unsigned(type.getRank()); ++dim)
    place.push_back(dim < batch ? relation.index(dim) : relation.addVariable(dimExpr(type, dim)));
  relation.read(operand, place);
}

// Every result element of a matrix depends on all of the operands' matrices of the same place.
IndexRelation wholeMatrices(Operation *op, unsigned result, unsigned batch) {
  IndexRelation relation = relationOf(op->getResult(result));
  for (auto [number, operand] : llvm::enumerate(op->getOperands()))
    readWhole(relation, unsigned(number), operand, batch);
  return relation;
}

unsigned batchDims(Value value, unsigned inner) { return unsigned(tensorType(value).getRank()) - inner; }

} // namespace

//===--- Verifiers ---===//

LogicalResult CholeskyOp::verify() {
  MatrixVerifier check(*this);
  if (failed(check.sameTypes("C1", "the result", getResult(), "'a'", getA())) || failed(check.isMatrix("C2", getA())))
    return failure();
  if (!sameExpr(lastDim(getA(), 1), lastDim(getA(), 2)))
    return emitOpError() << "(C3) 'a' is " << show(getA()) << ", but must hold square matrices";
  return check.hasDims("C4", "info", getInfo(), getA(), 2, {});
}

LogicalResult TriangularSolveOp::verify() {
  MatrixVerifier check(*this);
  auto a = getA().getType(), b = getB().getType();
  if (failed(check.sameElements("C1", "'b'", getB(), getA())))
    return failure();
  if (a.getRank() != b.getRank() || a.getRank() < 2)
    return emitOpError() << "(C2) 'a' is " << show(getA()) << " and 'b' is " << show(getB())
                         << ", but their ranks must be equal and at least 2";
  if (!sameExpr(lastDim(getA(), 1), lastDim(getA(), 2)))
    return emitOpError() << "(C3) 'a' is " << show(getA()) << ", but must hold square matrices";
  AffineExpr n = lastDim(getA(), 1), any;
  SmallVector<AffineExpr> last = getLeftSide() ? SmallVector<AffineExpr>{n, any} : SmallVector<AffineExpr>{any, n};
  if (failed(check.hasDims("C3", "'b'", getB(), getA(), 2, last)))
    return failure();
  return check.sameTypes("C4", "the result", getResult(), "'b'", getB());
}

LogicalResult LuOp::verify() {
  MatrixVerifier check(*this);
  if (failed(check.sameTypes("C1", "the result", getResult(), "'a'", getA())) || failed(check.isMatrix("C2", getA())) ||
      failed(check.hasSteps("C3", "the tensor of pivots", getPivots(), getA())))
    return failure();
  return check.hasDims("C4", "info", getInfo(), getA(), 2, {});
}

LogicalResult HouseholderQrOp::verify() {
  MatrixVerifier check(*this);
  if (failed(check.sameTypes("C1", "the result", getResult(), "'a'", getA())) || failed(check.isMatrix("C2", getA())) ||
      failed(check.sameElements("C3", "the tensor of taus", getTaus(), getA())))
    return failure();
  return check.hasSteps("C3", "the tensor of taus", getTaus(), getA());
}

LogicalResult HouseholderProductOp::verify() {
  MatrixVerifier check(*this);
  if (failed(check.sameTypes("C1", "the result", getResult(), "'a'", getA())) || failed(check.isMatrix("C2", getA())) ||
      failed(check.sameElements("C3", "the tensor of taus", getTaus(), getA())) ||
      failed(check.hasDims("C3", "the tensor of taus", getTaus(), getA(), 2, AffineExpr())))
    return failure();
  SmallVector<SizeAttr> sizes = moduleSizes(*this);
  if (isAlwaysLarger(lastDim(getA(), 1), lastDim(getA(), 2), sizes))
    return emitOpError() << "(C4) 'a' is " << show(getA()) << ", which has more columns than rows";
  if (isAlwaysLarger(lastDim(getTaus(), 1), lastDim(getA(), 1), sizes))
    return emitOpError() << "(C5) the tensor of taus is " << show(getTaus()) << ", but 'a' is " << show(getA());
  return success();
}

LogicalResult TridiagonalSolveOp::verify() {
  MatrixVerifier check(*this);
  if (failed(check.sameTypes("C1", "the lower diagonal", getLower(), "the diagonal", getDiagonal())) ||
      failed(check.sameTypes("C1", "the upper diagonal", getUpper(), "the diagonal", getDiagonal())))
    return failure();
  if (getDiagonal().getType().getRank() == 0)
    return emitOpError() << "(C1) the diagonal is a scalar";
  if (getB().getType().getElementType() != getDiagonal().getType().getElementType())
    return emitOpError() << "(C2) 'b' is " << show(getB()) << ", but the diagonal is " << show(getDiagonal());
  if (failed(check.hasDims("C2", "'b'", getB(), getDiagonal(), 0, AffineExpr())) ||
      failed(check.sameTypes("C3", "the second diagonal", getSecondOut(), "the diagonal", getDiagonal())) ||
      failed(check.sameTypes("C3", "the result's diagonal", getDiagonalOut(), "the diagonal", getDiagonal())) ||
      failed(check.sameTypes("C3", "the result's upper diagonal", getUpperOut(), "the diagonal", getDiagonal())) ||
      failed(check.sameTypes("C3", "x", getX(), "'b'", getB())))
    return failure();
  return check.hasDims("C4", "info", getInfo(), getDiagonal(), 1, {});
}

LogicalResult FftOp::verify() {
  auto operand = getOperand().getType(), result = getType();
  ArrayRef<int64_t> lengths = getFftLength();
  if (int64_t(lengths.size()) > operand.getRank())
    return emitOpError() << "(C1) fft_length is " << listOf(lengths) << ", but the operand is " << show(getOperand());
  FftType type = getFftType();
  const bool toComplex = type == FftType::RFFT, toReal = type == FftType::IRFFT;
  Type from = operand.getElementType(), to = result.getElementType();
  auto complex = dyn_cast<ComplexType>(toComplex ? to : from);
  if (!complex || (toComplex || toReal ? complex.getElementType() != (toComplex ? from : to) : from != to))
    return emitOpError() << "(C2) " << stringifyFftType(type) << " of " << show(getOperand()) << " gives "
                         << show(getResult());
  if (lengths.empty() || lengths.size() > 3)
    return emitOpError() << "(C3) fft_length is " << listOf(lengths) << ", but must have 1 to 3 elements";
  SmallVector<AffineExpr> dims = dimExprs(operand), expected = dims;
  if (toComplex || toReal) {
    SmallVector<AffineExpr> real = dimExprs(toComplex ? operand : result);
    for (auto [length, dim] : llvm::zip(lengths, ArrayRef(real).take_back(lengths.size())))
      if (dim != length)
        return emitOpError() << "(C4) fft_length is " << listOf(lengths) << ", but the "
                             << (toComplex ? "operand is " : "result is ")
                             << show(toComplex ? Value(getOperand()) : Value(getResult()));
    // The last dim of the one that is complex.
    AffineExpr half = getAffineConstantExpr(lengths.back() ? lengths.back() / 2 + 1 : 0, getContext());
    expected.back() = toComplex ? half : getAffineConstantExpr(lengths.back(), getContext());
    if (toReal && dims.back() != half)
      return emitOpError() << "(C5) IRFFT of fft_length " << listOf(lengths) << " takes " << describeExpr(half, {})
                           << " numbers along the last dim, but the operand is " << show(getOperand());
  }
  if (!llvm::equal(dimExprs(result), expected, sameExpr))
    return emitOpError() << "(C5) " << stringifyFftType(type) << " of " << show(getOperand()) << " and fft_length "
                         << listOf(lengths) << " gives other dims than " << show(getResult());
  for (AffineExpr dim : ArrayRef(dims).take_back(lengths.size()))
    if (!isa<AffineConstantExpr>(dim))
      return emitOpError() << "(C6) the operand is " << show(getOperand()) << ", but its last " << lengths.size()
                           << " dims must be static";
  return success();
}

//===--- What an element reads ---===//

IndexRelation CholeskyOp::getIndexRelation(unsigned result) { return wholeMatrices(*this, result, batchDims(getA(), 2)); }
IndexRelation LuOp::getIndexRelation(unsigned result) { return wholeMatrices(*this, result, batchDims(getA(), 2)); }
IndexRelation HouseholderQrOp::getIndexRelation(unsigned result) {
  return wholeMatrices(*this, result, batchDims(getA(), 2));
}
IndexRelation HouseholderProductOp::getIndexRelation(unsigned result) {
  return wholeMatrices(*this, result, batchDims(getA(), 2));
}
IndexRelation TridiagonalSolveOp::getIndexRelation(unsigned result) {
  return wholeMatrices(*this, result, batchDims(getDiagonal(), 1));
}

IndexRelation TriangularSolveOp::getIndexRelation(unsigned) {
  IndexRelation relation = relationOf(getResult());
  auto type = getB().getType();
  unsigned rank = unsigned(type.getRank());
  readWhole(relation, 0, getA(), rank - 2);
  SmallVector<AffineExpr> place = relation.identity();
  unsigned solved = getLeftSide() ? rank - 2 : rank - 1;
  place[solved] = relation.addVariable(dimExpr(type, solved));
  relation.read(1, place);
  return relation;
}

IndexRelation FftOp::getIndexRelation(unsigned) {
  IndexRelation relation = relationOf(getResult());
  readWhole(relation, 0, getOperand(), batchDims(getOperand(), unsigned(getFftLength().size())));
  return relation;
}

//===--- Transforms of several dims are some of one dim ---===//

namespace {

struct FftOfEachDim : OpRewritePattern<FftOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(FftOp op, PatternRewriter &rewriter) const override {
    int64_t count = int64_t(op.getFftLength().size()), rank = op.getType().getRank();
    if (count < 2)
      return rewriter.notifyMatchFailure(op, "of one dim");
    FftType type = op.getFftType();
    Value value = op.getOperand();
    auto alongLast = [&](FftType each) {
      int64_t length = each == FftType::IRFFT ? op.getFftLength().back() : tensorType(value).getShape().back();
      SmallVector<AffineExpr> dims = dimExprs(tensorType(value));
      Type element = tensorType(value).getElementType();
      if (each == FftType::RFFT) {
        dims.back() = rewriter.getAffineConstantExpr(length ? length / 2 + 1 : 0);
        element = ComplexType::get(element);
      } else if (each == FftType::IRFFT) {
        dims.back() = rewriter.getAffineConstantExpr(length);
        element = cast<ComplexType>(element).getElementType();
      }
      value = FftOp::create(rewriter, op.getLoc(), makeTensorType(dims, element), value, each, ArrayRef(length));
    };
    auto along = [&](int64_t dim, FftType each) {
      SmallVector<int64_t> permutation = llvm::to_vector(llvm::seq(rank));
      std::swap(permutation[size_t(dim)], permutation.back());
      auto exchange = [&] {
        auto from = tensorType(value);
        SmallVector<AffineExpr> dims;
        for (int64_t place : permutation)
          dims.push_back(dimExpr(from, unsigned(place)));
        value = TransposeOp::create(rewriter, op.getLoc(), makeTensorType(dims, from.getElementType()), value, permutation);
      };
      exchange();
      alongLast(each);
      exchange();
    };
    const bool isInverse = type == FftType::IFFT || type == FftType::IRFFT;
    if (!isInverse)
      alongLast(type);
    for (int64_t back = 2; back <= count; ++back)
      along(isInverse ? rank - 2 - count + back : rank - back, isInverse ? FftType::IFFT : FftType::FFT);
    if (isInverse)
      alongLast(type);
    rewriter.replaceOp(op, value);
    return success();
  }
};

} // namespace

void FftOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<FftOfEachDim>(context);
}

} // namespace ingot
