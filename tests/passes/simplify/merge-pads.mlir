// RUN: ingot-opt %s --merge-pads | FileCheck %s

// CHECK-LABEL: func.func @convolution
// CHECK-SAME:    (%[[X:.*]]: tensor<1x3x8x8xf32>
// CHECK-NOT:     ingot.pad
// CHECK:         ingot.convolution %[[X]], %{{.*}} pad = [1, 2, 0, 3]
func.func @convolution(%x: tensor<1x3x8x8xf32>, %k: tensor<4x3x3x3xf32>) -> tensor<1x4x9x9xf32> {
  %zero = ingot.constant dense<0.0> : tensor<f32>
  %p = ingot.pad %x, %zero low = [0, 0, 1, 0] high = [0, 0, 1, 2] interior = [0, 0, 0, 0] : (tensor<1x3x8x8xf32>, tensor<f32>) -> tensor<1x3x10x10xf32>
  %0 = ingot.convolution %p, %k <[b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1]> stride = [1, 1] pad = [0, 1, 0, 1] lhs_dilate = [1, 1] rhs_dilate = [1, 1] : (tensor<1x3x10x10xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x9x9xf32>
  return %0 : tensor<1x4x9x9xf32>
}

// Padding by another value is no part of a convolution.
// CHECK-LABEL: func.func @other_value
// CHECK:         ingot.pad
func.func @other_value(%x: tensor<1x3x8x8xf32>, %k: tensor<4x3x3x3xf32>) -> tensor<1x4x8x8xf32> {
  %one = ingot.constant dense<1.0> : tensor<f32>
  %p = ingot.pad %x, %one low = [0, 0, 1, 1] high = [0, 0, 1, 1] interior = [0, 0, 0, 0] : (tensor<1x3x8x8xf32>, tensor<f32>) -> tensor<1x3x10x10xf32>
  %0 = ingot.convolution %p, %k <[b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1]> stride = [1, 1] pad = [0, 0, 0, 0] lhs_dilate = [1, 1] rhs_dilate = [1, 1] : (tensor<1x3x10x10xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x8x8xf32>
  return %0 : tensor<1x4x8x8xf32>
}

// Nor are padded features.
// CHECK-LABEL: func.func @features
// CHECK:         ingot.pad
func.func @features(%x: tensor<1x2x8x8xf32>, %k: tensor<4x3x3x3xf32>) -> tensor<1x4x6x6xf32> {
  %zero = ingot.constant dense<0.0> : tensor<f32>
  %p = ingot.pad %x, %zero low = [0, 1, 0, 0] high = [0, 0, 0, 0] interior = [0, 0, 0, 0] : (tensor<1x2x8x8xf32>, tensor<f32>) -> tensor<1x3x8x8xf32>
  %0 = ingot.convolution %p, %k <[b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1]> stride = [1, 1] pad = [0, 0, 0, 0] lhs_dilate = [1, 1] rhs_dilate = [1, 1] : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x6x6xf32>
  return %0 : tensor<1x4x6x6xf32>
}

// CHECK-LABEL: func.func @window
// CHECK-NOT:     ingot.pad
// CHECK:         ingot.reduce_window{{.*}} pad = [0, 1, 1, 0]
func.func @window(%x: tensor<7x7xf32>) -> tensor<4x4xf32> {
  %low = ingot.constant dense<0xFF800000> : tensor<f32>
  %p = ingot.pad %x, %low low = [0, 1] high = [1, 0] interior = [0, 0] : (tensor<7x7xf32>, tensor<f32>) -> tensor<8x8xf32>
  %0 = ingot.reduce_window(%p init %low) window = [2, 2] stride = [2, 2] base_dilate = [1, 1] dilate = [1, 1] pad = [0, 0, 0, 0] : (tensor<8x8xf32>, tensor<f32>) -> tensor<4x4xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %m = ingot.maximum %a, %b : tensor<f32>
    ingot.return %m : tensor<f32>
  }
  return %0 : tensor<4x4xf32>
}
