// What select_and_scatter is made of.
#ifndef INGOT_IR_REDUCTION_H
#define INGOT_IR_REDUCTION_H

#include "ir/Dialect.h"

namespace ingot {

struct PickedAndScattered {
  mlir::Operation *pick;    // the reduce_window that finds the places
  mlir::Operation *scatter; // which the elements of source go to
  mlir::Operation *result;  // takes the place of the op
};

// Replaces a select_and_scatter: the places that are picked are what a reduce_window of the elements with their row-major
// positions leaves; a scatter then takes the elements there. Its bodies become theirs, with what they use from above.
PickedAndScattered pickAndScatter(SelectAndScatterOp op, mlir::OpBuilder &builder);

} // namespace ingot

#endif // INGOT_IR_REDUCTION_H
