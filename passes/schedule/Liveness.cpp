#include "passes/schedule/Liveness.h"

using namespace mlir;

namespace ingot {

Liveness::Liveness(Block &block) {
  unsigned position = 0;
  for (Operation &op : block) {
    positions[&op] = position;
    for (Value result : op.getResults())
      last.try_emplace(result, position);
    if (!isView(&op))
      for (Value operand : op.getOperands())
        last[memoryRoot(operand)] = position;
    ++position;
  }
}

bool isCommand(Operation *op) { return op && isa<DispatchOp, CopyOp>(op); }

} // namespace ingot
