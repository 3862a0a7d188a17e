// RUN: ingot-opt %s --fold-weights | FileCheck %s

// CHECK-DAG: ingot.weight @w = <"w" : tensor<4x6xf32>> [#ingot.permute<[1, 0]>, #ingot.shape<[2, 3, 4]>, #ingot.slice<[0, 1, 0] to [2, 3, 4]>, #ingot.to<f16>] : tensor<2x2x4xf16>
ingot.weight @w = <"w" : tensor<4x6xf32>> [] : tensor<4x6xf32>
// Its plain form has another reader, so the transposed one is a weight of its own, made once.
// CHECK-DAG: ingot.weight @shared = <"shared" : tensor<4x6xf32>> [] : tensor<4x6xf32>
// CHECK-DAG: ingot.weight @[[T:shared_.*]] = <"shared" : tensor<4x6xf32>> [#ingot.permute<[1, 0]>] {{.*}}: tensor<6x4xf32>
ingot.weight @shared = <"shared" : tensor<4x6xf32>> [] : tensor<4x6xf32>

// CHECK-DAG: ingot.weight @taps = <"taps" : tensor<5x6xf32>> [#ingot.reverse<[0, 1]>, #ingot.slice<[1, 0] to [5, 6] step [2, 1]>] : tensor<2x6xf32>
ingot.weight @taps = <"taps" : tensor<5x6xf32>> [] : tensor<5x6xf32>

// Conversions to wider elements of what the artifact packs stay with who reads it, behind what moves elements; others are steps.
// CHECK-DAG: ingot.weight @bits = <"bits" : tensor<20x6xi4>> [] : tensor<20x6xi4>
// CHECK-DAG: ingot.weight @[[TURNED:bits_.*]] = <"bits" : tensor<20x6xi4>> [#ingot.permute<[1, 0]>, #ingot.shape<[60, 2]>] {{.*}}: tensor<60x2xi4>
// CHECK-DAG: ingot.weight @alone = <"alone" : tensor<80xui2>> [#ingot.slice<[5] to [75]>] : tensor<70xui2>
// CHECK-DAG: ingot.weight @same = <"same" : tensor<80xi4>> [#ingot.to<ui4>] : tensor<80xui4>
// CHECK-DAG: ingot.weight @few = <"few" : tensor<64xi4>> [#ingot.to<f32>] : tensor<64xf32>
ingot.weight @bits = <"bits" : tensor<20x6xi4>> [] : tensor<20x6xi4>
ingot.weight @alone = <"alone" : tensor<80xui2>> [] : tensor<80xui2>
ingot.weight @same = <"same" : tensor<80xi4>> [] : tensor<80xi4>
ingot.weight @few = <"few" : tensor<64xi4>> [] : tensor<64xi4>

// CHECK-LABEL: func.func @packed
// CHECK-DAG:     %[[PLAIN:.*]] = ingot.get_weight @bits : tensor<20x6xi4>
// CHECK-DAG:     %[[WIDE:.*]] = ingot.convert %[[PLAIN]] : (tensor<20x6xi4>) -> tensor<20x6xf32>
// CHECK-DAG:     %[[TNARROW:.*]] = ingot.get_weight @[[TURNED]] : tensor<60x2xi4>
// CHECK-DAG:     %[[TWIDE:.*]] = ingot.convert %[[TNARROW]] : (tensor<60x2xi4>) -> tensor<60x2xf32>
// CHECK-DAG:     %[[A:.*]] = ingot.get_weight @alone : tensor<70xui2>
// CHECK-DAG:     %[[AWIDE:.*]] = ingot.convert %[[A]] : (tensor<70xui2>) -> tensor<70xui4>
// CHECK-DAG:     %[[S:.*]] = ingot.get_weight @same : tensor<80xui4>
// CHECK-DAG:     %[[F:.*]] = ingot.get_weight @few : tensor<64xf32>
// CHECK:         return %[[WIDE]], %[[TWIDE]], %[[AWIDE]], %[[S]], %[[F]]
func.func @packed() -> (tensor<20x6xf32>, tensor<60x2xf32>, tensor<70xui4>, tensor<80xui4>, tensor<64xf32>) {
  %0 = ingot.get_weight @bits : tensor<20x6xi4>
  %1 = ingot.convert %0 : (tensor<20x6xi4>) -> tensor<20x6xf32>
  %2 = ingot.transpose %1 perm = [1, 0] : (tensor<20x6xf32>) -> tensor<6x20xf32>
  %3 = ingot.reshape %2 : (tensor<6x20xf32>) -> tensor<60x2xf32>
  %4 = ingot.get_weight @alone : tensor<80xui2>
  %5 = ingot.convert %4 : (tensor<80xui2>) -> tensor<80xui4>
  %6 = ingot.slice %5 [5] to [75] step [1] : (tensor<80xui4>) -> tensor<70xui4>
  %7 = ingot.get_weight @same : tensor<80xi4>
  %8 = ingot.convert %7 : (tensor<80xi4>) -> tensor<80xui4>
  %9 = ingot.get_weight @few : tensor<64xi4>
  %10 = ingot.convert %9 : (tensor<64xi4>) -> tensor<64xf32>
  return %1, %3, %6, %8, %10 : tensor<20x6xf32>, tensor<60x2xf32>, tensor<70xui4>, tensor<80xui4>, tensor<64xf32>
}

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

// CHECK-LABEL: func.func @taken
// CHECK-NEXT:    %[[TAPS:.*]] = ingot.get_weight @taps : tensor<2x6xf32>
// CHECK-NEXT:    return %[[TAPS]]
func.func @taken() -> tensor<2x6xf32> {
  %0 = ingot.get_weight @taps : tensor<5x6xf32>
  %1 = ingot.reverse %0 dims = [0, 1] : tensor<5x6xf32>
  %2 = ingot.slice %1 [1, 0] to [5, 6] step [2, 1] : (tensor<5x6xf32>) -> tensor<2x6xf32>
  return %2 : tensor<2x6xf32>
}
