// Interpolation: elements between elements, dim by dim, as ONNX's Resize.
#ifndef INGOT_IR_INTERPOLATION
#define INGOT_IR_INTERPOLATION

include "ir/Attributes.td"

def Ingot_InterpolateOp : Ingot_Op<"interpolate", [Pure, Ingot_Made<"OnDemand", "Resample">]> {
  let summary = "The operand resampled along `dimensions` to the result's dims";
  let description = [{
    Along a dim of operand length n and result length m, with the scale s (its entry of `scales`, or m / n) and l = s * n, place i of the
    result lies at x of the operand, one quotient in f64, of whole numbers where s, start and end are simple fractions: HALF_PIXEL (i + 0.5) /
    s - 0.5; HALF_PIXEL_SYMMETRIC that plus n / 2 * (1 - m / l); PYTORCH_HALF_PIXEL that of HALF_PIXEL, 0 where l <= 1; ASYMMETRIC i / s;
    ALIGN_CORNERS i * (n - 1) / (l - 1), 0 where l = 1; TF_CROP_AND_RESIZE start * (n - 1) + i * (end - start) * (n - 1) / (l - 1), or the
    mean of start and end times (n - 1) where l = 1, with start and end from `roi`; TF_HALF_PIXEL_FOR_NN (i + 0.5) / s.
    NEAREST takes one element, by `nearest`. LINEAR weighs the two elements around x by their nearness, CUBIC four by the cubic convolution
    of coefficient `cubic_coeff`; with `antialias` and s < 1 both are stretched by 1 / s, and the weights divided by their sum. A place
    outside the operand counts as the nearest one inside; with `exclude_outside` its weight is 0 and the weights are divided by their sum. A
    weight is the product of those along all dims; elements of weight 0 do not count. With TF_CROP_AND_RESIZE, where x lies outside
    [0, n - 1] the result is `extrapolation_value`.
    (C1) dimensions are unique, ascending and in [0, rank). (C2) other dims, ranks and element types of operand and result are equal. (C3) scales, if given, are
    positive, one for each dimension. (C4) roi holds a start and an end for each dimension with TF_CROP_AND_RESIZE, else nothing. (C5) LINEAR and
    CUBIC take floats. (C6) NEAREST has no antialias.
    Lifespan: any phase from import to fuse may create it; tile lowers it, inside a kernel, to loops over tables of places and weights.
    ```mlir
    func.func @example(%x: tensor<1x3x4x4xf32>) -> tensor<1x3x8x8xf32> {
      %0 = ingot.interpolate LINEAR HALF_PIXEL %x dims = [2, 3] : (tensor<1x3x4x4xf32>) -> tensor<1x3x8x8xf32>
      return %0 : tensor<1x3x8x8xf32>
    }
    ```
  }];
  let arguments = (ins Ingot_Tensor:$operand, Ingot_InterpolationKernelAttr:$kernel, Ingot_InterpolationCoordinatesAttr:$coordinates,
                       DenseI64ArrayAttr:$dimensions, OptionalAttr<DenseF64ArrayAttr>:$scales,
                       DefaultValuedAttr<Ingot_NearestModeAttr, "::ingot::NearestMode::ROUND_PREFER_FLOOR">:$nearest,
                       DefaultValuedAttr<F64Attr, "-0.75">:$cubic_coeff, DefaultValuedAttr<DenseF64ArrayAttr, "{}">:$roi,
                       DefaultValuedAttr<F64Attr, "0.0">:$extrapolation_value, UnitAttr:$antialias, UnitAttr:$exclude_outside);
  let results = (outs Ingot_Tensor:$result);
  let assemblyFormat = [{ $kernel $coordinates $operand `dims` `=` $dimensions (`scales` `=` $scales^)? (`nearest` `=` $nearest^)? attr-dict
                          `:` functional-type(operands, results) }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

#endif
