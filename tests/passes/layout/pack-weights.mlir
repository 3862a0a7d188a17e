// RUN: ingot-opt %s --pack-weights | FileCheck %s

// CHECK-DAG: ingot.weight @w = <"w" : tensor<8x128xf32>> [#ingot.pack<1, 64>] : tensor<2x8x64xf32>
// CHECK-DAG: ingot.weight @k = <"k" : tensor<3x3x8x20xf32>> [#ingot.pack<3, 8>] : tensor<3x3x3x8x8xf32>
// CHECK-DAG: ingot.weight @read = <"read" : tensor<8x128xf32>> [] : tensor<8x128xf32>
// CHECK-DAG: ingot.weight @[[P:read_.*]] = <"read" : tensor<8x128xf32>> [#ingot.pack<1, 64>] {{.*}}: tensor<2x8x64xf32>
ingot.weight @w = <"w" : tensor<8x128xf32>> [] : tensor<8x128xf32>
ingot.weight @k = <"k" : tensor<3x3x8x20xf32>> [] : tensor<3x3x8x20xf32>
ingot.weight @read = <"read" : tensor<8x128xf32>> [] : tensor<8x128xf32>

// Two products share one packed form.
// CHECK-LABEL: func.func @dots
// CHECK:         %[[W:.*]] = ingot.get_weight @w : tensor<2x8x64xf32>
// CHECK:         %[[U:.*]] = ingot.unpack %[[W]] dim = 1 width = 64 : (tensor<2x8x64xf32>) -> tensor<8x128xf32>
// CHECK:         ingot.dot_general %{{.*}}, %[[U]]
// CHECK:         ingot.get_weight @w : tensor<2x8x64xf32>
func.func @dots(%x: tensor<4x8xf32>, %y: tensor<5x8xf32>) -> (tensor<4x128xf32>, tensor<5x128xf32>) {
  %w = ingot.get_weight @w : tensor<8x128xf32>
  %0 = ingot.dot_general %x, %w <batch = [] x [], contract = [1] x [0]> : (tensor<4x8xf32>, tensor<8x128xf32>) -> tensor<4x128xf32>
  %1 = ingot.dot_general %y, %w <batch = [] x [], contract = [1] x [0]> : (tensor<5x8xf32>, tensor<8x128xf32>) -> tensor<5x128xf32>
  return %0, %1 : tensor<4x128xf32>, tensor<5x128xf32>
}

// CHECK-LABEL: func.func @convolution
// CHECK:         ingot.unpack %{{.*}} dim = 3 width = 8 : (tensor<3x3x3x8x8xf32>) -> tensor<3x3x8x20xf32>
func.func @convolution(%x: tensor<1x8x8x8xf32>) -> tensor<1x6x6x20xf32> {
  %k = ingot.get_weight @k : tensor<3x3x8x20xf32>
  %0 = ingot.convolution %x, %k <[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]> stride = [1, 1] pad = [0, 0, 0, 0] lhs_dilate = [1, 1] rhs_dilate = [1, 1] : (tensor<1x8x8x8xf32>, tensor<3x3x8x20xf32>) -> tensor<1x6x6x20xf32>
  return %0 : tensor<1x6x6x20xf32>
}

// A reader that is no contraction keeps the plain weight.
// CHECK-LABEL: func.func @other_reader
// CHECK-DAG:     ingot.get_weight @[[P]] : tensor<2x8x64xf32>
// CHECK-DAG:     ingot.get_weight @read : tensor<8x128xf32>
func.func @other_reader(%x: tensor<4x8xf32>) -> (tensor<4x128xf32>, tensor<8x128xf32>) {
  %w = ingot.get_weight @read : tensor<8x128xf32>
  %0 = ingot.dot_general %x, %w <batch = [] x [], contract = [1] x [0]> : (tensor<4x8xf32>, tensor<8x128xf32>) -> tensor<4x128xf32>
  %1 = ingot.negate %w : tensor<8x128xf32>
  return %0, %1 : tensor<4x128xf32>, tensor<8x128xf32>
}
