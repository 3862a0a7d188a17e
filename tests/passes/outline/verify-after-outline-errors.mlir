// RUN: ingot-opt %s --verify-after-outline --verify-diagnostics

func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error @below {{after outline: 'ingot.negate' in a program}}
  %0 = ingot.negate %x : tensor<2xf32>
  %1 = ingot.dispatch @k(%0) : (tensor<2xf32>) -> tensor<2xf32>
  return %1 : tensor<2xf32>
}
ingot.kernel @k {
^bb0(%a: tensor<2xf32>):
  // expected-error @below {{after outline: a constant with different elements in a kernel}}
  %c = ingot.constant dense<[1.0, 2.0]> : tensor<2xf32>
  // expected-error @below {{after outline: 'ingot.copy' in a kernel}}
  %0 = ingot.copy %c : tensor<2xf32>
  ingot.return %0 : tensor<2xf32>
}
