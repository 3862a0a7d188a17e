// Every labelled constraint of the batch normalisations, broken once.
// RUN: ingot-opt %s -split-input-file -verify-diagnostics

func.func @inference_feature(%x: tensor<4x3xf32>, %scale: tensor<3xf32>, %offset: tensor<3xf32>, %mean: tensor<3xf32>, %variance: tensor<3xf32>) {
  // expected-error @+1 {{'ingot.batch_norm_inference' op (C1) feature is 2, but the operand is f32[4,3]}}
  %0 = ingot.batch_norm_inference %x, %scale, %offset, %mean, %variance epsilon = 1.0e-3 feature = 2 : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @inference_elements(%x: tensor<4x3xf32>, %scale: tensor<3xf32>, %offset: tensor<3xf32>, %mean: tensor<3xf64>, %variance: tensor<3xf32>) {
  // expected-error @+1 {{'ingot.batch_norm_inference' op (C2) the operand holds 'f32', but another value 'f64'}}
  %0 = ingot.batch_norm_inference %x, %scale, %offset, %mean, %variance epsilon = 1.0e-3 feature = 1 : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf64>, tensor<3xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @inference_scale(%x: tensor<4x3xf32>, %scale: tensor<4xf32>, %offset: tensor<3xf32>, %mean: tensor<3xf32>, %variance: tensor<3xf32>) {
  // expected-error @+1 {{'ingot.batch_norm_inference' op (C3) scale is f32[4], but must be f32[3]}}
  %0 = ingot.batch_norm_inference %x, %scale, %offset, %mean, %variance epsilon = 1.0e-3 feature = 1 : (tensor<4x3xf32>, tensor<4xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @inference_offset(%x: tensor<4x3xf32>, %scale: tensor<3xf32>, %offset: tensor<4xf32>, %mean: tensor<3xf32>, %variance: tensor<3xf32>) {
  // expected-error @+1 {{'ingot.batch_norm_inference' op (C4) offset is f32[4], but must be f32[3]}}
  %0 = ingot.batch_norm_inference %x, %scale, %offset, %mean, %variance epsilon = 1.0e-3 feature = 1 : (tensor<4x3xf32>, tensor<3xf32>, tensor<4xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @inference_mean(%x: tensor<4x3xf32>, %scale: tensor<3xf32>, %offset: tensor<3xf32>, %mean: tensor<4xf32>, %variance: tensor<3xf32>) {
  // expected-error @+1 {{'ingot.batch_norm_inference' op (C5) mean is f32[4], but must be f32[3]}}
  %0 = ingot.batch_norm_inference %x, %scale, %offset, %mean, %variance epsilon = 1.0e-3 feature = 1 : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<4xf32>, tensor<3xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @inference_variance(%x: tensor<4x3xf32>, %scale: tensor<3xf32>, %offset: tensor<3xf32>, %mean: tensor<3xf32>, %variance: tensor<4xf32>) {
  // expected-error @+1 {{'ingot.batch_norm_inference' op (C6) variance is f32[4], but must be f32[3]}}
  %0 = ingot.batch_norm_inference %x, %scale, %offset, %mean, %variance epsilon = 1.0e-3 feature = 1 : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<4xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @inference_result(%x: tensor<4x3xf32>, %scale: tensor<3xf32>, %offset: tensor<3xf32>, %mean: tensor<3xf32>, %variance: tensor<3xf32>) {
  // expected-error @+1 {{'ingot.batch_norm_inference' op (C7) the result is f32[3,4], but the operand is f32[4,3]}}
  %0 = ingot.batch_norm_inference %x, %scale, %offset, %mean, %variance epsilon = 1.0e-3 feature = 1 : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @training_feature(%x: tensor<4x3xf32>, %scale: tensor<3xf32>, %offset: tensor<3xf32>) {
  // expected-error @+1 {{'ingot.batch_norm_training' op (C1) feature is -1, but the operand is f32[4,3]}}
  %0, %1, %2 = ingot.batch_norm_training %x, %scale, %offset epsilon = 1.0e-3 feature = -1 : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>)
  return
}

// -----

func.func @training_elements(%x: tensor<4x3xf32>, %scale: tensor<3xf32>, %offset: tensor<3xf32>) {
  // expected-error @+1 {{'ingot.batch_norm_training' op (C2) the operand holds 'f32', but another value 'f16'}}
  %0, %1, %2 = ingot.batch_norm_training %x, %scale, %offset epsilon = 1.0e-3 feature = 1 : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<4x3xf32>, tensor<3xf16>, tensor<3xf32>)
  return
}

// -----

func.func @training_scale(%x: tensor<4x3xf32>, %scale: tensor<4xf32>, %offset: tensor<3xf32>) {
  // expected-error @+1 {{'ingot.batch_norm_training' op (C3) scale is f32[4], but must be f32[3]}}
  %0, %1, %2 = ingot.batch_norm_training %x, %scale, %offset epsilon = 1.0e-3 feature = 1 : (tensor<4x3xf32>, tensor<4xf32>, tensor<3xf32>) -> (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>)
  return
}

// -----

func.func @training_offset(%x: tensor<4x3xf32>, %scale: tensor<3xf32>, %offset: tensor<4xf32>) {
  // expected-error @+1 {{'ingot.batch_norm_training' op (C4) offset is f32[4], but must be f32[3]}}
  %0, %1, %2 = ingot.batch_norm_training %x, %scale, %offset epsilon = 1.0e-3 feature = 1 : (tensor<4x3xf32>, tensor<3xf32>, tensor<4xf32>) -> (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>)
  return
}

// -----

func.func @training_mean(%x: tensor<4x3xf32>, %scale: tensor<3xf32>, %offset: tensor<3xf32>) {
  // expected-error @+1 {{'ingot.batch_norm_training' op (C5) batch_mean is f32[4], but must be f32[3]}}
  %0, %1, %2 = ingot.batch_norm_training %x, %scale, %offset epsilon = 1.0e-3 feature = 1 : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<4x3xf32>, tensor<4xf32>, tensor<3xf32>)
  return
}

// -----

func.func @training_variance(%x: tensor<4x3xf32>, %scale: tensor<3xf32>, %offset: tensor<3xf32>) {
  // expected-error @+1 {{'ingot.batch_norm_training' op (C6) batch_var is f32[4], but must be f32[3]}}
  %0, %1, %2 = ingot.batch_norm_training %x, %scale, %offset epsilon = 1.0e-3 feature = 1 : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<4x3xf32>, tensor<3xf32>, tensor<4xf32>)
  return
}

// -----

func.func @training_output(%x: tensor<4x3xf32>, %scale: tensor<3xf32>, %offset: tensor<3xf32>) {
  // expected-error @+1 {{'ingot.batch_norm_training' op (C7) output is f32[3,4], but the operand is f32[4,3]}}
  %0, %1, %2 = ingot.batch_norm_training %x, %scale, %offset epsilon = 1.0e-3 feature = 1 : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<3x4xf32>, tensor<3xf32>, tensor<3xf32>)
  return
}

// -----

func.func @grad_feature(%x: tensor<4x3xf32>, %scale: tensor<3xf32>, %mean: tensor<3xf32>, %variance: tensor<3xf32>, %grad: tensor<4x3xf32>) {
  // expected-error @+1 {{'ingot.batch_norm_grad' op (C1) feature is 5, but the operand is f32[4,3]}}
  %0, %1, %2 = ingot.batch_norm_grad %x, %scale, %mean, %variance, %grad epsilon = 1.0e-3 feature = 5 : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<4x3xf32>) -> (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>)
  return
}

// -----

func.func @grad_elements(%x: tensor<4x3xf32>, %scale: tensor<3xf32>, %mean: tensor<3xf32>, %variance: tensor<3xf32>, %grad: tensor<4x3xf32>) {
  // expected-error @+1 {{'ingot.batch_norm_grad' op (C2) the operand holds 'f32', but another value 'bf16'}}
  %0, %1, %2 = ingot.batch_norm_grad %x, %scale, %mean, %variance, %grad epsilon = 1.0e-3 feature = 1 : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<4x3xf32>) -> (tensor<4x3xf32>, tensor<3xf32>, tensor<3xbf16>)
  return
}

// -----

func.func @grad_output(%x: tensor<4x3xf32>, %scale: tensor<3xf32>, %mean: tensor<3xf32>, %variance: tensor<3xf32>, %grad: tensor<3x3xf32>) {
  // expected-error @+1 {{'ingot.batch_norm_grad' op (C3) grad_output is f32[3,3], but the operand is f32[4,3]}}
  %0, %1, %2 = ingot.batch_norm_grad %x, %scale, %mean, %variance, %grad epsilon = 1.0e-3 feature = 1 : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3x3xf32>) -> (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>)
  return
}

// -----

func.func @grad_mean(%x: tensor<4x3xf32>, %scale: tensor<3xf32>, %mean: tensor<4xf32>, %variance: tensor<3xf32>, %grad: tensor<4x3xf32>) {
  // expected-error @+1 {{'ingot.batch_norm_grad' op (C4) mean is f32[4], but scale is f32[3]}}
  %0, %1, %2 = ingot.batch_norm_grad %x, %scale, %mean, %variance, %grad epsilon = 1.0e-3 feature = 1 : (tensor<4x3xf32>, tensor<3xf32>, tensor<4xf32>, tensor<3xf32>, tensor<4x3xf32>) -> (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>)
  return
}

// -----

func.func @grad_scale(%x: tensor<4x3xf32>, %scale: tensor<4xf32>, %mean: tensor<4xf32>, %variance: tensor<4xf32>, %grad: tensor<4x3xf32>) {
  // expected-error @+1 {{'ingot.batch_norm_grad' op (C5) scale is f32[4], but must be f32[3]}}
  %0, %1, %2 = ingot.batch_norm_grad %x, %scale, %mean, %variance, %grad epsilon = 1.0e-3 feature = 1 : (tensor<4x3xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4x3xf32>) -> (tensor<4x3xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}
