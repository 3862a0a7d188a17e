// RUN: ingot-opt %s --form-fusions | FileCheck %s

// No kernel is formed of ops on both sides of a binding; beside it ops are fused as ever.
// CHECK-LABEL: func.func @binding
// CHECK-DAG:     ingot.bind_size %arg1 size = 0
// CHECK-DAG:     %[[BEFORE:.*]] = ingot.fusion "sine_cosine"(%arg0)
// CHECK:         %[[AFTER:.*]] = ingot.fusion "exp_negate"(%[[BEFORE]])
// CHECK:           ingot.slice
// CHECK-NEXT:      ingot.exponential
// CHECK-NEXT:      ingot.negate
// CHECK:         return %[[AFTER]]
module attributes {ingot.sizes = [#ingot.size<"kept", 0 to 8 data>]} {
  func.func @binding(%x: tensor<8xf32>, %n: tensor<i64>) -> tensor<?xf32, #ingot.dims<[s0]>> {
    %0 = ingot.sine %x : tensor<8xf32>
    %1 = ingot.cosine %0 : tensor<8xf32>
    ingot.bind_size %n size = 0 : tensor<i64>
    %2 = ingot.slice %1 [0] to [-9223372036854775807] step [1] : (tensor<8xf32>) -> tensor<?xf32, #ingot.dims<[s0]>>
    %3 = ingot.exponential %2 : tensor<?xf32, #ingot.dims<[s0]>>
    %4 = ingot.negate %3 : tensor<?xf32, #ingot.dims<[s0]>>
    return %4 : tensor<?xf32, #ingot.dims<[s0]>>
  }
}
