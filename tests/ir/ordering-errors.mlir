// Every labelled constraint of sort, top_k and scan, broken once.
// RUN: ingot-opt %s -split-input-file -verify-diagnostics

func.func @sort_results(%x: tensor<4xf32>) {
  // expected-error @+1 {{'ingot.sort' op (C1) inputs are ('tensor<4xf32>'), but results are ('tensor<4xf16>')}}
  %0 = ingot.sort (%x) dim = 0 : (tensor<4xf32>) -> tensor<4xf16> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
  }
  return
}

// -----

func.func @sort_inputs(%x: tensor<4xf32>, %y: tensor<5xf32>) {
  // expected-error @+1 {{'ingot.sort' op (C1) input 1 is f32[5], but input 0 is f32[4]}}
  %0:2 = ingot.sort (%x, %y) dim = 0 : (tensor<4xf32>, tensor<5xf32>) -> (tensor<4xf32>, tensor<5xf32>) {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>, %c: tensor<f32>, %d: tensor<f32>):
  }
  return
}

// -----

func.func @sort_dimension(%x: tensor<4xf32>) {
  // expected-error @+1 {{'ingot.sort' op (C2) dimension is 1, but the rank is 1}}
  %0 = ingot.sort (%x) dim = 1 : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
  }
  return
}

// -----

func.func @sort_arguments(%x: tensor<4xf32>, %y: tensor<4xi32>) {
  // expected-error @+1 {{'ingot.sort' op (C3) the comparator takes ('tensor<f32>', 'tensor<i32>', 'tensor<f32>', 'tensor<i32>'), but ('tensor<f32>', 'tensor<f32>', 'tensor<i32>', 'tensor<i32>') are needed}}
  %0:2 = ingot.sort (%x, %y) dim = 0 : (tensor<4xf32>, tensor<4xi32>) -> (tensor<4xf32>, tensor<4xi32>) {
  ^bb0(%a: tensor<f32>, %b: tensor<i32>, %c: tensor<f32>, %d: tensor<i32>):
  }
  return
}

// -----

func.func @sort_returns(%x: tensor<4xf32>) {
  // expected-error @+1 {{'ingot.sort' op (C3) the comparator returns ('tensor<f32>'), but ('tensor<i1>') are needed}}
  %0 = ingot.sort (%x) dim = 0 : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    ingot.return %a : tensor<f32>
  }
  return
}

// -----

func.func @top_k_scalar(%x: tensor<f32>) {
  // expected-error @+1 {{'ingot.top_k' op (C1) the operand is a scalar}}
  %0, %1 = ingot.top_k %x : (tensor<f32>) -> (tensor<f32>, tensor<i32>)
  return
}

// -----

func.func @top_k_element(%x: tensor<4xf32>) {
  // expected-error @+1 {{'ingot.top_k' op (C2) the values hold 'f16', but the operand 'f32'}}
  %0, %1 = ingot.top_k %x : (tensor<4xf32>) -> (tensor<2xf16>, tensor<2xi32>)
  return
}

// -----

func.func @top_k_dims(%x: tensor<3x4xf32>) {
  // expected-error @+1 {{'ingot.top_k' op (C3) the operand is f32[3,4], but the values are f32[3,2] and the indices i32[3,1]}}
  %0, %1 = ingot.top_k %x : (tensor<3x4xf32>) -> (tensor<3x2xf32>, tensor<3x1xi32>)
  return
}

// -----

func.func @top_k_rows(%x: tensor<3x4xf32>) {
  // expected-error @+1 {{'ingot.top_k' op (C3) the operand is f32[3,4], but the values are f32[2,2] and the indices i32[2,2]}}
  %0, %1 = ingot.top_k %x : (tensor<3x4xf32>) -> (tensor<2x2xf32>, tensor<2x2xi32>)
  return
}

// -----

func.func @top_k_large(%x: tensor<4xf32>) {
  // expected-error @+1 {{'ingot.top_k' op (C4) k is 5, but the operand's last dim is 4}}
  %0, %1 = ingot.top_k %x : (tensor<4xf32>) -> (tensor<5xf32>, tensor<5xi32>)
  return
}

// -----

func.func @top_k_indices(%x: tensor<4xf32>) {
  // expected-error @+1 {{'ingot.top_k' op result #1 must be ranked tensor with known dims of 32-bit signless integer values}}
  %0, %1 = ingot.top_k %x : (tensor<4xf32>) -> (tensor<2xf32>, tensor<2xi64>)
  return
}

// -----

func.func @scan_results(%x: tensor<4xf32>, %z: tensor<f32>) {
  // expected-error @+1 {{'ingot.scan' op (C1) inputs are ('tensor<4xf32>'), but results are ('tensor<3xf32>')}}
  %0 = ingot.scan (%x init %z) dim = 0 : (tensor<4xf32>, tensor<f32>) -> tensor<3xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    ingot.return %a : tensor<f32>
  }
  return
}

// -----

func.func @scan_dimension(%x: tensor<4xf32>, %z: tensor<f32>) {
  // expected-error @+1 {{'ingot.scan' op (C2) dimension is -1, but the rank is 1}}
  %0 = ingot.scan (%x init %z) dim = -1 : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    ingot.return %a : tensor<f32>
  }
  return
}

// -----

func.func @scan_inits(%x: tensor<4xf32>, %z: tensor<f32>) {
  // expected-error @+1 {{'ingot.scan' op (C3) there are 2 inputs and 1 init values}}
  %0:2 = ingot.scan (%x, %x init %z) dim = 0 : (tensor<4xf32>, tensor<4xf32>, tensor<f32>) -> (tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    ingot.return %a : tensor<f32>
  }
  return
}

// -----

func.func @scan_body(%x: tensor<4xf32>, %z: tensor<f32>) {
  // expected-error @+1 {{'ingot.scan' op (C3) the body returns (), but the accumulators are ('tensor<f32>')}}
  %0 = ingot.scan (%x init %z) dim = 0 : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
  }
  return
}
