// RUN: ingot-opt %s --fold-scales --evaluate-vectors --fold-scales | FileCheck %s
// RUN: sed 's/"fast"/"strict"/' %s | ingot-opt --fold-scales | FileCheck %s --check-prefix=STRICT

module attributes {ingot.numerics = "fast"} {
// CHECK-DAG: ingot.weight @k = <"k" : tensor<4x3x3x3xf32>> [#ingot.scale<0, "s">] : tensor<4x3x3x3xf32>
// CHECK-DAG: ingot.weight @m = <"m" : tensor<3x4xf32>> [#ingot.scale<1, "scale{{.*}}">] : tensor<3x4xf32>
ingot.weight @k = <"k" : tensor<4x3x3x3xf32>> [] : tensor<4x3x3x3xf32>
ingot.weight @m = <"m" : tensor<3x4xf32>> [] : tensor<3x4xf32>
ingot.weight @s = <"s" : tensor<4xf32>> [] : tensor<4xf32>

// CHECK-LABEL: func.func @convolution
// CHECK-NOT:     ingot.multiply
// CHECK:         ingot.convolution
// CHECK-NOT:     ingot.multiply
// CHECK:         return
// STRICT-LABEL: func.func @convolution
// STRICT:         ingot.multiply
func.func @convolution(%x: tensor<1x3x8x8xf32>) -> tensor<1x4x6x6xf32> {
  %k = ingot.get_weight @k : tensor<4x3x3x3xf32>
  %s = ingot.get_weight @s : tensor<4xf32>
  %0 = ingot.convolution %x, %k <[b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1]> stride = [1, 1] pad = [0, 0, 0, 0] lhs_dilate = [1, 1] rhs_dilate = [1, 1] : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x6x6xf32>
  %1 = ingot.broadcast_in_dim %s dims = [1] : (tensor<4xf32>) -> tensor<1x4x6x6xf32>
  %2 = ingot.multiply %0, %1 : tensor<1x4x6x6xf32>
  return %2 : tensor<1x4x6x6xf32>
}

// ((x . m + b) - c) / d is x . (m / d) + (b - c) / d.
// CHECK-LABEL: func.func @normalised
// CHECK-DAG:     %[[B:.*]] = ingot.constant dense<{{\[\[}}-0.000000e+00, 5.000000e-01, 5.000000e-01, -0.000000e+00], {{.*}}> : tensor<2x4xf32>
// CHECK-DAG:     %[[D:.*]] = ingot.dot_general
// CHECK:         %[[R:.*]] = ingot.add %[[D]], %[[B]]
// CHECK:         return %[[R]]
func.func @normalised(%x: tensor<2x3xf32>) -> tensor<2x4xf32> {
  %m = ingot.get_weight @m : tensor<3x4xf32>
  %b = ingot.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %c = ingot.constant dense<[1.0, 1.0, 1.0, 4.0]> : tensor<4xf32>
  %d = ingot.constant dense<[-2.0, 2.0, 4.0, -8.0]> : tensor<4xf32>
  %0 = ingot.dot_general %x, %m <batch = [] x [], contract = [1] x [0]> : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  %bb = ingot.broadcast_in_dim %b dims = [1] : (tensor<4xf32>) -> tensor<2x4xf32>
  %cc = ingot.broadcast_in_dim %c dims = [1] : (tensor<4xf32>) -> tensor<2x4xf32>
  %dd = ingot.broadcast_in_dim %d dims = [1] : (tensor<4xf32>) -> tensor<2x4xf32>
  %1 = ingot.add %0, %bb : tensor<2x4xf32>
  %2 = ingot.subtract %1, %cc : tensor<2x4xf32>
  %3 = ingot.divide %2, %dd : tensor<2x4xf32>
  return %3 : tensor<2x4xf32>
}

// The product has another reader, who wants it unscaled.
// CHECK-LABEL: func.func @other_reader
// CHECK:         ingot.multiply
func.func @other_reader(%x: tensor<2x3xf32>, %w: tensor<3x4xf32>) -> (tensor<2x4xf32>, tensor<2x4xf32>) {
  %m = ingot.get_weight @m2 : tensor<3x4xf32>
  %d = ingot.constant dense<[-2.0, 2.0, 4.0, -8.0]> : tensor<4xf32>
  %0 = ingot.dot_general %x, %m <batch = [] x [], contract = [1] x [0]> : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  %1 = ingot.broadcast_in_dim %d dims = [1] : (tensor<4xf32>) -> tensor<2x4xf32>
  %2 = ingot.multiply %0, %1 : tensor<2x4xf32>
  return %0, %2 : tensor<2x4xf32>, tensor<2x4xf32>
}
ingot.weight @m2 = <"m2" : tensor<3x4xf32>> [] : tensor<3x4xf32>
}
