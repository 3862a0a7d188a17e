// The C functions that custom calls are bound to (ir/CustomCalls.h), as libraries loaded into this process define them.
#ifndef INGOT_TOOLS_EXECUTION_BOUNDFUNCTIONS_H
#define INGOT_TOOLS_EXECUTION_BOUNDFUNCTIONS_H

#include "ir/reference/Interpreter.h"

#include <string>

namespace ingot::driver {

// Loads a shared library, whose symbols are then also found by artifacts that want them. It stays loaded. False with *why.
bool loadFunctions(const std::string &path, std::string *why);

// The address of a symbol in the libraries loaded, the first that has it; null where none does.
void *findFunction(const std::string &symbol);

// What the model calls and no library loaded has: "calls the function ..."; empty where all are there.
std::string problemOfFunctions(mlir::ModuleOp module);

// Runs a bound call's function for the interpreter (reference::Options::callFunction).
llvm::Error callFunction(CustomCallOp call, llvm::ArrayRef<const reference::Tensor *> operands,
                         llvm::MutableArrayRef<reference::Tensor> results);

} // namespace ingot::driver

#endif // INGOT_TOOLS_EXECUTION_BOUNDFUNCTIONS_H
