// When the values of a program are alive, in the order its commands stand.
#ifndef INGOT_PASSES_SCHEDULE_LIVENESS_H
#define INGOT_PASSES_SCHEDULE_LIVENESS_H

#include "passes/schedule/Schedule.h"
#include "llvm/ADT/DenseMap.h"

namespace ingot {

// Positions count the ops of the block. A root lives from the command that writes it to the last op that reads it, both
// included, through views; a returned value lives to the end.
class Liveness {
public:
  explicit Liveness(mlir::Block &block);

  unsigned position(mlir::Operation *op) const { return positions.lookup(op); }
  unsigned lastUse(mlir::Value root) const { return last.lookup(root); }

private:
  llvm::DenseMap<mlir::Operation *, unsigned> positions;
  llvm::DenseMap<mlir::Value, unsigned> last;
};

// dispatch and copy: what becomes a command.
bool isCommand(mlir::Operation *op);

} // namespace ingot

#endif // INGOT_PASSES_SCHEDULE_LIVENESS_H
