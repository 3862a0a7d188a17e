// Indexing: elements at places that tensors of indices name.
#ifndef INGOT_IR_INDEXING
#define INGOT_IR_INDEXING

include "ir/Attributes.td"

def Ingot_GatherOp : Ingot_Op<"gather", [Pure, Ingot_Made<"OnDemand", "Fetch">]> {
  let summary = "Windows of the operand that start where the index vectors say, as StableHLO's gather";
  let description = [{
    The windows' sizes (slice_sizes) are the result's window dims; 1 in collapsed and batch dims. A start is clamped so that its window
    lies within the operand. `indices_are_sorted` is a promise about the starts.
    (C1) every operand dim is collapsed, a batch dim or walked by one window dim. (C2) 0 <= vector <= rank of start_indices. (C3) map has
    as many entries as an index vector has components. (C4) window dims are unique, ascending dims of the result. (C5) collapsed dims and
    batch dims of the operand are unique, each ascending. (C6) as many batch dims of start_indices as of the operand, unique, without
    `vector`; paired dims are equal. (C7) dims in map and batch dims of the operand are unique. (C8) the result's other dims are those of
    start_indices without `vector`. (C9) windows are no larger than the operand. (C10) operand and result hold the same element type.
    Lifespan: any phase from import to fuse may create it; tile lowers it, inside a kernel, to loops.
    ```mlir
    module attributes {ingot.sizes = [#ingot.size<"tokens", 1 to 512>]} {
      func.func @example(%table: tensor<1000x64xf32>, %ids: tensor<?xi64, #ingot.dims<[s0]>>) -> tensor<?x64xf32, #ingot.dims<[s0, 64]>> {
        %0 = ingot.gather %table, %ids <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1>
            : (tensor<1000x64xf32>, tensor<?xi64, #ingot.dims<[s0]>>) -> tensor<?x64xf32, #ingot.dims<[s0, 64]>>
        return %0 : tensor<?x64xf32, #ingot.dims<[s0, 64]>>
      }
    }
    ```
  }];
  let arguments = (ins Ingot_Tensor:$operand, Ingot_IntTensor:$start_indices, Ingot_GatherDimsAttr:$dims, UnitAttr:$indices_are_sorted);
  let results = (outs Ingot_Tensor:$result);
  let assemblyFormat = "$operand `,` $start_indices $dims attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    // The window's size along each operand dim.
    llvm::SmallVector<mlir::AffineExpr> getSliceSizes();
  }];
}

def Ingot_ScatterOp : Ingot_Op<"scatter", [Pure, Ingot_Made<"Whole", "Body">, AttrSizedOperandSegments, IsolatedFromAbove,
                                           SingleBlockImplicitTerminator<"::ingot::ReturnOp">]> {
  let summary = "The inputs with windows of updates combined into them by the body where the index vectors say, as StableHLO's scatter";
  let description = [{
    The body takes the present element of each input, then the update of each, as rank-0 tensors and returns the new elements. Updates apply
    in ascending row-major order of their index, so that the last of several is the last to be combined. Starts are not clamped: an update
    whose place lies outside the inputs is left out, element by element. `indices_are_sorted` and `unique_indices` are promises.
    (C1) every input dim is collapsed, a batch dim or walked by one window dim. (C2) 0 <= vector <= rank of scatter_indices. (C3) map has
    as many entries as an index vector has components. (C4) window dims are unique, ascending dims of the updates. (C5) collapsed dims and
    batch dims of the input are unique, each ascending. (C6) as many batch dims of scatter_indices as of the input, unique, without
    `vector`; paired dims are equal. (C7) dims in map and batch dims of the input are unique. (C8) the updates' other dims are those of
    scatter_indices without `vector`. (C9) windows are no larger than the input. (C10) at least one input, as many updates and results;
    inputs have equal dims, updates have equal dims, an update holds the element type of its input. (C11) results have the inputs' types.
    (C12) the body's argument and result types are scalars of the inputs' element types, twice and once.
    Lifespan: any phase from import to fuse may create it; tile lowers it, inside a kernel, to loops.
    ```mlir
    func.func @example(%x: tensor<8x3xf32>, %rows: tensor<2xi64>, %updates: tensor<2x3xf32>) -> tensor<8x3xf32> {
      %0 = ingot.scatter (%x), %rows, (%updates) <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1>
          : (tensor<8x3xf32>, tensor<2xi64>, tensor<2x3xf32>) -> tensor<8x3xf32> {
      ^bb0(%present: tensor<f32>, %update: tensor<f32>):
        %1 = ingot.add %present, %update : tensor<f32>
        ingot.return %1 : tensor<f32>
      }
      return %0 : tensor<8x3xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<Ingot_Tensor>:$inputs, Ingot_IntTensor:$scatter_indices, Variadic<Ingot_Tensor>:$updates,
                       Ingot_GatherDimsAttr:$dims, UnitAttr:$indices_are_sorted, UnitAttr:$unique_indices);
  let results = (outs Variadic<Ingot_Tensor>:$outputs);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{ `(` $inputs `)` `,` $scatter_indices `,` `(` $updates `)` $dims attr-dict
                          `:` functional-type(operands, results) $body }];
  let hasVerifier = 1;
}

def Ingot_DynamicSliceOp : Ingot_Op<"dynamic_slice", [Pure, Ingot_Made<"OnDemand", "Move">]> {
  let summary = "The window of the operand that starts at start_indices, as StableHLO's dynamic_slice";
  let description = [{
    The window's sizes (slice_sizes) are the result's dims. Each start is clamped to [0, dim - size].
    (C1) one start a dim, each of rank 0, all of one type. (C2) ranks and element types of operand and result are equal. (C3) the window is
    no larger than the operand.
    Lifespan: any phase from import to fuse may create it; simplify makes it a slice where the starts are known; tile lowers the rest.
    ```mlir
    func.func @example(%x: tensor<8x3xf32>, %row: tensor<i32>, %zero: tensor<i32>) -> tensor<2x3xf32> {
      %0 = ingot.dynamic_slice %x [%row, %zero] : (tensor<8x3xf32>, tensor<i32>, tensor<i32>) -> tensor<2x3xf32>
      return %0 : tensor<2x3xf32>
    }
    ```
  }];
  let arguments = (ins Ingot_Tensor:$operand, Variadic<Ingot_IntTensor>:$start_indices);
  let results = (outs Ingot_Tensor:$result);
  let assemblyFormat = "$operand `[` $start_indices `]` attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Ingot_DynamicUpdateSliceOp : Ingot_Op<"dynamic_update_slice", [Pure, Ingot_Made<"OnDemand", "Cheap">, AllTypesMatch<["operand", "result"]>]> {
  let summary = "The operand with the window that starts at start_indices replaced by update, as StableHLO's dynamic_update_slice";
  let description = [{
    Each start is clamped to [0, operand's dim - update's dim].
    (C1) one start a dim, each of rank 0, all of one type. (C2) ranks and element types of operand and update are equal. (C3) the update is
    no larger than the operand.
    Lifespan: any phase from import to fuse may create it; schedule places its result in the operand's memory where that is free.
    ```mlir
    module attributes {ingot.sizes = [#ingot.size<"new", 1 to 16>]} {
      func.func @example(%cache: tensor<128x4xf32>, %rows: tensor<?x4xf32, #ingot.dims<[s0, 4]>>, %at: tensor<i64>, %zero: tensor<i64>) -> tensor<128x4xf32> {
        %0 = ingot.dynamic_update_slice %cache, %rows [%at, %zero] : (tensor<128x4xf32>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<i64>, tensor<i64>) -> tensor<128x4xf32>
        return %0 : tensor<128x4xf32>
      }
    }
    ```
  }];
  let arguments = (ins Ingot_Tensor:$operand, Ingot_Tensor:$update, Variadic<Ingot_IntTensor>:$start_indices);
  let results = (outs Ingot_Tensor:$result);
  let assemblyFormat = "$operand `,` $update `[` $start_indices `]` attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

#endif
