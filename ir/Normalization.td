// Normalisations over a batch, and their gradient. Each is a decomposition into few ops, which simplify makes of it.
#ifndef INGOT_IR_NORMALIZATION
#define INGOT_IR_NORMALIZATION

include "ir/Attributes.td"

class Ingot_Normalization<string mnemonic> : Ingot_Op<mnemonic, [Pure, Ingot_Kernel<"Decomposed", "Free">]> {
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
}

def Ingot_BatchNormInferenceOp : Ingot_Normalization<"batch_norm_inference"> {
  let summary = "scale * (operand - mean) / sqrt(variance + epsilon) + offset, each for one place along feature_index";
  let description = [{
    Floats narrower than f32 are computed in f32 and rounded once.
    (C1) 0 <= feature_index < rank of the operand. (C2) operands and result hold the same element type. (C3) scale, (C4) offset, (C5) mean
    and (C6) variance are vectors of the operand's dim feature_index. (C7) the result has the operand's type.
    Lifespan: created by import; simplify decomposes it.
    ```mlir
    func.func @example(%x: tensor<4x3xf32>, %scale: tensor<3xf32>, %offset: tensor<3xf32>, %mean: tensor<3xf32>, %variance: tensor<3xf32>) -> tensor<4x3xf32> {
      %0 = ingot.batch_norm_inference %x, %scale, %offset, %mean, %variance epsilon = 1.0e-3 feature = 1
          : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<4x3xf32>
      return %0 : tensor<4x3xf32>
    }
    ```
  }];
  let arguments = (ins Ingot_FloatTensor:$operand, Ingot_FloatTensor:$scale, Ingot_FloatTensor:$offset, Ingot_FloatTensor:$mean,
                       Ingot_FloatTensor:$variance, F32Attr:$epsilon, I64Attr:$feature_index);
  let results = (outs Ingot_FloatTensor:$result);
  let assemblyFormat = [{ $operand `,` $scale `,` $offset `,` $mean `,` $variance `epsilon` `=` $epsilon `feature` `=` $feature_index
                          attr-dict `:` functional-type(operands, results) }];
}

def Ingot_BatchNormTrainingOp : Ingot_Normalization<"batch_norm_training"> {
  let summary = "batch_norm_inference by the operand's own mean and variance, which are results too";
  let description = [{
    Mean and variance are those of all elements at a place along feature_index; the variance is the mean of the squared distances from the
    mean. Floats narrower than f32 are computed in f32 and rounded once.
    (C1) 0 <= feature_index < rank of the operand. (C2) operands and results hold the same element type. (C3) scale, (C4) offset, (C5)
    batch_mean and (C6) batch_var are vectors of the operand's dim feature_index. (C7) output has the operand's type.
    Lifespan: created by import; simplify decomposes it.
    ```mlir
    func.func @example(%x: tensor<4x3xf32>, %scale: tensor<3xf32>, %offset: tensor<3xf32>) -> (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>) {
      %0, %1, %2 = ingot.batch_norm_training %x, %scale, %offset epsilon = 1.0e-3 feature = 1
          : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>)
      return %0, %1, %2 : tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>
    }
    ```
  }];
  let arguments = (ins Ingot_FloatTensor:$operand, Ingot_FloatTensor:$scale, Ingot_FloatTensor:$offset, F32Attr:$epsilon,
                       I64Attr:$feature_index);
  let results = (outs Ingot_FloatTensor:$output, Ingot_FloatTensor:$batch_mean, Ingot_FloatTensor:$batch_var);
  let assemblyFormat = [{ $operand `,` $scale `,` $offset `epsilon` `=` $epsilon `feature` `=` $feature_index attr-dict
                          `:` functional-type(operands, results) }];
}

def Ingot_BatchNormGradOp : Ingot_Normalization<"batch_norm_grad"> {
  let summary = "The gradients of batch_norm_training for operand, scale and offset";
  let description = [{
    With n elements at a place along feature_index, centred = operand - mean, v = variance + epsilon and sums over those elements:
    grad_operand = scale / sqrt(v) / n * (n * grad_output - sum(grad_output) - centred * sum(grad_output * centred) / v),
    grad_scale = sum(grad_output * centred / sqrt(v)), grad_offset = sum(grad_output). Floats narrower than f32 are computed in f32 and
    rounded once.
    (C1) 0 <= feature_index < rank of the operand. (C2) operands and results hold the same element type. (C3) operand, grad_output and
    grad_operand have the same dims. (C4) scale, mean, variance, grad_scale and grad_offset have the same dims. (C5) scale is a vector of
    the operand's dim feature_index.
    Lifespan: created by import; simplify decomposes it.
    ```mlir
    func.func @example(%x: tensor<4x3xf32>, %scale: tensor<3xf32>, %mean: tensor<3xf32>, %variance: tensor<3xf32>, %grad: tensor<4x3xf32>) -> (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>) {
      %0, %1, %2 = ingot.batch_norm_grad %x, %scale, %mean, %variance, %grad epsilon = 1.0e-3 feature = 1
          : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<4x3xf32>) -> (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>)
      return %0, %1, %2 : tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>
    }
    ```
  }];
  let arguments = (ins Ingot_FloatTensor:$operand, Ingot_FloatTensor:$scale, Ingot_FloatTensor:$mean, Ingot_FloatTensor:$variance,
                       Ingot_FloatTensor:$grad_output, F32Attr:$epsilon, I64Attr:$feature_index);
  let results = (outs Ingot_FloatTensor:$grad_operand, Ingot_FloatTensor:$grad_scale, Ingot_FloatTensor:$grad_offset);
  let assemblyFormat = [{ $operand `,` $scale `,` $mean `,` $variance `,` $grad_output `epsilon` `=` $epsilon
                          `feature` `=` $feature_index attr-dict `:` functional-type(operands, results) }];
}

#endif
