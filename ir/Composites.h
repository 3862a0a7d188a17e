// The composites that have a meaning of their own: what each name's operands, results and attributes are and what its
// decomposition computes. Importers, `raise` and targets agree on them here; any other name is free.
#ifndef INGOT_IR_COMPOSITES_H
#define INGOT_IR_COMPOSITES_H

#include "ir/Dialect.h"

namespace ingot {

// Nouns
//   role     what an operand or result is: "scale". Where a row has optional roles, the composite's attributes `operands`
//            and `results` list those that are present, in the row's order.
//   meaning  what the results are as real numbers; how they are rounded is the decomposition's.
struct CompositeRow {
  enum class Kind { Flag, Int, Ints, Float, Floats, String, Strings, Map, Type };
  struct Role {
    llvm::StringRef name;
    bool optional;
  };
  struct Attribute {
    llvm::StringRef name;
    Kind kind;
    bool optional;
  };
  llvm::StringRef name, meaning;
  llvm::SmallVector<Role> operands, results;
  llvm::SmallVector<Attribute> attributes;
  // What must hold beyond that: an empty text, or what is wrong. Null: nothing.
  std::string (*problem)(CompositeOp);
};

// All rows, by name.
llvm::ArrayRef<CompositeRow> compositeRows();
// Null if the name is free.
const CompositeRow *findComposite(llvm::StringRef name);

// The operand (result) of a role, null if absent. Precondition: the composite's row has it, and it verifies.
mlir::Value operandOf(CompositeOp op, llvm::StringRef role);
mlir::Value resultOf(CompositeOp op, llvm::StringRef role);

// The attributes of a composite of this row: those given, and the lists of roles where it needs them. One entry a role of
// the row tells whether it is present.
mlir::DictionaryAttr compositeAttributes(mlir::MLIRContext *context, const CompositeRow &row,
                                         llvm::ArrayRef<mlir::NamedAttribute> attributes, llvm::ArrayRef<bool> operands,
                                         llvm::ArrayRef<bool> results);

// Reports at `op` what its name's row does not allow.
mlir::LogicalResult verifyComposite(CompositeOp op);

// Where a tensor of attention has batch, heads, sequence and elements: the letters of a layout are its dims. The place of a
// letter, or -1.
int64_t layoutDim(llvm::StringRef layout, char letter);

} // namespace ingot

#endif // INGOT_IR_COMPOSITES_H
