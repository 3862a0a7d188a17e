// RUN: ingot-opt %s --specialise-sizes=lists=n:2:8,m:3:5 | FileCheck %s
// RUN: not ingot-opt %s --specialise-sizes=lists=k:2:8 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: not ingot-opt %s --specialise-sizes=lists=n:8:2 2>&1 | FileCheck %s --check-prefix=ORDER
// RUN: not ingot-opt %s --specialise-sizes=lists=n:2:x 2>&1 | FileCheck %s --check-prefix=TEXT
// RUN: not ingot-opt %s --specialise-sizes=lists=past:2:4 2>&1 | FileCheck %s --check-prefix=LENGTH
// UNKNOWN: --dim k=2,8: the program has no size 'k'
// ORDER: --dim n=8,2: expected ascending sizes from 1 to 9
// TEXT: 'n:2:x' is no list of sizes
// LENGTH: --dim past=2,4: 'past' is the length of state 'h', which is one for all calls; give a range

// The module's sizes end where the lists do.
// CHECK: module attributes {ingot.sizes = [#ingot.size<"n", 1 to 8>, #ingot.size<"m", 1 to 5>, #ingot.size<"past", 0 to 4>]}
module attributes {ingot.sizes = [#ingot.size<"n", 1 to 9>, #ingot.size<"m", 1 to 5>, #ingot.size<"past", 0 to 4>]} {

// CHECK-LABEL: func.func @one(
// CHECK-SAME: ingot.sizes = [#ingot.size<"n", 1 to 2>, #ingot.size<"m", 1 to 5>, #ingot.size<"past", 0 to 4>], ingot.specialises = "one"
// CHECK: func.func @[[SECOND:one_[0-9]+]](
// CHECK-SAME: ingot.sizes = [#ingot.size<"n", 3 to 8>, #ingot.size<"m", 1 to 5>, #ingot.size<"past", 0 to 4>], ingot.specialises = "one"
func.func @one(%x: tensor<?xf32, #ingot.dims<[s0]>>) -> tensor<?xf32, #ingot.dims<[s0]>> attributes {ingot.entry} {
  %0 = ingot.negate %x : tensor<?xf32, #ingot.dims<[s0]>>
  return %0 : tensor<?xf32, #ingot.dims<[s0]>>
}

// Both lists: each pair of ranges.
// CHECK: func.func @two(
// CHECK-SAME: #ingot.size<"n", 1 to 2>, #ingot.size<"m", 1 to 3>
// CHECK: func.func @two_{{[0-9]+}}(
// CHECK-SAME: #ingot.size<"n", 1 to 2>, #ingot.size<"m", 4 to 5>
// CHECK: func.func @two_{{[0-9]+}}(
// CHECK-SAME: #ingot.size<"n", 3 to 8>, #ingot.size<"m", 1 to 3>
// CHECK: func.func @two_{{[0-9]+}}(
// CHECK-SAME: #ingot.size<"n", 3 to 8>, #ingot.size<"m", 4 to 5>
func.func @two(%x: tensor<?x?xf32, #ingot.dims<[s0, s1]>>) -> tensor<?x?xf32, #ingot.dims<[s0, s1]>> attributes {ingot.entry} {
  return %x : tensor<?x?xf32, #ingot.dims<[s0, s1]>>
}

// What mentions neither stays, and so does what is no entry point.
// CHECK: func.func @three(
// CHECK-NOT: ingot.specialises
// CHECK: func.func private @inner(
// CHECK-NOT: func.func
func.func @three(%x: tensor<f32>, %h: tensor<?xf32, #ingot.dims<[s2]>> {ingot.name = "h", ingot.state = 0 : i64})
    -> tensor<?xf32, #ingot.dims<[s2 + 1]>> attributes {ingot.entry} {
  %0 = ingot.reshape %x : (tensor<f32>) -> tensor<1xf32>
  %1 = ingot.concatenate %h, %0 dim = 0 : (tensor<?xf32, #ingot.dims<[s2]>>, tensor<1xf32>) -> tensor<?xf32, #ingot.dims<[s2 + 1]>>
  return %1 : tensor<?xf32, #ingot.dims<[s2 + 1]>>
}
func.func private @inner(%x: tensor<?xf32, #ingot.dims<[s0]>>) -> tensor<?xf32, #ingot.dims<[s0]>> {
  return %x : tensor<?xf32, #ingot.dims<[s0]>>
}
}
