// Ops of distributed programs: the groups of processes that a collective op works in, and what the ops are for one process.
#ifndef INGOT_IR_DISTRIBUTION_H
#define INGOT_IR_DISTRIBUTION_H

#include "ir/Dialect.h"

namespace ingot {

// Processes by number: replica * partitions + partition.
using ProcessGroups = llvm::SmallVector<llvm::SmallVector<int64_t>>;

// The groups that a collective op, send or recv (by its pairs) makes of a grid; *why says which id lies beyond it.
mlir::FailureOr<ProcessGroups> processGroups(mlir::Operation *op, int64_t replicas, int64_t partitions, std::string *why);

// Processes of a group; 0 where that is the whole grid, which types do not tell.
int64_t groupWidth(mlir::DenseIntElementsAttr groups);

// The type with dim `dim` times factor / divisor.
mlir::RankedTensorType withScaledDim(mlir::RankedTensorType type, int64_t dim, int64_t factor, int64_t divisor);

// Replaces the ops of distributed programs within `root` by what they are where the grid is one process; tokens stay. Reports
// all that one process cannot do: groups of several, channels, feeds.
mlir::LogicalResult lowerToOneProcess(mlir::Operation *root);

// What it would report of the module, a message a line; empty where a program may be compiled.
std::string problemsInOneProcess(mlir::ModuleOp module);

} // namespace ingot

#endif // INGOT_IR_DISTRIBUTION_H
