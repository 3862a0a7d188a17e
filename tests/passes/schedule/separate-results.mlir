// RUN: ingot-opt %s --separate-results | FileCheck %s

ingot.weight @w = <"w" : tensor<4xf32>> [] : tensor<4xf32>
ingot.kernel @k {
^bb0(%a: tensor<4xf32>):
  %0 = ingot.negate %a : tensor<4xf32>
  ingot.return %0 : tensor<4xf32>
}
// CHECK-LABEL: func.func @main
// CHECK-SAME:    (%[[X:.*]]: tensor<4xf32>)
// CHECK-DAG:     %[[W:.*]] = ingot.get_weight @w
// CHECK-DAG:     %[[K:.*]] = ingot.dispatch @k(%[[X]])
// CHECK-DAG:     %[[V:.*]] = ingot.reshape %[[K]]
// CHECK-DAG:     %[[CX:.*]] = ingot.copy %[[X]]
// CHECK-DAG:     %[[CW:.*]] = ingot.copy %[[W]]
// CHECK-DAG:     %[[CV:.*]] = ingot.copy %[[V]]
// CHECK:         return %[[CX]], %[[CW]], %[[K]], %[[CV]]
func.func @main(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<2x2xf32>) {
  %w = ingot.get_weight @w : tensor<4xf32>
  %0 = ingot.dispatch @k(%x) : (tensor<4xf32>) -> tensor<4xf32>
  %1 = ingot.reshape %0 : (tensor<4xf32>) -> tensor<2x2xf32>
  return %x, %w, %0, %1 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<2x2xf32>
}
