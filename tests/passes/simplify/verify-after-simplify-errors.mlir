// RUN: ingot-opt %s --verify-after-simplify --verify-diagnostics

func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error @below {{after simplify: 'ingot.copy' belongs to a later phase}}
  %0 = ingot.copy %x : tensor<2xf32>
  // expected-error @below {{after simplify: 'func.call' is no tensor op of a program}}
  %1 = func.call @other(%0) : (tensor<2xf32>) -> tensor<2xf32>
  return %1 : tensor<2xf32>
}
func.func private @other(%x: tensor<2xf32>) -> tensor<2xf32> {
  return %x : tensor<2xf32>
}
