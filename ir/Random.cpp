#include "ir/Dialect.h"
#include "ir/Verification.h"

using namespace mlir;

namespace ingot {

LogicalResult RngBitGeneratorOp::verify() {
  RankedTensorType state = getInitialState().getType();
  bool isThreefry = getAlgorithm() == RngAlgorithm::THREE_FRY;
  bool fits = state.getRank() == 1 && (state.getDimSize(0) == 2 || (!isThreefry && state.getDimSize(0) == 3));
  if (!fits)
    return emitOpError() << "(C1) the state is " << describeType(state, moduleSizes(*this)) << ", but "
                         << stringifyRngAlgorithm(getAlgorithm()) << " takes u64[2]" << (isThreefry ? "" : " or u64[3]");
  return success();
}

LogicalResult RngOp::verify() {
  for (auto [name, value] : {std::pair("a", getA()), std::pair("b", getB())})
    if (tensorType(value).getRank() != 0)
      return emitOpError() << "(C1) " << name << " is " << describeType(tensorType(value), moduleSizes(*this))
                           << ", but must be a scalar";
  if (getDistribution() == RngDistribution::NORMAL && !isa<FloatType>(getType().getElementType()))
    return emitOpError() << "(C2) NORMAL of " << getType().getElementType() << " is not possible";
  return success();
}

// All of the state goes into every word; which words an element takes follows from its place in row-major order.
IndexRelation RngBitGeneratorOp::getIndexRelation(unsigned result) {
  IndexRelation relation = relationOf(getOperation()->getResult(result));
  relation.keepsOrder = true;
  relation.values = relation.identity();
  AffineExpr element = relation.addVariable(dimExpr(getInitialState().getType(), 0));
  relation.read(0, element);
  return relation;
}

IndexRelation RngOp::getIndexRelation(unsigned) {
  IndexRelation relation = relationOf(getResult());
  relation.keepsOrder = true;
  relation.values = relation.identity();
  relation.read(0, {});
  relation.read(1, {});
  return relation;
}

} // namespace ingot
