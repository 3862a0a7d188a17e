// What a user could say of the sizes a model leaves open: options for --dim that an import was tried with, and dims that
// must be equal.
#ifndef INGOT_FRONTENDS_COMMON_SIZEADVICE_H
#define INGOT_FRONTENDS_COMMON_SIZEADVICE_H

#include "frontends/common/InputSizes.h"

namespace ingot::frontend {

using DimOptions = std::vector<std::pair<std::string, std::string>>; // as ImportOptions::dims

// Two dims that a node needs to be equal, over the sizes of the module.
struct DimMismatch {
  mlir::AffineExpr lhs, rhs;
  std::string node;
};

// How an import went.
struct Trial {
  bool imported = false;
  std::vector<DimMismatch> mismatches;
  std::vector<SizeAttr> sizes; // of the module
};
using TryImport = llvm::function_ref<Trial(const DimOptions &)>;

// What may be made of sizes that do not fit: the same size, as another or an expression of others, or anything else that
// fits, a number or a multiple ("32*h").
enum class Refine { Equal, All };

// Changes the options so that dims which did not fit are equal, as far as can be told. False where nothing is left to
// change. `told` gets a sentence for each change.
bool refineSizes(DimOptions &dims, const Trial &trial, Refine how, std::vector<std::string> &told);

// The options that give the open sizes as one would write them in a shell. Those that an import went well with, where
// `tryImport` finds some.
std::string suggestSizes(llvm::ArrayRef<OpenSize> open, const ImportOptions &options, TryImport tryImport);

// --dim A=1 --dim B=2..3 for the options that `before` has not, quoted where a shell would need it.
std::string dimText(const DimOptions &dims, const DimOptions &before = {});

// "; --dim n=5..64 fits" of a dim that is negative for the least values of the one size it depends on; else empty.
std::string adviceForNegative(mlir::AffineExpr dim, llvm::ArrayRef<SizeAttr> sizes);

} // namespace ingot::frontend

#endif // INGOT_FRONTENDS_COMMON_SIZEADVICE_H
