#include "ir/Dialect.h"
#include "ir/Verification.h"

using namespace mlir;

namespace ingot {

// C1 to C4 of both ops: `integer` and `real` are the types of the two sides.
static LogicalResult verifyQuantization(Operation *op, RankedTensorType operand, RankedTensorType result, Value scale,
                                        Value zeroPoint, std::optional<int64_t> axis, std::optional<int64_t> block) {
  SmallVector<SizeAttr> sizes = moduleSizes(op);
  RankedTensorType scaleType = tensorType(scale);
  auto describe = [&](RankedTensorType type) { return describeType(type, sizes); };
  if (!axis && (block || scaleType.getRank() != 0))
    return op->emitOpError() << "(C1) scale is " << describe(scaleType) << ", but without axis it must be a scalar"
                             << (block ? " and block not given" : "");
  if (axis && (*axis < 0 || *axis >= operand.getRank()))
    return op->emitOpError() << "(C1) axis is " << *axis << ", but the rank is " << operand.getRank();
  if (block && *block < 1)
    return op->emitOpError() << "(C1) block is " << *block << ", but must be positive";
  SmallVector<AffineExpr> expected;
  if (axis && block) {
    expected = dimExprs(operand);
    expected[size_t(*axis)] = simplifyExpr(expected[size_t(*axis)].ceilDiv(*block));
  } else if (axis) {
    expected.push_back(dimExpr(operand, unsigned(*axis)));
  }
  RankedTensorType needed = makeTensorType(expected, scaleType.getElementType());
  if (!llvm::equal(dimExprs(scaleType), dimExprs(needed), sameExpr))
    return op->emitOpError() << "(C1) scale is " << describe(scaleType) << ", but " << describe(needed) << " is needed";
  bool isQuantize = isa<QuantizeOp>(op);
  RankedTensorType real = isQuantize ? operand : result, integer = isQuantize ? result : operand;
  if (zeroPoint && withElementType(scaleType, integer.getElementType()) != zeroPoint.getType())
    return op->emitOpError() << "(C2) zero_point is " << describe(tensorType(zeroPoint)) << ", but "
                             << describe(withElementType(scaleType, integer.getElementType())) << " is needed";
  if (scaleType.getElementType() != real.getElementType())
    return op->emitOpError() << "(C3) scale holds " << scaleType.getElementType() << ", but the "
                             << (isQuantize ? "operand " : "result ") << real.getElementType();
  if (withElementType(operand, result.getElementType()) != result)
    return op->emitOpError() << "(C4) the operand is " << describe(operand) << ", but the result is " << describe(result);
  return success();
}

LogicalResult QuantizeOp::verify() {
  return verifyQuantization(*this, getOperand().getType(), getType(), getScale(), getZeroPoint(), getAxis(), getBlockSize());
}

LogicalResult DequantizeOp::verify() {
  return verifyQuantization(*this, getOperand().getType(), getType(), getScale(), getZeroPoint(), getAxis(), getBlockSize());
}

// The operand at the same index; scale and zero point where `axis` and `block` say.
static IndexRelation quantizationRelation(Operation *op, std::optional<int64_t> axis, std::optional<int64_t> block) {
  IndexRelation relation = relationOf(op->getResult(0));
  SmallVector<AffineExpr> place;
  if (axis && block) {
    place = relation.identity();
    place[size_t(*axis)] = place[size_t(*axis)].floorDiv(*block);
  } else if (axis) {
    place.push_back(relation.index(unsigned(*axis)));
  }
  relation.read(0, relation.identity());
  for (unsigned number = 1; number < op->getNumOperands(); ++number)
    relation.read(number, place);
  return relation;
}

IndexRelation QuantizeOp::getIndexRelation(unsigned) { return quantizationRelation(*this, getAxis(), getBlockSize()); }
IndexRelation DequantizeOp::getIndexRelation(unsigned) { return quantizationRelation(*this, getAxis(), getBlockSize()); }

} // namespace ingot
