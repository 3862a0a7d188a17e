// What is chosen by data, without gaps: as many elements as there are, of a size that the program binds when it runs.
#ifndef INGOT_FRONTENDS_COMMON_COMPACTION_H
#define INGOT_FRONTENDS_COMMON_COMPACTION_H

#include "frontends/common/ProgramBuilder.h"

namespace ingot::frontend {

struct Compaction {
  mlir::Value places;     // i64, of `count` elements: where the chosen ones stand, ascending
  mlir::AffineExpr count; // a size of data, at most as many as there are elements to choose from
  int64_t most;           // what that is at most
};

// The places where `chosen`, a vector of i1, is true. `hint` names the size; none with *why as of ProgramBuilder::dataSize.
std::optional<Compaction> compact(ProgramBuilder &p, mlir::Value chosen, llvm::StringRef hint, std::string *why);

// 0, 1, ... of i64 for a vector of this many elements.
mlir::Value placesOf(ValueBuilder &b, mlir::AffineExpr count);
// x with `updates` at the places named by the i64 vector `indices`; those beyond x are left out.
mlir::Value scatterElements(ValueBuilder &b, Combiner combiner, mlir::Value x, mlir::Value indices, mlir::Value updates);

} // namespace ingot::frontend

#endif // INGOT_FRONTENDS_COMMON_COMPACTION_H
