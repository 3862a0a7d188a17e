// RUN: ingot-opt %s --inline-composites | FileCheck %s

// The inner composite is expanded inside the outer one's decomposition first.
// CHECK-LABEL: func.func @main
// CHECK-SAME:    (%[[X:.*]]: tensor<4xf32>)
// CHECK-NEXT:    %[[A:.*]] = ingot.negate %[[X]]
// CHECK-NEXT:    %[[B:.*]] = ingot.add %[[A]], %[[X]]
// CHECK-NEXT:    return %[[B]]
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = ingot.composite "outer"(%x) as @outer : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
func.func private @outer(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = ingot.composite "inner"(%x) as @inner : (tensor<4xf32>) -> tensor<4xf32>
  %1 = ingot.add %0, %x : tensor<4xf32>
  return %1 : tensor<4xf32>
}
func.func private @inner(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = ingot.negate %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}
