// Elementwise ops: each result element depends on the operands' elements at the same index.
#ifndef INGOT_IR_ELEMENTWISE
#define INGOT_IR_ELEMENTWISE

include "ir/Attributes.td"

defvar Ingot_ComputeLifespan = [{
    Lifespan: any phase from import to fuse may create it; tile lowers it, inside a kernel, to vector arithmetic.}];

// The element type the example of an op on `tensor` shows.
class Ingot_ExampleElement<Type tensor> {
  string type = !if(!eq(!cast<string>(tensor), "Ingot_IntTensor"), "i32", "f32");
}

class Ingot_Unary<string mnemonic, Type tensor, list<Trait> traits = [], string cost = "Cheap">
    : Ingot_Op<mnemonic, !listconcat([Pure, Ingot_PointwiseOf<cost>, SameOperandsAndResultType], traits)> {
  let arguments = (ins tensor:$operand);
  let results = (outs tensor:$result);
  let assemblyFormat = "$operand attr-dict `:` type($result)";
  defvar type = "tensor<2x3x" # Ingot_ExampleElement<tensor>.type # ">";
  let description = !strconcat([{
    (C1) operand and result have the same type.}], Ingot_ComputeLifespan, [{
    ```mlir
    func.func @example(%x: }], type, ") -> ", type, [{ {
      %0 = ingot.}], mnemonic, " %x : ", type, [{
      return %0 : }], type, [{
    }
    ```
  }]);
}
class Ingot_Binary<string mnemonic, Type tensor, list<Trait> traits = [], string cost = "Cheap">
    : Ingot_Op<mnemonic, !listconcat([Pure, Ingot_PointwiseOf<cost>, SameOperandsAndResultType], traits)> {
  let arguments = (ins tensor:$lhs, tensor:$rhs);
  let results = (outs tensor:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($result)";
  let hasFolder = 1;
  defvar type = "tensor<2x3x" # Ingot_ExampleElement<tensor>.type # ">";
  let description = !strconcat([{
    (C1) operands and result have the same type.}], Ingot_ComputeLifespan, [{
    ```mlir
    func.func @example(%x: }], type, ", %y: ", type, ") -> ", type, [{ {
      %0 = ingot.}], mnemonic, " %x, %y : ", type, [{
      return %0 : }], type, [{
    }
    ```
  }]);
}

def Ingot_RealTensor : Ingot_TensorOf<[Ingot_Int, AnyFloat]>;
def Ingot_NumberTensor : Ingot_TensorOf<[Ingot_Int, AnyFloat, AnyComplex]>;

def Ingot_AbsOp : Ingot_Op<"abs", [Pure, Ingot_Pointwise, DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let summary = "Absolute value; signed integers wrap at the minimum; of a complex number its magnitude, a float";
  let description = [{
    (C1) the result has the operand's type; of complex numbers their part's float type.
    Lifespan: any phase from import to fuse may create it; tile lowers it, inside a kernel, to vector arithmetic.
    ```mlir
    func.func @example(%x: tensor<2x3xcomplex<f32>>) -> tensor<2x3xf32> {
      %0 = ingot.abs %x : tensor<2x3xcomplex<f32>>
      return %0 : tensor<2x3xf32>
    }
    ```
  }];
  let arguments = (ins Ingot_NumberTensor:$operand);
  let results = (outs Ingot_NumberTensor:$result);
  let assemblyFormat = "$operand attr-dict `:` type($operand)";
}
def Ingot_CbrtOp : Ingot_Unary<"cbrt", Ingot_FloatTensor, cost = "VeryDear"> { let summary = "Cube root"; }
def Ingot_CeilOp : Ingot_Unary<"ceil", Ingot_FloatTensor> { let summary = "Round towards +infinity"; }
def Ingot_CosineOp : Ingot_Unary<"cosine", Ingot_FloatOrComplexTensor, cost = "Dear"> { let summary = "Cosine of radians"; }
def Ingot_SineOp : Ingot_Unary<"sine", Ingot_FloatOrComplexTensor, cost = "Dear"> { let summary = "Sine of radians"; }
def Ingot_TanOp : Ingot_Unary<"tan", Ingot_FloatOrComplexTensor, cost = "VeryDear"> { let summary = "Tangent of radians"; }
def Ingot_AsinOp : Ingot_Unary<"asin", Ingot_FloatTensor, cost = "VeryDear"> { let summary = "Arc sine"; }
def Ingot_AcosOp : Ingot_Unary<"acos", Ingot_FloatTensor, cost = "VeryDear"> { let summary = "Arc cosine"; }
def Ingot_AtanOp : Ingot_Unary<"atan", Ingot_FloatTensor, cost = "VeryDear"> { let summary = "Arc tangent"; }
def Ingot_SinhOp : Ingot_Unary<"sinh", Ingot_FloatTensor, cost = "VeryDear"> { let summary = "Hyperbolic sine"; }
def Ingot_CoshOp : Ingot_Unary<"cosh", Ingot_FloatTensor, cost = "VeryDear"> { let summary = "Hyperbolic cosine"; }
def Ingot_AsinhOp : Ingot_Unary<"asinh", Ingot_FloatTensor, cost = "VeryDear"> { let summary = "Inverse hyperbolic sine"; }
def Ingot_AcoshOp : Ingot_Unary<"acosh", Ingot_FloatTensor, cost = "VeryDear"> { let summary = "Inverse hyperbolic cosine"; }
def Ingot_AtanhOp : Ingot_Unary<"atanh", Ingot_FloatTensor, cost = "VeryDear"> { let summary = "Inverse hyperbolic tangent"; }
def Ingot_CountLeadingZerosOp : Ingot_Unary<"count_leading_zeros", Ingot_IntTensor> { let summary = "Zero bits above the highest one"; }
def Ingot_ErfOp : Ingot_Unary<"erf", Ingot_FloatTensor, cost = "Dear"> { let summary = "Error function 2/sqrt(pi) * integral of exp(-t^2) from 0 to x"; }
def Ingot_ExponentialOp : Ingot_Unary<"exponential", Ingot_FloatOrComplexTensor, cost = "Dear"> { let summary = "e^x"; }
def Ingot_ExponentialMinusOneOp : Ingot_Unary<"exponential_minus_one", Ingot_FloatOrComplexTensor, cost = "Dear"> { let summary = "e^x - 1, exact near 0"; }
def Ingot_FloorOp : Ingot_Unary<"floor", Ingot_FloatTensor> { let summary = "Round towards -infinity"; }
def Ingot_LogOp : Ingot_Unary<"log", Ingot_FloatOrComplexTensor, cost = "Dear"> { let summary = "Natural logarithm"; }
def Ingot_LogPlusOneOp : Ingot_Unary<"log_plus_one", Ingot_FloatOrComplexTensor, cost = "Dear"> { let summary = "ln(1 + x), exact near 0"; }
def Ingot_LogisticOp : Ingot_Unary<"logistic", Ingot_FloatOrComplexTensor, cost = "Dear"> { let summary = "1 / (1 + e^-x)"; }
def Ingot_NegateOp : Ingot_Unary<"negate", Ingot_NumberTensor> { let summary = "-x; integers wrap"; let hasFolder = 1; }
def Ingot_NotOp : Ingot_Unary<"not", Ingot_IntTensor> { let summary = "Bitwise (i1: logical) complement"; let hasFolder = 1; }
def Ingot_PopcntOp : Ingot_Unary<"popcnt", Ingot_IntTensor> { let summary = "Number of one bits"; }
def Ingot_RoundNearestAfzOp : Ingot_Unary<"round_nearest_afz", Ingot_FloatTensor> { let summary = "Round to nearest, halves away from zero"; }
def Ingot_RoundNearestEvenOp : Ingot_Unary<"round_nearest_even", Ingot_FloatTensor> { let summary = "Round to nearest, halves to even"; }
def Ingot_RsqrtOp : Ingot_Unary<"rsqrt", Ingot_FloatOrComplexTensor, cost = "Division"> { let summary = "1 / sqrt(x)"; }
def Ingot_SignOp : Ingot_Unary<"sign", Ingot_NumberTensor> { let summary = "-1, 0 or 1; keeps NaN and the sign of zero"; }
def Ingot_SqrtOp : Ingot_Unary<"sqrt", Ingot_FloatOrComplexTensor, cost = "Division"> { let summary = "Square root"; }
def Ingot_TanhOp : Ingot_Unary<"tanh", Ingot_FloatOrComplexTensor, cost = "Dear"> { let summary = "Hyperbolic tangent"; }

def Ingot_AddOp : Ingot_Binary<"add", Ingot_Tensor, [Commutative]> { let summary = "Sum; integers wrap, i1: or"; }
def Ingot_AndOp : Ingot_Binary<"and", Ingot_IntTensor, [Commutative]> { let summary = "Bitwise and"; }
def Ingot_Atan2Op : Ingot_Binary<"atan2", Ingot_FloatTensor, cost = "VeryDear"> { let summary = "Angle of the point (rhs, lhs)"; }
def Ingot_DivideOp : Ingot_Binary<"divide", Ingot_Tensor, cost = "Division"> {
  let summary = "Quotient; integers truncate, n / 0 = -1 (all ones), minimum / -1 = minimum";
}
def Ingot_MaximumOp : Ingot_Binary<"maximum", Ingot_Tensor, [Commutative]> { let summary = "Larger; NaN wins, +0 > -0; i1: or"; }
def Ingot_MinimumOp : Ingot_Binary<"minimum", Ingot_Tensor, [Commutative]> { let summary = "Smaller; NaN wins, -0 < +0; i1: and"; }
def Ingot_MultiplyOp : Ingot_Binary<"multiply", Ingot_Tensor, [Commutative]> { let summary = "Product; integers wrap, i1: and"; }
def Ingot_OrOp : Ingot_Binary<"or", Ingot_IntTensor, [Commutative]> { let summary = "Bitwise or"; }
def Ingot_PowerOp : Ingot_Binary<"power", Ingot_Tensor, cost = "Iterative"> { let summary = "lhs ^ rhs; integer: exponentiation by squaring, wraps"; }
def Ingot_RemainderOp : Ingot_Binary<"remainder", Ingot_RealTensor, cost = "Iterative"> { let summary = "Remainder with the dividend's sign (fmod); integer n % 0 = n"; }
def Ingot_ShiftLeftOp : Ingot_Binary<"shift_left", Ingot_IntTensor> { let summary = "lhs << rhs; 0 when rhs >= width"; }
def Ingot_ShiftRightArithmeticOp : Ingot_Binary<"shift_right_arithmetic", Ingot_IntTensor> { let summary = "Sign-filling shift; all sign bits when rhs >= width"; }
def Ingot_ShiftRightLogicalOp : Ingot_Binary<"shift_right_logical", Ingot_IntTensor> { let summary = "Zero-filling shift; 0 when rhs >= width"; }
def Ingot_SubtractOp : Ingot_Binary<"subtract", Ingot_Tensor> { let summary = "Difference; integers wrap"; }
def Ingot_XorOp : Ingot_Binary<"xor", Ingot_IntTensor, [Commutative]> { let summary = "Bitwise exclusive or"; }

def Ingot_IsFiniteOp : Ingot_Op<"is_finite", [Pure, Ingot_Pointwise, DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let summary = "True where neither infinite nor NaN";
  let description = [{
    (C1) the result has the operand's dims.
    Lifespan: any phase from import to fuse may create it; tile lowers it, inside a kernel, to vector arithmetic.
    ```mlir
    func.func @example(%x: tensor<2x3xf32>) -> tensor<2x3xi1> {
      %0 = ingot.is_finite %x : tensor<2x3xf32>
      return %0 : tensor<2x3xi1>
    }
    ```
  }];
  let arguments = (ins Ingot_FloatTensor:$operand);
  let results = (outs Ingot_PredTensor:$result);
  let assemblyFormat = "$operand attr-dict `:` type($operand)";
}

def Ingot_CompareOp : Ingot_Op<"compare", [Pure, Ingot_Pointwise, SameTypeOperands, DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let summary = "Elementwise comparison; floats by IEEE order (NaN: only NE is true), ui* unsigned, i* signed, i1 unsigned";
  let description = [{
    With `total`, floats by their bits in IEEE 754 total order: -NaN < -inf < -0 < +0 < +inf < NaN; EQ is that of the bits.
    (C1) lhs and rhs have the same type. (C2) complex allows EQ and NE alone. (C3) `total` is for floats.
    Lifespan: any phase from import to fuse may create it; tile lowers it, inside a kernel, to vector arithmetic.
    ```mlir
    func.func @example(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>) -> tensor<2x3xi1> {
      %0 = ingot.compare LT %x, %y : tensor<2x3xf32>
      return %0 : tensor<2x3xi1>
    }
    ```
  }];
  let arguments = (ins Ingot_Tensor:$lhs, Ingot_Tensor:$rhs, Ingot_ComparisonDirectionAttr:$direction, UnitAttr:$total_order);
  let results = (outs Ingot_PredTensor:$result);
  let assemblyFormat = "$direction (`total` $total_order^)? $lhs `,` $rhs attr-dict `:` type($lhs)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Ingot_SelectOp : Ingot_Op<"select", [Pure, Ingot_Pointwise, AllTypesMatch<["on_true", "on_false", "result"]>]> {
  let summary = "on_true where pred, else on_false";
  let description = [{
    (C1) pred has rank 0 or the shape of on_true. (C2) on_true, on_false and result have the same type.
    Lifespan: any phase from import to fuse may create it; tile lowers it, inside a kernel, to vector arithmetic.
    ```mlir
    func.func @example(%p: tensor<2x3xi1>, %x: tensor<2x3xf32>, %y: tensor<2x3xf32>) -> tensor<2x3xf32> {
      %0 = ingot.select %p, %x, %y : tensor<2x3xi1>, tensor<2x3xf32>
      return %0 : tensor<2x3xf32>
    }
    ```
  }];
  let arguments = (ins Ingot_PredTensor:$pred, Ingot_Tensor:$on_true, Ingot_Tensor:$on_false);
  let results = (outs Ingot_Tensor:$result);
  let assemblyFormat = "$pred `,` $on_true `,` $on_false attr-dict `:` type($pred) `,` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Ingot_ClampOp : Ingot_Op<"clamp", [Pure, Ingot_Pointwise, AllTypesMatch<["operand", "result"]>]> {
  let summary = "min(max(operand, min), max)";
  let description = [{
    (C1) min has rank 0 or the operand's shape. (C2) so has max. (C3) element types are equal.
    Lifespan: any phase from import to fuse may create it; tile lowers it, inside a kernel, to vector arithmetic.
    ```mlir
    func.func @example(%low: tensor<f32>, %x: tensor<2x3xf32>, %high: tensor<f32>) -> tensor<2x3xf32> {
      %0 = ingot.clamp %low, %x, %high : (tensor<f32>, tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xf32>
      return %0 : tensor<2x3xf32>
    }
    ```
  }];
  let arguments = (ins Ingot_Tensor:$min, Ingot_Tensor:$operand, Ingot_Tensor:$max);
  let results = (outs Ingot_Tensor:$result);
  let assemblyFormat = "$min `,` $operand `,` $max attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Ingot_ConvertOp : Ingot_Op<"convert", [Pure, Ingot_Pointwise]> {
  let summary = "Element type conversion: to a narrower float rounds to even, float to integer truncates (saturating), to i1 tests != 0";
  let description = [{
    (C1) operand and result have the same shape.
    Lifespan: any phase from import to fuse may create it; tile lowers it, inside a kernel, to vector arithmetic.
    ```mlir
    func.func @example(%x: tensor<2x3xf32>) -> tensor<2x3xi8> {
      %0 = ingot.convert %x : (tensor<2x3xf32>) -> tensor<2x3xi8>
      return %0 : tensor<2x3xi8>
    }
    ```
  }];
  let arguments = (ins Ingot_Tensor:$operand);
  let results = (outs Ingot_Tensor:$result);
  let assemblyFormat = "$operand attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

class Ingot_ComplexPart<string mnemonic>
    : Ingot_Op<mnemonic, [Pure, Ingot_Pointwise, DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let arguments = (ins Ingot_FloatOrComplexTensor:$operand);
  let results = (outs Ingot_FloatTensor:$result);
  let assemblyFormat = "$operand attr-dict `:` type($operand)";
  let hasFolder = 1;
  let description = !strconcat([{
    (C1) the result has the operand's dims and its part's float type.}], Ingot_ComputeLifespan, [{
    ```mlir
    func.func @example(%x: tensor<2x3xcomplex<f32>>) -> tensor<2x3xf32> {
      %0 = ingot.}], mnemonic, [{ %x : tensor<2x3xcomplex<f32>>
      return %0 : tensor<2x3xf32>
    }
    ```
  }]);
}
def Ingot_RealOp : Ingot_ComplexPart<"real"> { let summary = "Real part; a float is its own"; }
def Ingot_ImagOp : Ingot_ComplexPart<"imag"> { let summary = "Imaginary part; of a float +0"; }

def Ingot_ComplexOp : Ingot_Op<"complex", [Pure, Ingot_Pointwise, SameTypeOperands, DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let summary = "The complex number of real part lhs and imaginary part rhs";
  let description = [{
    (C1) lhs and rhs have the same type, of f32 or f64. (C2) the result has their dims and is complex of their element type.
    Lifespan: any phase from import to fuse may create it; tile lowers it, inside a kernel, to vector arithmetic.
    ```mlir
    func.func @example(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>) -> tensor<2x3xcomplex<f32>> {
      %0 = ingot.complex %x, %y : tensor<2x3xf32>
      return %0 : tensor<2x3xcomplex<f32>>
    }
    ```
  }];
  let arguments = (ins Ingot_TensorOf<[F32, F64]>:$lhs, Ingot_TensorOf<[F32, F64]>:$rhs);
  let results = (outs Ingot_TensorOf<[AnyComplex]>:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($lhs)";
  let hasFolder = 1;
}

def Ingot_ReducePrecisionOp : Ingot_Op<"reduce_precision", [Pure, Ingot_Pointwise, AllTypesMatch<["operand", "result"]>]> {
  let summary = "The operand as a float of exponent_bits and mantissa_bits holds it, as StableHLO's reduce_precision";
  let description = [{
    The mantissa is rounded to `mantissa_bits`, halves to even. Where the exponent then does not fit a format of `exponent_bits`, the result
    is the infinity or, below its normal numbers, the zero of the operand's sign. NaN stays, but with no bit of mantissa becomes infinity.
    (C1) operand and result have the same type. (C2) exponent_bits >= 1. (C3) mantissa_bits >= 0.
    Lifespan: any phase from import to fuse may create it; tile lowers it, inside a kernel, to vector arithmetic.
    ```mlir
    func.func @example(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
      %0 = ingot.reduce_precision %x exponent = 5 mantissa = 10 : tensor<2x3xf32>
      return %0 : tensor<2x3xf32>
    }
    ```
  }];
  let arguments = (ins Ingot_TensorOf<[F16, BF16, F32, F64]>:$operand, I64Attr:$exponent_bits, I64Attr:$mantissa_bits);
  let results = (outs Ingot_TensorOf<[F16, BF16, F32, F64]>:$result);
  let assemblyFormat = "$operand `exponent` `=` $exponent_bits `mantissa` `=` $mantissa_bits attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Ingot_BitcastConvertOp : Ingot_Op<"bitcast_convert", [Pure, Ingot_Made<"OnDemand", "Move">]> {
  let summary = "The same bits as elements of another type";
  let description = [{
    Between element types of one width, element by element. To a narrower type each element becomes a row of a new last dim, its lowest bits
    first; to a wider one each row of the last dim becomes an element. An element has the bits of its type, whatever it takes in memory.
    (C1) both element types are complex, or none. (C2) the result's dims are the operand's, with a last dim of the ratio of the widths
    more or less.
    Lifespan: any phase from import to fuse may create it; tile lowers it, inside a kernel, to casts of vectors.
    ```mlir
    func.func @example(%x: tensor<2x3xf32>) -> tensor<2x3x4xui8> {
      %0 = ingot.bitcast_convert %x : (tensor<2x3xf32>) -> tensor<2x3x4xui8>
      return %0 : tensor<2x3x4xui8>
    }
    ```
  }];
  let arguments = (ins Ingot_Tensor:$operand);
  let results = (outs Ingot_Tensor:$result);
  let assemblyFormat = "$operand attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Ingot_MapOp : Ingot_Op<"map", [Pure, Ingot_Kernel<"Decomposed", "Body">, IsolatedFromAbove, SingleBlockImplicitTerminator<"::ingot::ReturnOp">]> {
  let summary = "The body applied to the elements of the inputs at each index, as StableHLO's map";
  let description = [{
    (C1) inputs and result have the same dims. (C2) there is an input. (C3) dimensions are all dims, in order. (C4) the body takes a scalar of
    each input's element type and returns one of the result's.
    Lifespan: created by import; simplify makes the body's ops of it, on whole tensors where they work element by element, else in a loop.
    ```mlir
    func.func @example(%x: tensor<2x3xi64>, %y: tensor<2x3xi64>) -> tensor<2x3xi64> {
      %0 = ingot.map (%x, %y) dims = [0, 1] : (tensor<2x3xi64>, tensor<2x3xi64>) -> tensor<2x3xi64> {
      ^bb0(%a: tensor<i64>, %b: tensor<i64>):
        %1 = ingot.multiply %a, %b : tensor<i64>
        ingot.return %1 : tensor<i64>
      }
      return %0 : tensor<2x3xi64>
    }
    ```
  }];
  let arguments = (ins Variadic<Ingot_Tensor>:$inputs, DenseI64ArrayAttr:$dimensions);
  let results = (outs Ingot_Tensor:$result);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "`(` $inputs `)` `dims` `=` $dimensions attr-dict `:` functional-type(operands, results) $body";
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
}

#endif
