// The normal form in which `raise` compares values. Two ways of writing one function of a tensor x have the same form:
// products are distributed over sums, quotients and roots are powers, e^(a + b) is e^a e^b, what does not depend on the
// summed index leaves a sum, broadcasts and transposes are only names of indices, and conversions between floats are nothing.
#ifndef INGOT_PASSES_SIMPLIFY_RAISEALGEBRA_H
#define INGOT_PASSES_SIMPLIFY_RAISEALGEBRA_H

#include "ir/Dialect.h"
#include "ir/Types.h"
#include "llvm/ADT/DenseMap.h"

#include <deque>
#include <optional>

namespace ingot::raise {

// Nouns
//   variable  an index: the dim of the value looked at, or one bound by a sum or maximum. Dims of size 1 have none.
//   atom      what the algebra does not open: the element of a tensor, a function of a polynomial, a sum over indices.
//   term      a coefficient times powers of atoms.
//   Poly      a sum of terms, ordered, no two with the same atoms; or unknown, where it would become too long.
struct Factor {
  unsigned atom;
  double exponent;
};
struct Term {
  double coefficient;
  llvm::SmallVector<Factor, 4> factors; // by atom
};
struct Poly {
  llvm::SmallVector<Term, 2> terms;
  bool isKnown = true;

  static Poly unknown() { return {{}, false}; }
  bool isZero() const { return isKnown && terms.empty(); }
  // The number it is.
  std::optional<double> number() const;
};

struct Atom {
  enum class Kind { Leaf, Extent, Exp, Log, Erf, Tanh, Abs, Clamp, Base, Sum, Max };
  Kind kind;
  Poly operand;           // of functions, sums (one term of coefficient 1) and maxima; of Base itself
  mlir::Value value = {}; // Leaf: a tensor, and the variable (or -1) at each of its dims
  llvm::SmallVector<int8_t> access = {};
  mlir::AffineExpr extent = {};                     // Extent
  double low = 0, high = 0;                         // Clamp
  llvm::SmallVector<mlir::AffineExpr> extents = {}; // Sum, Max: of the bound variables
  uint64_t variables = 0;                           // it depends on, those bound within excepted
  unsigned depth = 0;                               // of sums and maxima within each other
};

// Variables from here on are bound.
inline constexpr int kFirstBound = 16;

// The variables of some dims, one bit each.
inline uint64_t maskOf(llvm::ArrayRef<int64_t> dims) {
  uint64_t mask = 0;
  for (int64_t dim : dims)
    mask |= uint64_t(1) << dim;
  return mask;
}

// Where x is: above a number, it itself, below it, or NaN.
enum class Side { Above, At, Below, Unordered };

// Values of one block as functions of `arguments`, the first of which is x. What depends on none is a leaf.
class Algebra {
public:
  Algebra(llvm::ArrayRef<mlir::Value> arguments, mlir::Block *block);
  // On one side of a number comparisons are decided, and what they choose is opened (RaisePieces.cpp).
  Algebra(mlir::Value x, mlir::Block *block, Side side, double threshold) : Algebra(x, block) {
    this->side = side;
    this->threshold = threshold;
  }

  // Whether the algebra opens the op; whether it does so by other names for indices alone.
  static bool opens(mlir::Operation *op);
  static bool isView(mlir::Operation *op);
  // Whether it is a function of one element that few forms hold: what to look around.
  static bool isFunction(mlir::Operation *op);
  // Whether it chooses between values, or tells which to choose.
  static bool hasPieces(mlir::Operation *op);
  // Whether it computes a number from constants.
  static bool isOfNumbers(mlir::Operation *op, unsigned depth = 0);

  // A value in its own indices.
  Poly evaluate(mlir::Value value);
  Poly x() { return leaf(arguments.front()); }
  Poly leaf(mlir::Value value);
  Poly leaf(mlir::Value value, llvm::ArrayRef<int8_t> access);
  const Atom &atom(unsigned index) const { return atoms[index]; }
  // The variables a polynomial depends on, one bit each.
  uint64_t variablesOf(const Poly &poly) const;

  Poly number(double value) const;
  Poly extent(mlir::AffineExpr expr);
  Poly add(const Poly &a, const Poly &b) const;
  Poly subtract(const Poly &a, const Poly &b) { return add(a, scaled(b, -1)); }
  Poly scaled(const Poly &a, double factor) const;
  Poly multiply(const Poly &a, const Poly &b);
  Poly power(const Poly &base, double exponent);
  Poly divide(const Poly &a, const Poly &b) { return multiply(a, power(b, -1)); }
  Poly exp(const Poly &a);
  Poly log(const Poly &a);
  Poly odd(Atom::Kind kind, const Poly &a); // erf, tanh
  Poly abs(const Poly &a);
  Poly clamp(const Poly &a, double low, double high);
  // Over dims of the value looked at, whose others keep their variables.
  Poly sum(const Poly &a, llvm::ArrayRef<int64_t> dims, mlir::RankedTensorType type);
  Poly mean(const Poly &a, llvm::ArrayRef<int64_t> dims, mlir::RankedTensorType type);
  Poly max(const Poly &a, llvm::ArrayRef<int64_t> dims, mlir::RankedTensorType type);
  // Other variables for those of the value looked at.
  Poly renamed(const Poly &a, llvm::ArrayRef<int8_t> variables);

  bool mentionsX(const Poly &a) const;
  // Equal but for the rounding of constants.
  bool same(const Poly &a, const Poly &b) const;
  bool near(double a, double b) const;

private:
  friend struct Rules; // what each op is
  using Rule = Poly (*)(Algebra &, mlir::Operation *);
  bool dependsOnX(mlir::Operation *op);
  Poly outside(mlir::Value value);
  Poly softplus(const Poly &a) { return log(add(number(1), exp(a))); }
  Poly maximumOf(const Poly &a, double low);
  bool isVariance(const Poly &a);
  Poly composite(CompositeOp op);
  std::optional<int> signOf(const Poly &a) const;
  std::optional<bool> truthOf(mlir::Value pred);
  Poly greater(const Poly &a, const Poly &b, int sign);
  bool keepsPlace(const Poly &a);
  Poly piece(mlir::Operation *op);
  Poly ruled(mlir::Operation *op);

  int compare(llvm::ArrayRef<Factor> a, llvm::ArrayRef<Factor> b) const;
  Poly single(double coefficient, llvm::SmallVector<Factor, 4> factors);
  Poly product(const Term &a, const Term &b);
  Poly intern(Atom atom);
  bool isPositive(unsigned index) const;
  unsigned depthOf(const Poly &poly) const;
  // Takes the coefficient of the first term and the powers of atoms that all terms share out of a sum.
  struct Content {
    Term common;
    Poly rest;
  };
  Content contentOf(const Poly &a, bool keepsSigns) const;
  // A sum or maximum over those of `dims` that the operand depends on.
  Poly bound(Atom::Kind kind, Poly operand, llvm::ArrayRef<int64_t> dims, mlir::RankedTensorType type);
  // The variables of a mask, in the order in which tensors' dims have them.
  void orderOf(const Poly &a, uint64_t mask, llvm::SmallVectorImpl<int8_t> &variables) const;

  llvm::SmallVector<mlir::Value, 2> arguments;
  mlir::Block *block;
  llvm::DenseMap<mlir::Operation *, bool> dependent; // on x, of those looked at
  llvm::DenseMap<mlir::Value, Poly> known;
  std::deque<Atom> atoms; // references to them stay valid
  std::optional<Side> side;
  double threshold = 0;
  double tolerance;
};

} // namespace ingot::raise

#endif // INGOT_PASSES_SIMPLIFY_RAISEALGEBRA_H
