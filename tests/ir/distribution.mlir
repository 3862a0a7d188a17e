// Ops of distributed programs print and parse back.
// RUN: ingot-opt %s | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @effects(%{{.*}}: tensor<2xf32>, %{{.*}}: !ingot.token) -> !ingot.token
func.func @effects(%x: tensor<2xf32>, %token: !ingot.token) -> !ingot.token {
  // CHECK: ingot.infeed %{{.*}} {infeed_config = "one"} : (!ingot.token) -> (tensor<2xf32>, !ingot.token)
  %0:2 = ingot.infeed %token {infeed_config = "one"} : (!ingot.token) -> (tensor<2xf32>, !ingot.token)
  // CHECK: ingot.outfeed(%{{.*}}, %{{.*}}), %{{.*}} : (tensor<2xf32>, tensor<2xf32>, !ingot.token) -> !ingot.token
  %1 = ingot.outfeed (%x, %0#0), %0#1 : (tensor<2xf32>, tensor<2xf32>, !ingot.token) -> !ingot.token
  // CHECK: ingot.send(%{{.*}}), %{{.*}} channel = 5 type = 1 pairs = dense<{{.*}}> : tensor<2x2xi64> : (tensor<2xf32>, !ingot.token) -> !ingot.token
  %2 = ingot.send (%x), %1 channel = 5 type = 1 pairs = dense<[[0, 1], [1, 0]]> : tensor<2x2xi64> : (tensor<2xf32>, !ingot.token) -> !ingot.token
  // CHECK: ingot.recv %{{.*}} channel = 5 type = 3 {is_host_transfer} : (!ingot.token) -> (tensor<2xf32>, !ingot.token)
  %3:2 = ingot.recv %2 channel = 5 type = 3 {is_host_transfer} : (!ingot.token) -> (tensor<2xf32>, !ingot.token)
  // CHECK: ingot.after_all(%{{.*}}, %{{.*}}) : (!ingot.token, !ingot.token) -> !ingot.token
  %4 = ingot.after_all (%2, %3#1) : (!ingot.token, !ingot.token) -> !ingot.token
  return %4 : !ingot.token
}

// CHECK-LABEL: func.func @collectives
func.func @collectives(%x: tensor<4x2xf32>, %roots: tensor<1xi32>) {
  // CHECK: ingot.replica_id
  %0 = ingot.replica_id
  // CHECK: ingot.partition_id
  %1 = ingot.partition_id
  // CHECK: ingot.all_gather(%{{.*}}) dim = 1 groups = dense<{{.*}}> : tensor<1x2xi64> {channel_id = 1 : i64, use_global_device_ids} : (tensor<4x2xf32>) -> tensor<4x4xf32>
  %2 = ingot.all_gather (%x) dim = 1 groups = dense<[[0, 1]]> : tensor<1x2xi64> {channel_id = 1 : i64, use_global_device_ids} : (tensor<4x2xf32>) -> tensor<4x4xf32>
  // CHECK: ingot.all_reduce(%{{.*}}) groups = dense<{{.*}}> : tensor<2x2xi64> : (tensor<4x2xf32>) -> tensor<4x2xf64> {
  %3 = ingot.all_reduce (%x) groups = dense<[[0, 1], [2, -1]]> : tensor<2x2xi64> : (tensor<4x2xf32>) -> tensor<4x2xf64> {
  ^bb0(%a: tensor<f64>, %b: tensor<f64>):
    %9 = ingot.add %a, %b : tensor<f64>
    ingot.return %9 : tensor<f64>
  }
  // CHECK: ingot.reduce_scatter %{{.*}} dim = 0 groups = dense<{{.*}}> : tensor<1x2xi64> : (tensor<4x2xf32>) -> tensor<2x2xf32> {
  %4 = ingot.reduce_scatter %x dim = 0 groups = dense<[[0, 1]]> : tensor<1x2xi64> : (tensor<4x2xf32>) -> tensor<2x2xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %9 = ingot.add %a, %b : tensor<f32>
    ingot.return %9 : tensor<f32>
  }
  // CHECK: ingot.all_to_all(%{{.*}}) split = 0 concat = 1 count = 2 groups = dense<{{.*}}> : tensor<1x2xi64> : (tensor<4x2xf32>) -> tensor<2x4xf32>
  %5 = ingot.all_to_all (%x) split = 0 concat = 1 count = 2 groups = dense<[[0, 1]]> : tensor<1x2xi64> : (tensor<4x2xf32>) -> tensor<2x4xf32>
  // CHECK: ingot.collective_broadcast(%{{.*}}, %{{.*}}) groups = dense<{{.*}}> : tensor<1x2xi64> {has_dynamic_root} : (tensor<4x2xf32>, tensor<1xi32>) -> tensor<4x2xf32>
  %6 = ingot.collective_broadcast (%x, %roots) groups = dense<[[2, 1]]> : tensor<1x2xi64> {has_dynamic_root} : (tensor<4x2xf32>, tensor<1xi32>) -> tensor<4x2xf32>
  // CHECK: ingot.collective_permute %{{.*}} pairs = dense<{{.*}}> : tensor<2x2xi64> : (tensor<4x2xf32>) -> tensor<4x2xf32>
  %7 = ingot.collective_permute %x pairs = dense<[[0, 1], [1, 2]]> : tensor<2x2xi64> : (tensor<4x2xf32>) -> tensor<4x2xf32>
  return
}

// Tokens go through control flow and barriers.
// CHECK-LABEL: func.func @carried
func.func @carried(%x: tensor<2xf32>, %token: !ingot.token, %pred: tensor<i1>) -> (tensor<2xf32>, !ingot.token) {
  // CHECK: ingot.optimization_barrier(%{{.*}}, %{{.*}}) : (tensor<2xf32>, !ingot.token) -> (tensor<2xf32>, !ingot.token)
  %0:2 = ingot.optimization_barrier (%x, %token) : (tensor<2xf32>, !ingot.token) -> (tensor<2xf32>, !ingot.token)
  // CHECK: ingot.if %{{.*}} : (tensor<i1>) -> (tensor<2xf32>, !ingot.token) {
  %1:2 = ingot.if %pred : (tensor<i1>) -> (tensor<2xf32>, !ingot.token) {
    %2 = ingot.outfeed (%0#0), %0#1 : (tensor<2xf32>, !ingot.token) -> !ingot.token
    ingot.return %0#0, %2 : tensor<2xf32>, !ingot.token
  } else {
    ingot.return %x, %0#1 : tensor<2xf32>, !ingot.token
  }
  return %1#0, %1#1 : tensor<2xf32>, !ingot.token
}
