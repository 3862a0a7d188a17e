// RUN: ingot-opt %s --inline-calls | FileCheck %s

// CHECK-LABEL: func.func private @inner
func.func private @inner(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = ingot.negate %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}
// CHECK-LABEL: func.func private @outer
func.func private @outer(%x: tensor<4xf32>, %y: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  // CHECK-NEXT: ingot.negate
  %0 = func.call @inner(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0, %y : tensor<4xf32>, tensor<4xf32>
}
// CHECK-LABEL: func.func @main(%arg0: tensor<4xf32>, %arg1: tensor<i1>)
func.func @main(%x: tensor<4xf32>, %pred: tensor<i1>) -> tensor<4xf32> {
  // CHECK: ingot.if
  // CHECK-NEXT: %[[A:.*]] = ingot.negate %arg0
  // CHECK-NEXT: ingot.add %[[A]], %arg0
  // CHECK-NOT: func.call
  %0 = ingot.if %pred : (tensor<i1>) -> tensor<4xf32> {
    %1:2 = func.call @outer(%x, %x) : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
    %2 = ingot.add %1#0, %1#1 : tensor<4xf32>
    ingot.return %2 : tensor<4xf32>
  } else {
    ingot.return %x : tensor<4xf32>
  }
  return %0 : tensor<4xf32>
}
