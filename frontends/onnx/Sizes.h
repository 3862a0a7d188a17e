// Turns the dims of a graph's inputs and the user's --dim and --shape into types: every dim becomes a number or an
// expression over the module's sizes.
#ifndef INGOT_FRONTENDS_ONNX_SIZES_H
#define INGOT_FRONTENDS_ONNX_SIZES_H

#include "frontends/onnx/Import.h"
#include "frontends/onnx/NodeContext.h"
#include "frontends/onnx/onnx.pb.h"
#include "ir/Dialect.h"

#include <optional>
#include <string>

namespace ingot::onnx {

struct ResolvedInputs {
  std::vector<llvm::SmallVector<mlir::AffineExpr>> dims; // for each input
  std::vector<SizeAttr> sizes;                           // of the module
};

// Inputs that are arguments, with the place among options.knownInputs that belongs to each (or null).
struct GraphInput {
  const ValueInfoProto *info = nullptr;
  const InputShape *known = nullptr;
  EntryRef fallback = nullptr; // what an initialiser gives it where the caller feeds nothing
  bool fed = false;            // among options.knownInputs, perhaps without a shape
};

// A size that nothing gives.
struct OpenSize {
  std::string input; // the first that has it
  std::string name;  // empty: the input's rank is not known either
  unsigned axis;
  const GraphInput *at;
};
// The options that would give them, as one writes them: "--dim batch=1..64".
using SizeSuggestion = llvm::function_ref<std::string(llvm::ArrayRef<OpenSize>)>;

// Fails with all problems of the first kind that has any.
llvm::Expected<ResolvedInputs> resolveInputs(mlir::MLIRContext *context, llvm::ArrayRef<GraphInput> inputs,
                                             const ImportOptions &options, SizeSuggestion suggest);

} // namespace ingot::onnx

#endif // INGOT_FRONTENDS_ONNX_SIZES_H
