// Arguments with a default value: a caller that passes none gets that of a weight.
#ifndef INGOT_IR_DEFAULTS_H
#define INGOT_IR_DEFAULTS_H

#include "ir/Dialect.h"

namespace ingot {

// func argument: the symbol of an ingot.weight of the argument's type, whose dims are static. No state has one. What reads the
// argument never reads the weight, so that passes may not take the one for the other.
inline constexpr llvm::StringLiteral kDefaultAttr = "ingot.default";

} // namespace ingot

#endif // INGOT_IR_DEFAULTS_H
