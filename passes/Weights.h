// How passes read, make and extend weights.
#ifndef INGOT_PASSES_WEIGHTS_H
#define INGOT_PASSES_WEIGHTS_H

#include "ir/WeightStore.h"
#include "mlir/IR/SymbolTable.h"

#include <string>
#include <vector>

namespace ingot {

// Bytes of a constant as the store keeps them: row-major, i1 and sub-byte elements one byte each.
std::vector<char> constantBytes(mlir::DenseElementsAttr value);

// The weights of a module, while a pass changes them.
class WeightEditor {
public:
  WeightEditor(mlir::ModuleOp module, WeightStore &store);

  WeightOp lookup(GetWeightOp get) { return table.lookup<WeightOp>(get.getWeight()); }

  // A new weight whose bytes the store owns, with a name made of `hint`.
  WeightOp addOwned(llvm::StringRef hint, mlir::RankedTensorType type, std::vector<char> bytes, mlir::Location loc);
  // A weight equal to the constant; the same one for equal constants.
  WeightOp addConstant(llvm::StringRef hint, mlir::DenseElementsAttr value, mlir::Location loc);
  // The weight that `base` with these further steps is: `base` itself, changed, if `get` is its only use, else a new or earlier made
  // one. Null if a step does not apply to the type.
  WeightOp extend(GetWeightOp get, llvm::ArrayRef<mlir::Attribute> steps);

  WeightStore &weightStore() { return store; }

private:
  // Inserts behind the module's other weights.
  WeightOp insert(llvm::StringRef hint, mlir::RankedTensorType type, SourceAttr source, mlir::ArrayAttr steps, mlir::Location loc);
  bool hasOtherUses(WeightOp weight, GetWeightOp get);

  mlir::ModuleOp module;
  mlir::SymbolTable table;
  WeightStore &store;
  llvm::DenseMap<mlir::Attribute, WeightOp> byConstant;
  llvm::DenseMap<std::pair<mlir::Attribute, mlir::Attribute>, WeightOp> derived; // (source, steps)
};

// For ingot-opt: a store for what passes add; the bytes of weights in MLIR text are not in it.
WeightStore &scratchStore();

} // namespace ingot

#endif // INGOT_PASSES_WEIGHTS_H
