// Elements as the weight store lays them out, and as attributes hold them.
#ifndef INGOT_FRONTENDS_COMMON_ELEMENTBYTES_H
#define INGOT_FRONTENDS_COMMON_ELEMENTBYTES_H

#include "ir/WeightStore.h"

namespace ingot::frontend {

// All bytes of a source. Precondition: not a splat.
llvm::Expected<std::vector<char>> readSource(const WeightSource &source);

// The elements of dense bytes in the store's layout.
mlir::DenseElementsAttr attributeOf(mlir::RankedTensorType type, llvm::ArrayRef<char> bytes);
// And back.
std::vector<char> bytesOf(mlir::DenseElementsAttr attribute);

} // namespace ingot::frontend

#endif // INGOT_FRONTENDS_COMMON_ELEMENTBYTES_H
