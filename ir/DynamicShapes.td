// Ops whose shape comes from an operand, and the sizes of dims as values. The result's type has known dims, which the operand must tell.
#ifndef INGOT_IR_DYNAMICSHAPES
#define INGOT_IR_DYNAMICSHAPES

include "ir/Attributes.td"

defvar Ingot_DynamicLifespan = [{
    Lifespan: created by import; simplify makes the static op of it, where it knows what that needs, and refuses the rest.}];

class Ingot_Dynamic<string mnemonic> : Ingot_Op<mnemonic, [Pure, Ingot_Kernel<"Decomposed", "Free">]> {
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
  let results = (outs Ingot_Tensor:$result);
}

def Ingot_DynamicReshapeOp : Ingot_Dynamic<"dynamic_reshape"> {
  let summary = "reshape to the dims that output_shape holds";
  let description = !strconcat([{
    (C1) element types are equal. (C2) element counts are equal (as expressions, where symbolic). (C4) output_shape is a vector of an integer
    for each dim of the result.}], Ingot_DynamicLifespan, [{
    ```mlir
    func.func @example(%x: tensor<2x3xf32>) -> tensor<3x2xf32> {
      %shape = ingot.constant dense<[3, 2]> : tensor<2xi64>
      %0 = ingot.dynamic_reshape %x, %shape : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<3x2xf32>
      return %0 : tensor<3x2xf32>
    }
    ```
  }]);
  let arguments = (ins Ingot_Tensor:$operand, Ingot_IntTensor:$output_shape);
  let assemblyFormat = "$operand `,` $output_shape attr-dict `:` functional-type(operands, results)";
}

def Ingot_DynamicIotaOp : Ingot_Dynamic<"dynamic_iota"> {
  let summary = "iota of the dims that output_shape holds";
  let description = !strconcat([{
    (C1) 0 <= iota_dimension < size of output_shape. (C2) output_shape is a vector of an integer for each dim of the result.
    }], Ingot_DynamicLifespan, [{
    ```mlir
    func.func @example() -> tensor<4x5xi64> {
      %shape = ingot.constant dense<[4, 5]> : tensor<2xi64>
      %0 = ingot.dynamic_iota %shape dim = 0 : (tensor<2xi64>) -> tensor<4x5xi64>
      return %0 : tensor<4x5xi64>
    }
    ```
  }]);
  let arguments = (ins Ingot_IntTensor:$output_shape, I64Attr:$iota_dimension);
  let assemblyFormat = "$output_shape `dim` `=` $iota_dimension attr-dict `:` functional-type(operands, results)";
}

def Ingot_DynamicBroadcastInDimOp : Ingot_Dynamic<"dynamic_broadcast_in_dim"> {
  let summary = "broadcast_in_dim to the dims that output_dimensions holds";
  let description = !strconcat([{
    known_expanding_dimensions and known_nonexpanding_dimensions are promises about the operand's dims.
    (C1) element types are equal. (C2) one broadcast dimension for each operand dim, (C3) in [0, rank of the result), (C4) unique.
    (C5) operand dim d is 1 or equals the result's dim broadcast_dimensions[d]. (C7) output_dimensions is a vector of an integer for each
    dim of the result. (C8) known dims are unique, both lists together; (C9) known_expanding_dimensions and (C10)
    known_nonexpanding_dimensions are dims of the operand.}], Ingot_DynamicLifespan, [{
    ```mlir
    func.func @example(%x: tensor<1x3xi64>) -> tensor<2x3x2xi64> {
      %dims = ingot.constant dense<[2, 3, 2]> : tensor<3xi64>
      %0 = ingot.dynamic_broadcast_in_dim %x, %dims dims = [2, 1] : (tensor<1x3xi64>, tensor<3xi64>) -> tensor<2x3x2xi64>
      return %0 : tensor<2x3x2xi64>
    }
    ```
  }]);
  let arguments = (ins Ingot_Tensor:$operand, Ingot_IntTensor:$output_dimensions, DenseI64ArrayAttr:$broadcast_dimensions,
                       OptionalAttr<DenseI64ArrayAttr>:$known_expanding_dimensions,
                       OptionalAttr<DenseI64ArrayAttr>:$known_nonexpanding_dimensions);
  let assemblyFormat = "$operand `,` $output_dimensions `dims` `=` $broadcast_dimensions attr-dict `:` functional-type(operands, results)";
}

def Ingot_DynamicGatherOp : Ingot_Dynamic<"dynamic_gather"> {
  let summary = "gather of windows of the sizes that slice_sizes holds";
  let description = !strconcat([{
    (C1) every operand dim is collapsed or walked by one window dim. (C2) 0 <= vector <= rank of start_indices. (C3) map has as many
    entries as an index vector has components. (C4) window dims are unique, ascending (C5) dims of the result. (C6) collapsed dims are unique
    and ascending (C7) dims of the operand. (C8) their slice size is at most 1, when it runs. (C9) map is unique, (C10) of dims of the
    operand. (C11) slice_sizes is a vector of an integer for each dim of the operand. (C12) windows are no larger than the operand.
    (C13) the result's other dims are those of start_indices without `vector`. (C14) operand and result hold the same element type.
    }], Ingot_DynamicLifespan, [{
    ```mlir
    func.func @example(%table: tensor<10x4xf32>, %rows: tensor<3xi64>) -> tensor<3x4xf32> {
      %sizes = ingot.constant dense<[1, 4]> : tensor<2xi64>
      %0 = ingot.dynamic_gather %table, %rows, %sizes <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1>
          : (tensor<10x4xf32>, tensor<3xi64>, tensor<2xi64>) -> tensor<3x4xf32>
      return %0 : tensor<3x4xf32>
    }
    ```
  }]);
  let arguments = (ins Ingot_Tensor:$operand, Ingot_IntTensor:$start_indices, Ingot_IntTensor:$slice_sizes,
                       Ingot_GatherDimsAttr:$dims, UnitAttr:$indices_are_sorted);
  let assemblyFormat = "$operand `,` $start_indices `,` $slice_sizes $dims attr-dict `:` functional-type(operands, results)";
}

def Ingot_DynamicPadOp : Ingot_Dynamic<"dynamic_pad"> {
  let summary = "pad by the amounts that three operands hold";
  let description = !strconcat([{
    (C1) operand, padding_value (a scalar) and result hold the same element type. (C2) edge_padding_low, edge_padding_high and
    interior_padding are vectors of an integer for each dim of the operand. (C3) interior amounts are not negative, when it runs. (C4) the
    result has the operand's rank, and dims low + dim + max(dim - 1, 0) * interior + high, when it runs.}], Ingot_DynamicLifespan, [{
    ```mlir
    func.func @example(%x: tensor<2xf32>, %zero: tensor<f32>) -> tensor<5xf32> {
      %low = ingot.constant dense<1> : tensor<1xi64>
      %high = ingot.constant dense<2> : tensor<1xi64>
      %none = ingot.constant dense<0> : tensor<1xi64>
      %0 = ingot.dynamic_pad %x, %zero low = %low high = %high interior = %none : (tensor<2xf32>, tensor<f32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<5xf32>
      return %0 : tensor<5xf32>
    }
    ```
  }]);
  let arguments = (ins Ingot_Tensor:$operand, Ingot_Tensor:$padding_value, Ingot_IntTensor:$edge_padding_low,
                       Ingot_IntTensor:$edge_padding_high, Ingot_IntTensor:$interior_padding);
  let assemblyFormat = [{ $operand `,` $padding_value `low` `=` $edge_padding_low `high` `=` $edge_padding_high
                          `interior` `=` $interior_padding attr-dict `:` functional-type(operands, results) }];
}

def Ingot_RealDynamicSliceOp : Ingot_Dynamic<"real_dynamic_slice"> {
  let summary = "slice by the starts, limits and strides that three operands hold";
  let description = !strconcat([{
    (C1) operand and result have the same rank and element type. (C2) start_indices, limit_indices and strides are vectors of one integer
    type, with an element for each dim of the operand. (C3) 0 <= start <= limit <= dim, when it runs. (C4) strides are positive and result
    dims are ceil((limit - start) / stride), when it runs.}], Ingot_DynamicLifespan, [{
    ```mlir
    func.func @example(%x: tensor<8xf32>) -> tensor<3xf32> {
      %start = ingot.constant dense<1> : tensor<1xi64>
      %limit = ingot.constant dense<7> : tensor<1xi64>
      %step = ingot.constant dense<2> : tensor<1xi64>
      %0 = ingot.real_dynamic_slice %x [%start] to [%limit] step [%step] : (tensor<8xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<3xf32>
      return %0 : tensor<3xf32>
    }
    ```
  }]);
  let arguments = (ins Ingot_Tensor:$operand, Ingot_IntTensor:$start_indices, Ingot_IntTensor:$limit_indices, Ingot_IntTensor:$strides);
  let assemblyFormat = [{ $operand `[` $start_indices `]` `to` `[` $limit_indices `]` `step` `[` $strides `]` attr-dict
                          `:` functional-type(operands, results) }];
}

def Ingot_DynamicConvOp : Ingot_Dynamic<"dynamic_conv"> {
  let summary = "convolution with the padding that an operand holds";
  let description = !strconcat([{
    (C1) lhs and rhs have the same rank, of N spatial dims and two. (C2) N window strides, (C3) positive. (C4) padding holds N pairs of
    integers. (C5) N lhs dilations, (C6) positive. (C7) N rhs dilations, (C8) positive. (C9) window_reversal, if any, has N elements.
    (C10) batch_group_count divides the input's batch, (C11) feature_group_count its features. (C12) N input spatial dims, which
    (C13) with batch and feature name every dim of lhs once. (C14) kernel input features = input features / feature_group_count.
    (C15) batch_group_count and (C16) feature_group_count divide the kernel's output features. (C17) N kernel spatial dims, which
    (C18) with the features name every dim of rhs once. (C19) N output spatial dims, which (C20) with batch and feature name every dim of
    the result once. (C21) feature_group_count and (C22) batch_group_count are positive, (C23) not both above 1. (C25) the result's dims
    are the batch / batch_group_count, the kernel's output features and, when it runs, the windows' positions. (C26) the result has the rank
    of lhs. (C27) element types of lhs and rhs are equal; the result's is that or a wider one.}], Ingot_DynamicLifespan, [{
    ```mlir
    func.func @example(%image: tensor<1x3x8xf32>, %kernel: tensor<16x3x3xf32>) -> tensor<1x16x8xf32> {
      %pad = ingot.constant dense<[[1, 1]]> : tensor<1x2xi64>
      %0 = ingot.dynamic_conv %image, %kernel, %pad <[b, f, 0]x[o, i, 0]->[b, f, 0]> stride = [1] lhs_dilate = [1] rhs_dilate = [1]
          : (tensor<1x3x8xf32>, tensor<16x3x3xf32>, tensor<1x2xi64>) -> tensor<1x16x8xf32>
      return %0 : tensor<1x16x8xf32>
    }
    ```
  }]);
  let arguments = (ins Ingot_Tensor:$lhs, Ingot_Tensor:$rhs, Ingot_IntTensor:$padding, DenseI64ArrayAttr:$window_strides,
                       DenseI64ArrayAttr:$lhs_dilation, DenseI64ArrayAttr:$rhs_dilation, Ingot_ConvDimsAttr:$dims,
                       DefaultValuedAttr<I64Attr, "1">:$feature_group_count, DefaultValuedAttr<I64Attr, "1">:$batch_group_count,
                       OptionalAttr<DenseBoolArrayAttr>:$window_reversal);
  let assemblyFormat = [{ $lhs `,` $rhs `,` $padding $dims `stride` `=` $window_strides `lhs_dilate` `=` $lhs_dilation
                          `rhs_dilate` `=` $rhs_dilation attr-dict `:` functional-type(operands, results) }];
}

def Ingot_GetDimensionSizeOp : Ingot_Op<"get_dimension_size", [Pure, Ingot_Kernel<"Decomposed", "Free">,
                                                              DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let summary = "The size of the operand's dim `dimension`, an i32";
  let description = [{
    (C1) 0 <= dimension < rank of the operand.
    Lifespan: created by import; simplify makes it a constant or a size_of.
    ```mlir
    func.func @example(%x: tensor<2x3xf32>) -> tensor<i32> {
      %0 = ingot.get_dimension_size %x dim = 1 : tensor<2x3xf32>
      return %0 : tensor<i32>
    }
    ```
  }];
  let arguments = (ins Ingot_Tensor:$operand, I64Attr:$dimension);
  let results = (outs Ingot_TensorOf<[I32]>:$result);
  let assemblyFormat = "$operand `dim` `=` $dimension attr-dict `:` type($operand)";
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
}

def Ingot_SetDimensionSizeOp : Ingot_Dynamic<"set_dimension_size"> {
  let summary = "The first `size` places of the operand along `dimension`";
  let description = !strconcat([{
    (C1) 0 <= dimension < rank of the operand. (C2) size is a scalar i32. (C3) the result has the operand's type but for that dim, which is
    `size` when it runs; not above the operand's.}], Ingot_DynamicLifespan, [{
    ```mlir
    func.func @example(%x: tensor<8x3xf32>) -> tensor<5x3xf32> {
      %size = ingot.constant dense<5> : tensor<i32>
      %0 = ingot.set_dimension_size %x, %size dim = 0 : (tensor<8x3xf32>, tensor<i32>) -> tensor<5x3xf32>
      return %0 : tensor<5x3xf32>
    }
    ```
  }]);
  let arguments = (ins Ingot_Tensor:$operand, Ingot_TensorOf<[I32]>:$size, I64Attr:$dimension);
  let assemblyFormat = "$operand `,` $size `dim` `=` $dimension attr-dict `:` functional-type(operands, results)";
}

#endif
