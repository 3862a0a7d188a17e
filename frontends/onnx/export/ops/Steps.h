// Steps that ops of several families are made of.
#ifndef INGOT_FRONTENDS_ONNX_EXPORT_OPS_STEPS_H
#define INGOT_FRONTENDS_ONNX_EXPORT_OPS_STEPS_H

#include "frontends/onnx/export/Exporter.h"
#include "ir/Monoid.h"

namespace ingot::onnx {

// Places around x, of no negative number.
Term padded(Exporter &e, Term x, Term value, llvm::ArrayRef<int64_t> low, llvm::ArrayRef<int64_t> high);
// `interior` places between the elements of each dim.
Term spaced(Exporter &e, Term x, Term value, llvm::ArrayRef<mlir::AffineExpr> dims, llvm::ArrayRef<int64_t> interior);
Term reversed(Exporter &e, Term x, llvm::ArrayRef<int64_t> axes);
// 0, 1, ... as a vector of i64; and along a dim in front of so many others, of one place each.
Term places(Exporter &e, mlir::AffineExpr count);
Term placesAlong(Exporter &e, mlir::AffineExpr count, int64_t dimsBehind);

// Whether a value is known to be neutral at each element.
bool isNeutral(const Monoid &monoid, mlir::Value value);

// The value behind what makes all its zeros +0, and all its NaNs one that is positive, and whether that was done.
mlir::Value unifiedOf(mlir::Value value, bool &zeros, bool &nans);

} // namespace ingot::onnx

#endif // INGOT_FRONTENDS_ONNX_EXPORT_OPS_STEPS_H
