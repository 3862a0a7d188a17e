// What convolutions and pools share: the geometry of a window sliding over the spatial dims.
#ifndef INGOT_FRONTENDS_COMMON_WINDOWS_H
#define INGOT_FRONTENDS_COMMON_WINDOWS_H

#include "frontends/common/ValueBuilder.h"

namespace ingot::frontend {

struct Windows {
  llvm::SmallVector<int64_t> kernel, strides, dilations; // one a spatial dim
  llvm::SmallVector<int64_t> low, high;                  // padding
  bool autoPadded = false;                               // low and high come from the dims
  // How far from the start of the padding each dim's first window lies, a scalar i64 from 0 on; null: at the start. Set
  // by padSame.
  llvm::SmallVector<mlir::Value> starts;

  int64_t dilated(size_t i) const { return (kernel[i] - 1) * dilations[i] + 1; }
  // [low0, high0, low1, ...]
  llvm::SmallVector<int64_t> padding() const;
};

// x, whose dim axes[i] is spatial dim i, with the padding of the dims that have a start, from there on; these dims then need
// none.
mlir::Value padBeforeStarts(ValueBuilder &b, const Windows &windows, mlir::Value x, mlir::Value padding,
                            llvm::ArrayRef<int64_t> axes);
// Afterwards for windows over what that gave.
void dropStarts(Windows &windows);

// Sets the padding of spatial dim i, of extent `dim`, so that there are ceil(dim / stride) windows; an odd element goes to the
// end (`isUpper`) or the beginning. Where `mayStart`, a stride over a dim that is an expression may set starts; else it is
// refused: false.
bool padSame(ValueBuilder &b, Windows &windows, size_t i, mlir::AffineExpr dim, bool isUpper, bool mayStart);

} // namespace ingot::frontend

#endif // INGOT_FRONTENDS_COMMON_WINDOWS_H
