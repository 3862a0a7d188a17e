#include "passes/Reorder.h"

#include "passes/Programs.h"

using namespace mlir;

namespace ingot {

bool isIdentity(ArrayRef<int64_t> permutation) {
  for (auto [index, value] : llvm::enumerate(permutation))
    if (value != int64_t(index))
      return false;
  return true;
}

SmallVector<int64_t> inverseOf(ArrayRef<int64_t> permutation) {
  SmallVector<int64_t> inverse(permutation.size());
  for (auto [index, dim] : llvm::enumerate(permutation))
    inverse[dim] = index;
  return inverse;
}

RankedTensorType permutedType(RankedTensorType type, ArrayRef<int64_t> permutation) {
  return makeTensorType(permuted<AffineExpr>(dimExprs(type), permutation), type.getElementType());
}

Value transposed(OpBuilder &builder, Location loc, Value value, ArrayRef<int64_t> permutation) {
  if (isIdentity(permutation))
    return value;
  return TransposeOp::create(builder, loc, permutedType(typeOf(value), permutation), value, permutation);
}

Value reshaped(OpBuilder &builder, Location loc, Value value, RankedTensorType type) {
  return value.getType() == type ? value : ReshapeOp::create(builder, loc, type, value).getResult();
}

Value paddedBehind(OpBuilder &builder, Location loc, Value value, int64_t dim, int64_t count) {
  if (count == 0)
    return value;
  RankedTensorType type = typeOf(value);
  SmallVector<AffineExpr> dims = dimExprs(type);
  dims[dim] = dims[dim] + count;
  Type element = type.getElementType();
  auto zero = ConstantOp::create(builder, loc, cast<ElementsAttr>(builder.getZeroAttr(RankedTensorType::get({}, element))));
  SmallVector<int64_t> none(type.getRank(), 0), high(type.getRank(), 0);
  high[dim] = count;
  return PadOp::create(builder, loc, makeTensorType(dims, element), value, zero, none, high, none);
}

bool isUniform(Value value) {
  if (auto broadcast = value.getDefiningOp<BroadcastInDimOp>())
    return typeOf(broadcast.getOperand()).getRank() == 0;
  auto constant = value.getDefiningOp<ConstantOp>();
  auto elements = constant ? dyn_cast<DenseElementsAttr>(constant.getValue()) : DenseElementsAttr();
  return elements && elements.isSplat();
}

Value uniformWithDims(OpBuilder &builder, Value value, RankedTensorType shape) {
  auto type = withElementType(shape, typeOf(value).getElementType());
  if (auto broadcast = value.getDefiningOp<BroadcastInDimOp>())
    return BroadcastInDimOp::create(builder, value.getLoc(), type, broadcast.getOperand(), ArrayRef<int64_t>{});
  auto elements = cast<DenseElementsAttr>(value.getDefiningOp<ConstantOp>().getValue());
  if (type.hasStaticShape())
    return ConstantOp::create(builder, value.getLoc(), elements.resizeSplat(type));
  auto scalar = elements.resizeSplat(RankedTensorType::get({}, type.getElementType()));
  return BroadcastInDimOp::create(builder, value.getLoc(), type, ConstantOp::create(builder, value.getLoc(), scalar),
                                  ArrayRef<int64_t>{});
}

bool isKnown(Value value, int depth) {
  Operation *def = value.getDefiningOp();
  if (!def || depth == 0)
    return false;
  if (isa<ConstantOp, GetWeightOp>(def))
    return true;
  if (!def->hasTrait<trait::Pointwise>() && !isFreeMove(def))
    return false;
  return llvm::all_of(def->getOperands(), [&](Value operand) { return isKnown(operand, depth - 1); });
}

Value clonePointwise(RewriterBase &rewriter, Operation *op, ArrayRef<Value> operands, RankedTensorType shape) {
  OperationState state(op->getLoc(), op->getName());
  state.addOperands(operands);
  state.addTypes(withElementType(shape, typeOf(op->getResult(0)).getElementType()));
  state.addAttributes(op->getAttrDictionary().getValue());
  return rewriter.create(state)->getResult(0);
}

} // namespace ingot
