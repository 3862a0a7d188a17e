// Ordering: sorts, selections by rank, and running accumulations along a dim.
#ifndef INGOT_IR_ORDERING
#define INGOT_IR_ORDERING

include "ir/Attributes.td"

def Ingot_SortOp : Ingot_Op<"sort", [Pure, Ingot_Made<"Whole", "Order">, IsolatedFromAbove, SingleBlockImplicitTerminator<"::ingot::ReturnOp">]> {
  let summary = "The slices along `dimension` of all inputs, ordered together by the comparator";
  let description = [{
    The comparator takes two elements of the first input, then two of the second ..., as rank-0 tensors, and returns whether the first ones
    go before the second ones. Always stable: elements of which neither goes before the other keep their order. Where the comparator is
    no strict weak order the result is some permutation.
    (C1) at least one input; inputs and results have the same dims and pairwise the same types. (C2) 0 <= dimension < rank. (C3) the
    comparator's argument types are scalars of the inputs' element types, each twice; it returns one tensor<i1>.
    Lifespan: any phase from import to fuse may create it; tile lowers it, inside a kernel, to a merge sort.
    ```mlir
    func.func @example(%keys: tensor<2x8xf32>, %values: tensor<2x8xi32>) -> (tensor<2x8xf32>, tensor<2x8xi32>) {
      %0:2 = ingot.sort (%keys, %values) dim = 1 : (tensor<2x8xf32>, tensor<2x8xi32>) -> (tensor<2x8xf32>, tensor<2x8xi32>) {
      ^bb0(%a: tensor<f32>, %b: tensor<f32>, %i: tensor<i32>, %j: tensor<i32>):
        %1 = ingot.compare LT %a, %b : tensor<f32>
        ingot.return %1 : tensor<i1>
      }
      return %0#0, %0#1 : tensor<2x8xf32>, tensor<2x8xi32>
    }
    ```
  }];
  let arguments = (ins Variadic<Ingot_Tensor>:$inputs, I64Attr:$dimension);
  let results = (outs Variadic<Ingot_Tensor>:$outputs);
  let regions = (region SizedRegion<1>:$comparator);
  let assemblyFormat = "`(` $inputs `)` `dim` `=` $dimension attr-dict `:` functional-type(operands, results) $comparator";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Ingot_TopKOp : Ingot_Op<"top_k", [Pure, Ingot_Made<"Whole", "Order">]> {
  let summary = "The k largest elements of each row of the last dim, largest first, and their places, as CHLO's top_k";
  let description = [{
    k is the results' last dim. Of equal elements the one of the lower place comes first. Floats are in IEEE 754 total order: +0 > -0, and a
    NaN lies beyond the infinity of its sign.
    (C1) the operand has a last dim. (C2) the values hold the operand's element type. (C3) values and indices have the same dims: the
    operand's but for the last. (C4) k is no larger than the operand's last dim.
    Lifespan: any phase from import to fuse may create it; tile lowers it, inside a kernel, to loops.
    ```mlir
    func.func @example(%x: tensor<2x10xf32>) -> (tensor<2x3xf32>, tensor<2x3xi32>) {
      %0, %1 = ingot.top_k %x : (tensor<2x10xf32>) -> (tensor<2x3xf32>, tensor<2x3xi32>)
      return %0, %1 : tensor<2x3xf32>, tensor<2x3xi32>
    }
    ```
  }];
  let arguments = (ins Ingot_TensorOf<[Ingot_Int, AnyFloat]>:$operand);
  let results = (outs Ingot_TensorOf<[Ingot_Int, AnyFloat]>:$values, Ingot_TensorOf<[I32]>:$indices);
  let assemblyFormat = "$operand attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Ingot_ScanOp : Ingot_Op<"scan", [Pure, Ingot_Made<"Whole", "Body">, AttrSizedOperandSegments, IsolatedFromAbove,
                                     SingleBlockImplicitTerminator<"::ingot::ReturnOp">]> {
  let summary = "Running accumulations: each result element combines the elements along `dimension` up to its own";
  let description = [{
    The body is that of reduce and must be associative. Element i of a slice becomes the accumulators after elements 0 to i, starting from
    init_values; with `exclusive`, before element i; with `reverse`, the same from the slice's other end.
    (C1) inputs have equal dims; results have the inputs' types. (C2) 0 <= dimension < rank. (C3) the body's argument and result types are
    the init_values' types, twice and once, scalars of the inputs' element types.
    Lifespan: any phase from import to fuse may create it; tile lowers it, inside a kernel, to loops.
    ```mlir
    func.func @example(%x: tensor<2x8xf32>, %zero: tensor<f32>) -> tensor<2x8xf32> {
      %0 = ingot.scan (%x init %zero) dim = 1 exclusive : (tensor<2x8xf32>, tensor<f32>) -> tensor<2x8xf32> {
      ^bb0(%sum: tensor<f32>, %element: tensor<f32>):
        %1 = ingot.add %sum, %element : tensor<f32>
        ingot.return %1 : tensor<f32>
      }
      return %0 : tensor<2x8xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<Ingot_Tensor>:$inputs, Variadic<Ingot_Tensor>:$init_values, I64Attr:$dimension,
                       UnitAttr:$exclusive, UnitAttr:$reverse);
  let results = (outs Variadic<Ingot_Tensor>:$outputs);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{ `(` $inputs `init` $init_values `)` `dim` `=` $dimension (`exclusive` $exclusive^)? (`reverse` $reverse^)?
                          attr-dict `:` functional-type(operands, results) $body }];
  let hasVerifier = 1;
}

#endif
