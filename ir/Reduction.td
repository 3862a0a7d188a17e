// Reductions: a body combines the elements along dims, or under a sliding window.
#ifndef INGOT_IR_REDUCTION
#define INGOT_IR_REDUCTION

include "ir/Attributes.td"

def Ingot_ReduceOp : Ingot_Op<"reduce", [Pure, SameVariadicOperandSize, IsolatedFromAbove,
                                         SingleBlockImplicitTerminator<"::ingot::ReturnOp">]> {
  let summary = "Combines the elements along `dimensions` by the body, starting from init_values";
  let description = [{
    The body takes an accumulator and an element for each input as rank-0 tensors and returns the new accumulators; it must be
    associative, its order is the implementation's (fixed, independent of the thread count).
    (C1) inputs have equal dims. (C2) dimensions are unique, ascending and in range. (C3) the body's argument and result types are the
    init_values' types, twice and once. (C4) result dims are the inputs' without `dimensions`.
  }];
  let arguments = (ins Variadic<Ingot_Tensor>:$inputs, Variadic<Ingot_Tensor>:$init_values, DenseI64ArrayAttr:$dimensions);
  let results = (outs Variadic<Ingot_Tensor>:$outputs);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "`(` $inputs `init` $init_values `)` `dims` `=` $dimensions attr-dict `:` functional-type(operands, results) $body";
  let hasVerifier = 1;
}

def Ingot_ReduceWindowOp : Ingot_Op<"reduce_window", [Pure, SameVariadicOperandSize, IsolatedFromAbove,
                                                      SingleBlockImplicitTerminator<"::ingot::ReturnOp">]> {
  let summary = "Combines the elements under each position of a window by the body";
  let description = [{
    padding holds low and high for each dim, flattened; padded places count as init_values.
    (C1) inputs have equal dims. (C2) one window dim, stride, base dilation, window dilation (all >= 1) and padding pair for each dim.
    (C3) body as for reduce. (C4) result dim = floor((dilated dim + low + high - dilated window) / stride) + 1, or 0.
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

#endif
