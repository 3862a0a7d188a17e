// Dense linear algebra on matrices in a worker's scratch: numbers of a field (a float, or the parts of a complex number),
// scalars or vectors of neighbouring columns, and the blocked loops that factorisations are made of.
#ifndef INGOT_COMPILER_CODEGEN_WHOLE_MATRIXCODE_H
#define INGOT_COMPILER_CODEGEN_WHOLE_MATRIXCODE_H

#include "compiler/codegen/whole/WholeKernel.h"

namespace ingot {

// A real number, or the parts of a complex one.
struct Number {
  mlir::Value re, im; // no `im`: real
};

// What an emitter of matrices decides. Parts of complex numbers lie in arrays of their own.
struct MatrixChoice : EmitterChoice {
  // Columns that are eliminated before what is behind them is touched; a multiple of any vector.
  static constexpr int64_t kBlock = 32;

  // `matrix`: the tensor whose elements are computed with, its matrices in the last `inner` dims.
  MatrixChoice(mlir::Value matrix, int64_t inner, const CpuLevel &level);

  // An array in scratch. Rows of a matrix are whole vectors, an odd number of them: few columns share a set of the cache.
  struct Array {
    mlir::AffineExpr re, im, count, stride;
  };
  Array addMatrix(mlir::AffineExpr rows, mlir::AffineExpr columns);
  Array addVector(mlir::AffineExpr length) { return addMatrix(constant(1), length); }
  mlir::AffineExpr constant(int64_t value) const { return mlir::getAffineConstantExpr(value, layout.bytes().getContext()); }
  // Dim `back` of the matrix tensor from the end, 1 being the last.
  mlir::AffineExpr dim(int64_t back) const { return dimExpr(type, unsigned(type.getRank() - back)); }

  // `tiles` of the grid; `steps`: multiplications and additions of one.
  KernelPlan plan(llvm::StringRef emitter, mlir::AffineExpr tiles, double steps, llvm::ArrayRef<SizeAttr> sizes) const;

  mlir::RankedTensorType type;
  mlir::Type part; // as registers hold it
  bool isComplex;
  int64_t lanes, inner;
  mlir::AffineExpr matrices; // how many there are
  ScratchLayout layout;
};

class MatrixCode {
public:
  using Value = mlir::Value;
  using Index = mlir::Value;

  struct Matrix {
    Value re, im, stride;
  };
  // The element of a matrix at which a block starts.
  struct Block {
    const Matrix &matrix;
    Index row, column;
  };

  // `counted`: the value that a counting kernel counts multiplications for.
  MatrixCode(WholeCode &code, const MatrixChoice &choice, Value counted)
      : code(code), e(code.elements()), index(code.index), choice(choice), counted(counted) {}

  Matrix open(const MatrixChoice::Array &array);
  Index constant(int64_t value) { return index.constant(value); }
  // The last multiple of the lanes that is not beyond `at`.
  Index aligned(Index at);

  //===--- Numbers ---===//

  Number zero(int64_t lanes = 1) { return real(0, lanes); }
  Number real(double value, int64_t lanes = 1);
  Number realOf(Value re); // with an imaginary part of zero where numbers are complex
  Number fromElement(Value element);
  Value toElement(Number number);
  Number splat(Number scalar);
  Number conj(Number x) { return choice.isComplex ? Number{x.re, e.neg(x.im)} : x; }
  Number neg(Number x) { return choice.isComplex ? Number{e.neg(x.re), e.neg(x.im)} : Number{e.neg(x.re), {}}; }
  Number add(Number x, Number y);
  Number sub(Number x, Number y);
  Number mul(Number x, Number y);
  Number addProduct(Number sum, Number x, Number y);
  Number subtractProduct(Number sum, Number x, Number y) { return addProduct(sum, neg(x), y); }
  Number div(Number x, Number y);
  Number select(Value condition, Number x, Number y);
  Value isZero(Number x);
  // |re| + |im|.
  Value size(Number x);
  Value nan();
  // Whether the lanes of a vector at column `at` are beyond column `bound`.
  Value lanesBeyond(Index at, Index bound);

  //===--- Elements ---===//

  Number load(const Matrix &matrix, Index row, Index column, int64_t lanes = 1);
  void store(const Matrix &matrix, Index row, Index column, Number number);
  // The element of a tensor at `at`, behind which the indices of the matrix stand.
  Number evaluate(Value tensor, llvm::ArrayRef<LaneIndex> at, mlir::ValueRange inner);
  void storeResult(mlir::OpResult result, Number number, llvm::ArrayRef<LaneIndex> at, mlir::ValueRange inner);
  void storeInteger(mlir::OpResult result, Value integer, llvm::ArrayRef<LaneIndex> at, mlir::ValueRange inner);

  //===--- Loops ---===//

  // body(at) for whole vectors from `from`, a multiple of the lanes, until `to` is passed.
  void vectors(Index from, Index to, llvm::function_ref<void(Index)> body);
  void loop(Index from, Index to, llvm::function_ref<void(Index)> body, Value step = {}) { code.loop(from, to, body, step); }
  // body(from, to, last) of blocks of kBlock; the last may be shorter. Backwards if `reverse`.
  void blocks(Index end, llvm::function_ref<void(Index, Index)> body, bool reverse = false);
  void fill(const Matrix &matrix, Index rows, Index columns);
  // row i -= factor * row k, from column `from`, whose vector is changed from there on, to `to`.
  void subtractRow(const Matrix &matrix, Index i, Number factor, Index k, Index from, Index to);
  void swapRows(const Matrix &matrix, Index i, Index k, Index columns);

  // How the left factor of a product is read: element (i, k), or the conjugate of (k, i).
  enum class Left { Plain, Adjoint };
  // What becomes of a product: it replaces c or is subtracted from it.
  enum class Into { Replace, Subtract };
  // c = or -= a * b, of `rows` and `columns` and products over `depth`. b and c start at a multiple of the lanes; whole
  // vectors of them are changed.
  void product(Into into, Block c, Index rows, Index columns, Left left, Block a, Block b, Index depth);

  // Adds `multiplications` to what a counting kernel counts.
  void count(int64_t multiplications);

  WholeCode &code;
  ElementBuilder e;
  IndexBuilder &index;
  const MatrixChoice &choice;

private:
  void tile(Into into, Block c, Index row, Index column, int64_t rows, int64_t vectors, Left left, Block a, Block b,
            Index depth);
  Value counted;
};

// Runs `body` for each matrix that a kernel's tiles are: with the indices of its place in the dims in front.
void forEachMatrix(WholeCode &code, const MatrixChoice &choice, llvm::function_ref<void(llvm::ArrayRef<LaneIndex>)> body);

} // namespace ingot

#endif // INGOT_COMPILER_CODEGEN_WHOLE_MATRIXCODE_H
