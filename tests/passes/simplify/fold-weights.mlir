// RUN: ingot-opt %s --fold-weights | FileCheck %s

// CHECK-DAG: ingot.weight @w = <"w" : tensor<4x6xf32>> [#ingot.permute<[1, 0]>, #ingot.shape<[2, 3, 4]>, #ingot.slice<[0, 1, 0] to [2, 3, 4]>, #ingot.to<f16>] : tensor<2x2x4xf16>
ingot.weight @w = <"w" : tensor<4x6xf32>> [] : tensor<4x6xf32>
// Its plain form has another reader, so the transposed one is a weight of its own, made once.
// CHECK-DAG: ingot.weight @shared = <"shared" : tensor<4x6xf32>> [] : tensor<4x6xf32>
// CHECK-DAG: ingot.weight @[[T:shared_.*]] = <"shared" : tensor<4x6xf32>> [#ingot.permute<[1, 0]>] {{.*}}: tensor<6x4xf32>
ingot.weight @shared = <"shared" : tensor<4x6xf32>> [] : tensor<4x6xf32>

// CHECK-LABEL: func.func @chain
// CHECK-NEXT:    %[[W:.*]] = ingot.get_weight @w : tensor<2x2x4xf16>
// CHECK-NEXT:    return %[[W]]
func.func @chain() -> tensor<2x2x4xf16> {
  %0 = ingot.get_weight @w : tensor<4x6xf32>
  %1 = ingot.transpose %0 perm = [1, 0] : (tensor<4x6xf32>) -> tensor<6x4xf32>
  %2 = ingot.reshape %1 : (tensor<6x4xf32>) -> tensor<2x3x4xf32>
  %3 = ingot.slice %2 [0, 1, 0] to [2, 3, 4] step [1, 1, 1] : (tensor<2x3x4xf32>) -> tensor<2x2x4xf32>
  %4 = ingot.convert %3 : (tensor<2x2x4xf32>) -> tensor<2x2x4xf16>
  return %4 : tensor<2x2x4xf16>
}

// CHECK-LABEL: func.func @shared_uses
// CHECK-DAG:     ingot.get_weight @shared : tensor<4x6xf32>
// CHECK-DAG:     ingot.get_weight @[[T]] : tensor<6x4xf32>
// CHECK-NOT:     ingot.transpose
func.func @shared_uses() -> (tensor<4x6xf32>, tensor<6x4xf32>, tensor<6x4xf32>) {
  %0 = ingot.get_weight @shared : tensor<4x6xf32>
  %1 = ingot.transpose %0 perm = [1, 0] : (tensor<4x6xf32>) -> tensor<6x4xf32>
  %2 = ingot.transpose %0 perm = [1, 0] : (tensor<4x6xf32>) -> tensor<6x4xf32>
  return %0, %1, %2 : tensor<4x6xf32>, tensor<6x4xf32>, tensor<6x4xf32>
}
