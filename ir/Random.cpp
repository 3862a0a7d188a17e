#include "ir/Random.h"
#include "ir/Dialect.h"
#include "ir/Verification.h"

using namespace mlir;

namespace ingot {

std::optional<unsigned> halvedDim(RankedTensorType output) {
  unsigned largest = 0, others = 0;
  // Where all dims but one are 1 it is that one, whatever its size.
  for (unsigned dim = 0; dim < unsigned(output.getRank()); ++dim)
    if (output.isDynamicDim(dim) || output.getDimSize(dim) != 1) {
      largest = dim;
      ++others;
    }
  if (others == 1)
    return largest;
  largest = 0;
  for (unsigned dim = 0; dim < unsigned(output.getRank()); ++dim) {
    AffineExpr parity = simplifyExpr(dimExpr(output, dim) % 2);
    if (parity == 0)
      return dim;
    if (!isa<AffineConstantExpr>(parity) || output.isDynamicDim(dim))
      return std::nullopt;
    if (output.getDimSize(dim) > output.getDimSize(largest))
      largest = dim;
  }
  return output.getRank() == 0 ? std::nullopt : std::optional(largest);
}

LogicalResult RngBitGeneratorOp::verify() {
  RankedTensorType state = getInitialState().getType();
  bool isThreefry = getAlgorithm() == RngAlgorithm::THREE_FRY;
  bool fits = state.getRank() == 1 && (state.getDimSize(0) == 2 || (!isThreefry && state.getDimSize(0) == 3));
  if (!fits)
    return emitOpError() << "(C1) the state is " << describeType(state, moduleSizes(*this)) << ", but "
                         << stringifyRngAlgorithm(getAlgorithm()) << " takes u64[2]" << (isThreefry ? "" : " or u64[3]");
  auto output = cast<RankedTensorType>(getOutput().getType());
  if (isThreefry && output.getElementTypeBitWidth() <= 32 && output.getRank() != 0 && !halvedDim(output))
    return emitOpError() << "(C2) which dim of " << describeType(output, moduleSizes(*this))
                         << " is halved depends on its sizes";
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

// All of the state goes into every word; which words an element takes follows from its place.
IndexRelation RngBitGeneratorOp::getIndexRelation(unsigned result) {
  IndexRelation relation = relationOf(getOperation()->getResult(result));
  relation.keepsOrder = getAlgorithm() != RngAlgorithm::THREE_FRY;
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
