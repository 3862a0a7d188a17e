/// Bodies of reductions that are one op with a neutral element, and windows that make running accumulations.
#ifndef INGOT_IR_MONOID_H
#define INGOT_IR_MONOID_H

#include "ir/Types.h"
#include "mlir/IR/Block.h"

#include <optional>

namespace ingot {

/// What a reduction's body does, where it is one op that may be applied in any order.
struct Monoid {
  enum class Kind { None, Add, Multiply, Maximum, Minimum, And, Or, Xor } kind = Kind::None;
  bool isUnsigned = false;

  explicit operator bool() const { return kind != Kind::None; }
  /// a op a = a.
  bool isIdempotent() const;
  /// init op init = init, so that it does not matter how often an initial value is combined. Null: of a value that is not known.
  bool mayRepeat(mlir::Attribute init) const;
  /// init op x = x for every x, zeros of either sign alike. Null, or of a complex number: not known.
  bool isNeutral(mlir::Attribute init) const;
  /// The dialect's op, "add"; empty of none.
  llvm::StringRef opName() const;
};
Monoid monoidOf(mlir::Block &body);

/// Windows as long as a dim, one ending (reverse: starting) at each of its places: running accumulations along that dim.
struct RunningWindow {
  int64_t dim;
  bool reverse;
};
/// Of windows as reduce_window has them over `dims`, in expressions over the sizes; `padding` holds low and high for each dim, flattened.
std::optional<RunningWindow> runningWindow(llvm::ArrayRef<mlir::AffineExpr> dims, llvm::ArrayRef<mlir::AffineExpr> window,
                                           llvm::ArrayRef<mlir::AffineExpr> strides,
                                           llvm::ArrayRef<mlir::AffineExpr> baseDilations,
                                           llvm::ArrayRef<mlir::AffineExpr> dilations,
                                           llvm::ArrayRef<mlir::AffineExpr> padding);

} // namespace ingot

#endif
