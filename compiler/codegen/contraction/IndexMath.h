// Index arithmetic and loops for emitters: constants fold as they are made.
#ifndef INGOT_COMPILER_CODEGEN_CONTRACTION_INDEXMATH_H
#define INGOT_COMPILER_CODEGEN_CONTRACTION_INDEXMATH_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Matchers.h"

#include <optional>

namespace ingot {

// Builds at its builder's insertion point. All values are of type index unless said otherwise.
class IndexMath {
public:
  IndexMath(mlir::OpBuilder &builder, mlir::Location loc) : builder(builder), loc(loc) {}

  mlir::OpBuilder &builder;
  mlir::Location loc;

  static std::optional<int64_t> constantOf(mlir::Value value) { return mlir::getConstantIntValue(value); }
  mlir::Value constant(int64_t value) { return mlir::arith::ConstantIndexOp::create(builder, loc, value); }

  mlir::Value add(mlir::Value a, mlir::Value b) {
    std::optional<int64_t> x = constantOf(a), y = constantOf(b);
    if (x && y)
      return constant(*x + *y);
    if (x && *x == 0)
      return b;
    if (y && *y == 0)
      return a;
    return mlir::arith::AddIOp::create(builder, loc, a, b);
  }
  mlir::Value add(mlir::Value a, int64_t b) { return b == 0 ? a : add(a, constant(b)); }
  mlir::Value sub(mlir::Value a, mlir::Value b) {
    std::optional<int64_t> x = constantOf(a), y = constantOf(b);
    if (x && y)
      return constant(*x - *y);
    if (y && *y == 0)
      return a;
    return mlir::arith::SubIOp::create(builder, loc, a, b);
  }
  mlir::Value mul(mlir::Value a, mlir::Value b) {
    std::optional<int64_t> x = constantOf(a), y = constantOf(b);
    if (x && y)
      return constant(*x * *y);
    if ((x && *x == 0) || (y && *y == 1))
      return a;
    if ((y && *y == 0) || (x && *x == 1))
      return b;
    return mlir::arith::MulIOp::create(builder, loc, a, b);
  }
  mlir::Value mul(mlir::Value a, int64_t b) { return mul(a, constant(b)); }
  // Quotient and remainder of values that are not negative.
  mlir::Value div(mlir::Value a, mlir::Value b) {
    std::optional<int64_t> x = constantOf(a), y = constantOf(b);
    if (x && y)
      return constant(*x / *y);
    if ((x && *x == 0) || (y && *y == 1))
      return a;
    return mlir::arith::DivUIOp::create(builder, loc, a, b);
  }
  mlir::Value div(mlir::Value a, int64_t b) { return div(a, constant(b)); }
  mlir::Value rem(mlir::Value a, mlir::Value b) {
    std::optional<int64_t> x = constantOf(a), y = constantOf(b);
    if (x && y)
      return constant(*x % *y);
    if (y && *y == 1)
      return constant(0);
    return mlir::arith::RemUIOp::create(builder, loc, a, b);
  }
  mlir::Value rem(mlir::Value a, int64_t b) { return rem(a, constant(b)); }
  mlir::Value min(mlir::Value a, mlir::Value b) {
    std::optional<int64_t> x = constantOf(a), y = constantOf(b);
    if (x && y)
      return constant(std::min(*x, *y));
    return mlir::arith::MinSIOp::create(builder, loc, a, b);
  }
  mlir::Value max(mlir::Value a, mlir::Value b) {
    std::optional<int64_t> x = constantOf(a), y = constantOf(b);
    if (x && y)
      return constant(std::max(*x, *y));
    return mlir::arith::MaxSIOp::create(builder, loc, a, b);
  }
  mlir::Value less(mlir::Value a, mlir::Value b) { // i1
    return mlir::arith::CmpIOp::create(builder, loc, mlir::arith::CmpIPredicate::slt, a, b);
  }
  mlir::Value lessEqual(mlir::Value a, mlir::Value b) { // i1
    return mlir::arith::CmpIOp::create(builder, loc, mlir::arith::CmpIPredicate::sle, a, b);
  }
  mlir::Value equal(mlir::Value a, mlir::Value b) { // i1
    return mlir::arith::CmpIOp::create(builder, loc, mlir::arith::CmpIPredicate::eq, a, b);
  }
  mlir::Value select(mlir::Value condition, mlir::Value a, mlir::Value b) {
    return mlir::arith::SelectOp::create(builder, loc, condition, a, b);
  }

  // The indices of a row-major position: `extents` of every dim, that of the first unused.
  llvm::SmallVector<mlir::Value> delinearize(mlir::Value linear, llvm::ArrayRef<mlir::Value> extents) {
    llvm::SmallVector<mlir::Value> indices(extents.size());
    for (unsigned dim = extents.size(); dim-- > 1;) {
      indices[dim] = rem(linear, extents[dim]);
      linear = div(linear, extents[dim]);
    }
    if (!extents.empty())
      indices[0] = linear;
    return indices;
  }

  // body(i) for i in [low, high) by `step`. Runs in place of a loop if there is exactly one round.
  void loop(mlir::Value low, mlir::Value high, int64_t step, llvm::function_ref<void(mlir::Value)> body) {
    std::optional<int64_t> x = constantOf(low), y = constantOf(high);
    if (x && y && *y <= *x)
      return;
    if (x && y && *y <= *x + step)
      return body(low);
    auto loopOp = mlir::scf::ForOp::create(builder, loc, low, high, constant(step));
    mlir::OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loopOp.getBody());
    body(loopOp.getInductionVar());
  }

  // The same with values carried from round to round.
  llvm::SmallVector<mlir::Value>
  loop(mlir::Value low, mlir::Value high, int64_t step, mlir::ValueRange init,
       llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value, mlir::ValueRange)> body) {
    std::optional<int64_t> x = constantOf(low), y = constantOf(high);
    if (x && y && *y <= *x)
      return llvm::to_vector(init);
    if (x && y && *y <= *x + step)
      return body(low, init);
    auto loopOp = mlir::scf::ForOp::create(builder, loc, low, high, constant(step), init);
    mlir::OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loopOp.getBody());
    mlir::scf::YieldOp::create(builder, loc, body(loopOp.getInductionVar(), loopOp.getRegionIterArgs()));
    return llvm::SmallVector<mlir::Value>(loopOp.getResults());
  }

  // `otherwise` may be empty.
  void branch(mlir::Value condition, llvm::function_ref<void()> then, llvm::function_ref<void()> otherwise) {
    auto ifOp = mlir::scf::IfOp::create(builder, loc, condition, /*withElseRegion=*/static_cast<bool>(otherwise));
    mlir::OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(ifOp.thenBlock());
    then();
    if (otherwise) {
      builder.setInsertionPointToStart(ifOp.elseBlock());
      otherwise();
    }
  }

  // All elements of a contiguous memref as memref<?xf32> (or its element type).
  mlir::Value flatten(mlir::Value buffer) {
    auto type = mlir::cast<mlir::MemRefType>(buffer.getType());
    auto flat = mlir::MemRefType::get({mlir::ShapedType::kDynamic}, type.getElementType());
    mlir::Value count = constant(1);
    for (int64_t dim = 0; dim < type.getRank(); ++dim)
      count = mul(count, type.isDynamicDim(dim) ? mlir::memref::DimOp::create(builder, loc, buffer, dim).getResult()
                                                : constant(type.getDimSize(dim)));
    return mlir::memref::ReinterpretCastOp::create(builder, loc, flat, buffer, mlir::OpFoldResult(builder.getIndexAttr(0)),
                                                   llvm::ArrayRef<mlir::OpFoldResult>{count},
                                                   llvm::ArrayRef<mlir::OpFoldResult>{builder.getIndexAttr(1)});
  }

  mlir::Value splat(double value, mlir::VectorType type) {
    return mlir::arith::ConstantOp::create(
        builder, loc, mlir::DenseElementsAttr::get(type, builder.getFloatAttr(type.getElementType(), value)));
  }
  mlir::Value load(mlir::Value flat, mlir::Value offset, mlir::VectorType type) {
    return mlir::vector::LoadOp::create(builder, loc, type, flat, mlir::ValueRange{offset});
  }
  void store(mlir::Value vector, mlir::Value flat, mlir::Value offset) {
    mlir::vector::StoreOp::create(builder, loc, vector, flat, mlir::ValueRange{offset});
  }
  // Lane l goes to offset + l * stride.
  void storeLanes(mlir::Value vector, mlir::Value flat, mlir::Value offset, int64_t stride) {
    auto type = mlir::dyn_cast<mlir::VectorType>(vector.getType());
    if (!type) {
      mlir::memref::StoreOp::create(builder, loc, vector, flat, mlir::ValueRange{offset});
      return;
    }
    if (stride == 1)
      return store(vector, flat, offset);
    for (int64_t lane = 0; lane < type.getNumElements(); ++lane)
      mlir::memref::StoreOp::create(builder, loc, mlir::vector::ExtractOp::create(builder, loc, vector, lane), flat,
                                    mlir::ValueRange{add(offset, lane * stride)});
  }
};

} // namespace ingot

#endif // INGOT_COMPILER_CODEGEN_CONTRACTION_INDEXMATH_H
