// Turns the dims that a file gives its inputs, and the user's --dim and --shape, into types: every dim becomes a number or an
// expression over the module's sizes.
#ifndef INGOT_FRONTENDS_COMMON_INPUTSIZES_H
#define INGOT_FRONTENDS_COMMON_INPUTSIZES_H

#include "frontends/common/ProgramInput.h"
#include "ir/Dialect.h"

#include <optional>
#include <string>

namespace ingot::frontend {

struct ResolvedInputs {
  std::vector<llvm::SmallVector<mlir::AffineExpr>> dims; // for each input
  std::vector<SizeAttr> sizes;                           // of the module
};

// A size that nothing gives.
struct OpenSize {
  std::string input; // the first that has it
  std::string name;  // empty: the input's rank is not known either
  unsigned axis;
  const ProgramInput *at;
};
// The options that would give them, as one writes them: "--dim batch=1..64".
using SizeSuggestion = llvm::function_ref<std::string(llvm::ArrayRef<OpenSize>)>;

// Fails with all problems of the first kind that has any.
llvm::Expected<ResolvedInputs> resolveInputs(mlir::MLIRContext *context, llvm::ArrayRef<ProgramInput> inputs,
                                             const ImportOptions &options, SizeSuggestion suggest);

} // namespace ingot::frontend

#endif // INGOT_FRONTENDS_COMMON_INPUTSIZES_H
