// Calls in the body of a function of the tree, replaced by what they call.
#ifndef INGOT_FRONTENDS_STABLEHLO_INLINECALLS_H
#define INGOT_FRONTENDS_STABLEHLO_INLINECALLS_H

#include "frontends/stablehlo/Tree.h"

namespace ingot::stablehlo {

// Inlines func.call among the ops of a function's block, not in regions of these, as far as callees have one block and types that fit and
// the function does not become larger than `mostOps`.
void inlineCalls(Module &module, Function &function, size_t mostOps);

} // namespace ingot::stablehlo

#endif // INGOT_FRONTENDS_STABLEHLO_INLINECALLS_H
