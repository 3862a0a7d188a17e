// RUN: ingot-opt %s --evaluate-vectors | FileCheck %s

// CHECK-LABEL: func.func @constants
// CHECK:         ingot.constant dense<[5.000000e-01, 2.500000e-01]> : tensor<2xf32>
// CHECK-NOT:     ingot.divide
func.func @constants() -> tensor<2xf32> {
  %0 = ingot.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %1 = ingot.constant dense<[2.0, 8.0]> : tensor<2xf32>
  %2 = ingot.divide %0, %1 : tensor<2xf32>
  return %2 : tensor<2xf32>
}

// The bytes of a weight in MLIR text are not in the store: it is left alone.
ingot.weight @w = <"absent" : tensor<2xf32>> [] : tensor<2xf32>
// CHECK-LABEL: func.func @absent
// CHECK:         ingot.negate
func.func @absent() -> tensor<2xf32> {
  %0 = ingot.get_weight @w : tensor<2xf32>
  %1 = ingot.negate %0 : tensor<2xf32>
  return %1 : tensor<2xf32>
}
