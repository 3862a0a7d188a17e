// ingot program -> StableHLO module: what `-o x.stablehlo` writes. Every op of the specification maps to the op of its name;
// what it lacks is composed of its ops or refused, all such ops at once.
#ifndef INGOT_FRONTENDS_STABLEHLO_EXPORT_EXPORT_H
#define INGOT_FRONTENDS_STABLEHLO_EXPORT_EXPORT_H

#include "frontends/common/Frontend.h"
#include "frontends/stablehlo/Tree.h"
#include "llvm/Support/Error.h"

#include <memory>

namespace ingot {

// The program as a portable artifact of a version of VHLO, "1.17" or "1.17.0"; empty: the newest. As Frontend::write.
llvm::Expected<WrittenModel> writeStablehlo(const Program &program, llvm::StringRef version, llvm::StringRef fileName);

namespace stablehlo {

// The program as import gives it: entries and the functions they call; composites by their decompositions, weights as
// constants. Sizes must be known: a size that is a range is refused, as is an op without a counterpart, by name.
llvm::Expected<std::unique_ptr<Module>> exportProgram(const Program &program);

} // namespace stablehlo
} // namespace ingot

#endif // INGOT_FRONTENDS_STABLEHLO_EXPORT_EXPORT_H
