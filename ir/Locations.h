// What locations tell: the source's nodes that an op was made of, and the composites it was a part of.
#ifndef INGOT_IR_LOCATIONS_H
#define INGOT_IR_LOCATIONS_H

#include "mlir/IR/Location.h"
#include "llvm/ADT/SmallVector.h"

#include <string>

namespace ingot {

// The names of the nodes, each once.
llvm::SmallVector<std::string> nodeNames(mlir::Location location);
// Adds those that `names` lacks.
void collectNodeNames(mlir::Location location, llvm::SmallVectorImpl<std::string> &names);

// The location of one op that stands for several, and theirs in order; empty if it is of another kind. What inComposite adds
// to the whole is added to each.
mlir::Location ofParts(mlir::MLIRContext *context, llvm::ArrayRef<mlir::Location> parts);
llvm::SmallVector<mlir::Location> partsOf(mlir::Location location);

// The location of an op that inlining a composite of this name leaves.
mlir::Location inComposite(mlir::Location location, llvm::StringRef composite);
// The outermost composite an op was part of, empty if none.
llvm::StringRef outermostComposite(mlir::Location location);
// All composites, each once, outer ones first.
llvm::SmallVector<llvm::StringRef> compositeNames(mlir::Location location);

} // namespace ingot

#endif // INGOT_IR_LOCATIONS_H
