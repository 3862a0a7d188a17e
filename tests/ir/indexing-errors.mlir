// Every labelled constraint of the indexing ops, broken once.
// RUN: ingot-opt %s -split-input-file -verify-diagnostics

func.func @gather_rank(%x: tensor<4x3xf32>, %i: tensor<2xi64>) {
  // expected-error @+1 {{'ingot.gather' op (C1) 1 window, 0 collapsed and 0 batch dims do not make up operand f32[4,3]}}
  %0 = ingot.gather %x, %i <window = [1], collapsed = [], batch = [] x [], map = [0], vector = 1> : (tensor<4x3xf32>, tensor<2xi64>) -> tensor<2x3xf32>
  return
}

// -----

func.func @gather_vector(%x: tensor<4x3xf32>, %i: tensor<2xi64>) {
  // expected-error @+1 {{'ingot.gather' op (C2) vector is 2, but the rank of start_indices is 1}}
  %0 = ingot.gather %x, %i <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 2> : (tensor<4x3xf32>, tensor<2xi64>) -> tensor<2x3xf32>
  return
}

// -----

func.func @gather_map(%x: tensor<4x3xf32>, %i: tensor<2xi64>) {
  // expected-error @+1 {{'ingot.gather' op (C3) map has 1 entries, but an index vector has 2 components}}
  %0 = ingot.gather %x, %i <window = [0], collapsed = [0], batch = [] x [], map = [0], vector = 0> : (tensor<4x3xf32>, tensor<2xi64>) -> tensor<3xf32>
  return
}

// -----

func.func @gather_window(%x: tensor<4x3xf32>, %i: tensor<2xi64>) {
  // expected-error @+1 {{'ingot.gather' op (C4) window dims [2] are not unique, ascending dims of result f32[2,3]}}
  %0 = ingot.gather %x, %i <window = [2], collapsed = [0], batch = [] x [], map = [0], vector = 1> : (tensor<4x3xf32>, tensor<2xi64>) -> tensor<2x3xf32>
  return
}

// -----

func.func @gather_collapsed(%x: tensor<4x3xf32>, %i: tensor<2xi64>) {
  // expected-error @+1 {{'ingot.gather' op (C5) collapsed dims [1, 0] and batch dims [] are not unique, ascending dims of operand f32[4,3]}}
  %0 = ingot.gather %x, %i <window = [], collapsed = [1, 0], batch = [] x [], map = [0], vector = 1> : (tensor<4x3xf32>, tensor<2xi64>) -> tensor<2xf32>
  return
}

// -----

func.func @gather_batch(%x: tensor<4x3xf32>, %i: tensor<4x1xi64>) {
  // expected-error @+1 {{'ingot.gather' op (C6) batch dims [1] of start_indices are not unique dims without vector, one for each of [0]}}
  %0 = ingot.gather %x, %i <window = [1], collapsed = [], batch = [0] x [1], map = [1], vector = 1> : (tensor<4x3xf32>, tensor<4x1xi64>) -> tensor<4x1xf32>
  return
}

// -----

module attributes {ingot.sizes = [#ingot.size<"batch", 1 to 64>]} {
func.func @gather_batch_dims(%x: tensor<?x3xf32, #ingot.dims<[s0, 3]>>, %i: tensor<4x1xi64>) {
  // expected-error @+1 {{'ingot.gather' op (C6) batch dim 0 of operand is batch, but dim 0 of start_indices is 4}}
  %0 = ingot.gather %x, %i <window = [1], collapsed = [], batch = [0] x [0], map = [1], vector = 1> : (tensor<?x3xf32, #ingot.dims<[s0, 3]>>, tensor<4x1xi64>) -> tensor<4x1xf32>
  return
}
}

// -----

func.func @gather_map_dims(%x: tensor<4x3xf32>, %i: tensor<2xi64>) {
  // expected-error @+1 {{'ingot.gather' op (C7) map [2] and batch dims [] are not unique dims of operand f32[4,3]}}
  %0 = ingot.gather %x, %i <window = [1], collapsed = [0], batch = [] x [], map = [2], vector = 1> : (tensor<4x3xf32>, tensor<2xi64>) -> tensor<2x3xf32>
  return
}

// -----

func.func @gather_outer(%x: tensor<4x3xf32>, %i: tensor<2xi64>) {
  // expected-error @+1 {{'ingot.gather' op (C8) result f32[2,3,1] has 2 dims outside the windows, but start_indices i64[2] gives 1}}
  %0 = ingot.gather %x, %i <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1> : (tensor<4x3xf32>, tensor<2xi64>) -> tensor<2x3x1xf32>
  return
}

// -----

func.func @gather_outer_dim(%x: tensor<4x3xf32>, %i: tensor<2xi64>) {
  // expected-error @+1 {{'ingot.gather' op (C8) dim 0 of result is 5, but dim 0 of start_indices is 2}}
  %0 = ingot.gather %x, %i <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1> : (tensor<4x3xf32>, tensor<2xi64>) -> tensor<5x3xf32>
  return
}

// -----

module attributes {ingot.sizes = [#ingot.size<"seq", 5 to 64>]} {
func.func @gather_large(%x: tensor<4x3xf32>, %i: tensor<2xi64>) {
  // expected-error @+1 {{'ingot.gather' op (C9) the window takes seq of dim 0, but operand is f32[4,3]}}
  %0 = ingot.gather %x, %i <window = [1, 2], collapsed = [], batch = [] x [], map = [0], vector = 1> : (tensor<4x3xf32>, tensor<2xi64>) -> tensor<2x?x3xf32, #ingot.dims<[2, s0, 3]>>
  return
}
}

// -----

func.func @gather_element(%x: tensor<4x3xf32>, %i: tensor<2xi64>) {
  // expected-error @+1 {{'ingot.gather' op (C10) the operand holds 'f32', but the result 'f16'}}
  %0 = ingot.gather %x, %i <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1> : (tensor<4x3xf32>, tensor<2xi64>) -> tensor<2x3xf16>
  return
}

// -----

func.func @gather_float_indices(%x: tensor<4x3xf32>, %i: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.gather' op operand #1 must be ranked tensor with known dims of}}
  %0 = ingot.gather %x, %i <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1> : (tensor<4x3xf32>, tensor<2xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @scatter_rank(%x: tensor<4x3xf32>, %i: tensor<2xi64>, %u: tensor<2x3xf32>) {
  // expected-error @+1 {{'ingot.scatter' op (C1) 1 window, 2 collapsed and 0 batch dims do not make up input f32[4,3]}}
  %0 = ingot.scatter (%x), %i, (%u) <window = [1], collapsed = [0, 1], batch = [] x [], map = [0], vector = 1> : (tensor<4x3xf32>, tensor<2xi64>, tensor<2x3xf32>) -> tensor<4x3xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    ingot.return %b : tensor<f32>
  }
  return
}

// -----

func.func @scatter_window(%x: tensor<4x3xf32>, %i: tensor<2xi64>, %u: tensor<2x4xf32>) {
  // expected-error @+1 {{'ingot.scatter' op (C9) the window takes 4 of dim 1, but input is f32[4,3]}}
  %0 = ingot.scatter (%x), %i, (%u) <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1> : (tensor<4x3xf32>, tensor<2xi64>, tensor<2x4xf32>) -> tensor<4x3xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    ingot.return %b : tensor<f32>
  }
  return
}

// -----

func.func @scatter_count(%x: tensor<4x3xf32>, %i: tensor<2xi64>, %u: tensor<2x3xf32>) {
  // expected-error @+1 {{'ingot.scatter' op (C10) there are 1 inputs, 2 updates and 1 results}}
  %0 = ingot.scatter (%x), %i, (%u, %u) <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1> : (tensor<4x3xf32>, tensor<2xi64>, tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<4x3xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    ingot.return %b : tensor<f32>
  }
  return
}

// -----

func.func @scatter_inputs(%x: tensor<4x3xf32>, %y: tensor<5x3xf32>, %i: tensor<2xi64>, %u: tensor<2x3xf32>) {
  // expected-error @+1 {{'ingot.scatter' op (C10) input 1 is f32[5,3], but input 0 is f32[4,3]}}
  %0:2 = ingot.scatter (%x, %y), %i, (%u, %u) <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1> : (tensor<4x3xf32>, tensor<5x3xf32>, tensor<2xi64>, tensor<2x3xf32>, tensor<2x3xf32>) -> (tensor<4x3xf32>, tensor<5x3xf32>) {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>, %c: tensor<f32>, %d: tensor<f32>):
    ingot.return %a, %b : tensor<f32>, tensor<f32>
  }
  return
}

// -----

func.func @scatter_element(%x: tensor<4x3xf32>, %i: tensor<2xi64>, %u: tensor<2x3xf16>) {
  // expected-error @+1 {{'ingot.scatter' op (C10) update 0 holds 'f16', but the input 'f32'}}
  %0 = ingot.scatter (%x), %i, (%u) <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1> : (tensor<4x3xf32>, tensor<2xi64>, tensor<2x3xf16>) -> tensor<4x3xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    ingot.return %b : tensor<f32>
  }
  return
}

// -----

func.func @scatter_result(%x: tensor<4x3xf32>, %i: tensor<2xi64>, %u: tensor<2x3xf32>) {
  // expected-error @+1 {{'ingot.scatter' op (C11) results are ('tensor<3x4xf32>'), but the inputs are ('tensor<4x3xf32>')}}
  %0 = ingot.scatter (%x), %i, (%u) <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1> : (tensor<4x3xf32>, tensor<2xi64>, tensor<2x3xf32>) -> tensor<3x4xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    ingot.return %b : tensor<f32>
  }
  return
}

// -----

func.func @scatter_body(%x: tensor<4x3xf32>, %i: tensor<2xi64>, %u: tensor<2x3xf32>) {
  // expected-error @+1 {{'ingot.scatter' op (C12) the body takes ('tensor<f32>'), but ('tensor<f32>', 'tensor<f32>') are needed}}
  %0 = ingot.scatter (%x), %i, (%u) <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1> : (tensor<4x3xf32>, tensor<2xi64>, tensor<2x3xf32>) -> tensor<4x3xf32> {
  ^bb0(%a: tensor<f32>):
    ingot.return %a : tensor<f32>
  }
  return
}

// -----

func.func @scatter_returns(%x: tensor<4x3xf32>, %i: tensor<2xi64>, %u: tensor<2x3xf32>) {
  // expected-error @+1 {{'ingot.scatter' op (C12) the body returns (), but ('tensor<f32>') are needed}}
  %0 = ingot.scatter (%x), %i, (%u) <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1> : (tensor<4x3xf32>, tensor<2xi64>, tensor<2x3xf32>) -> tensor<4x3xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
  }
  return
}

// -----

func.func @slice_starts(%x: tensor<4x3xf32>, %i: tensor<i64>) {
  // expected-error @+1 {{'ingot.dynamic_slice' op (C1) there are 1 starts for f32[4,3]}}
  %0 = ingot.dynamic_slice %x [%i] : (tensor<4x3xf32>, tensor<i64>) -> tensor<2x3xf32>
  return
}

// -----

func.func @slice_start_types(%x: tensor<4x3xf32>, %i: tensor<i64>, %j: tensor<i32>) {
  // expected-error @+1 {{'ingot.dynamic_slice' op (C1) starts are ('tensor<i64>', 'tensor<i32>'), but must be scalars of one type}}
  %0 = ingot.dynamic_slice %x [%i, %j] : (tensor<4x3xf32>, tensor<i64>, tensor<i32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @slice_rank(%x: tensor<4x3xf32>, %i: tensor<i64>) {
  // expected-error @+1 {{'ingot.dynamic_slice' op (C2) the operand is f32[4,3], but the result is f32[3]}}
  %0 = ingot.dynamic_slice %x [%i, %i] : (tensor<4x3xf32>, tensor<i64>, tensor<i64>) -> tensor<3xf32>
  return
}

// -----

func.func @slice_large(%x: tensor<4x3xf32>, %i: tensor<i64>) {
  // expected-error @+1 {{'ingot.dynamic_slice' op (C3) dim 0 of the result is 5, but the operand's is 4}}
  %0 = ingot.dynamic_slice %x [%i, %i] : (tensor<4x3xf32>, tensor<i64>, tensor<i64>) -> tensor<5x3xf32>
  return
}

// -----

func.func @update_starts(%x: tensor<4x3xf32>, %u: tensor<2x3xf32>, %i: tensor<1xi64>) {
  // expected-error @+1 {{'ingot.dynamic_update_slice' op (C1) starts are ('tensor<1xi64>', 'tensor<1xi64>'), but must be scalars of one type}}
  %0 = ingot.dynamic_update_slice %x, %u [%i, %i] : (tensor<4x3xf32>, tensor<2x3xf32>, tensor<1xi64>, tensor<1xi64>) -> tensor<4x3xf32>
  return
}

// -----

func.func @update_element(%x: tensor<4x3xf32>, %u: tensor<2x3xf16>, %i: tensor<i64>) {
  // expected-error @+1 {{'ingot.dynamic_update_slice' op (C2) the operand is f32[4,3], but the update is f16[2,3]}}
  %0 = ingot.dynamic_update_slice %x, %u [%i, %i] : (tensor<4x3xf32>, tensor<2x3xf16>, tensor<i64>, tensor<i64>) -> tensor<4x3xf32>
  return
}

// -----

module attributes {ingot.sizes = [#ingot.size<"seq", 5 to 64>]} {
func.func @update_large(%x: tensor<4x3xf32>, %u: tensor<?x3xf32, #ingot.dims<[s0, 3]>>, %i: tensor<i64>) {
  // expected-error @+1 {{'ingot.dynamic_update_slice' op (C3) dim 0 of the update is seq, but the operand's is 4}}
  %0 = ingot.dynamic_update_slice %x, %u [%i, %i] : (tensor<4x3xf32>, tensor<?x3xf32, #ingot.dims<[s0, 3]>>, tensor<i64>, tensor<i64>) -> tensor<4x3xf32>
  return
}
}

// -----

func.func @update_result(%x: tensor<4x3xf32>, %u: tensor<2x3xf32>, %i: tensor<i64>) {
  // expected-error @+1 {{'ingot.dynamic_update_slice' op failed to verify that all of {operand, result} have same type}}
  %0 = ingot.dynamic_update_slice %x, %u [%i, %i] : (tensor<4x3xf32>, tensor<2x3xf32>, tensor<i64>, tensor<i64>) -> tensor<2x3xf32>
  return
}
