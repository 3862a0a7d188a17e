// Bodies that use values from above. The dialect's bodies on elements are isolated: what they need comes by their arguments.
#ifndef INGOT_IR_CAPTURES_H
#define INGOT_IR_CAPTURES_H

#include "ir/Dialect.h"

namespace ingot {

// Isolates the body of a new reduce, reduce_window, scan, scatter, sort or map that uses values from above; such an op does
// not verify before. Constants are copied into the body. A scalar becomes one more input, the same at every place, which the
// body leaves as it is. Returns the op that took its place, with the same results first; the op itself where nothing is used;
// null, with an error at the op, where a body needs a tensor from above or its op takes no more inputs.
mlir::Operation *isolateBody(mlir::Operation *op, mlir::OpBuilder &builder);

} // namespace ingot

#endif // INGOT_IR_CAPTURES_H
