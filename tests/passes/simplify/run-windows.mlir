// RUN: ingot-opt %s --run-windows | FileCheck %s

// CHECK-LABEL: func.func @forward
// CHECK-NOT:     ingot.reduce_window
// CHECK:         ingot.scan(%{{.*}} init %{{.*}}) dim = 1 :
func.func @forward(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %zero = ingot.constant dense<0.0> : tensor<f32>
  %0 = ingot.reduce_window(%x init %zero) window = [1, 8] stride = [1, 1] base_dilate = [1, 1] dilate = [1, 1] pad = [0, 0, 7, 0] : (tensor<2x8xf32>, tensor<f32>) -> tensor<2x8xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %1 = ingot.add %a, %b : tensor<f32>
    ingot.return %1 : tensor<f32>
  }
  return %0 : tensor<2x8xf32>
}

// A maximum may meet its initial value any number of times.
// CHECK-LABEL: func.func @reverse
// CHECK-NOT:     ingot.reduce_window
// CHECK:         ingot.scan(%{{.*}} init %{{.*}}) dim = 0 reverse
func.func @reverse(%x: tensor<8x2xi32>, %init: tensor<i32>) -> tensor<8x2xi32> {
  %0 = ingot.reduce_window(%x init %init) window = [8, 1] stride = [1, 1] base_dilate = [1, 1] dilate = [1, 1] pad = [0, 7, 0, 0] : (tensor<8x2xi32>, tensor<i32>) -> tensor<8x2xi32> {
  ^bb0(%a: tensor<i32>, %b: tensor<i32>):
    %1 = ingot.maximum %b, %a : tensor<i32>
    ingot.return %1 : tensor<i32>
  }
  return %0 : tensor<8x2xi32>
}

// Each padded place adds one, and nothing is known of %init.
// CHECK-LABEL: func.func @counts_padding
// CHECK-COUNT-2: ingot.reduce_window
func.func @counts_padding(%x: tensor<8xf32>, %init: tensor<f32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %one = ingot.constant dense<1.0> : tensor<f32>
  %0 = ingot.reduce_window(%x init %one) window = [8] stride = [1] base_dilate = [1] dilate = [1] pad = [7, 0] : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %2 = ingot.add %a, %b : tensor<f32>
    ingot.return %2 : tensor<f32>
  }
  %1 = ingot.reduce_window(%x init %init) window = [8] stride = [1] base_dilate = [1] dilate = [1] pad = [7, 0] : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %2 = ingot.multiply %a, %b : tensor<f32>
    ingot.return %2 : tensor<f32>
  }
  return %0, %1 : tensor<8xf32>, tensor<8xf32>
}

// Of two dims, shorter than the dim, with steps, or by what is no monoid: windows as they are.
// CHECK-LABEL: func.func @others
// CHECK-COUNT-4: ingot.reduce_window
func.func @others(%x: tensor<4x4xf32>, %y: tensor<8xf32>) -> (tensor<4x4xf32>, tensor<8xf32>, tensor<4xf32>, tensor<8xf32>) {
  %zero = ingot.constant dense<0.0> : tensor<f32>
  %0 = ingot.reduce_window(%x init %zero) window = [4, 4] stride = [1, 1] base_dilate = [1, 1] dilate = [1, 1] pad = [3, 0, 3, 0] : (tensor<4x4xf32>, tensor<f32>) -> tensor<4x4xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %4 = ingot.add %a, %b : tensor<f32>
    ingot.return %4 : tensor<f32>
  }
  %1 = ingot.reduce_window(%y init %zero) window = [7] stride = [1] base_dilate = [1] dilate = [1] pad = [6, 0] : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %4 = ingot.add %a, %b : tensor<f32>
    ingot.return %4 : tensor<f32>
  }
  %2 = ingot.reduce_window(%y init %zero) window = [8] stride = [2] base_dilate = [1] dilate = [1] pad = [7, 0] : (tensor<8xf32>, tensor<f32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %4 = ingot.add %a, %b : tensor<f32>
    ingot.return %4 : tensor<f32>
  }
  %3 = ingot.reduce_window(%y init %zero) window = [8] stride = [1] base_dilate = [1] dilate = [1] pad = [7, 0] : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %4 = ingot.subtract %a, %b : tensor<f32>
    ingot.return %4 : tensor<f32>
  }
  return %0, %1, %2, %3 : tensor<4x4xf32>, tensor<8xf32>, tensor<4xf32>, tensor<8xf32>
}
