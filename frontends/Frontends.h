// The formats that models may come in: a row each (Frontends.cpp), which is all that others know of a format.
#ifndef INGOT_FRONTENDS_FRONTENDS_H
#define INGOT_FRONTENDS_FRONTENDS_H

#include "frontends/common/Frontend.h"
#include "llvm/ADT/ArrayRef.h"

namespace ingot {

llvm::ArrayRef<Frontend> allFrontends();

// The one that recognises a file's start; else, where `byName` is set, that of the path's suffix; else null.
const Frontend *frontendOf(llvm::StringRef start, llvm::StringRef path, bool byName);

// That of a model's file; where it cannot be read or is of no format, the first: its functions say what is wrong.
const Frontend &frontendOfFile(llvm::StringRef path);

// Imports the model at a path by the frontend that it belongs to; an error where there is none.
mlir::FailureOr<Program> importModel(mlir::MLIRContext &context, llvm::StringRef path, const ImportOptions &options,
                                     DiagnosticSink sink, ImportNotes *notes = nullptr);

// The frontend whose files of single tensors the path's suffix names; null where there is none.
const Frontend *tensorFrontendOf(llvm::StringRef path);

} // namespace ingot

#endif // INGOT_FRONTENDS_FRONTENDS_H
