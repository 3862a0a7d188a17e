// Imports a model as often as it takes to find out which sizes must be equal, what an open size could be, and which inputs
// with a default can be arguments.
#ifndef INGOT_FRONTENDS_COMMON_IMPORTTRIALS_H
#define INGOT_FRONTENDS_COMMON_IMPORTTRIALS_H

#include "frontends/common/ProgramBuilder.h"
#include "llvm/ADT/StringSet.h"

namespace ingot::frontend {

// One import: what it is told, and what it tells.
struct ImportAttempt {
  const ImportOptions &options;
  const llvm::StringSet<> &builtIn; // inputs with a default that are constants, whatever the options say
  SizeSuggestion suggest = nullptr; // for ProgramBuilder::beginEntry
  Program program;
  ImportNotes notes;
  Trial trial; // its mismatches and sizes: those of the ProgramBuilder, also where the import fails
  // Whether anything but open sizes is known to stand in the way, to be set before `suggest` is called: no sizes are tried then.
  bool hasOtherProblems = false;
};
using ImportOnce = llvm::function_ref<llvm::Error(ImportAttempt &)>;

// Imports by `once`; `defaults` are the inputs that the file gives a default value and that nobody fixed or feeds. The error
// of the first attempt, with sizes that fit where some were found. A default that decided a shape is no argument, since another value
// would need another program; and where the model cannot be imported with arguments, none is. `fitting` (may be null) gets the options
// of the import that went well; where the first one failed, of one that would, if such were found.
llvm::Expected<Program> importWithTrials(const ImportOptions &options, const llvm::StringSet<> &defaults, ImportNotes &notes,
                                         ImportOnce once, DimOptions *fitting = nullptr);

// The program, if it verifies. An importer checks what it emits: ops that do not verify are a mistake of ours, and told so.
mlir::FailureOr<Program> verified(Program program, llvm::StringRef path, DiagnosticSink sink);

} // namespace ingot::frontend

#endif // INGOT_FRONTENDS_COMMON_IMPORTTRIALS_H
