// Running a grid of processes, as programs with collective ops and channels need it.
#ifndef INGOT_IR_REFERENCE_GRID_H
#define INGOT_IR_REFERENCE_GRID_H

#include "ir/reference/Interpreter.h"

namespace ingot::reference {

struct Grid {
  // The function that each process runs, by replica and partition. Rows are equally long.
  std::vector<std::vector<mlir::func::FuncOp>> programs;
  // The arguments of each process: replica 0's partitions, then replica 1's ...
  std::vector<std::vector<Tensor>> arguments;
  // What infeeds give, one after the other, whichever process reads.
  std::vector<std::vector<Tensor>> infeed;

  // A grid has no more processes.
  static constexpr size_t kMaxProcesses = 256;
};

struct GridResults {
  std::vector<std::vector<Tensor>> results; // of each process, as the arguments
  std::vector<std::vector<Tensor>> outfeed; // what was written, in order
};

// Runs the processes in turn: each until it ends or waits for others, then the next one that can run. So the order in which
// they read feeds is the same in every run. Fails where processes wait for each other, or as run() does.
llvm::Expected<GridResults> runGrid(const Grid &grid, const Options &options);

} // namespace ingot::reference

#endif // INGOT_IR_REFERENCE_GRID_H
