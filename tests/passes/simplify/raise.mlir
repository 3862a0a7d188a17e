// RUN: ingot-opt %s --raise | FileCheck %s
// RUN: ingot-opt %s --raise --inline-composites --drop-dead-symbols --mlir-print-debuginfo | FileCheck %s --check-prefix=INLINED
// Tables of spellings are in tests/e2e/raise_test.py.

module attributes {ingot.sizes = [#ingot.size<"n", 1 to 64>]} {

// Rows of a length that is a size; both are made of equal ops, so of one function.
// CHECK-LABEL: func.func @softmax
// CHECK-NEXT:    %[[A:.*]] = ingot.composite "softmax"(%arg0) as @softmax_0 {composite_attributes = {axes = array<i64: 1>}}
// CHECK-NEXT:    %[[B:.*]] = ingot.composite "softmax"(%[[A]]) as @softmax_0 {composite_attributes = {axes = array<i64: 1>}}
// CHECK-NEXT:    return %[[B]]
// INLINED-LABEL: func.func @softmax
// INLINED-NOT:     composite
// INLINED:         ingot.exponential {{.*}} loc(#[[FIRST:loc[0-9]*]])
// INLINED:         ingot.exponential {{.*}} loc(#[[SECOND:loc[0-9]*]])
func.func @softmax(%x: tensor<4x?xf32, #ingot.dims<[4, s0]>>) -> tensor<4x?xf32, #ingot.dims<[4, s0]>> {
  %zero = ingot.constant dense<0.0> : tensor<f32>
  %0 = ingot.exponential %x : tensor<4x?xf32, #ingot.dims<[4, s0]>> loc("power")
  %1 = ingot.reduce (%0 init %zero) dims = [1] : (tensor<4x?xf32, #ingot.dims<[4, s0]>>, tensor<f32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %s = ingot.add %a, %b : tensor<f32>
    ingot.return %s : tensor<f32>
  }
  %2 = ingot.broadcast_in_dim %1 dims = [0] : (tensor<4xf32>) -> tensor<4x?xf32, #ingot.dims<[4, s0]>>
  %3 = ingot.divide %0, %2 : tensor<4x?xf32, #ingot.dims<[4, s0]>>
  %4 = ingot.exponential %3 : tensor<4x?xf32, #ingot.dims<[4, s0]>> loc("another")
  %5 = ingot.reduce (%4 init %zero) dims = [1] : (tensor<4x?xf32, #ingot.dims<[4, s0]>>, tensor<f32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %s = ingot.add %a, %b : tensor<f32>
    ingot.return %s : tensor<f32>
  }
  %6 = ingot.broadcast_in_dim %5 dims = [0] : (tensor<4xf32>) -> tensor<4x?xf32, #ingot.dims<[4, s0]>>
  %7 = ingot.divide %4, %6 : tensor<4x?xf32, #ingot.dims<[4, s0]>>
  return %7 : tensor<4x?xf32, #ingot.dims<[4, s0]>>
}

// The mean of a row of n is its sum by n.
// CHECK-LABEL: func.func @layer_norm
// CHECK-NEXT:    %[[A:.*]] = ingot.composite "layer_norm"(%arg0, %arg1) as
// CHECK-SAME:      axes = array<i64: 1>, epsilon = 9.9999997473787516E-6 : f64, operands = ["input", "scale"]
// CHECK-NEXT:    return %[[A]]
func.func @layer_norm(%x: tensor<4x?xf32, #ingot.dims<[4, s0]>>, %w: tensor<?xf32, #ingot.dims<[s0]>>) -> tensor<4x?xf32, #ingot.dims<[4, s0]>> {
  %zero = ingot.constant dense<0.0> : tensor<f32>
  %eps = ingot.constant dense<1.0e-5> : tensor<4xf32>
  %n = ingot.size_of affine_map<()[s0] -> (s0)> : tensor<i64>
  %nf = ingot.convert %n : (tensor<i64>) -> tensor<f32>
  %count = ingot.broadcast_in_dim %nf dims = [] : (tensor<f32>) -> tensor<4xf32>
  %0 = ingot.reduce (%x init %zero) dims = [1] : (tensor<4x?xf32, #ingot.dims<[4, s0]>>, tensor<f32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %s = ingot.add %a, %b : tensor<f32>
    ingot.return %s : tensor<f32>
  }
  %1 = ingot.divide %0, %count : tensor<4xf32>
  %2 = ingot.broadcast_in_dim %1 dims = [0] : (tensor<4xf32>) -> tensor<4x?xf32, #ingot.dims<[4, s0]>>
  %3 = ingot.subtract %x, %2 : tensor<4x?xf32, #ingot.dims<[4, s0]>>
  %4 = ingot.multiply %3, %3 : tensor<4x?xf32, #ingot.dims<[4, s0]>>
  %5 = ingot.reduce (%4 init %zero) dims = [1] : (tensor<4x?xf32, #ingot.dims<[4, s0]>>, tensor<f32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %s = ingot.add %a, %b : tensor<f32>
    ingot.return %s : tensor<f32>
  }
  %6 = ingot.divide %5, %count : tensor<4xf32>
  %7 = ingot.add %6, %eps : tensor<4xf32>
  %8 = ingot.rsqrt %7 : tensor<4xf32>
  %9 = ingot.broadcast_in_dim %8 dims = [0] : (tensor<4xf32>) -> tensor<4x?xf32, #ingot.dims<[4, s0]>>
  %10 = ingot.multiply %3, %9 : tensor<4x?xf32, #ingot.dims<[4, s0]>>
  %11 = ingot.broadcast_in_dim %w dims = [1] : (tensor<?xf32, #ingot.dims<[s0]>>) -> tensor<4x?xf32, #ingot.dims<[4, s0]>>
  %12 = ingot.multiply %10, %11 : tensor<4x?xf32, #ingot.dims<[4, s0]>>
  return %12 : tensor<4x?xf32, #ingot.dims<[4, s0]>>
}

// A branch is a program's block, and reads from outside.
// CHECK-LABEL: func.func @in_a_branch
// CHECK:         ingot.if
// CHECK:           ingot.composite "gelu"(%arg1)
// CHECK-SAME:        approximate = "none"
func.func @in_a_branch(%p: tensor<i1>, %x: tensor<8xf32>) -> tensor<8xf32> {
  %half = ingot.constant dense<0.5> : tensor<8xf32>
  %one = ingot.constant dense<1.0> : tensor<8xf32>
  %root = ingot.constant dense<0.707106769> : tensor<8xf32>
  %0 = ingot.if %p : (tensor<i1>) -> tensor<8xf32> {
    %1 = ingot.multiply %x, %root : tensor<8xf32>
    %2 = ingot.erf %1 : tensor<8xf32>
    %3 = ingot.add %2, %one : tensor<8xf32>
    %4 = ingot.multiply %3, %half : tensor<8xf32>
    %5 = ingot.multiply %4, %x : tensor<8xf32>
    ingot.return %5 : tensor<8xf32>
  } else {
    ingot.return %x : tensor<8xf32>
  }
  return %0 : tensor<8xf32>
}

// Two sides of a number, by a maximum and a minimum, and by a select. Where the number itself belongs decides.
// CHECK-LABEL: func.func @pieces
// CHECK:         %[[A:.*]] = ingot.composite "leaky_relu"(%arg0) as @leaky_relu{{.*}}alpha = 0.20000000298
// CHECK:         %[[B:.*]] = ingot.composite "thresholded_relu"(%[[A]]) as @thresholded_relu{{.*}}alpha = 5.000000e-01
// CHECK:         ingot.compare GE
// CHECK-NEXT:    %[[C:.*]] = ingot.select
// CHECK-NEXT:    return %[[B]], %[[C]]
func.func @pieces(%x: tensor<?xf32, #ingot.dims<[s0]>>) -> (tensor<?xf32, #ingot.dims<[s0]>>, tensor<?xf32, #ingot.dims<[s0]>>) {
  %zero = ingot.constant dense<0.0> : tensor<f32>
  %zeros = ingot.broadcast_in_dim %zero dims = [] : (tensor<f32>) -> tensor<?xf32, #ingot.dims<[s0]>>
  %slope = ingot.constant dense<0.2> : tensor<f32>
  %slopes = ingot.broadcast_in_dim %slope dims = [] : (tensor<f32>) -> tensor<?xf32, #ingot.dims<[s0]>>
  %half = ingot.constant dense<0.5> : tensor<f32>
  %halves = ingot.broadcast_in_dim %half dims = [] : (tensor<f32>) -> tensor<?xf32, #ingot.dims<[s0]>>
  %0 = ingot.maximum %x, %zeros : tensor<?xf32, #ingot.dims<[s0]>>
  %1 = ingot.minimum %x, %zeros : tensor<?xf32, #ingot.dims<[s0]>>
  %2 = ingot.multiply %1, %slopes : tensor<?xf32, #ingot.dims<[s0]>>
  %3 = ingot.add %0, %2 : tensor<?xf32, #ingot.dims<[s0]>>
  %4 = ingot.compare GT %3, %halves : tensor<?xf32, #ingot.dims<[s0]>>
  %5 = ingot.select %4, %3, %zeros : tensor<?xi1, #ingot.dims<[s0]>>, tensor<?xf32, #ingot.dims<[s0]>>
  %6 = ingot.compare GE %x, %halves : tensor<?xf32, #ingot.dims<[s0]>>
  %7 = ingot.select %6, %x, %zeros : tensor<?xi1, #ingot.dims<[s0]>>, tensor<?xf32, #ingot.dims<[s0]>>
  return %5, %7 : tensor<?xf32, #ingot.dims<[s0]>>, tensor<?xf32, #ingot.dims<[s0]>>
}

// A relu alone is nothing, and what a sum is read from besides stays.
// CHECK-LABEL: func.func @plain
// CHECK-NOT:     composite
// CHECK:         return
func.func @plain(%x: tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) {
  %zero = ingot.constant dense<0.0> : tensor<f32>
  %zeros = ingot.constant dense<0.0> : tensor<4x8xf32>
  %relu = ingot.maximum %x, %zeros : tensor<4x8xf32>
  %0 = ingot.exponential %x : tensor<4x8xf32>
  %1 = ingot.reduce (%0 init %zero) dims = [1] : (tensor<4x8xf32>, tensor<f32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %s = ingot.add %a, %b : tensor<f32>
    ingot.return %s : tensor<f32>
  }
  %2 = ingot.broadcast_in_dim %1 dims = [0] : (tensor<4xf32>) -> tensor<4x8xf32>
  %3 = ingot.divide %0, %2 : tensor<4x8xf32>
  return %3, %0, %relu : tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>
}
}
// INLINED-DAG: #[[FIRST]] = loc(fused<"softmax">[
// INLINED-DAG: #[[SECOND]] = loc(fused<"softmax">[
