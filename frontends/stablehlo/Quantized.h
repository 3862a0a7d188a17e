// Quantised tensors: what their elements express, and what ops need of their types.
#ifndef INGOT_FRONTENDS_STABLEHLO_QUANTIZED_H
#define INGOT_FRONTENDS_STABLEHLO_QUANTIZED_H

#include "frontends/stablehlo/OpContext.h"

namespace ingot::stablehlo {

// What quantised elements express, and back.
mlir::Value dequantized(ValueBuilder &b, mlir::Value stored, const Quantization &quantization);
mlir::Value quantized(ValueBuilder &b, mlir::Value expressed, const Quantization &quantization);

// All operands and the result are quantised, or none, with the same stored and expressed types: their baseline types. Booleans
// aside.
mlir::LogicalResult needEqualBaselines(OpContext &c);

// What a sum of products needs of operands 0 and 1 and its result: `first` is the number of the first of these constraints,
// those of stored and expressed types are three further.
mlir::LogicalResult needQuantizedFactors(OpContext &c, unsigned first);

} // namespace ingot::stablehlo

#endif // INGOT_FRONTENDS_STABLEHLO_QUANTIZED_H
