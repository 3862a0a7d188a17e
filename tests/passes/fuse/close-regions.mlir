// RUN: ingot-opt %s --close-regions | FileCheck %s

ingot.weight @w = <"w" : tensor<4x4xf32>> [] : tensor<4x4xf32>
// A weight and a run-time value stay outside; the constant and its broadcast come inside, and go where nothing else reads them.
// CHECK-LABEL: func.func @main
// CHECK-NEXT:    %[[W:.*]] = ingot.get_weight
// CHECK-NEXT:    ingot.if
// CHECK-NEXT:      %[[C:.*]] = ingot.constant
// CHECK-NEXT:      %[[B:.*]] = ingot.broadcast_in_dim %[[C]]
// CHECK-NEXT:      ingot.add %[[W]], %[[B]]
func.func @main(%p: tensor<i1>, %x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %w = ingot.get_weight @w : tensor<4x4xf32>
  %one = ingot.constant dense<1.0> : tensor<f32>
  %ones = ingot.broadcast_in_dim %one dims = [] : (tensor<f32>) -> tensor<4x4xf32>
  %0 = ingot.if %p : (tensor<i1>) -> tensor<4x4xf32> {
    %1 = ingot.add %w, %ones : tensor<4x4xf32>
    ingot.return %1 : tensor<4x4xf32>
  } else {
    ingot.return %x : tensor<4x4xf32>
  }
  return %0 : tensor<4x4xf32>
}
