// What a group of ops would do as one kernel, for TargetModel::estimate.
#ifndef INGOT_PASSES_FUSE_KERNELCOST_H
#define INGOT_PASSES_FUSE_KERNELCOST_H

#include "passes/TargetModel.h"
#include "llvm/ADT/DenseMap.h"

namespace ingot {

// Summaries of many groups of the same ops, each looked at once: while it lives, no op may change.
class KernelCosts {
public:
  explicit KernelCosts(llvm::ArrayRef<SizeAttr> sizes) : sizes(sizes) {}

  // As summarizeKernel.
  KernelSummary summarize(llvm::ArrayRef<mlir::Operation *> ops, llvm::ArrayRef<mlir::Value> results);

private:
  // Of `operand`, where `asked` elements of the result are: always + min(asked * factor, most).
  struct Ask {
    mlir::Value operand;
    double factor, most, always;
  };
  struct OpCost {
    llvm::SmallVector<Ask, 2> asks;
    double flops = 0, transcendentals = 0;            // an element that is asked for
    double allFlops = 0, allTranscendentals = 0;      // whatever is asked for
    llvm::SmallVector<unsigned, 0> operandsInWindows; // of which only windows are taken
  };
  class OpCounter;

  struct Amount {
    double elements, bytes;
  };
  Amount amountOf(mlir::Value value);
  double elements(mlir::Value value) { return amountOf(value).elements; }
  double bytes(mlir::Value value) { return amountOf(value).bytes; }
  const OpCost &costOf(mlir::Operation *op);

  llvm::SmallVector<SizeAttr> sizes;
  llvm::DenseMap<mlir::Value, Amount> amounts;
  llvm::DenseMap<mlir::Operation *, std::unique_ptr<OpCost>> costs;
};

// `ops` are in topological order and closed but for the kernel's operands; `results` leave the kernel. Elements are counted
// at the sizes' maxima. Values are evaluated on demand: an op is counted for every element its users ask of it, so a
// producer under overlapping windows is counted once per overlap; contractions and reductions are computed once.
KernelSummary summarizeKernel(llvm::ArrayRef<mlir::Operation *> ops, llvm::ArrayRef<mlir::Value> results,
                              llvm::ArrayRef<SizeAttr> sizes);

} // namespace ingot

#endif // INGOT_PASSES_FUSE_KERNELCOST_H
