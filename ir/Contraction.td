// Contractions: sums of products over shared dims.
#ifndef INGOT_IR_CONTRACTION
#define INGOT_IR_CONTRACTION

include "ir/Attributes.td"

def Ingot_DotGeneralOp : Ingot_Op<"dot_general", [Pure, Ingot_Made<"Contraction", "Product">]> {
  let summary = "Batched matrix product: result dims are batch, free dims of lhs, free dims of rhs";
  let description = [{
    Products are summed over the contracting dims; the accumulation of f32 and narrower floats is at least f32.
    (C1) as many lhs as rhs batch dims, and contracting dims; all unique and in range. (C2) paired dims are equal.
    (C3) the result's dims follow. (C4) element types of lhs and rhs are equal; the result's is that or a wider one.
    Lifespan: any phase from import to fuse may create it; tile gives it, inside a kernel, to the emitter that plans it.
    ```mlir
    func.func @example(%x: tensor<8x2x4xf32>, %y: tensor<8x4x3xf32>) -> tensor<8x2x3xf32> {
      %0 = ingot.dot_general %x, %y <batch = [0] x [0], contract = [2] x [1]> : (tensor<8x2x4xf32>, tensor<8x4x3xf32>) -> tensor<8x2x3xf32>
      return %0 : tensor<8x2x3xf32>
    }
    ```
  }];
  let arguments = (ins Ingot_Tensor:$lhs, Ingot_Tensor:$rhs, Ingot_DotDimsAttr:$dims);
  let results = (outs Ingot_Tensor:$result);
  let assemblyFormat = "$lhs `,` $rhs $dims attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    // The dims of lhs (rhs) that are neither batch nor contracting, ascending.
    llvm::SmallVector<int64_t> getLhsFreeDims();
    llvm::SmallVector<int64_t> getRhsFreeDims();
  }];
}

def Ingot_ConvolutionOp : Ingot_Op<"convolution", [Pure, Ingot_Made<"Contraction", "Product">]> {
  let summary = "Windowed sum of products, as StableHLO's convolution";
  let description = [{
    padding holds low and high for each spatial dim, flattened: [low0, high0, low1, high1, ...].
    (C1) one window stride, lhs dilation, rhs dilation >= 1 and padding pair for each spatial dim.
    (C2) feature_group_count and batch_group_count >= 1, not both > 1; they divide the features (batch) they group.
    (C3) kernel input features = input features / feature_group_count. (C4) feature_group_count and batch_group_count divide the
    kernel's output features. (C5) result dims follow: batch / batch_group_count, output features, and for each spatial dim
    floor((dilated input + low + high - dilated window) / stride) + 1, or 0 where the window does not fit.
    (C6) element types of input and kernel are equal; the result's is that or a wider one.
    (C7) dims name every dim of input, kernel and result once. (C8) window_reversal, if any, says for each spatial dim whether the kernel is
    read from its other end.
    Lifespan: any phase from import to fuse may create it; tile gives it, inside a kernel, to the emitter that plans it.
    ```mlir
    func.func @example(%image: tensor<1x3x8x8xf32>, %kernel: tensor<16x3x3x3xf32>) -> tensor<1x16x4x4xf32> {
      %0 = ingot.convolution %image, %kernel <[b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1]> stride = [2, 2] pad = [1, 1, 1, 1]
          lhs_dilate = [1, 1] rhs_dilate = [1, 1] : (tensor<1x3x8x8xf32>, tensor<16x3x3x3xf32>) -> tensor<1x16x4x4xf32>
      return %0 : tensor<1x16x4x4xf32>
    }
    ```
  }];
  let arguments = (ins Ingot_Tensor:$lhs, Ingot_Tensor:$rhs, DenseI64ArrayAttr:$window_strides, DenseI64ArrayAttr:$padding,
                       DenseI64ArrayAttr:$lhs_dilation, DenseI64ArrayAttr:$rhs_dilation, Ingot_ConvDimsAttr:$dims,
                       DefaultValuedAttr<I64Attr, "1">:$feature_group_count, DefaultValuedAttr<I64Attr, "1">:$batch_group_count,
                       OptionalAttr<DenseBoolArrayAttr>:$window_reversal);
  let results = (outs Ingot_Tensor:$result);
  let assemblyFormat = [{ $lhs `,` $rhs $dims `stride` `=` $window_strides `pad` `=` $padding `lhs_dilate` `=` $lhs_dilation
                          `rhs_dilate` `=` $rhs_dilation attr-dict `:` functional-type(operands, results) }];
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
  // Without reversal.
  let builders = [OpBuilder<(ins "::mlir::Type":$result, "::mlir::Value":$lhs, "::mlir::Value":$rhs, "::llvm::ArrayRef<int64_t>":$strides,
                                 "::llvm::ArrayRef<int64_t>":$padding, "::llvm::ArrayRef<int64_t>":$lhs_dilation,
                                 "::llvm::ArrayRef<int64_t>":$rhs_dilation, "ConvDimsAttr":$dims, "uint64_t":$feature_groups,
                                 "uint64_t":$batch_groups), [{
    build($_builder, $_state, result, lhs, rhs, strides, padding, lhs_dilation, rhs_dilation, dims, feature_groups, batch_groups,
          ::mlir::DenseBoolArrayAttr());
  }]>];
}

#endif
