#include "ir/Dialect.h"
#include "ir/Verification.h"

using namespace mlir;

namespace ingot {

static LogicalResult verifyDimension(Operation *op, int64_t dimension, RankedTensorType type) {
  if (dimension >= 0 && dimension < type.getRank())
    return success();
  return op->emitOpError() << "(C2) dimension is " << dimension << ", but the rank is " << type.getRank();
}

LogicalResult SortOp::verify() {
  if (getInputs().empty() || getResultTypes() != getInputs().getTypes())
    return emitOpError() << "(C1) inputs are (" << getInputs().getTypes() << "), but results are (" << getResultTypes()
                         << ")";
  if (failed(verifySameDims(*this, "C1", "input", getInputs())) ||
      failed(verifyDimension(*this, int64_t(getDimension()), tensorType(getInputs().front()))))
    return failure();
  SmallVector<Type> arguments;
  for (Type type : getInputs().getTypes())
    arguments.append(2, scalarType(type));
  Type pred = RankedTensorType::get({}, IntegerType::get(getContext(), 1));
  return verifyBody(*this, "C3", "the comparator", getComparator(), arguments, pred);
}

LogicalResult SortOp::fold(FoldAdaptor, SmallVectorImpl<OpFoldResult> &results) {
  RankedTensorType type = tensorType(getInputs().front());
  if (type.isDynamicDim(unsigned(getDimension())) || type.getDimSize(unsigned(getDimension())) > 1)
    return failure();
  llvm::append_range(results, getInputs());
  return success();
}

LogicalResult TopKOp::verify() {
  RankedTensorType operand = getOperand().getType(), values = getValues().getType(), indices = getIndices().getType();
  SmallVector<SizeAttr> sizes = moduleSizes(*this);
  if (operand.getRank() == 0)
    return emitOpError() << "(C1) the operand is a scalar";
  if (values.getElementType() != operand.getElementType())
    return emitOpError() << "(C2) the values hold " << values.getElementType() << ", but the operand "
                         << operand.getElementType();
  SmallVector<AffineExpr> from = dimExprs(operand), to = dimExprs(values);
  if (withElementType(values, indices.getElementType()) != indices || from.size() != to.size() ||
      !llvm::equal(ArrayRef(from).drop_back(), ArrayRef(to).drop_back(), sameExpr))
    return emitOpError() << "(C3) the operand is " << describeType(operand, sizes) << ", but the values are "
                         << describeType(values, sizes) << " and the indices " << describeType(indices, sizes);
  if (isAlwaysLarger(to.back(), from.back(), sizes))
    return emitOpError() << "(C4) k is " << describeExpr(to.back(), sizes) << ", but the operand's last dim is "
                         << describeExpr(from.back(), sizes);
  return success();
}

LogicalResult ScanOp::verify() {
  if (getInitValues().size() != getInputs().size())
    return emitOpError() << "(C3) there are " << getInputs().size() << " inputs and " << getInitValues().size()
                         << " init values";
  if (failed(verifyAccumulation(*this, getInputs(), getInitValues(), getResultTypes(), getBody())))
    return failure();
  if (getResultTypes() != getInputs().getTypes())
    return emitOpError() << "(C1) inputs are (" << getInputs().getTypes() << "), but results are (" << getResultTypes()
                         << ")";
  return verifyDimension(*this, int64_t(getDimension()), tensorType(getInputs().front()));
}

//===--- What an element reads ---===//

IndexRelation SortOp::getIndexRelation(unsigned result) {
  IndexRelation relation = relationOf(getOutputs()[result]);
  SmallVector<AffineExpr> place = relation.identity();
  unsigned dim = unsigned(getDimension());
  place[dim] = relation.addVariable(dimExpr(tensorType(getInputs().front()), dim));
  for (unsigned number = 0; number < getInputs().size(); ++number)
    relation.read(number, place);
  return relation;
}

IndexRelation TopKOp::getIndexRelation(unsigned result) {
  IndexRelation relation = relationOf(getOperation()->getResult(result));
  SmallVector<AffineExpr> place = relation.identity();
  place.back() = relation.addVariable(dimExpr(getOperand().getType(), relation.rank - 1));
  relation.read(0, place);
  return relation;
}

IndexRelation ScanOp::getIndexRelation(unsigned result) {
  IndexRelation relation = relationOf(getOutputs()[result]);
  SmallVector<AffineExpr> place = relation.identity();
  unsigned dim = unsigned(getDimension());
  AffineExpr at = place[dim];
  place[dim] = relation.addVariable(dimExpr(tensorType(getInputs().front()), dim));
  AffineExpr behind = getReverse() ? place[dim] - at : at - place[dim];
  relation.require(IndexCondition::Kind::NonNegative, getExclusive() ? behind - 1 : behind);
  unsigned count = unsigned(getInputs().size());
  for (unsigned number = 0; number < count; ++number) {
    relation.read(number, place);
    relation.readOnce(count + number, {});
  }
  return relation;
}

} // namespace ingot
