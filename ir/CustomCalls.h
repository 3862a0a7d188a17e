// The custom calls that have a meaning: by name, what their operands and results are and which ops they stand for. Importers,
// simplify and the interpreter ask this table; any other name is unknown, and refused where it must be computed, unless it is bound.
//
// A bound call is one whose name `ingot.calls` of the module binds to a C function (ingot_call_fn, runtime/include/ingot/runtime.h):
// a command of the program that no kernel takes in. Whatever else its name means is left aside.
#ifndef INGOT_IR_CUSTOMCALLS_H
#define INGOT_IR_CUSTOMCALLS_H

#include "ir/Dialect.h"

namespace ingot {

inline constexpr llvm::StringLiteral kCallsAttr = "ingot.calls"; // module: dictionary of strings, NAME = "SYMBOL"

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

// The symbol of the function that the call is bound to by the module around it.
std::optional<llvm::StringRef> boundFunction(CustomCallOp op);
// Whether the op is a call of a bound name; false for null.
bool isBoundCall(mlir::Operation *op);
// Adds to the module's bindings, of names and symbols.
void bindCalls(mlir::ModuleOp module, llvm::ArrayRef<std::pair<std::string, std::string>> calls);
// What the function is given as the call's attributes: backend_config, which is text of a bound call, or nothing.
llvm::StringRef callAttributes(CustomCallOp op);
// "'name'", with the source's name and place of the call where they are known.
std::string describeCall(CustomCallOp op);

} // namespace ingot

#endif // INGOT_IR_CUSTOMCALLS_H
