#include "ir/Dialect.h"
#include "ir/Types.h"
using namespace mlir;
namespace ingot {
LogicalResult ReduceOp::verify() { return success(); }
LogicalResult ReduceWindowOp::verify() { return success(); }
}
