// RUN: ingot-opt %s --split-input-file --grow-states | FileCheck %s

// What a call adds is written behind what is there; readers of the present, and of the past from then on, read the state.
// CHECK-LABEL: func.func @append
// CHECK-SAME:    (%[[S:.*]]: tensor<2x8x4xf32> {ingot.grows = {axis = 1 : i64, next = affine_map<()[s0, s1] -> (s0 + s1)>, size = 0 : i64}, ingot.state = 0 : i64}, %[[NEW:.*]]: tensor<2x?x4xf32,
// CHECK-NOT:     ingot.concatenate
// CHECK-DAG:     %[[ZERO:.*]] = ingot.constant dense<0> : tensor<i64>
// CHECK-DAG:     %[[AT:.*]] = ingot.size_of #{{.*}} : tensor<i64>
// CHECK:         %[[GROWN:.*]] = ingot.dynamic_update_slice %[[S]], %[[NEW]][%[[ZERO]], %[[AT]], %[[ZERO]]]
// CHECK:         %[[PRESENT:.*]] = ingot.slice %[[GROWN]] [0, 0, 0] to [-9223372036854775808, -9223372036854775807, -9223372036854775808] step [1, 1, 1]
// CHECK:         %[[ABS:.*]] = ingot.abs %[[PRESENT]]
// CHECK:         return %[[GROWN]], %[[ABS]]
module attributes {ingot.sizes = [#ingot.size<"past", 0 to 8>, #ingot.size<"n", 1 to 8>]} {
  func.func @append(%past: tensor<2x?x4xf32, #ingot.dims<[2, s0, 4]>> {ingot.state = 0}, %new: tensor<2x?x4xf32, #ingot.dims<[2, s1, 4]>>)
      -> (tensor<2x?x4xf32, #ingot.dims<[2, s0 + s1, 4]>>, tensor<2x?x4xf32, #ingot.dims<[2, s0 + s1, 4]>>) {
    %present = ingot.concatenate %past, %new dim = 1 : (tensor<2x?x4xf32, #ingot.dims<[2, s0, 4]>>, tensor<2x?x4xf32, #ingot.dims<[2, s1, 4]>>) -> tensor<2x?x4xf32, #ingot.dims<[2, s0 + s1, 4]>>
    %0 = ingot.abs %present : tensor<2x?x4xf32, #ingot.dims<[2, s0 + s1, 4]>>
    return %present, %0 : tensor<2x?x4xf32, #ingot.dims<[2, s0 + s1, 4]>>, tensor<2x?x4xf32, #ingot.dims<[2, s0 + s1, 4]>>
  }
}

// -----

// Another value than the past with something behind it is written whole.
// CHECK-LABEL: func.func @replace
// CHECK-SAME:    (%[[S:.*]]: tensor<8xf32>
// CHECK:         %[[PAST:.*]] = ingot.slice %[[S]] [0] to [-9223372036854775807] step [1]
// CHECK:         %[[PRESENT:.*]] = ingot.concatenate %{{.*}}, %[[PAST]] dim = 0
// CHECK:         ingot.dynamic_update_slice %[[S]], %[[PRESENT]][%{{.*}}]
module attributes {ingot.sizes = [#ingot.size<"past", 0 to 8>]} {
  func.func @replace(%past: tensor<?xf32, #ingot.dims<[s0]>> {ingot.state = 0}, %new: tensor<1xf32>) -> tensor<?xf32, #ingot.dims<[s0 + 1]>> {
    %present = ingot.concatenate %new, %past dim = 0 : (tensor<1xf32>, tensor<?xf32, #ingot.dims<[s0]>>) -> tensor<?xf32, #ingot.dims<[s0 + 1]>>
    return %present : tensor<?xf32, #ingot.dims<[s0 + 1]>>
  }
}

// -----

// Joined in another order of dims than the state's.
// CHECK-LABEL: func.func @transposed
// CHECK-SAME:    (%[[S:.*]]: tensor<8x4xf32>
// CHECK:         %[[NEW:.*]] = ingot.transpose %arg1 perm = [1, 0]
// CHECK:         %[[GROWN:.*]] = ingot.dynamic_update_slice %[[S]], %[[NEW]]
// CHECK:         %[[PRESENT:.*]] = ingot.slice %[[GROWN]]
// CHECK:         %[[JOINED:.*]] = ingot.transpose %[[PRESENT]] perm = [1, 0]
// CHECK:         %[[ABS:.*]] = ingot.abs %[[JOINED]]
// CHECK:         return %[[GROWN]], %[[ABS]]
module attributes {ingot.sizes = [#ingot.size<"past", 0 to 8>]} {
  func.func @transposed(%past: tensor<?x4xf32, #ingot.dims<[s0, 4]>> {ingot.state = 0}, %new: tensor<4x1xf32>) -> (tensor<?x4xf32, #ingot.dims<[s0 + 1, 4]>>, tensor<4x?xf32, #ingot.dims<[4, s0 + 1]>>) {
    %0 = ingot.transpose %past perm = [1, 0] : (tensor<?x4xf32, #ingot.dims<[s0, 4]>>) -> tensor<4x?xf32, #ingot.dims<[4, s0]>>
    %1 = ingot.concatenate %0, %new dim = 1 : (tensor<4x?xf32, #ingot.dims<[4, s0]>>, tensor<4x1xf32>) -> tensor<4x?xf32, #ingot.dims<[4, s0 + 1]>>
    %2 = ingot.transpose %1 perm = [1, 0] : (tensor<4x?xf32, #ingot.dims<[4, s0 + 1]>>) -> tensor<?x4xf32, #ingot.dims<[s0 + 1, 4]>>
    %3 = ingot.abs %1 : tensor<4x?xf32, #ingot.dims<[4, s0 + 1]>>
    return %2, %3 : tensor<?x4xf32, #ingot.dims<[s0 + 1, 4]>>, tensor<4x?xf32, #ingot.dims<[4, s0 + 1]>>
  }
}
