// RUN: ingot-opt %s --verify-after-layout --verify-diagnostics

ingot.weight @w = <"w" : tensor<8x128xf32>> [#ingot.pack<1, 64>] : tensor<2x8x64xf32>
func.func @main(%x: tensor<2x8x64xf32>) -> (tensor<8x128xf32>, tensor<8x128xf32>) {
  // expected-error @below {{after layout: unpack of what is no weight and made beside it}}
  %0 = ingot.unpack %x dim = 1 width = 64 : (tensor<2x8x64xf32>) -> tensor<8x128xf32>
  %w = ingot.get_weight @w : tensor<2x8x64xf32>
  // expected-error @below {{after layout: what is unpacked is read by 'ingot.negate'}}
  %1 = ingot.unpack %w dim = 1 width = 64 : (tensor<2x8x64xf32>) -> tensor<8x128xf32>
  %2 = ingot.negate %1 : tensor<8x128xf32>
  return %0, %2 : tensor<8x128xf32>, tensor<8x128xf32>
}
