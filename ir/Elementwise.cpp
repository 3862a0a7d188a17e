#include "ir/Dialect.h"
#include "ir/Types.h"
using namespace mlir;
namespace ingot {
OpFoldResult AddOp::fold(FoldAdaptor) { return {}; }
OpFoldResult AndOp::fold(FoldAdaptor) { return {}; }
OpFoldResult Atan2Op::fold(FoldAdaptor) { return {}; }
OpFoldResult DivideOp::fold(FoldAdaptor) { return {}; }
OpFoldResult MaximumOp::fold(FoldAdaptor) { return {}; }
OpFoldResult MinimumOp::fold(FoldAdaptor) { return {}; }
OpFoldResult MultiplyOp::fold(FoldAdaptor) { return {}; }
OpFoldResult OrOp::fold(FoldAdaptor) { return {}; }
OpFoldResult PowerOp::fold(FoldAdaptor) { return {}; }
OpFoldResult RemainderOp::fold(FoldAdaptor) { return {}; }
OpFoldResult ShiftLeftOp::fold(FoldAdaptor) { return {}; }
OpFoldResult ShiftRightArithmeticOp::fold(FoldAdaptor) { return {}; }
OpFoldResult ShiftRightLogicalOp::fold(FoldAdaptor) { return {}; }
OpFoldResult SubtractOp::fold(FoldAdaptor) { return {}; }
OpFoldResult XorOp::fold(FoldAdaptor) { return {}; }
OpFoldResult NegateOp::fold(FoldAdaptor) { return {}; }
OpFoldResult NotOp::fold(FoldAdaptor) { return {}; }
OpFoldResult CompareOp::fold(FoldAdaptor) { return {}; }
OpFoldResult SelectOp::fold(FoldAdaptor) { return {}; }
OpFoldResult ConvertOp::fold(FoldAdaptor) { return {}; }
LogicalResult CompareOp::verify() { return success(); }
LogicalResult SelectOp::verify() { return success(); }
LogicalResult ClampOp::verify() { return success(); }
LogicalResult ConvertOp::verify() { return success(); }
LogicalResult IsFiniteOp::inferReturnTypes(MLIRContext *context, std::optional<Location>, ValueRange operands, DictionaryAttr, OpaqueProperties, RegionRange, SmallVectorImpl<Type> &types) {
  types.push_back(withElementType(cast<RankedTensorType>(operands[0].getType()), IntegerType::get(context, 1)));
  return success();
}
LogicalResult CompareOp::inferReturnTypes(MLIRContext *context, std::optional<Location>, ValueRange operands, DictionaryAttr, OpaqueProperties, RegionRange, SmallVectorImpl<Type> &types) {
  types.push_back(withElementType(cast<RankedTensorType>(operands[0].getType()), IntegerType::get(context, 1)));
  return success();
}
}
