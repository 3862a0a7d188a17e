// What is known of small tensors before a program runs, by what their ops mean: shape arithmetic, with integers that are
// expressions over the module's sizes, and constants, computed by the interpreter.
#ifndef INGOT_IR_SYMBOLICEVALUATOR_H
#define INGOT_IR_SYMBOLICEVALUATOR_H

#include "ir/SymbolicTensor.h"

#include <deque>

namespace ingot {

// Remembers what it found, so that each value is visited once. An op that it has seen must stay as it is, or forget() be
// called.
class SymbolicEvaluator {
public:
  // `sizes` are the module's.
  explicit SymbolicEvaluator(llvm::ArrayRef<SizeAttr> sizes = {}) : sizes(sizes) {}

  // The elements of the value, all of which are known; else null. They live as long as the evaluator.
  const SymbolicTensor *elementsOf(mlir::Value value);

  // States the elements of a block argument for one call; what follows from them says so (SymbolicTensor::arguments).
  void give(mlir::BlockArgument argument, SymbolicTensor elements);

  // The module has more sizes now; those that were there keep their places.
  void useSizes(llvm::ArrayRef<SizeAttr> all) { sizes = all; }

  // After ops were erased: values may have their addresses.
  void forget() { found.clear(); }

private:
  // Null: nothing is known. An element that is not known is a null expression.
  using Partial = const SymbolicTensor *;

  void evaluate(mlir::Operation *op);
  std::optional<std::vector<SymbolicTensor>> results(mlir::Operation *op, llvm::ArrayRef<Partial> operands);

  llvm::ArrayRef<SizeAttr> sizes;
  std::deque<SymbolicTensor> storage;
  llvm::DenseMap<mlir::Value, Partial> found, given;
};

} // namespace ingot

#endif // INGOT_IR_SYMBOLICEVALUATOR_H
