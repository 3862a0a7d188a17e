// RUN: ingot-opt %s --verify-after-fuse --verify-diagnostics

func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{after fuse: 'ingot.negate' is outside every fusion}}
  %0 = ingot.negate %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}
