// Every labelled constraint of the ops with branches and loops, broken once.
// RUN: ingot-opt %s -split-input-file -verify-diagnostics

func.func @if_pred(%p: tensor<1xi1>) {
  // expected-error @+1 {{'ingot.if' op (C1) pred is i1[1], but must be a scalar}}
  ingot.if %p : (tensor<1xi1>) -> () {
  } else {
  }
  return
}

// -----

func.func @if_pred_type(%p: tensor<i8>) {
  // expected-error @+1 {{'ingot.if' op operand #0 must be ranked tensor with known dims of 1-bit signless integer values}}
  ingot.if %p : (tensor<i8>) -> () {
  } else {
  }
  return
}

// -----

func.func @if_arguments(%p: tensor<i1>) {
  // expected-error @+1 {{'ingot.if' op (C2) branch 1 takes ('tensor<f32>'), but must take nothing}}
  ingot.if %p : (tensor<i1>) -> () {
  } else {
  ^bb0(%x: tensor<f32>):
  }
  return
}

// -----

module attributes {ingot.sizes = [#ingot.size<"batch", 1 to 64>]} {
func.func @if_results(%p: tensor<i1>, %x: tensor<?xf32, #ingot.dims<[s0]>>, %y: tensor<?xf32, #ingot.dims<[s0 * 2]>>) {
  // expected-error @+1 {{'ingot.if' op (C3) branch 1 returns ('tensor<?xf32, #ingot.dims<[s0 * 2]>>'), but ('tensor<?xf32, #ingot.dims<[s0]>>') are needed}}
  %0 = ingot.if %p : (tensor<i1>) -> tensor<?xf32, #ingot.dims<[s0]>> {
    ingot.return %x : tensor<?xf32, #ingot.dims<[s0]>>
  } else {
    ingot.return %y : tensor<?xf32, #ingot.dims<[s0 * 2]>>
  }
  return
}
}

// -----

func.func @case_index(%i: tensor<1xi32>) {
  // expected-error @+1 {{'ingot.case' op (C1) index is i32[1], but must be a scalar}}
  ingot.case %i : (tensor<1xi32>) -> () {
  }
  return
}

// -----

func.func @case_none(%i: tensor<i32>) {
  // expected-error @+1 {{'ingot.case' op (C2) there is no branch}}
  "ingot.case"(%i) : (tensor<i32>) -> ()
  return
}

// -----

func.func @case_results(%i: tensor<i32>) {
  // expected-error @+1 {{'ingot.case' op (C3) branch 1 returns (), but ('tensor<i32>') are needed}}
  %0 = ingot.case %i : (tensor<i32>) -> tensor<i32> {
    ingot.return %i : tensor<i32>
  }, {
  }
  return
}

// -----

func.func @while_results(%x: tensor<i32>) {
  // expected-error @+1 {{'ingot.while' op (C1) results are ('tensor<i64>'), but operands are ('tensor<i32>')}}
  %0 = ingot.while (%x) : (tensor<i32>) -> tensor<i64> cond {
  ^bb0(%a: tensor<i32>):
  } do {
  ^bb0(%a: tensor<i32>):
  }
  return
}

// -----

func.func @while_arguments(%x: tensor<i32>) {
  // expected-error @+1 {{'ingot.while' op (C1) body takes (), but operands are ('tensor<i32>')}}
  %0 = ingot.while (%x) : (tensor<i32>) -> tensor<i32> cond {
  ^bb0(%a: tensor<i32>):
  } do {
  }
  return
}

// -----

func.func @while_cond(%x: tensor<i32>) {
  // expected-error @+1 {{'ingot.while' op (C2) cond returns ('tensor<i32>'), but ('tensor<i1>') are needed}}
  %0 = ingot.while (%x) : (tensor<i32>) -> tensor<i32> cond {
  ^bb0(%a: tensor<i32>):
    ingot.return %a : tensor<i32>
  } do {
  ^bb0(%a: tensor<i32>):
    ingot.return %a : tensor<i32>
  }
  return
}

// -----

module attributes {ingot.sizes = [#ingot.size<"batch", 1 to 64>]} {
func.func @while_body(%p: tensor<i1>, %x: tensor<?xf32, #ingot.dims<[s0]>>) {
  // expected-error @+1 {{'ingot.while' op (C3) body returns ('tensor<?xf32, #ingot.dims<[s0 * 2]>>'), but ('tensor<?xf32, #ingot.dims<[s0]>>') are needed}}
  %0 = ingot.while (%x) : (tensor<?xf32, #ingot.dims<[s0]>>) -> tensor<?xf32, #ingot.dims<[s0]>> cond {
  ^bb0(%a: tensor<?xf32, #ingot.dims<[s0]>>):
    ingot.return %p : tensor<i1>
  } do {
  ^bb0(%a: tensor<?xf32, #ingot.dims<[s0]>>):
    %1 = ingot.concatenate %a, %a dim = 0 : (tensor<?xf32, #ingot.dims<[s0]>>, tensor<?xf32, #ingot.dims<[s0]>>) -> tensor<?xf32, #ingot.dims<[s0 * 2]>>
    ingot.return %1 : tensor<?xf32, #ingot.dims<[s0 * 2]>>
  }
  return
}
}
