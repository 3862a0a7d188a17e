// Dims as people write them: "past + seq", "32*w", "(h + 1) / 2".
#ifndef INGOT_FRONTENDS_COMMON_SIZEEXPRESSION_H
#define INGOT_FRONTENDS_COMMON_SIZEEXPRESSION_H

#include "mlir/IR/AffineExpr.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <string>

namespace ingot::frontend {

inline constexpr int64_t kMaxDim = int64_t(1) << 40;

// Whether `name` can stand in an expression as it is: a letter or '_', then letters, digits, '_' and '.'.
bool isPlainName(llvm::StringRef name);

// Reads sums, differences, products and quotients of names and numbers; `lookup` gives the value of a name. `names` are
// those that are not plain and yet may stand there, such as "x:0.1". Null where the text is no such expression, a name has
// no value, or a divisor is no positive number.
mlir::AffineExpr readSizeExpression(mlir::MLIRContext *context, llvm::StringRef text, llvm::ArrayRef<std::string> names,
                                    llvm::function_ref<mlir::AffineExpr(llvm::StringRef)> lookup);

} // namespace ingot::frontend

#endif // INGOT_FRONTENDS_COMMON_SIZEEXPRESSION_H
