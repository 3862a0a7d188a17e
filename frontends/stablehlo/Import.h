// Imports StableHLO: portable artifacts, text and what jax.export writes.
#ifndef INGOT_FRONTENDS_STABLEHLO_IMPORT_H
#define INGOT_FRONTENDS_STABLEHLO_IMPORT_H

#include "frontends/common/Frontend.h"
#include "frontends/stablehlo/Tree.h"

namespace ingot {

// Imports the module at a path, whichever form it has: one entry function @main, which is the module's function of that name,
// or its only public one.
mlir::FailureOr<Program> importStablehlo(mlir::MLIRContext &context, llvm::StringRef path, const ImportOptions &options,
                                         DiagnosticSink sink, ImportNotes *notes);
// Whether a file's start reads as such a module.
bool startsLikeStablehlo(llvm::StringRef start);
// The ops that are imported, by dialect, and the targets of custom calls, in the domain "custom_call".
std::vector<Operator> stablehloOperators();

namespace stablehlo {

// Attributes of an entry's argument that say what no type can: a list of names for its dims ("4", "batch", "2*batch"), and the
// integer that it is (the index of a platform).
inline constexpr llvm::StringLiteral kDimsAttr = "ingot.dims";
inline constexpr llvm::StringLiteral kValueAttr = "ingot.value";

// The function that is imported: main, or the only public one; null where there is none.
const Function *entryFunction(const Module &module);
// What a program calls the arguments of the function's block.
std::vector<std::string> argumentNames(const Function &function);

// The module of a file, whichever form it has. The error's lines start with the path.
llvm::Expected<std::unique_ptr<Module>> readModule(llvm::StringRef path);

// Imports a module that was read from `path`, which messages name. `file` is open where constants may stay ranges of it; null:
// they are copied. `fitting` (may be null): as importWithTrials (frontends/common/ImportTrials.h) has it.
mlir::FailureOr<Program> importModule(mlir::MLIRContext &context, const Module &module, llvm::StringRef path,
                                      std::shared_ptr<WeightFile> file, const ImportOptions &options, DiagnosticSink sink,
                                      ImportNotes *notes,
                                      std::vector<std::pair<std::string, std::string>> *fitting = nullptr);

} // namespace stablehlo
} // namespace ingot

#endif // INGOT_FRONTENDS_STABLEHLO_IMPORT_H
