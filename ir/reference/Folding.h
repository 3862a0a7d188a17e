// Folding of ops on small constants by the interpreter, so that a folded value is what the op means.
#ifndef INGOT_IR_REFERENCE_FOLDING_H
#define INGOT_IR_REFERENCE_FOLDING_H

#include "ir/Dialect.h"

namespace ingot::reference {

// Whether the interpreter can run the op on constants by itself, in bounded time.
bool isFoldable(mlir::Operation *op);

// Adds the fold hook of every op of the dialect that has no folder of its own or whose folder found nothing. It applies
// where all operands are constants and results take at most ConstantOp::kMaxBytes, or are splats of an elementwise op.
void addConstantFolding(IngotDialect &dialect);

} // namespace ingot::reference

#endif // INGOT_IR_REFERENCE_FOLDING_H
