// Special functions as ops that exist: by the names CHLO has for them, for importers of any format. Elementwise, on operands of
// one type, floats unless stated; f16 and bf16 are computed in f32 and rounded once.
//
// Errors, in units of the last place of the result: at most 2 of f32, at most 8 of f64 (32 of polygamma), where the function is
// not near a zero of its own but x = 0: there lgamma, digamma and polygamma are right to that many units of 1. In f32 all but
// erf_inv are computed in f64; tests/frontends/common/SpecialFunctionsTest.cpp holds each to its bound.
#ifndef INGOT_FRONTENDS_COMMON_SPECIALFUNCTIONS_H
#define INGOT_FRONTENDS_COMMON_SPECIALFUNCTIONS_H

#include "frontends/common/ValueBuilder.h"

namespace ingot::frontend {

struct SpecialFunction {
  llvm::StringLiteral name;
  unsigned operands;
  bool (*takes)(mlir::Type elementType); // null: floats
  mlir::Value (*make)(ValueBuilder &b, mlir::ValueRange operands);
};

// acos acosh asin asinh atan atanh bessel_i1e conj cosh digamma erf erf_inv erfc is_inf is_neg_inf is_pos_inf lgamma mulhi
// next_after polygamma sinh square tan zeta, by name.
llvm::ArrayRef<SpecialFunction> specialFunctions();
// Null where there is none of that name.
const SpecialFunction *findSpecialFunction(llvm::StringRef name);
// Whether the function takes operands of the type.
bool takesElements(const SpecialFunction &function, mlir::Type elementType);

// Of complex numbers, by their parts (ComplexFunctions.cpp).
mlir::Value complexSquare(ValueBuilder &b, mlir::Value z);
mlir::Value complexAtan2(ValueBuilder &b, mlir::Value y, mlir::Value x);
enum class ComplexFunction { Asin, Acos, Asinh, Acosh, Atan, Atanh, Sinh, Cosh, Cbrt };
mlir::Value complexFunction(ValueBuilder &b, ComplexFunction function, mlir::Value z);

} // namespace ingot::frontend

#endif // INGOT_FRONTENDS_COMMON_SPECIALFUNCTIONS_H
