// Builds ingot ops with ONNX's habits: numpy broadcasting, kept dims, scalars that follow a tensor's type. All dims are
// expressions, so everything works for symbolic sizes too.
#ifndef INGOT_FRONTENDS_COMMON_VALUEBUILDER_H
#define INGOT_FRONTENDS_COMMON_VALUEBUILDER_H

#include "ir/Dialect.h"
#include "ir/Types.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace ingot::frontend {

using Dims = llvm::SmallVector<mlir::AffineExpr>;

enum class Reduction { Add, Multiply, Maximum, Minimum, And, Or };
// How a scatter's update joins the element at its place; none replaces it.
using Combiner = std::optional<Reduction>;

class ValueBuilder : public mlir::ImplicitLocOpBuilder {
public:
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;

  static mlir::RankedTensorType typeOf(mlir::Value value) { return mlir::cast<mlir::RankedTensorType>(value.getType()); }
  static mlir::Type elementOf(mlir::Value value) { return typeOf(value).getElementType(); }
  static int64_t rankOf(mlir::Value value) { return typeOf(value).getRank(); }
  static Dims dimsOf(mlir::Value value) { return dimExprs(typeOf(value)); }
  mlir::AffineExpr number(int64_t value) { return mlir::getAffineConstantExpr(value, getContext()); }
  Dims numbers(llvm::ArrayRef<int64_t> values);

  // Constants. `like` gives dims and element type.
  mlir::Value scalar(mlir::Type elementType, double value);
  mlir::Value integer(mlir::Type elementType, int64_t value);
  mlir::Value splat(llvm::ArrayRef<mlir::AffineExpr> dims, mlir::Type elementType, double value);
  mlir::Value like(mlir::Value like, double value) { return splat(dimsOf(like), elementOf(like), value); }
  // The least and the greatest value of a type (infinities for floats), as scalars.
  mlir::Value lowest(mlir::Type elementType);
  mlir::Value greatest(mlir::Type elementType);
  // The value of an expression over the sizes, as a scalar of an integer or float type.
  mlir::Value sizeOf(mlir::AffineExpr expr, mlir::Type elementType);

  // Elementwise ops on operands of one type.
  template <typename Op> mlir::Value unary(mlir::Value x) { return Op::create(*this, x.getType(), x); }
  template <typename Op> mlir::Value binary(mlir::Value x, mlir::Value y) { return Op::create(*this, x.getType(), x, y); }
  mlir::Value add(mlir::Value x, mlir::Value y) { return binary<AddOp>(x, y); }
  mlir::Value sub(mlir::Value x, mlir::Value y) { return binary<SubtractOp>(x, y); }
  mlir::Value mul(mlir::Value x, mlir::Value y) { return binary<MultiplyOp>(x, y); }
  mlir::Value div(mlir::Value x, mlir::Value y) { return binary<DivideOp>(x, y); }
  mlir::Value max(mlir::Value x, mlir::Value y) { return binary<MaximumOp>(x, y); }
  mlir::Value min(mlir::Value x, mlir::Value y) { return binary<MinimumOp>(x, y); }
  mlir::Value compare(ComparisonDirection direction, mlir::Value x, mlir::Value y);
  mlir::Value select(mlir::Value predicate, mlir::Value x, mlir::Value y);
  mlir::Value convert(mlir::Value x, mlir::Type elementType);
  // What an operator computes its steps in, so that it rounds to a narrow float once: f32 for f16 and bf16, else the type
  // itself.
  mlir::Type stepType(mlir::Type elementType);
  // The result of `body`, which takes x in the type of steps, rounded to x's type.
  template <typename Body> mlir::Value inSteps(mlir::Value x, Body body) {
    mlir::Type elementType = elementOf(x);
    return convert(body(convert(x, stepType(elementType))), elementType);
  }

  // Data movement.
  mlir::Value reshape(mlir::Value x, llvm::ArrayRef<mlir::AffineExpr> dims);
  mlir::Value transpose(mlir::Value x, llvm::ArrayRef<int64_t> permutation);
  // Aligns x's dims with the last of `dims`. Precondition: they broadcast.
  mlir::Value broadcast(mlir::Value x, llvm::ArrayRef<mlir::AffineExpr> dims);
  // x's dim i becomes dim places[i].
  mlir::Value broadcast(mlir::Value x, llvm::ArrayRef<mlir::AffineExpr> dims, llvm::ArrayRef<int64_t> places);
  mlir::Value iota(llvm::ArrayRef<mlir::AffineExpr> dims, mlir::Type elementType, int64_t axis);
  mlir::Value concat(llvm::ArrayRef<mlir::Value> parts, int64_t axis);
  // Whole dims but `axis`, of which [start, start + count * step) by step.
  mlir::Value slice(mlir::Value x, int64_t axis, int64_t start, int64_t count, int64_t step = 1);
  // The first `count` along an axis, which are there whatever the sizes.
  mlir::Value first(mlir::Value x, int64_t axis, mlir::AffineExpr count);
  mlir::Value reverse(mlir::Value x, llvm::ArrayRef<int64_t> axes);
  // Adds (negative: removes) elements at the ends of each dim.
  mlir::Value pad(mlir::Value x, mlir::Value padding, llvm::ArrayRef<int64_t> low, llvm::ArrayRef<int64_t> high);

  // Reductions over `axes` (ascending). `keep` leaves dims of 1 behind.
  mlir::Value reduce(Reduction kind, mlir::Value x, llvm::ArrayRef<int64_t> axes, bool keep = true);
  // As above, then broadcast back to x's dims.
  mlir::Value reduceBack(Reduction kind, mlir::Value x, llvm::ArrayRef<int64_t> axes);
  // Sum over axes divided by their extent, with dims of 1 left behind. Of integers truncated towards zero, whatever their
  // sum; 0 of none.
  mlir::Value mean(mlir::Value x, llvm::ArrayRef<int64_t> axes, bool keep = true);
  // A window over all dims of x; padding is [low0, high0, low1, ...].
  mlir::Value reduceWindow(Reduction kind, mlir::Value x, llvm::ArrayRef<int64_t> window, llvm::ArrayRef<int64_t> strides,
                           llvm::ArrayRef<int64_t> dilations, llvm::ArrayRef<int64_t> padding);
  mlir::Value initOf(Reduction kind, mlir::Type elementType);
  void fillBody(mlir::Region &body, llvm::ArrayRef<Reduction> kinds, llvm::ArrayRef<mlir::Type> elementTypes);
  // A body over pairs (element, place): the greater (or less) element wins, of equal ones that of the lower (or `last`: the
  // higher) place; a NaN wins over numbers.
  void fillPlaceBody(mlir::Region &body, mlir::Type elementType, mlir::Type placeType, bool greatest, bool last);
  // x less its mean over axes, and that mean with dims of 1 left behind: exactly what all elements are where they are equal.
  // `sizes` are the module's.
  struct Centred {
    mlir::Value value, mean;
  };
  Centred centre(mlir::Value x, llvm::ArrayRef<int64_t> axes, llvm::ArrayRef<SizeAttr> sizes);
  // The number of elements along axes, as an expression.
  mlir::AffineExpr extent(mlir::Value x, llvm::ArrayRef<int64_t> axes);

  // Running accumulations along an axis.
  mlir::Value scan(Reduction kind, mlir::Value x, int64_t axis, bool exclusive = false, bool reverse = false);

  // Indices of one integer type; `extent` is an expression, or a tensor like the indices. Negative ones count from the end.
  mlir::Value wrapIndices(mlir::Value indices, mlir::AffineExpr extent);
  mlir::Value wrapIndices(mlir::Value indices, mlir::Value extent);
  // Where a dim that is indexed is empty, a gather gives zeros and a scatter changes nothing.
  mlir::Value gather(mlir::Value x, mlir::Value indices, GatherDimsAttr numbers, llvm::ArrayRef<mlir::AffineExpr> dims);
  // The slices of x along `axis` at `indices`, whose dims replace that axis.
  mlir::Value take(mlir::Value x, mlir::Value indices, int64_t axis);
  mlir::Value scatter(Combiner combiner, mlir::Value x, mlir::Value indices, mlir::Value updates, GatherDimsAttr numbers);

  // Matrix product of the last two dims of operands of rank >= 2 whose leading dims are equal, or absent on the right.
  mlir::Value matmul(mlir::Value lhs, mlir::Value rhs);
  // `resultElement`: what the sums are rounded to, by default the operands' type.
  mlir::Value dot(mlir::Value lhs, mlir::Value rhs, llvm::ArrayRef<int64_t> lhsBatch, llvm::ArrayRef<int64_t> rhsBatch,
                  llvm::ArrayRef<int64_t> lhsContract, llvm::ArrayRef<int64_t> rhsContract, mlir::Type resultElement = {});

  // Softmax and its logarithm over `axes` together.
  mlir::Value softmax(mlir::Value x, llvm::ArrayRef<int64_t> axes);
  mlir::Value logSoftmax(mlir::Value x, llvm::ArrayRef<int64_t> axes);
};

// Number of windows along a dim: floor((dim + low + high - window) / stride) + 1, or 0 for a static dim that the window
// exceeds.
mlir::AffineExpr windowCount(mlir::AffineExpr dim, int64_t low, int64_t high, int64_t dilatedWindow, int64_t stride);

// The dims two shapes broadcast to; none where they do not. A symbolic dim broadcasts with 1 and with itself.
std::optional<Dims> broadcastDims(llvm::ArrayRef<mlir::AffineExpr> lhs, llvm::ArrayRef<mlir::AffineExpr> rhs);

// The dim's number, or -1 for an expression.
int64_t staticDim(mlir::AffineExpr dim);

} // namespace ingot::frontend

#endif // INGOT_FRONTENDS_COMMON_VALUEBUILDER_H
