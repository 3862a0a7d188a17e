// How passes read, make and extend weights.
#ifndef INGOT_PASSES_WEIGHTS_H
#define INGOT_PASSES_WEIGHTS_H

#include "ir/WeightStore.h"
#include "mlir/IR/SymbolTable.h"

#include <optional>
#include <string>
#include <vector>

namespace ingot {

// Bytes of a constant as the store keeps them: row-major, i1 and sub-byte elements one byte each.
std::vector<char> constantBytes(mlir::DenseElementsAttr value);

// The vector a constant of rank 2 or more repeats: its elements depend on the index along one dim alone, which comes with
// it. Folding turns small broadcasts into such constants; kernels and scales want the vector.
std::optional<std::pair<mlir::DenseElementsAttr, int64_t>> repeatedVector(mlir::DenseElementsAttr value);

// Whether weights of this type are packed in the artifact (pack-bits): elements share bytes, and take more of them than the distance
// at which weights begin. What makes wider elements of such a weight is left to who reads it.
bool isPacked(mlir::RankedTensorType type);
// Whether the op makes wider elements of those of a weight that is packed, one of each. As a step of the weight it would multiply what
// the artifact stores.
bool widensPacked(mlir::Operation *op);

// The weights of a module, while a pass changes them.
class WeightEditor {
public:
  WeightEditor(mlir::ModuleOp module, WeightStore &store);

  WeightOp lookup(GetWeightOp get) { return table.lookup<WeightOp>(get.getWeight()); }
  // A new op that reads the weight. While the editor lives no other is made, so that it knows who reads what.
  GetWeightOp read(mlir::OpBuilder &builder, mlir::Location loc, WeightOp weight);
  void erase(GetWeightOp get);

  // Adds the constant's bytes to the store and returns the key.
  std::string addEntry(llvm::StringRef hint, mlir::DenseElementsAttr value);
  // A new weight whose bytes the store owns, with a name made of `hint`.
  WeightOp addOwned(llvm::StringRef hint, mlir::RankedTensorType type, std::vector<char> bytes, mlir::Location loc);
  // A weight equal to the constant; the same one for equal constants.
  WeightOp addConstant(llvm::StringRef hint, mlir::DenseElementsAttr value, mlir::Location loc);
  // The weight that `base` with these further steps is: `base` itself, changed, if `get` is its only use, else a new or
  // earlier made one. Null if a step does not apply to the type.
  WeightOp extend(GetWeightOp get, llvm::ArrayRef<mlir::Attribute> steps);
  // The same for gets of one weight, all of whose uses the caller is about to replace.
  WeightOp extendAll(llvm::ArrayRef<GetWeightOp> gets, llvm::ArrayRef<mlir::Attribute> steps);

  WeightStore &weightStore() { return store; }

private:
  // Inserts behind the module's other weights.
  WeightOp insert(llvm::StringRef hint, mlir::RankedTensorType type, SourceAttr source, mlir::ArrayAttr steps,
                  mlir::Location loc);
  WeightOp derive(WeightOp base, llvm::ArrayRef<mlir::Attribute> steps, llvm::ArrayRef<GetWeightOp> onlyUses);

  mlir::ModuleOp module;
  mlir::SymbolTable table;
  WeightStore &store;
  mlir::Operation *last = nullptr;                                                   // of the module's weights
  llvm::DenseMap<mlir::StringAttr, llvm::SmallPtrSet<mlir::Operation *, 2>> readers; // by weight; some may be gone
  llvm::DenseMap<mlir::Attribute, WeightOp> byConstant;
  llvm::DenseMap<std::pair<mlir::Attribute, mlir::Attribute>, WeightOp> derived; // (source, steps)
};

} // namespace ingot

#endif // INGOT_PASSES_WEIGHTS_H
