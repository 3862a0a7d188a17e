// Reductions: a body combines the elements along dims, or under a sliding window, or takes them apart again.
#ifndef INGOT_IR_REDUCTION
#define INGOT_IR_REDUCTION

include "ir/Attributes.td"

def Ingot_ReduceOp : Ingot_Op<"reduce", [Pure, Ingot_Made<"Reduction", "Body">, SameVariadicOperandSize, IsolatedFromAbove,
                                         SingleBlockImplicitTerminator<"::ingot::ReturnOp">]> {
  let summary = "Combines the elements along `dimensions` by the body, starting from init_values";
  let description = [{
    The body takes an accumulator and an element for each input as rank-0 tensors and returns the new accumulators; it must be
    associative, its order is the implementation's (fixed, independent of the thread count).
    (C1) inputs have equal dims. (C2) dimensions are unique, ascending and in range. (C3) the body's argument and result types are the
    init_values' types, twice and once. (C4) result dims are the inputs' without `dimensions`.
    Lifespan: any phase from import to fuse may create it; tile lowers it, inside a kernel, to loops over vectors.
    ```mlir
    func.func @example(%x: tensor<2x3xf32>, %zero: tensor<f32>) -> tensor<2xf32> {
      %0 = ingot.reduce (%x init %zero) dims = [1] : (tensor<2x3xf32>, tensor<f32>) -> tensor<2xf32> {
      ^bb0(%sum: tensor<f32>, %element: tensor<f32>):
        %1 = ingot.add %sum, %element : tensor<f32>
        ingot.return %1 : tensor<f32>
      }
      return %0 : tensor<2xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<Ingot_Tensor>:$inputs, Variadic<Ingot_Tensor>:$init_values, DenseI64ArrayAttr:$dimensions);
  let results = (outs Variadic<Ingot_Tensor>:$outputs);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "`(` $inputs `init` $init_values `)` `dims` `=` $dimensions attr-dict `:` functional-type(operands, results) $body";
  let hasVerifier = 1;
}

def Ingot_ReduceWindowOp : Ingot_Op<"reduce_window", [Pure, Ingot_Made<"Window", "Body">, SameVariadicOperandSize, IsolatedFromAbove,
                                                      SingleBlockImplicitTerminator<"::ingot::ReturnOp">]> {
  let summary = "Combines the elements under each position of a window by the body";
  let description = [{
    padding holds low and high for each dim, flattened; padded places count as init_values.
    (C1) inputs have equal dims. (C2) one window dim, stride, base dilation, window dilation (all >= 1) and padding pair for each dim.
    (C3) body as for reduce. (C4) result dim = floor((dilated dim + low + high - dilated window) / stride) + 1, or 0.
    Lifespan: any phase from import to fuse may create it; tile lowers it, inside a kernel, to loops over vectors.
    ```mlir
    func.func @example(%x: tensor<4x4xf32>, %zero: tensor<f32>) -> tensor<2x2xf32> {
      %0 = ingot.reduce_window (%x init %zero) window = [2, 2] stride = [2, 2] base_dilate = [1, 1] dilate = [1, 1]
          pad = [0, 0, 0, 0] : (tensor<4x4xf32>, tensor<f32>) -> tensor<2x2xf32> {
      ^bb0(%sum: tensor<f32>, %element: tensor<f32>):
        %1 = ingot.add %sum, %element : tensor<f32>
        ingot.return %1 : tensor<f32>
      }
      return %0 : tensor<2x2xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<Ingot_Tensor>:$inputs, Variadic<Ingot_Tensor>:$init_values, DenseI64ArrayAttr:$window_dimensions,
                       DenseI64ArrayAttr:$window_strides, DenseI64ArrayAttr:$base_dilations, DenseI64ArrayAttr:$window_dilations,
                       DenseI64ArrayAttr:$padding);
  let results = (outs Variadic<Ingot_Tensor>:$outputs);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{ `(` $inputs `init` $init_values `)` `window` `=` $window_dimensions `stride` `=` $window_strides
                          `base_dilate` `=` $base_dilations `dilate` `=` $window_dilations `pad` `=` $padding attr-dict
                          `:` functional-type(operands, results) $body }];
  let hasVerifier = 1;
}

def Ingot_SelectAndScatterOp : Ingot_Op<"select_and_scatter", [Pure, Ingot_Made<"Decomposed", "Body">, IsolatedFromAbove,
                                                               AllTypesMatch<["operand", "result"]>,
                                                               SingleBlockImplicitTerminator<"::ingot::ReturnOp">]> {
  let summary = "Each element of source combined into the place that select picks of its window, as StableHLO's select_and_scatter";
  let description = [{
    Windows lie as those of reduce_window; padding holds low and high for each dim, flattened, and padded places are never picked. select
    takes two elements of a window, the earlier one first, and returns whether that one is preferred. The result holds init_value; scatter
    takes what a place holds and the element of source and returns the new value. A window of padding alone leaves its element out.
    (C1) operand and result have the same type. (C2) one window dim and stride (>= 1) and padding pair for each dim. (C3) select takes two
    scalars of the operand's element type and returns one tensor<i1>, scatter takes two and returns one. (C4) source has the dims of the
    window's positions. (C5) source and init_value hold the operand's element type; init_value has rank 0.
    Lifespan: created by import; simplify makes a reduce_window and a scatter of it.
    ```mlir
    func.func @example(%x: tensor<4x4xf32>, %source: tensor<2x2xf32>, %zero: tensor<f32>) -> tensor<4x4xf32> {
      %0 = ingot.select_and_scatter %x, %source init %zero window = [2, 2] stride = [2, 2] pad = [0, 0, 0, 0]
          : (tensor<4x4xf32>, tensor<2x2xf32>, tensor<f32>) -> tensor<4x4xf32> select {
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %1 = ingot.compare GE %a, %b : tensor<f32>
        ingot.return %1 : tensor<i1>
      } scatter {
      ^bb0(%held: tensor<f32>, %element: tensor<f32>):
        %1 = ingot.add %held, %element : tensor<f32>
        ingot.return %1 : tensor<f32>
      }
      return %0 : tensor<4x4xf32>
    }
    ```
  }];
  let arguments = (ins Ingot_Tensor:$operand, Ingot_Tensor:$source, Ingot_Tensor:$init_value, DenseI64ArrayAttr:$window_dimensions,
                       DenseI64ArrayAttr:$window_strides, DenseI64ArrayAttr:$padding);
  let results = (outs Ingot_Tensor:$result);
  let regions = (region SizedRegion<1>:$select, SizedRegion<1>:$scatter);
  let assemblyFormat = [{ $operand `,` $source `init` $init_value `window` `=` $window_dimensions `stride` `=` $window_strides
                          `pad` `=` $padding attr-dict `:` functional-type(operands, results) `select` $select `scatter` $scatter }];
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
}

#endif
