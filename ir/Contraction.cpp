#include "ir/Dialect.h"
#include "ir/Types.h"
using namespace mlir;
namespace ingot {
LogicalResult DotGeneralOp::verify() { return success(); }
LogicalResult ConvolutionOp::verify() { return success(); }
static SmallVector<int64_t> freeDims(int64_t rank, ArrayRef<int64_t> batch, ArrayRef<int64_t> contract) {
  SmallVector<int64_t> dims;
  for (int64_t dim = 0; dim != rank; ++dim)
    if (!llvm::is_contained(batch, dim) && !llvm::is_contained(contract, dim))
      dims.push_back(dim);
  return dims;
}
SmallVector<int64_t> DotGeneralOp::getLhsFreeDims() { return freeDims(getLhs().getType().getRank(), getDims().getLhsBatch(), getDims().getLhsContract()); }
SmallVector<int64_t> DotGeneralOp::getRhsFreeDims() { return freeDims(getRhs().getType().getRank(), getDims().getRhsBatch(), getDims().getRhsContract()); }
}
