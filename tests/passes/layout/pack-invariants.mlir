// RUN: ingot-opt %s --pack-invariants | FileCheck %s

// Both products of the loop read one value, which is made into panels before it.
// CHECK-LABEL: func.func @loop
// CHECK:         %[[R:.*]] = ingot.reshape %arg1 : (tensor<80x128xf32>) -> tensor<80x2x64xf32>
// CHECK:         %[[P:.*]] = ingot.transpose %[[R]]{{.*}}[1, 0, 2]{{.*}}-> tensor<2x80x64xf32>
// CHECK-NOT:     ingot.reshape
// CHECK:         ingot.while
// CHECK:         } do {
// CHECK:           %[[U:.*]] = ingot.unpack %[[P]] dim = 1 width = 64 : (tensor<2x80x64xf32>) -> tensor<80x128xf32>
// CHECK:           ingot.dot_general %{{.*}}, %[[U]]
// CHECK:           %[[V:.*]] = ingot.unpack %[[P]] dim = 1 width = 64
// CHECK:           ingot.dot_general %{{.*}}, %[[V]]
func.func @loop(%x: tensor<4x80xf32>, %w: tensor<80x128xf32>, %count: tensor<i32>) -> tensor<4x128xf32> {
  %zero = ingot.constant dense<0> : tensor<i32>
  %one = ingot.constant dense<1> : tensor<i32>
  %start = ingot.constant dense<0.0> : tensor<4x128xf32>
  %0:2 = ingot.while (%zero, %start) : (tensor<i32>, tensor<4x128xf32>) -> (tensor<i32>, tensor<4x128xf32>) cond {
  ^bb0(%i: tensor<i32>, %sum: tensor<4x128xf32>):
    %1 = ingot.compare LT %i, %count : tensor<i32>
    ingot.return %1 : tensor<i1>
  } do {
  ^bb0(%i: tensor<i32>, %sum: tensor<4x128xf32>):
    %1 = ingot.add %i, %one : tensor<i32>
    %2 = ingot.dot_general %x, %w <batch = [] x [], contract = [1] x [0]> : (tensor<4x80xf32>, tensor<80x128xf32>) -> tensor<4x128xf32>
    %3 = ingot.negate %x : tensor<4x80xf32>
    %4 = ingot.dot_general %3, %w <batch = [] x [], contract = [1] x [0]> : (tensor<4x80xf32>, tensor<80x128xf32>) -> tensor<4x128xf32>
    %5 = ingot.maximum %2, %4 : tensor<4x128xf32>
    %6 = ingot.add %sum, %5 : tensor<4x128xf32>
    ingot.return %1, %6 : tensor<i32>, tensor<4x128xf32>
  }
  return %0#1 : tensor<4x128xf32>
}

// Columns that are no whole panels are padded. What a round makes stays, and so does a product outside of loops.
// CHECK-LABEL: func.func @padded
// CHECK:         ingot.pad %arg1, %{{.*}} low = [0, 0] high = [0, 6] {{.*}}-> tensor<100x16xf32>
// CHECK:         ingot.while
// CHECK:         } do {
// CHECK:           ingot.unpack
// CHECK-NOT:       ingot.unpack
func.func @padded(%x: tensor<10x100xf32>, %w: tensor<100x10xf32>, %count: tensor<i32>) -> (tensor<10x10xf32>, tensor<10x10xf32>) {
  %zero = ingot.constant dense<0> : tensor<i32>
  %one = ingot.constant dense<1> : tensor<i32>
  %start = ingot.constant dense<0.0> : tensor<10x10xf32>
  %0:2 = ingot.while (%zero, %start) : (tensor<i32>, tensor<10x10xf32>) -> (tensor<i32>, tensor<10x10xf32>) cond {
  ^bb0(%i: tensor<i32>, %sum: tensor<10x10xf32>):
    %1 = ingot.compare LT %i, %count : tensor<i32>
    ingot.return %1 : tensor<i1>
  } do {
  ^bb0(%i: tensor<i32>, %sum: tensor<10x10xf32>):
    %1 = ingot.add %i, %one : tensor<i32>
    %2 = ingot.dot_general %x, %w <batch = [] x [], contract = [1] x [0]> : (tensor<10x100xf32>, tensor<100x10xf32>) -> tensor<10x10xf32>
    %3 = ingot.negate %w : tensor<100x10xf32>
    %4 = ingot.dot_general %x, %3 <batch = [] x [], contract = [1] x [0]> : (tensor<10x100xf32>, tensor<100x10xf32>) -> tensor<10x10xf32>
    %5 = ingot.add %2, %4 : tensor<10x10xf32>
    ingot.return %1, %5 : tensor<i32>, tensor<10x10xf32>
  }
  %7 = ingot.dot_general %x, %w <batch = [] x [], contract = [1] x [0]> : (tensor<10x100xf32>, tensor<100x10xf32>) -> tensor<10x10xf32>
  return %0#1, %7 : tensor<10x10xf32>, tensor<10x10xf32>
}
