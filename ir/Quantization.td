// Quantization: floats as integers by a scale and a zero point, per tensor, per axis or per block, as ONNX's QuantizeLinear.
#ifndef INGOT_IR_QUANTIZATION
#define INGOT_IR_QUANTIZATION

include "ir/Attributes.td"

def Ingot_QuantizeOp : Ingot_Op<"quantize", [Pure, Ingot_Made<"OnDemand", "Division">]> {
  let summary = "saturate(round(operand / scale) + zero_point)";
  let description = [{
    The quotient is rounded to the operand's element type, then to an integer with halves to even; the sum saturates at the ends of the
    result's element type. NaN gives zero_point. Without zero_point it is 0.
    (C1) scale has rank 0; or it is a vector over dim `axis` of the operand; or, with `block`, it has the operand's dims but for `axis`, where
    element i uses place i / block. (C2) zero_point has the scale's dims and the result's element type. (C3) operand and scale hold the same
    float type. (C4) operand and result have the same dims.
    Lifespan: any phase from import to fuse may create it; tile lowers it, inside a kernel, to vector arithmetic.
    ```mlir
    func.func @example(%x: tensor<2x3xf32>, %scale: tensor<3xf32>, %zero_point: tensor<3xui8>) -> tensor<2x3xui8> {
      %0 = ingot.quantize %x scale %scale zero_point %zero_point axis = 1 : (tensor<2x3xf32>, tensor<3xf32>, tensor<3xui8>) -> tensor<2x3xui8>
      return %0 : tensor<2x3xui8>
    }
    ```
  }];
  let arguments = (ins Ingot_FloatTensor:$operand, Ingot_FloatTensor:$scale, Optional<Ingot_IntTensor>:$zero_point,
                       OptionalAttr<I64Attr>:$axis, OptionalAttr<I64Attr>:$block_size);
  let results = (outs Ingot_IntTensor:$result);
  let assemblyFormat = [{ $operand `scale` $scale (`zero_point` $zero_point^)? (`axis` `=` $axis^)? (`block` `=` $block_size^)? attr-dict
                          `:` functional-type(operands, results) }];
  let hasVerifier = 1;
}

def Ingot_DequantizeOp : Ingot_Op<"dequantize", [Pure, Ingot_Made<"OnDemand", "Fetch">]> {
  let summary = "(operand - zero_point) * scale";
  let description = [{
    The difference is exact, then rounded to the result's element type; so is the product. Without zero_point it is 0.
    (C1) scale has rank 0; or it is a vector over dim `axis` of the operand; or, with `block`, it has the operand's dims but for `axis`, where
    element i uses place i / block. (C2) zero_point has the scale's dims and the operand's element type. (C3) scale and result hold the same
    float type. (C4) operand and result have the same dims.
    Lifespan: any phase from import to fuse may create it; tile lowers it, inside a kernel, to vector arithmetic.
    ```mlir
    func.func @example(%x: tensor<2x8xi4>, %scale: tensor<2x2xf32>) -> tensor<2x8xf32> {
      %0 = ingot.dequantize %x scale %scale axis = 1 block = 4 : (tensor<2x8xi4>, tensor<2x2xf32>) -> tensor<2x8xf32>
      return %0 : tensor<2x8xf32>
    }
    ```
  }];
  let arguments = (ins Ingot_IntTensor:$operand, Ingot_FloatTensor:$scale, Optional<Ingot_IntTensor>:$zero_point,
                       OptionalAttr<I64Attr>:$axis, OptionalAttr<I64Attr>:$block_size);
  let results = (outs Ingot_FloatTensor:$result);
  let assemblyFormat = [{ $operand `scale` $scale (`zero_point` $zero_point^)? (`axis` `=` $axis^)? (`block` `=` $block_size^)? attr-dict
                          `:` functional-type(operands, results) }];
  let hasVerifier = 1;
}

#endif
