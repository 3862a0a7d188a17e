// What structures a program: weights, fusions, composites, kernels and their dispatches.
#ifndef INGOT_IR_PROGRAM
#define INGOT_IR_PROGRAM

include "ir/ValueTypes.td"

def Ingot_ReturnOp : Ingot_Op<"return", [Pure, ReturnLike, Terminator]> {
  let summary = "Ends the body of a fusion, kernel or reduction with its results";
  let description = [{
    Its operands are the results of the op around it.
    Lifespan: that of the op around it.
    ```mlir
    ingot.kernel @example {
    ^bb0(%x: tensor<4xf32>):
      ingot.return %x : tensor<4xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<Ingot_Value>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
  let builders = [OpBuilder<(ins), [{ /* no values */ }]>];
}

def Ingot_WeightOp : Ingot_Op<"weight", [Symbol]> {
  let summary = "A tensor known at compile time whose bytes live in the WeightStore beside the module";
  let description = [{
    The initialiser is a source and the steps applied to it in order; the last step's type is `type`. Passes extend the steps, emit
    evaluates them once.
    (C1) the steps lead from the source's type to `type`. (C2) `type` is static.
    Lifespan: created by import and outline; lives to emit.
    ```mlir
    ingot.weight @example = <"conv1.weight" : tensor<8x4xf32>> [#ingot.permute<[1, 0]>, #ingot.pack<1, 4>] : tensor<2x4x4xf32>
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, OptionalAttr<StrAttr>:$sym_visibility, TypeAttrOf<Ingot_Tensor>:$type,
                       Ingot_SourceAttr:$source, DefaultValuedAttr<ArrayAttr, "{}">:$steps);
  let assemblyFormat = "$sym_name `=` $source $steps attr-dict `:` $type";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    mlir::RankedTensorType getTensorType() { return mlir::cast<mlir::RankedTensorType>(getType()); }
  }];
}

def Ingot_GetWeightOp : Ingot_Op<"get_weight", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "The value of a weight";
  let description = [{
    (C1) `weight` names an ingot.weight. (C2) of the result's type.
    Lifespan: created by import and layout; schedule makes it a slot of the program that lies in the weights.
    ```mlir
    ingot.weight @bias = <"bias" : tensor<4xf32>> [] : tensor<4xf32>
    func.func @example() -> tensor<4xf32> {
      %0 = ingot.get_weight @bias : tensor<4xf32>
      return %0 : tensor<4xf32>
    }
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$weight);
  let results = (outs Ingot_Tensor:$result);
  let assemblyFormat = "$weight attr-dict `:` type($result)";
}

def Ingot_FusionOp : Ingot_Op<"fusion", [Pure, IsolatedFromAbove, SingleBlockImplicitTerminator<"::ingot::ReturnOp">]> {
  let summary = "A region that becomes one kernel";
  let description = [{
    `label` is readable: the region's main op and what is fused around it, such as "conv_add_relu".
    (C1) block arguments have the operands' types. (C2) the returned types are the results'.
    Lifespan: created by fuse, removed by outline.
    ```mlir
    func.func @example(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
      %0 = ingot.fusion "add_abs" (%x, %y) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> {
      ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
        %1 = ingot.add %a, %b : tensor<4xf32>
        %2 = ingot.abs %1 : tensor<4xf32>
        ingot.return %2 : tensor<4xf32>
      }
      return %0 : tensor<4xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<Ingot_Tensor>:$inputs, StrAttr:$label);
  let results = (outs Variadic<Ingot_Tensor>:$outputs);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$label `(` $inputs `)` attr-dict `:` functional-type(operands, results) $body";
  let hasVerifier = 1;
}

def Ingot_CompositeOp : Ingot_Op<"composite", [Pure, Ingot_Kernel<"Decomposed", "Free">, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "A named operation whose meaning is the function `decomposition`";
  let description = [{
    An accelerator, never a need: any pass may inline it.
    (C1) `decomposition` names a function. (C2) of the operands' and results' types. (C3) they and the attributes fit the name's row in ir/Composites.h.
    Lifespan: created by import and raise; inlined by simplify unless the target takes it whole.
    ```mlir
    func.func private @relu(%x: tensor<4xf32>) -> tensor<4xf32> {
      %zero = ingot.constant dense<0.0> : tensor<4xf32>
      %0 = ingot.maximum %x, %zero : tensor<4xf32>
      return %0 : tensor<4xf32>
    }
    func.func @example(%x: tensor<4xf32>) -> tensor<4xf32> {
      %0 = ingot.composite "relu" (%x) as @relu : (tensor<4xf32>) -> tensor<4xf32>
      return %0 : tensor<4xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<Ingot_Tensor>:$inputs, StrAttr:$name, FlatSymbolRefAttr:$decomposition,
                       DefaultValuedAttr<DictionaryAttr, "{}">:$composite_attributes);
  let results = (outs Variadic<Ingot_Tensor>:$outputs);
  let assemblyFormat = "$name `(` $inputs `)` `as` $decomposition attr-dict `:` functional-type(operands, results)";
}

def Ingot_KernelOp : Ingot_Op<"kernel", [Symbol, IsolatedFromAbove, SingleBlockImplicitTerminator<"::ingot::ReturnOp">]> {
  let summary = "One kernel: the body of a fusion as a symbol";
  let description = [{
    Block arguments are the operands; the returned values are written to the dispatch's results (destination-passing at the kernel's
    boundary). tile chooses `emitter` and `plan`.
    (C1) block arguments are ranked tensors. (C2) the body ends in ingot.return.
    Lifespan: created by outline; after bufferize a func.func of the same name replaces it.
    ```mlir
    ingot.kernel @example {
    ^bb0(%x: tensor<4xf32>):
      %0 = ingot.negate %x : tensor<4xf32>
      ingot.return %0 : tensor<4xf32>
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, OptionalAttr<StrAttr>:$sym_visibility,
                       OptionalAttr<StrAttr>:$emitter, OptionalAttr<DictionaryAttr>:$plan);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name (`emitter` $emitter^)? (`plan` $plan^)? attr-dict-with-keyword $body";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    llvm::SmallVector<mlir::RankedTensorType> getInputTypes();
    llvm::SmallVector<mlir::RankedTensorType> getResultTypes();
    mlir::Block &getBlock() { return getBody().front(); }
  }];
}

def Ingot_DispatchOp : Ingot_Op<"dispatch", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Runs a kernel on operands";
  let description = [{
    `inplace` (set by schedule) names for each result the operand whose memory it takes over, or -1.
    (C1) `kernel` names an ingot.kernel (after bufferize, its function). (C2) of the operands' and results' types.
    (C3) `inplace` has an entry for each result, an operand or -1.
    Lifespan: created by outline; emit makes it a command.
    ```mlir
    ingot.kernel @negate {
    ^bb0(%x: tensor<4xf32>):
      %0 = ingot.negate %x : tensor<4xf32>
      ingot.return %0 : tensor<4xf32>
    }
    func.func @example(%x: tensor<4xf32>) -> tensor<4xf32> {
      %0 = ingot.dispatch @negate (%x) inplace [0] : (tensor<4xf32>) -> tensor<4xf32>
      return %0 : tensor<4xf32>
    }
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, Variadic<Ingot_Tensor>:$inputs, OptionalAttr<DenseI64ArrayAttr>:$inplace);
  let results = (outs Variadic<Ingot_Tensor>:$outputs);
  let assemblyFormat = "$kernel `(` $inputs `)` (`inplace` $inplace^)? attr-dict `:` functional-type(operands, results)";
}

def Ingot_CopyOp : Ingot_Op<"copy", [Pure, Ingot_Made<"OnDemand", "Move">, AllTypesMatch<["operand", "result"]>]> {
  let summary = "The operand's value in memory of its own";
  let description = [{
    (C1) operand and result have the same type.
    Lifespan: created by schedule where a function's result would otherwise be an argument, a weight or another result; emit makes it a
    copy command.
    ```mlir
    func.func @example(%x: tensor<4xf32>) -> tensor<4xf32> {
      %0 = ingot.copy %x : tensor<4xf32>
      return %0 : tensor<4xf32>
    }
    ```
  }];
  let arguments = (ins Ingot_Tensor:$operand);
  let results = (outs Ingot_Tensor:$result);
  let assemblyFormat = "$operand attr-dict `:` type($result)";
}

def Ingot_OptimizationBarrierOp : Ingot_Op<"optimization_barrier", [Pure]> {
  let summary = "The operands, which are computed before anything that reads the results";
  let description = [{
    (C1) results have the operands' types.
    Lifespan: created by import; simplify removes it before anything is moved, since no phase computes a value twice to save memory.
    ```mlir
    func.func @example(%x: tensor<4xf32>, %y: tensor<2xi32>) -> (tensor<4xf32>, tensor<2xi32>) {
      %0:2 = ingot.optimization_barrier (%x, %y) : (tensor<4xf32>, tensor<2xi32>) -> (tensor<4xf32>, tensor<2xi32>)
      return %0#0, %0#1 : tensor<4xf32>, tensor<2xi32>
    }
    ```
  }];
  let arguments = (ins Variadic<Ingot_Value>:$inputs);
  let results = (outs Variadic<Ingot_Value>:$outputs);
  let assemblyFormat = "`(` $inputs `)` attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
}

def Ingot_CustomCallOp : Ingot_Op<"custom_call", [DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "An operation that a name alone tells";
  let description = [{
    ir/CustomCalls.h says what the names mean that are known. backend_config is a string or a dictionary.
    (C1) the name is not empty. (C2) operands and results fit what the name means.
    Lifespan: created by import; simplify replaces the names that are known and refuses what the module does not bind to a C function; what
    it binds (`ingot.calls`, ir/CustomCalls.h) becomes a command.
    ```mlir
    func.func @example(%x: tensor<4xf32>) -> tensor<4xf32> {
      %0 = ingot.custom_call "Sharding" (%x) : (tensor<4xf32>) -> tensor<4xf32>
      return %0 : tensor<4xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<Ingot_Value>:$inputs, StrAttr:$call_target_name, UnitAttr:$has_side_effect,
                       OptionalAttr<AnyAttr>:$backend_config, OptionalAttr<FlatSymbolRefArrayAttr>:$called_computations);
  let results = (outs Variadic<Ingot_Value>:$outputs);
  let assemblyFormat = "$call_target_name `(` $inputs `)` attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
}

#endif
