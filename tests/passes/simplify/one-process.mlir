// RUN: ingot-opt %s --one-process | FileCheck %s

// CHECK-LABEL: func.func @main(%arg0: tensor<4xf32>, %arg1: tensor<i1>) -> (tensor<4xf32>, tensor<ui32>)
func.func @main(%x: tensor<4xf32>, %token: !ingot.token, %pred: tensor<i1>) -> (tensor<4xf32>, !ingot.token, tensor<ui32>) {
  // CHECK-NOT: ingot.after_all
  %0 = ingot.after_all (%token, %token) : (!ingot.token, !ingot.token) -> !ingot.token
  // CHECK: %[[BARRIER:.*]] = ingot.optimization_barrier(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
  %1:2 = ingot.optimization_barrier (%0, %x) : (!ingot.token, tensor<4xf32>) -> (!ingot.token, tensor<4xf32>)
  // CHECK: ingot.while(%[[BARRIER]]) : (tensor<4xf32>) -> tensor<4xf32> cond {
  // CHECK-NEXT: ^bb0(%{{.*}}: tensor<4xf32>):
  %2:2 = ingot.while (%1#0, %1#1) : (!ingot.token, tensor<4xf32>) -> (!ingot.token, tensor<4xf32>) cond {
  ^bb0(%t: !ingot.token, %v: tensor<4xf32>):
    ingot.return %pred : tensor<i1>
  } do {
  ^bb0(%t: !ingot.token, %v: tensor<4xf32>):
    %3 = ingot.after_all (%t) : (!ingot.token) -> !ingot.token
    // CHECK: ingot.slice
    // CHECK-NEXT: ingot.concatenate
    %4 = ingot.async_start (%v) : (tensor<4xf32>) -> !ingot.future<tensor<2xf32>> {
    ^bb0(%a: tensor<4xf32>):
      %5 = ingot.slice %a [0] to [2] step [1] : (tensor<4xf32>) -> tensor<2xf32>
      ingot.return %5 : tensor<2xf32>
    }
    %6 = ingot.async_done %4 : (!ingot.future<tensor<2xf32>>) -> tensor<2xf32>
    %7 = ingot.all_to_all (%6) split = 0 concat = 0 count = 1 groups = dense<0> : tensor<1x1xi64> : (tensor<2xf32>) -> tensor<2xf32>
    %8 = ingot.concatenate %7, %6 dim = 0 : (tensor<2xf32>, tensor<2xf32>) -> tensor<4xf32>
    // CHECK-NEXT: ingot.return %{{.*}} : tensor<4xf32>
    ingot.return %3, %8 : !ingot.token, tensor<4xf32>
  }
  // CHECK: %[[ID:.*]] = ingot.constant dense<0> : tensor<ui32>
  %9 = ingot.partition_id
  // CHECK: return %{{.*}}, %[[ID]] : tensor<4xf32>, tensor<ui32>
  return %2#1, %2#0, %9 : tensor<4xf32>, !ingot.token, tensor<ui32>
}
