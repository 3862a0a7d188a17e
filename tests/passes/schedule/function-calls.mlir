// RUN: ingot-opt %s --canonicalize --verify-after-simplify --form-fusions --verify-after-fuse --outline-kernels --verify-after-outline --separate-results --order-commands --place-values --verify-after-schedule | FileCheck %s

// A call of a bound name is a command: what it reads is made by kernels before it, and what reads it is no part of them. One without a
// side effect that nothing reads is gone. A name that has a meaning is a call all the same where it is bound.
// CHECK-LABEL: func.func @main
// CHECK:         %[[A:.*]] = ingot.dispatch @{{.*}}(%{{.*}})
// CHECK:         %[[C:.*]]:2 = ingot.custom_call "acme.scale"(%[[A]]) {backend_config = "text", ingot.memory = [{arena = {{[0-9]+}} : i64}, {result = 1 : i64}]}
// CHECK:         %[[I:.*]] = ingot.dispatch
// CHECK:         ingot.custom_call "Sharding"(%[[I]])
// CHECK:         ingot.custom_call "acme.log"(%{{.*}}) {has_side_effect, ingot.memory = []}
// CHECK-NOT:     acme.scale
module attributes {ingot.calls = {"acme.log" = "log_it", "acme.scale" = "scale", Sharding = "shard"}} {
  func.func @main(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<i32>) attributes {ingot.entry} {
    %0 = ingot.add %x, %x : tensor<4xf32>
    %1:2 = ingot.custom_call "acme.scale" (%0) {backend_config = "text"} : (tensor<4xf32>) -> (tensor<4xf32>, tensor<i32>)
    %2 = ingot.multiply %1#0, %0 : tensor<4xf32>
    %3 = ingot.custom_call "Sharding" (%2) : (tensor<4xf32>) -> tensor<4xf32>
    ingot.custom_call "acme.log" (%3) {has_side_effect} : (tensor<4xf32>) -> ()
    %4:2 = ingot.custom_call "acme.scale" (%x) : (tensor<4xf32>) -> (tensor<4xf32>, tensor<i32>)
    return %3, %1#1 : tensor<4xf32>, tensor<i32>
  }
}
