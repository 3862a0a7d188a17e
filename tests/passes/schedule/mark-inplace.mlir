// RUN: ingot-opt %s --mark-inplace | FileCheck %s

ingot.kernel @make {
^bb0(%a: tensor<4x4xf32>):
  %0 = ingot.transpose %a perm = [1, 0] : (tensor<4x4xf32>) -> tensor<4x4xf32>
  ingot.return %0 : tensor<4x4xf32>
}
ingot.kernel @pointwise {
^bb0(%a: tensor<4x4xf32>, %b: tensor<4x4xf32>):
  %t = ingot.transpose %a perm = [1, 0] : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %0 = ingot.add %t, %b : tensor<4x4xf32>
  ingot.return %0 : tensor<4x4xf32>
}
ingot.kernel @two {
^bb0(%a: tensor<4x4xf32>):
  %0 = ingot.negate %a : tensor<4x4xf32>
  %1 = ingot.abs %a : tensor<4x4xf32>
  ingot.return %0, %1 : tensor<4x4xf32>, tensor<4x4xf32>
}
ingot.kernel @product {
^bb0(%a: tensor<4x4xf32>, %b: tensor<4x4xf32>):
  %0 = ingot.dot_general %a, %a <batch = [] x [], contract = [1] x [0]> : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = ingot.add %0, %b : tensor<4x4xf32>
  ingot.return %1 : tensor<4x4xf32>
}

// Only the operand read at the index that is written may be overwritten: not the transposed one.
// CHECK-LABEL: func.func @dying
// CHECK:         ingot.dispatch @pointwise(%{{.*}}, %{{.*}}) inplace [1]
func.func @dying(%x: tensor<4x4xf32>, %y: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = ingot.dispatch @make(%x) : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = ingot.dispatch @make(%y) : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %2 = ingot.dispatch @pointwise(%0, %1) : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return %2 : tensor<4x4xf32>
}
// CHECK-LABEL: func.func @read_later
// CHECK-NOT:     inplace
func.func @read_later(%x: tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<4x4xf32>) {
  %0 = ingot.dispatch @make(%x) : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = ingot.dispatch @pointwise(%x, %0) : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0, %1 : tensor<4x4xf32>, tensor<4x4xf32>
}
// An argument is the caller's.
// CHECK-LABEL: func.func @argument
// CHECK-NOT:     inplace
func.func @argument(%x: tensor<4x4xf32>, %y: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = ingot.dispatch @pointwise(%y, %x) : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}
// The same value is also read transposed.
// CHECK-LABEL: func.func @twice
// CHECK-NOT:     inplace
func.func @twice(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = ingot.dispatch @make(%x) : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = ingot.dispatch @pointwise(%0, %0) : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return %1 : tensor<4x4xf32>
}
// The other result still needs the operand.
// CHECK-LABEL: func.func @two_results
// CHECK-NOT:     inplace
func.func @two_results(%x: tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<4x4xf32>) {
  %0 = ingot.dispatch @make(%x) : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %1:2 = ingot.dispatch @two(%0) : (tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<4x4xf32>)
  return %1#0, %1#1 : tensor<4x4xf32>, tensor<4x4xf32>
}
// A contraction may write partial sums to its result.
// CHECK-LABEL: func.func @contraction
// CHECK-NOT:     inplace
func.func @contraction(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = ingot.dispatch @make(%x) : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = ingot.dispatch @product(%x, %0) : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return %1 : tensor<4x4xf32>
}
