// Which elements of its operands an element of an op's result reads: written once for each op (ReadsInterface), asked by all
// that analyse, cost, fuse or emit. The reference interpreter never asks it; IndexRelationTest derives it from the interpreter.
//
// An index is an affine expression. Its dims are, in order, the result's index (d0 is the place along result dim 0) and the
// relation's terms; its symbols are the module's sizes. evaluateIndex computes one in any algebra: integers, linear forms over
// loop variables, lanes of a vector.
#ifndef INGOT_IR_INDEXRELATION_H
#define INGOT_IR_INDEXRELATION_H

#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/SmallVector.h"

namespace ingot {

// A number that a place may depend on beside the result's index.
struct IndexTerm {
  enum class Kind {
    Variable, // runs through [0, bound) for each element of the result
    Element,  // the element of operand `operand`, an integer, at `place`; clamped to [0, bound) where there is a bound
    Computed, // what the op computes from the indices in `place`, no linear form of them; in [0, bound)
  } kind;
  mlir::AffineExpr bound; // null: none
  unsigned operand = 0;
  llvm::SmallVector<mlir::AffineExpr> place;
  bool unrolled = false; // of a variable: the op's code is made anew for each of its values

  // The largest value.
  mlir::AffineExpr last() const;
};

// `value` >= 0, < `bound` (of sizes alone), or == 0.
struct IndexCondition {
  enum class Kind { NonNegative, Below, Zero } kind;
  mlir::AffineExpr value, bound;
};

struct IndexRead {
  unsigned operand;
  llvm::SmallVector<mlir::AffineExpr> place; // an index for each dim of the operand
};

// What is read where all conditions hold.
struct IndexCase {
  llvm::SmallVector<IndexCondition> conditions;
  llvm::SmallVector<IndexRead> reads;
};

// For each element of the result and each assignment of the variables, the first case whose conditions hold is read, or none.
struct IndexRelation {
  IndexRelation(mlir::MLIRContext *context, unsigned rank) : context(context), rank(rank) {}

  mlir::MLIRContext *context;
  unsigned rank; // of the result
  llvm::SmallVector<IndexTerm> terms;
  llvm::SmallVector<IndexCase> cases;
  llvm::SmallVector<IndexRead> once; // read by every element, however many assignments there are
  // Indices that the element's value is computed from, apart from what is read there.
  llvm::SmallVector<mlir::AffineExpr> values;
  // The element depends on the row-major position alone: reads lie at the same one of operands with as many elements, and
  // `values` are that.
  bool keepsOrder = false;

  mlir::AffineExpr constant(int64_t value) const { return mlir::getAffineConstantExpr(value, context); }
  mlir::AffineExpr index(unsigned dim) const { return mlir::getAffineDimExpr(dim, context); }
  mlir::AffineExpr term(unsigned number) const { return mlir::getAffineDimExpr(rank + number, context); }
  // The result's index.
  llvm::SmallVector<mlir::AffineExpr> identity() const;

  // Each adds a term and returns the expression for it. A variable of one value is 0 and no term.
  mlir::AffineExpr addVariable(mlir::AffineExpr bound, bool unrolled = false);
  mlir::AffineExpr addElement(unsigned operand, llvm::ArrayRef<mlir::AffineExpr> place, mlir::AffineExpr bound = {});
  mlir::AffineExpr addComputed(llvm::ArrayRef<mlir::AffineExpr> place, mlir::AffineExpr bound);
  // The last case; the first if there is none.
  IndexCase &lastCase();
  void read(unsigned operand, llvm::ArrayRef<mlir::AffineExpr> place);
  void readOnce(unsigned operand, llvm::ArrayRef<mlir::AffineExpr> place);
  // A condition of the last case.
  void require(IndexCondition::Kind kind, mlir::AffineExpr value, mlir::AffineExpr bound = {});

  // True if all that is read of `operand` lies at the result's index, once and whatever the sizes.
  bool readsAtSameIndex(unsigned operand) const;
  bool hasVariables() const;
  // True if a place moves both with the result's index and with a variable, as that of a window's element does.
  bool movesWindows() const;
  // True if places are computed by the op; if they differ by elements that are read elsewhere for each element.
  bool computesPlaces() const;
  bool findsPlaces() const;
  // True if a place of the operand depends on an element of another.
  bool isFoundByElements(unsigned operand) const;
  // The dims of the operand that a variable alone runs through, in all its reads but those made once.
  llvm::SmallVector<int64_t> variableDims(unsigned operand) const;
};

// Without terms and reads, of the value's rank.
IndexRelation relationOf(mlir::Value result);

// Of an op whose elements depend on the operands' elements at the same index; operands of rank 0 repeat.
IndexRelation pointwiseRelation(mlir::Operation *op, unsigned result);

// A window along one dim of a tensor that is dilated by `inputDilation` and padded in front (`low`) and behind (`high`).
struct WindowAlong {
  int64_t stride = 1, dilation = 1, inputDilation = 1, low = 0, high = 0;
};
// Where the window at `position` has its element `element`; adds to the last case what must hold for it to exist.
mlir::AffineExpr addWindowIndex(IndexRelation &relation, mlir::AffineExpr position, mlir::AffineExpr element,
                                const WindowAlong &window, mlir::AffineExpr extent);

// One index in an algebra, given the values of the expression's dims. The algebra has
//   Index size(AffineExpr)            an expression of sizes alone
//   Index add(Index, Index), mul(Index, AffineExpr), floorDiv(Index, AffineExpr), mod(Index, AffineExpr)
template <typename Index, typename Algebra>
Index evaluateIndex(mlir::AffineExpr expr, llvm::ArrayRef<Index> dims, Algebra &algebra) {
  if (expr.isSymbolicOrConstant())
    return algebra.size(expr);
  if (auto dim = llvm::dyn_cast<mlir::AffineDimExpr>(expr))
    return dims[dim.getPosition()];
  auto binary = llvm::cast<mlir::AffineBinaryOpExpr>(expr);
  mlir::AffineExpr lhs = binary.getLHS(), rhs = binary.getRHS();
  if (expr.getKind() == mlir::AffineExprKind::Mul && lhs.isSymbolicOrConstant())
    std::swap(lhs, rhs);
  Index first = evaluateIndex(lhs, dims, algebra);
  switch (expr.getKind()) {
  case mlir::AffineExprKind::Add:
    return algebra.add(first, evaluateIndex(rhs, dims, algebra));
  case mlir::AffineExprKind::Mul:
    return algebra.mul(first, rhs);
  case mlir::AffineExprKind::FloorDiv:
    return algebra.floorDiv(first, rhs);
  case mlir::AffineExprKind::Mod:
    return algebra.mod(first, rhs);
  default:
    llvm_unreachable("no such index");
  }
}
template <typename Index, typename Algebra>
llvm::SmallVector<Index> evaluateIndices(llvm::ArrayRef<mlir::AffineExpr> exprs, llvm::ArrayRef<Index> dims,
                                         Algebra &algebra) {
  llvm::SmallVector<Index> result;
  for (mlir::AffineExpr expr : exprs)
    result.push_back(evaluateIndex(expr, dims, algebra));
  return result;
}

} // namespace ingot

#endif // INGOT_IR_INDEXRELATION_H
