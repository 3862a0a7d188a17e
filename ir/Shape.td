// Shape ops: they move, repeat or make elements without computing on them.
#ifndef INGOT_IR_SHAPE
#define INGOT_IR_SHAPE

include "ir/Attributes.td"

def Ingot_ConstantOp : Ingot_Op<"constant", [Pure, Ingot_Made<"OnDemand", "Free">, ConstantLike, AllTypesMatch<["value", "output"]>]> {
  let summary = "A small or splat constant; larger data is an ingot.weight";
  let description = [{
    (C1) the value is dense; it is a splat, or its elements take at most 1024 bytes in a buffer.
    Lifespan: any phase up to fuse may create it; tile lowers it. Elements beyond a kernel become immediate values.
    ```mlir
    func.func @example() -> tensor<2x2xi32> {
      %0 = ingot.constant dense<[[1, 2], [3, 4]]> : tensor<2x2xi32>
      return %0 : tensor<2x2xi32>
    }
    ```
  }];
  let arguments = (ins ElementsAttr:$value);
  let results = (outs Ingot_Tensor:$output);
  let assemblyFormat = "attr-dict $value";
  let hasFolder = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    // Constants of more bytes than this, unless splats, are weights.
    static constexpr int64_t kMaxBytes = 1024;
  }];
}

def Ingot_IotaOp : Ingot_Op<"iota", [Pure, Ingot_Made<"OnDemand", "Move">]> {
  let summary = "Element = its index along iota_dimension";
  let description = [{
    (C1) 0 <= iota_dimension < rank.
    Lifespan: any phase from import to fuse may create it; simplify and layout cancel it where they can, tile lowers the rest.
    ```mlir
    func.func @example() -> tensor<2x5xi64> {
      %0 = ingot.iota dim = 1 : tensor<2x5xi64>
      return %0 : tensor<2x5xi64>
    }
    ```
  }];
  let arguments = (ins I64Attr:$iota_dimension);
  let results = (outs Ingot_Tensor:$output);
  let assemblyFormat = "`dim` `=` $iota_dimension attr-dict `:` type($output)";
  let hasVerifier = 1;
}

def Ingot_SizeOfOp : Ingot_Op<"size_of", [Pure, Ingot_Made<"OnDemand", "Free">]> {
  let summary = "The value of an expression over the module's sizes, as a scalar";
  let description = [{
    (C1) `value` is a map of no dims with one result. (C2) the result has rank 0.
    Lifespan: created by import for shape arithmetic on symbolic dims; outline makes it a scalar argument of the kernel.
    ```mlir
    module attributes {ingot.sizes = [#ingot.size<"batch", 1 to 64>]} {
      func.func @example() -> tensor<i64> {
        %0 = ingot.size_of affine_map<()[s0] -> (s0 * 2)> : tensor<i64>
        return %0 : tensor<i64>
      }
    }
    ```
  }];
  let arguments = (ins AffineMapAttr:$value);
  let results = (outs Ingot_IntTensor:$output);
  let assemblyFormat = "$value attr-dict `:` type($output)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

class Ingot_Move<string mnemonic, list<Trait> traits = [], string making = "OnDemand", string cost = "Move">
    : Ingot_Op<mnemonic, !listconcat([Pure, Ingot_DataMovement, Ingot_Made<making, cost>], traits)> {
  let results = (outs Ingot_Tensor:$result);
  let hasVerifier = 1;
}

def Ingot_BroadcastInDimOp : Ingot_Move<"broadcast_in_dim", cost = "Free"> {
  let summary = "Operand dim d becomes result dim broadcast_dimensions[d]; dims of size 1 and new dims repeat";
  let description = [{
    (C1) element types are equal. (C2) one broadcast dimension for each operand dim, unique, in [0, rank).
    (C3) operand dim d is 1 or equals the result's dim broadcast_dimensions[d].
    Lifespan: any phase from import to fuse may create it; simplify and layout cancel it where they can, tile lowers the rest.
    ```mlir
    func.func @example(%x: tensor<3xf32>) -> tensor<2x3xf32> {
      %0 = ingot.broadcast_in_dim %x dims = [1] : (tensor<3xf32>) -> tensor<2x3xf32>
      return %0 : tensor<2x3xf32>
    }
    ```
  }];
  let arguments = (ins Ingot_Tensor:$operand, DenseI64ArrayAttr:$broadcast_dimensions);
  let assemblyFormat = "$operand `dims` `=` $broadcast_dimensions attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Ingot_ReshapeOp : Ingot_Move<"reshape", cost = "Free"> {
  let summary = "Same elements in row-major order, other dims";
  let description = [{
    (C1) element types are equal. (C2) element counts are equal (as expressions, where symbolic).
    Lifespan: any phase from import to fuse may create it; simplify and layout cancel it where they can, tile lowers the rest.
    ```mlir
    module attributes {ingot.sizes = [#ingot.size<"batch", 1 to 64>]} {
      func.func @example(%x: tensor<?x16x4x4xf32, #ingot.dims<[s0, 16, 4, 4]>>) -> tensor<?x256xf32, #ingot.dims<[s0, 256]>> {
        %0 = ingot.reshape %x : (tensor<?x16x4x4xf32, #ingot.dims<[s0, 16, 4, 4]>>) -> tensor<?x256xf32, #ingot.dims<[s0, 256]>>
        return %0 : tensor<?x256xf32, #ingot.dims<[s0, 256]>>
      }
    }
    ```
  }];
  let arguments = (ins Ingot_Tensor:$operand);
  let assemblyFormat = "$operand attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Ingot_TransposeOp : Ingot_Move<"transpose", [DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let summary = "Result dim d is operand dim permutation[d]";
  let description = [{
    (C1) permutation is one of [0, rank). (C2) the result's type follows.
    Lifespan: any phase from import to fuse may create it; simplify and layout cancel it where they can, tile lowers the rest.
    ```mlir
    func.func @example(%x: tensor<2x3xf32>) -> tensor<3x2xf32> {
      %0 = ingot.transpose %x perm = [1, 0] : (tensor<2x3xf32>) -> tensor<3x2xf32>
      return %0 : tensor<3x2xf32>
    }
    ```
  }];
  let arguments = (ins Ingot_Tensor:$operand, DenseI64ArrayAttr:$permutation);
  let assemblyFormat = "$operand `perm` `=` $permutation attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Ingot_SliceOp : Ingot_Move<"slice"> {
  let summary = "Elements start, start + stride, ... below limit of each dim";
  let description = [{
    A limit equal to the minimum of i64 stands for the dim's whole extent, which a symbolic dim needs; the one above it for the limit that
    the result's dim asks for, start + (result dim - 1) * stride + 1, which may be an expression over the sizes.
    (C1) one start, limit and stride a dim. (C2) 0 <= start <= limit <= dim; whoever binds the sizes sees to it where a limit follows from
    the result. (C3) stride > 0. (C4) result dim = ceil((limit - start) / stride).
    Lifespan: any phase from import to fuse may create it; simplify and layout cancel it where they can, tile lowers the rest.
    ```mlir
    module attributes {ingot.sizes = [#ingot.size<"batch", 1 to 64>]} {
      func.func @example(%x: tensor<?x8xf32, #ingot.dims<[s0, 8]>>) -> tensor<?x3xf32, #ingot.dims<[s0, 3]>> {
        %0 = ingot.slice %x [0, 1] to [-9223372036854775808, 7] step [1, 2] : (tensor<?x8xf32, #ingot.dims<[s0, 8]>>) -> tensor<?x3xf32, #ingot.dims<[s0, 3]>>
        return %0 : tensor<?x3xf32, #ingot.dims<[s0, 3]>>
      }
    }
    ```
  }];
  let arguments = (ins Ingot_Tensor:$operand, DenseI64ArrayAttr:$start_indices, DenseI64ArrayAttr:$limit_indices,
                       DenseI64ArrayAttr:$strides);
  let assemblyFormat = "$operand $start_indices `to` $limit_indices `step` $strides attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
  let hasCanonicalizer = 1;
  let extraClassDeclaration = [{
    // As a limit: the whole extent of the dim.
    static constexpr int64_t kWholeDim = std::numeric_limits<int64_t>::min();
    // As a limit: what the result's dim asks for.
    static constexpr int64_t kToResult = std::numeric_limits<int64_t>::min() + 1;
  }];
}

def Ingot_PadOp : Ingot_Move<"pad"> {
  let summary = "Adds padding_value at the edges (negative: removes) and between elements";
  let description = [{
    (C1) element types are equal, padding_value has rank 0. (C2) one low, high and interior amount a dim.
    (C3) interior >= 0. (C4) result dim = low + dim + max(dim - 1, 0) * interior + high; a symbolic dim with interior padding is
    taken to be at least 1.
    Lifespan: any phase from import to fuse may create it; simplify and layout cancel it where they can, tile lowers the rest.
    ```mlir
    func.func @example(%x: tensor<2x3xf32>, %zero: tensor<f32>) -> tensor<3x6xf32> {
      %0 = ingot.pad %x, %zero low = [0, 1] high = [1, 0] interior = [0, 1] : (tensor<2x3xf32>, tensor<f32>) -> tensor<3x6xf32>
      return %0 : tensor<3x6xf32>
    }
    ```
  }];
  let arguments = (ins Ingot_Tensor:$operand, Ingot_Tensor:$padding_value, DenseI64ArrayAttr:$edge_padding_low,
                       DenseI64ArrayAttr:$edge_padding_high, DenseI64ArrayAttr:$interior_padding);
  let assemblyFormat = [{ $operand `,` $padding_value `low` `=` $edge_padding_low `high` `=` $edge_padding_high
                          `interior` `=` $interior_padding attr-dict `:` functional-type(operands, results) }];
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Ingot_ConcatenateOp : Ingot_Move<"concatenate"> {
  let summary = "Operands one after another along a dim";
  let description = [{
    (C1) at least one operand. (C2) element types and ranks are equal. (C3) all dims but `dimension` are equal.
    (C4) 0 <= dimension < rank. (C5) the result's dim is the sum.
    Lifespan: any phase from import to fuse may create it; simplify and layout cancel it where they can, tile lowers the rest.
    ```mlir
    func.func @example(%x: tensor<2x3xf32>, %y: tensor<2x1xf32>) -> tensor<2x4xf32> {
      %0 = ingot.concatenate %x, %y dim = 1 : (tensor<2x3xf32>, tensor<2x1xf32>) -> tensor<2x4xf32>
      return %0 : tensor<2x4xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<Ingot_Tensor>:$operands, I64Attr:$dimension);
  let assemblyFormat = "$operands `dim` `=` $dimension attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Ingot_ReverseOp : Ingot_Move<"reverse", [AllTypesMatch<["operand", "result"]>]> {
  let summary = "Reverses the order along the dims named";
  let description = [{
    (C1) dimensions are unique and in [0, rank).
    Lifespan: any phase from import to fuse may create it; simplify and layout cancel it where they can, tile lowers the rest.
    ```mlir
    func.func @example(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
      %0 = ingot.reverse %x dims = [0] : tensor<2x3xf32>
      return %0 : tensor<2x3xf32>
    }
    ```
  }];
  let arguments = (ins Ingot_Tensor:$operand, DenseI64ArrayAttr:$dimensions);
  let assemblyFormat = "$operand `dims` `=` $dimensions attr-dict `:` type($result)";
  let hasFolder = 1;
}

def Ingot_UnpackOp : Ingot_Move<"unpack", making = "Panels", cost = "Free"> {
  let summary = "Undoes the initialiser step #ingot.pack";
  let description = [{
    The operand is [ceil(D/width), .., width]; the result puts dim `dim` of extent D back together.
    (C1) ranks: operand = result + 1; element types are equal; dim is in [0, rank). (C2) last operand dim = width.
    (C3) first operand dim = ceil(D/width). (C4) others equal.
    Lifespan: created by layout on weights and on what a loop does not change, consumed inside the fusion of the contraction that reads panels; the emitter of that
    kernel never executes it.
    ```mlir
    func.func @example(%panels: tensor<2x4x4xf32>) -> tensor<4x7xf32> {
      %0 = ingot.unpack %panels dim = 1 width = 4 : (tensor<2x4x4xf32>) -> tensor<4x7xf32>
      return %0 : tensor<4x7xf32>
    }
    ```
  }];
  let arguments = (ins Ingot_Tensor:$operand, I64Attr:$dim, I64Attr:$width);
  let assemblyFormat = "$operand `dim` `=` $dim `width` `=` $width attr-dict `:` functional-type(operands, results)";
}

#endif
