// Control flow: regions that run by the value of a tensor, and sizes bound to one.
#ifndef INGOT_IR_CONTROLFLOW
#define INGOT_IR_CONTROLFLOW

include "ir/ValueTypes.td"

defvar Ingot_BranchTraits = [RecursiveMemoryEffects, RecursivelySpeculatable, SingleBlockImplicitTerminator<"::ingot::ReturnOp">];

def Ingot_IfOp : Ingot_Op<"if", Ingot_BranchTraits> {
  let summary = "The results of true_branch where pred is true, else those of false_branch";
  let description = [{
    One branch runs. Branches may use values from outside.
    (C1) pred has rank 0. (C2) branches take no arguments. (C3) both return the results' types.
    Lifespan: created by import; simplify inlines the branch where pred is known; schedule makes the rest commands with sub-lists.
    ```mlir
    func.func @example(%pred: tensor<i1>, %x: tensor<4xf32>) -> tensor<4xf32> {
      %0 = ingot.if %pred : (tensor<i1>) -> tensor<4xf32> {
        %1 = ingot.negate %x : tensor<4xf32>
        ingot.return %1 : tensor<4xf32>
      } else {
        ingot.return %x : tensor<4xf32>
      }
      return %0 : tensor<4xf32>
    }
    ```
  }];
  let arguments = (ins Ingot_PredTensor:$pred);
  let results = (outs Variadic<Ingot_Value>:$outputs);
  let regions = (region SizedRegion<1>:$true_branch, SizedRegion<1>:$false_branch);
  let assemblyFormat = "$pred attr-dict `:` functional-type(operands, results) $true_branch `else` $false_branch";
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
}

def Ingot_CaseOp : Ingot_Op<"case", Ingot_BranchTraits> {
  let summary = "The results of branch `index`; of the last one where index is out of range";
  let description = [{
    One branch runs. Branches may use values from outside.
    (C1) index has rank 0. (C2) there is a branch; branches take no arguments. (C3) all return the results' types.
    Lifespan: created by import; simplify inlines the branch where index is known; schedule makes the rest commands with sub-lists.
    ```mlir
    func.func @example(%index: tensor<i32>, %x: tensor<4xf32>) -> tensor<4xf32> {
      %0 = ingot.case %index : (tensor<i32>) -> tensor<4xf32> {
        ingot.return %x : tensor<4xf32>
      }, {
        %1 = ingot.negate %x : tensor<4xf32>
        ingot.return %1 : tensor<4xf32>
      }
      return %0 : tensor<4xf32>
    }
    ```
  }];
  let arguments = (ins Ingot_TensorOf<[I32]>:$index);
  let results = (outs Variadic<Ingot_Value>:$outputs);
  let regions = (region VariadicRegion<SizedRegion<1>>:$branches);
  let assemblyFormat = "$index attr-dict `:` functional-type(operands, results) $branches";
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
}

def Ingot_WhileOp : Ingot_Op<"while", [RecursiveMemoryEffects, SingleBlockImplicitTerminator<"::ingot::ReturnOp">]> {
  let summary = "The carried values after the body ran on them as long as cond is true of them";
  let description = [{
    cond runs before each round. Both regions take the carried values, in the first round the operands, and may use values from outside.
    A carried value has one type, so its dims are the same in every round.
    (C1) operands, results and the arguments of both regions have the same types. (C2) cond returns one tensor<i1>. (C3) body returns the
    operands' types.
    Lifespan: created by import; simplify drops what no round changes; schedule makes it a command with sub-lists.
    ```mlir
    module attributes {ingot.sizes = [#ingot.size<"batch", 1 to 64>]} {
      func.func @example(%x: tensor<?x4xf32, #ingot.dims<[s0, 4]>>, %count: tensor<i32>) -> tensor<?x4xf32, #ingot.dims<[s0, 4]>> {
        %zero = ingot.constant dense<0> : tensor<i32>
        %one = ingot.constant dense<1> : tensor<i32>
        %0:2 = ingot.while (%zero, %x) : (tensor<i32>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>) -> (tensor<i32>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>) cond {
        ^bb0(%i: tensor<i32>, %value: tensor<?x4xf32, #ingot.dims<[s0, 4]>>):
          %1 = ingot.compare LT %i, %count : tensor<i32>
          ingot.return %1 : tensor<i1>
        } do {
        ^bb0(%i: tensor<i32>, %value: tensor<?x4xf32, #ingot.dims<[s0, 4]>>):
          %1 = ingot.add %i, %one : tensor<i32>
          %2 = ingot.tanh %value : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
          ingot.return %1, %2 : tensor<i32>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>
        }
        return %0#1 : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
      }
    }
    ```
  }];
  let arguments = (ins Variadic<Ingot_Value>:$inputs);
  let results = (outs Variadic<Ingot_Value>:$outputs);
  let regions = (region SizedRegion<1>:$cond, SizedRegion<1>:$body);
  let assemblyFormat = "`(` $inputs `)` attr-dict `:` functional-type(operands, results) `cond` $cond `do` $body";
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
}

def Ingot_BindSizeOp : Ingot_Op<"bind_size", [MemoryEffects<[MemWrite]>]> {
  let summary = "From here on the size `size` of the module is `count`";
  let description = [{
    How a program says how many elements data left: the dims of what follows mention the size. A run in which count is out of the size's
    range fails.
    (C1) `size` is a size of the module whose values come from data. (C2) It stands in the function's block, and is the only one of its size
    there. (C3) No op before it there mentions the size.
    Lifespan: created by import; schedule makes it a command. Passes keep it in its place among the ops before and behind it.
    ```mlir
    module attributes {ingot.sizes = [#ingot.size<"kept", 0 to 8 data>]} {
      func.func @example(%x: tensor<8xf32>, %count: tensor<i64>) -> tensor<?xf32, #ingot.dims<[s0]>> {
        ingot.bind_size %count size = 0 : tensor<i64>
        %0 = ingot.slice %x [0] to [-9223372036854775807] step [1] : (tensor<8xf32>) -> tensor<?xf32, #ingot.dims<[s0]>>
        return %0 : tensor<?xf32, #ingot.dims<[s0]>>
      }
    }
    ```
  }];
  let arguments = (ins Ingot_TensorOf<[I64]>:$count, I64Attr:$size);
  let assemblyFormat = "$count `size` `=` $size attr-dict `:` type($count)";
  let hasVerifier = 1;
}

#endif
