// The custom calls that have a meaning: by name, what their operands and results are and which ops they stand for. Importers,
// simplify and the interpreter ask this table; any other name is unknown, and refused where it must be computed.
#ifndef INGOT_IR_CUSTOMCALLS_H
#define INGOT_IR_CUSTOMCALLS_H

#include "ir/Dialect.h"

namespace ingot {

struct CustomCallRow {
  llvm::StringRef name;
  // What the call means, for messages and docs.
  llvm::StringRef meaning;
  // What operands, results or attributes do not fit the name, or an empty text. Null: nothing can be wrong.
  std::string (*problem)(CustomCallOp);
  // The ops that the call stands for, at the builder's place: one value a result. Precondition: no problem.
  llvm::SmallVector<mlir::Value> (*expand)(CustomCallOp, mlir::OpBuilder &);
};

// All rows, by name.
llvm::ArrayRef<CustomCallRow> customCallRows();
// Null if the name is unknown.
const CustomCallRow *findCustomCall(llvm::StringRef name);

} // namespace ingot

#endif // INGOT_IR_CUSTOMCALLS_H
