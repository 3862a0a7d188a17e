// Activation functions that more than one operator names.
#ifndef INGOT_FRONTENDS_COMMON_ACTIVATIONS_H
#define INGOT_FRONTENDS_COMMON_ACTIVATIONS_H

#include "frontends/common/ValueBuilder.h"

namespace ingot::frontend {

// ln(1 + e^x) without overflow
mlir::Value softplusOf(ValueBuilder &b, mlir::Value x);
// max(0, min(1, alpha x + beta))
mlir::Value hardSigmoidOf(ValueBuilder &b, mlir::Value x, double alpha, double beta);
// x where positive, else alpha (e^x - 1)
mlir::Value eluOf(ValueBuilder &b, mlir::Value x, double alpha);
// x, but alpha x where negative
mlir::Value leakyReluOf(ValueBuilder &b, mlir::Value x, double alpha);
// x / (1 + |x|)
mlir::Value softsignOf(ValueBuilder &b, mlir::Value x);

} // namespace ingot::frontend

#endif // INGOT_FRONTENDS_COMMON_ACTIVATIONS_H
