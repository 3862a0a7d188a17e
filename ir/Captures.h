// Bodies that use values from above. The dialect's bodies on elements are isolated: what they need comes by their arguments.
#ifndef INGOT_IR_CAPTURES_H
#define INGOT_IR_CAPTURES_H

#include "ir/Dialect.h"

namespace ingot {

// Isolates the bodies of a new op on elements that use values from above. Such an op does not verify before. What bodies compute of
// values from above alone is computed before the op, and constants are copied into them. A scalar that is left becomes one more
// input, the same at every place, which the body leaves as it is; an op of a fixed number of inputs is made of the ops that do its
// work. Returns the op that took the op's place, with the same results first; the op itself where nothing is used; null, with an
// error at the op, where a body needs a tensor from above at each of its elements or its op takes no more inputs.
mlir::Operation *isolateBody(mlir::Operation *op, mlir::OpBuilder &builder);

} // namespace ingot

#endif // INGOT_IR_CAPTURES_H
