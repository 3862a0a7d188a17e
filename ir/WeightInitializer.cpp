#include "ir/WeightStore.h"
#include "ir/Types.h"
using namespace mlir;
namespace ingot {
RankedTensorType inferWeightType(SourceAttr source, ArrayAttr, std::string *) { return source.getType(); }
llvm::Expected<std::vector<char>> evaluateWeight(WeightOp weight, const WeightStore &store) {
  std::vector<char> bytes;
  if (llvm::Error error = store.read(weight.getSource().getKey(), bytes)) return std::move(error);
  return bytes;
}
}
