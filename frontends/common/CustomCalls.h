// Calls by name whose meaning is known, as ops: what programs of JAX ask of LAPACK, of solvers on other devices and of random
// generators. One table of names, for importers of any format; a name that it does not have is refused or bound by them.
#ifndef INGOT_FRONTENDS_COMMON_CUSTOMCALLS_H
#define INGOT_FRONTENDS_COMMON_CUSTOMCALLS_H

#include "frontends/common/ValueBuilder.h"

#include <string>

namespace ingot::frontend {

// A call as the program has it.
struct CustomCallSite {
  llvm::StringRef name;
  llvm::SmallVector<mlir::Value> operands;
  llvm::SmallVector<mlir::RankedTensorType> results;
  // Its attribute of that name as a number (flags: 0 or 1), none where it has none.
  std::function<std::optional<int64_t>(llvm::StringRef)> attribute;
};

struct CustomCall {
  // "lapack_?potrf_ffi": the question mark stands for the element type, s, d, c or z.
  llvm::StringLiteral name;
  // The results; none after saying in `problem` what is wrong.
  llvm::SmallVector<mlir::Value> (*make)(ValueBuilder &b, const CustomCallSite &call, std::string &problem);
};

llvm::ArrayRef<CustomCall> customCalls();
// Null where the table does not have the name.
const CustomCall *findCustomCall(llvm::StringRef name);

// The call's results as ops; none after saying what is wrong. Precondition: the table has its name.
llvm::SmallVector<mlir::Value> makeCustomCall(ValueBuilder &b, const CustomCallSite &call, std::string &problem);

} // namespace ingot::frontend

#endif // INGOT_FRONTENDS_COMMON_CUSTOMCALLS_H
