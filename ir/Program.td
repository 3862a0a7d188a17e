// What structures a program: weights, fusions, composites, kernels and their dispatches.
#ifndef INGOT_IR_PROGRAM
#define INGOT_IR_PROGRAM

include "ir/Attributes.td"

def Ingot_ReturnOp : Ingot_Op<"return", [Pure, ReturnLike, Terminator]> {
  let summary = "Ends the body of a fusion, kernel or reduction with its results";
  let arguments = (ins Variadic<Ingot_Tensor>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
  let builders = [OpBuilder<(ins), [{ /* no values */ }]>];
}

def Ingot_WeightOp : Ingot_Op<"weight", [Symbol]> {
  let summary = "A tensor known at compile time whose bytes live in the WeightStore beside the module";
  let description = [{
    The initialiser is a source and the steps applied to it in order; the last step's type is `type`. Passes extend the steps, emit
    evaluates them once. Created by import and outline; lives to emit.
    (C1) the steps lead from the source's type to `type`. (C2) `type` is static.
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
  let description = [{ (C1) `weight` names an ingot.weight. (C2) of the result's type. }];
  let arguments = (ins FlatSymbolRefAttr:$weight);
  let results = (outs Ingot_Tensor:$result);
  let assemblyFormat = "$weight attr-dict `:` type($result)";
}

def Ingot_FusionOp : Ingot_Op<"fusion", [Pure, IsolatedFromAbove, SingleBlockImplicitTerminator<"::ingot::ReturnOp">]> {
  let summary = "A region that becomes one kernel";
  let description = [{
    Created by fuse, removed by outline. `label` is readable: the region's main op and what is fused around it, such as "conv_add_relu".
    (C1) block arguments have the operands' types. (C2) the returned types are the results'.
  }];
  let arguments = (ins Variadic<Ingot_Tensor>:$inputs, StrAttr:$label);
  let results = (outs Variadic<Ingot_Tensor>:$outputs);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$label `(` $inputs `)` attr-dict `:` functional-type(operands, results) $body";
  let hasVerifier = 1;
}

def Ingot_CompositeOp : Ingot_Op<"composite", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "A named operation whose meaning is the function `decomposition`";
  let description = [{
    An accelerator, never a need: any pass may inline it. Created by import and raise; inlined by simplify unless the target takes it whole.
    (C1) `decomposition` names a function. (C2) of the operands' and results' types.
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
    boundary). Created by outline. tile chooses `emitter` and `plan`; after bufferize a func.func of the same name replaces it.
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
    Created by outline, becomes a command. (C1) `kernel` names an ingot.kernel. (C2) of the operands' and results' types.
    `inplace` (set by schedule) names for each result the operand whose memory it takes over, or -1.
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, Variadic<Ingot_Tensor>:$inputs, OptionalAttr<DenseI64ArrayAttr>:$inplace);
  let results = (outs Variadic<Ingot_Tensor>:$outputs);
  let assemblyFormat = "$kernel `(` $inputs `)` (`inplace` $inplace^)? attr-dict `:` functional-type(operands, results)";
}

def Ingot_CopyOp : Ingot_Op<"copy", [Pure, AllTypesMatch<["operand", "result"]>]> {
  let summary = "The operand's value in memory of its own";
  let description = [{
    Created by schedule where a function's result would otherwise be an argument, a weight or another result; becomes a copy command.
  }];
  let arguments = (ins Ingot_Tensor:$operand);
  let results = (outs Ingot_Tensor:$result);
  let assemblyFormat = "$operand attr-dict `:` type($result)";
}

#endif
