// RUN: ingot-opt %s --one-process -split-input-file -verify-diagnostics

func.func @gathers(%x: tensor<4xf32>) -> tensor<8xf32> {
  // expected-error @below {{'ingot.all_gather' needs more than the one process that a compiled program is: it names 1 of 1 replicas}}
  %0 = ingot.all_gather (%x) dim = 0 groups = dense<[[0, 1]]> : tensor<1x2xi64> : (tensor<4xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

func.func @gathers_all(%x: tensor<4xf32>) -> tensor<8xf32> {
  // expected-error @below {{'ingot.all_gather' gives f32[8] of f32[4], which needs more than the one process that a compiled program is}}
  %0 = ingot.all_gather (%x) dim = 0 groups = dense<> : tensor<0x0xi64> : (tensor<4xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

// All that are refused are told at once.
func.func @feeds(%token: !ingot.token) -> tensor<4xf32> {
  // expected-error @below {{'ingot.infeed' exchanges tensors with a host or another process, which a compiled program has not}}
  %0:2 = ingot.infeed %token : (!ingot.token) -> (tensor<4xf32>, !ingot.token)
  // expected-error @below {{'ingot.outfeed' exchanges tensors with a host or another process, which a compiled program has not}}
  %1 = ingot.outfeed (%0#0), %0#1 : (tensor<4xf32>, !ingot.token) -> !ingot.token
  return %0#0 : tensor<4xf32>
}
