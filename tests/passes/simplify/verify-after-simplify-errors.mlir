// RUN: ingot-opt %s --verify-after-simplify --verify-diagnostics

func.func @main(%x: tensor<2xf32>, %low: tensor<1xi64>) -> tensor<2xf32> {
  // expected-error @below {{after simplify: 'ingot.copy' belongs to a later phase}}
  %0 = ingot.copy %x : tensor<2xf32>
  // expected-error @below {{after simplify: 'func.call' is no tensor op of a program}}
  %1 = func.call @other(%0) : (tensor<2xf32>) -> tensor<2xf32>
  // expected-error @below {{after simplify: the custom call 'foo' is not known}}
  %2 = ingot.custom_call "foo" (%1) : (tensor<2xf32>) -> tensor<2xf32>
  %value = ingot.constant dense<0.0> : tensor<f32>
  // expected-error @below {{after simplify: 'ingot.dynamic_pad' needs of its operands what is known only when the program runs}}
  %3 = ingot.dynamic_pad %2, %value low = %low high = %low interior = %low : (tensor<2xf32>, tensor<f32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<4xf32>
  // expected-error @below {{after simplify: the body of 'ingot.reduce' holds 'ingot.broadcast_in_dim', which is no arithmetic on scalars}}
  %4 = ingot.reduce (%2 init %value) dims = [0] : (tensor<2xf32>, tensor<f32>) -> tensor<f32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %5 = ingot.broadcast_in_dim %b dims = [] : (tensor<f32>) -> tensor<3xf32>
    ingot.return %a : tensor<f32>
  }
  return %1 : tensor<2xf32>
}
func.func private @other(%x: tensor<2xf32>) -> tensor<2xf32> {
  return %x : tensor<2xf32>
}
