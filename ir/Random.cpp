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

} // namespace ingot
