// Attributes: symbolic dims, run-time sizes, dimension numbers, and the steps of a weight's initialiser.
#ifndef INGOT_IR_ATTRIBUTES
#define INGOT_IR_ATTRIBUTES

include "ir/Base.td"

class Ingot_Attr<string cppName, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<Ingot_Dialect, cppName, traits> { let mnemonic = attrMnemonic; }

def Ingot_DimsAttr : Ingot_Attr<"Dims", "dims",
    [DeclareAttrInterfaceMethods<VerifiableTensorEncoding>]> {
  let summary = "The dims of a tensor as expressions over the module's sizes";
  let description = [{
    The encoding of every tensor type that has a dynamic dim. One expression a dim; `s0`, `s1` ... are the module's sizes in the
    order of `ingot.sizes`. A static dim has its constant. Equal types have equal dims at run time.

    Example: `tensor<?x256xf32, #ingot.dims<[s0, 256]>>`
  }];
  let parameters = (ins ArrayRefParameter<"mlir::AffineExpr">:$exprs);
  let hasCustomAssemblyFormat = 1;
}

def Ingot_SizeAttr : Ingot_Attr<"Size", "size"> {
  let summary = "A run-time size: its name, the inclusive range of its values, and where its value comes from";
  let description = [{
    A size is bound from the arguments of a call; one of `data` by an ingot.bind_size while the program runs, and no argument mentions it.

    Example: `#ingot.size<"batch", 1 to 64>`, `#ingot.size<"selected", 0 to 100 data>`
  }];
  let parameters = (ins StringRefParameter<"as the user writes it">:$name, "int64_t":$min, "int64_t":$max,
                        DefaultValuedParameter<"bool", "false">:$isData);
  let hasCustomAssemblyFormat = 1;
  let builders = [AttrBuilder<(ins "::llvm::StringRef":$name, "int64_t":$min, "int64_t":$max), [{
    return $_get($_ctxt, name, min, max, false);
  }]>];
  let genVerifyDecl = 1;
}

def Ingot_DotDimsAttr : Ingot_Attr<"DotDims", "dot"> {
  let summary = "Dimension numbers of dot_general";
  let parameters = (ins
    OptionalArrayRefParameter<"int64_t">:$lhsBatch, OptionalArrayRefParameter<"int64_t">:$rhsBatch,
    OptionalArrayRefParameter<"int64_t">:$lhsContract, OptionalArrayRefParameter<"int64_t">:$rhsContract);
  let assemblyFormat = [{ `<` `batch` `=` `[` (`]`) : ($lhsBatch^ `]`)? ` ` `x` ` ` `[` (`]`) : ($rhsBatch^ `]`)? `,`
                              `contract` `=` `[` (`]`) : ($lhsContract^ `]`)? ` ` `x` ` ` `[` (`]`) : ($rhsContract^ `]`)? `>` }];
}

def Ingot_ConvDimsAttr : Ingot_Attr<"ConvDims", "conv"> {
  let summary = "Dimension numbers of convolution: where batch, feature and spatial dims stand in input, kernel and result";
  let parameters = (ins
    "int64_t":$inputBatch, "int64_t":$inputFeature, ArrayRefParameter<"int64_t">:$inputSpatial,
    "int64_t":$kernelInputFeature, "int64_t":$kernelOutputFeature, ArrayRefParameter<"int64_t">:$kernelSpatial,
    "int64_t":$outputBatch, "int64_t":$outputFeature, ArrayRefParameter<"int64_t">:$outputSpatial);
  let description = [{
    Written as StableHLO writes it: `#ingot.conv<[b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1]>`.
  }];
  let hasCustomAssemblyFormat = 1;
}

def Ingot_GatherDimsAttr : Ingot_Attr<"GatherDims", "gather"> {
  let summary = "Dimension numbers of gather and scatter: how windows of the operand stand in the result (updates)";
  let description = [{
    `window`: the dims of the result (of the updates) that walk a window; the others walk the indices. `collapsed`: dims of the operand
    where a window has one element and that the result lacks. `batch`: dims of the operand and of the indices that go together, which the
    result has once. `map`: the operand dim each component of an index vector addresses. `vector`: the dim of the indices that holds the
    vectors; their rank if each is one number. StableHLO calls them, for gather and scatter: offset_dims, update_window_dims;
    collapsed_slice_dims, inserted_window_dims; operand_batching_dims, input_batching_dims; start_indices_batching_dims,
    scatter_indices_batching_dims; start_index_map, scatter_dims_to_operand_dims; index_vector_dim.
  }];
  let parameters = (ins
    OptionalArrayRefParameter<"int64_t">:$windowDims, OptionalArrayRefParameter<"int64_t">:$collapsedDims,
    OptionalArrayRefParameter<"int64_t">:$operandBatchDims, OptionalArrayRefParameter<"int64_t">:$indicesBatchDims,
    OptionalArrayRefParameter<"int64_t">:$indexMap, "int64_t":$indexVectorDim);
  let assemblyFormat = [{ `<` `window` `=` `[` (`]`) : ($windowDims^ `]`)? `,` `collapsed` `=` `[` (`]`) : ($collapsedDims^ `]`)? `,`
                              `batch` `=` `[` (`]`) : ($operandBatchDims^ `]`)? ` ` `x` ` ` `[` (`]`) : ($indicesBatchDims^ `]`)? `,`
                              `map` `=` `[` (`]`) : ($indexMap^ `]`)? `,` `vector` `=` $indexVectorDim `>` }];
}

// The initialiser of a weight: a source, then steps, each a tensor -> tensor function evaluated once while emitting.
def Ingot_SourceAttr : Ingot_Attr<"Source", "source"> {
  let summary = "Where a weight's bytes come from: an entry of the WeightStore beside the module, and its type there";
  let parameters = (ins StringRefParameter<>:$key, "mlir::RankedTensorType":$type);
  let assemblyFormat = "`<` $key `:` $type `>`";
}
def Ingot_ConvertStepAttr : Ingot_Attr<"ConvertStep", "to"> {
  let summary = "Initialiser step: convert every element as the op `convert` does";
  let parameters = (ins "mlir::Type":$elementType);
  let assemblyFormat = "`<` $elementType `>`";
}
def Ingot_TransposeStepAttr : Ingot_Attr<"TransposeStep", "permute"> {
  let summary = "Initialiser step: transpose";
  let parameters = (ins ArrayRefParameter<"int64_t">:$permutation);
  let assemblyFormat = "`<` `[` $permutation `]` `>`";
}
def Ingot_ReshapeStepAttr : Ingot_Attr<"ReshapeStep", "shape"> {
  let summary = "Initialiser step: reshape (row-major order kept)";
  let parameters = (ins OptionalArrayRefParameter<"int64_t">:$shape);
  let assemblyFormat = "`<` `[` (`]`) : ($shape^ `]`)? `>`";
}
def Ingot_SliceStepAttr : Ingot_Attr<"SliceStep", "slice"> {
  let summary = "Initialiser step: slice, of every element of its box or, with strides, of each that many apart";
  let parameters = (ins ArrayRefParameter<"int64_t">:$starts, ArrayRefParameter<"int64_t">:$limits,
                        OptionalArrayRefParameter<"int64_t">:$strides);
  let assemblyFormat = "`<` `[` $starts `]` ` ` `to` ` ` `[` $limits `]` (` ` `step` ` ` `[` $strides^ `]`)? `>`";
}
def Ingot_ReverseStepAttr : Ingot_Attr<"ReverseStep", "reverse"> {
  let summary = "Initialiser step: reverse along dims";
  let parameters = (ins ArrayRefParameter<"int64_t">:$dims);
  let assemblyFormat = "`<` `[` $dims `]` `>`";
}
def Ingot_ScaleStepAttr : Ingot_Attr<"ScaleStep", "scale"> {
  let summary = "Initialiser step: multiply by another store entry (a vector) along one dim";
  let parameters = (ins "int64_t":$dim, StringRefParameter<>:$key);
  let assemblyFormat = "`<` $dim `,` $key `>`";
}
def Ingot_PackStepAttr : Ingot_Attr<"PackStep", "pack"> {
  let summary = "Initialiser step: cut dim `dim` into panels of `width`";
  let description = [{
    [.., D, ..] becomes [ceil(D/width), .., width]: the panel index moves to the front, the place within the panel to the back,
    the other dims keep their order. The last panel is padded with zeros. The op `unpack` undoes it.
  }];
  let parameters = (ins "int64_t":$dim, "int64_t":$width);
  let assemblyFormat = "`<` $dim `,` $width `>`";
}
def Ingot_PackBitsStepAttr : Ingot_Attr<"PackBitsStep", "pack_bits"> {
  let summary = "Initialiser step: elements of 2 or 4 bits, several to a byte";
  let description = [{
    N elements of w bits become a vector of ceil(N*w/8) ui8: in row-major order, the first one in the lowest bits of the first byte. The
    bits left over are zeros. bitcast_convert is the way back.
  }];
}

class Ingot_Enum<string name, list<I32EnumAttrCase> cases> : I32EnumAttr<name, "", cases> {
  let cppNamespace = "::ingot";
  let genSpecializedAttr = 0;
}

def Ingot_ComparisonDirection : Ingot_Enum<"ComparisonDirection", [
    I32EnumAttrCase<"EQ", 0>, I32EnumAttrCase<"NE", 1>, I32EnumAttrCase<"GE", 2>, I32EnumAttrCase<"GT", 3>,
    I32EnumAttrCase<"LE", 4>, I32EnumAttrCase<"LT", 5>]>;
def Ingot_ComparisonDirectionAttr : EnumAttr<Ingot_Dialect, Ingot_ComparisonDirection, "cmp">;

def Ingot_RngAlgorithm : Ingot_Enum<"RngAlgorithm", [
    I32EnumAttrCase<"DEFAULT", 0>, I32EnumAttrCase<"THREE_FRY", 1>, I32EnumAttrCase<"PHILOX", 2>]>;
def Ingot_RngAlgorithmAttr : EnumAttr<Ingot_Dialect, Ingot_RngAlgorithm, "rng_algorithm">;

def Ingot_RngDistribution : Ingot_Enum<"RngDistribution", [I32EnumAttrCase<"UNIFORM", 1>, I32EnumAttrCase<"NORMAL", 2>]>;
def Ingot_RngDistributionAttr : EnumAttr<Ingot_Dialect, Ingot_RngDistribution, "rng_distribution">;

def Ingot_InterpolationKernel : Ingot_Enum<"InterpolationKernel", [
    I32EnumAttrCase<"NEAREST", 0>, I32EnumAttrCase<"LINEAR", 1>, I32EnumAttrCase<"CUBIC", 2>]>;
def Ingot_InterpolationKernelAttr : EnumAttr<Ingot_Dialect, Ingot_InterpolationKernel, "kernel">;

def Ingot_InterpolationCoordinates : Ingot_Enum<"InterpolationCoordinates", [
    I32EnumAttrCase<"HALF_PIXEL", 0>, I32EnumAttrCase<"HALF_PIXEL_SYMMETRIC", 1>, I32EnumAttrCase<"PYTORCH_HALF_PIXEL", 2>,
    I32EnumAttrCase<"ASYMMETRIC", 3>, I32EnumAttrCase<"ALIGN_CORNERS", 4>, I32EnumAttrCase<"TF_CROP_AND_RESIZE", 5>,
    I32EnumAttrCase<"TF_HALF_PIXEL_FOR_NN", 6>]>;
def Ingot_InterpolationCoordinatesAttr : EnumAttr<Ingot_Dialect, Ingot_InterpolationCoordinates, "coordinates">;

def Ingot_NearestMode : Ingot_Enum<"NearestMode", [
    I32EnumAttrCase<"ROUND_PREFER_FLOOR", 0>, I32EnumAttrCase<"ROUND_PREFER_CEIL", 1>, I32EnumAttrCase<"FLOOR", 2>,
    I32EnumAttrCase<"CEIL", 3>]>;
def Ingot_NearestModeAttr : EnumAttr<Ingot_Dialect, Ingot_NearestMode, "nearest">;

#endif
