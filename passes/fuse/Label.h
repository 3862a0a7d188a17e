#ifndef INGOT_PASSES_FUSE_LABEL_H
#define INGOT_PASSES_FUSE_LABEL_H

#include "ir/Dialect.h"

#include <string>

namespace ingot {

// A readable name for a group of ops in topological order: its computing ops joined by '_', such as "conv_add_relu",
// "softmax". Ops that only move elements count where nothing else does. At most four parts.
std::string fusionLabel(llvm::ArrayRef<mlir::Operation *> ops);

} // namespace ingot

#endif // INGOT_PASSES_FUSE_LABEL_H
