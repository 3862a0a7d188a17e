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

// What moves elements keeps what they mean: operand `index` and the result are quantised alike, or not at all. Along an axis the result is
// where `becomes` says of the operand's axis; the numbers of one place may be those of several (`repeats`).
mlir::LogicalResult needSameMeaning(OpContext &c, size_t index = 0,
                                    llvm::function_ref<bool(int64_t axis, int64_t ofResult)> becomes = nullptr,
                                    bool repeats = false);

// What a body combines may be stored in a wider type, but means the same: operand `index` and result `result` are quantised with one
// expressed type, or not at all.
mlir::LogicalResult needPromotable(OpContext &c, size_t index, size_t result);

// What a sum of products needs of operands 0 and 1 and its result: `first` is the number of the first of these constraints,
// those of stored and expressed types are three further.
mlir::LogicalResult needQuantizedFactors(OpContext &c, unsigned first);

} // namespace ingot::stablehlo

#endif // INGOT_FRONTENDS_STABLEHLO_QUANTIZED_H
