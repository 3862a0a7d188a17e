// Folders and canonicalisation: identities that hold exactly, merged data movement, small constants folded by the interpreter.
// RUN: ingot-opt %s --canonicalize -split-input-file | FileCheck %s

// CHECK-LABEL: func.func @exact_identities
// CHECK-SAME: (%[[X:.*]]: tensor<4xf32>, %[[I:.*]]: tensor<4xi32>)
func.func @exact_identities(%x: tensor<4xf32>, %i: tensor<4xi32>) -> (tensor<4xf32>, tensor<4xi32>) {
  %one = ingot.constant dense<1.0> : tensor<4xf32>
  %zero = ingot.constant dense<0.0> : tensor<4xf32>
  %minus_zero = ingot.constant dense<-0.0> : tensor<4xf32>
  %int_zero = ingot.constant dense<0> : tensor<4xi32>
  %int_one = ingot.constant dense<1> : tensor<4xi32>
  %all = ingot.constant dense<-1> : tensor<4xi32>
  %0 = ingot.multiply %one, %x : tensor<4xf32>
  %1 = ingot.add %0, %minus_zero : tensor<4xf32>
  %2 = ingot.subtract %1, %zero : tensor<4xf32>
  %3 = ingot.divide %2, %one : tensor<4xf32>
  %4 = ingot.power %3, %one : tensor<4xf32>
  %5 = ingot.maximum %4, %4 : tensor<4xf32>
  %6 = ingot.minimum %5, %5 : tensor<4xf32>
  %7 = ingot.negate %6 : tensor<4xf32>
  %8 = ingot.negate %7 : tensor<4xf32>
  %9 = ingot.convert %8 : (tensor<4xf32>) -> tensor<4xf32>
  %10 = ingot.add %i, %int_zero : tensor<4xi32>
  %11 = ingot.and %10, %all : tensor<4xi32>
  %12 = ingot.or %11, %int_zero : tensor<4xi32>
  %13 = ingot.xor %12, %int_zero : tensor<4xi32>
  %14 = ingot.shift_left %13, %int_zero : tensor<4xi32>
  %15 = ingot.shift_right_arithmetic %14, %int_zero : tensor<4xi32>
  %16 = ingot.shift_right_logical %15, %int_zero : tensor<4xi32>
  %17 = ingot.divide %16, %int_one : tensor<4xi32>
  %18 = ingot.not %17 : tensor<4xi32>
  %19 = ingot.not %18 : tensor<4xi32>
  // CHECK-NEXT: return %[[X]], %[[I]]
  return %9, %19 : tensor<4xf32>, tensor<4xi32>
}

// -----

// x + 0.0 changes -0.0, x * 0.0 keeps NaN, x - x may be NaN: none of them folds.
// CHECK-LABEL: func.func @not_identities
func.func @not_identities(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xi1>) {
  %zero = ingot.constant dense<0.0> : tensor<4xf32>
  // CHECK: ingot.add
  %0 = ingot.add %x, %zero : tensor<4xf32>
  // CHECK: ingot.multiply
  %1 = ingot.multiply %x, %zero : tensor<4xf32>
  // CHECK: ingot.subtract
  %2 = ingot.subtract %x, %x : tensor<4xf32>
  // CHECK: ingot.compare
  %3 = ingot.compare EQ %x, %x : tensor<4xf32>
  return %0, %1, %2, %3 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xi1>
}

// -----

// CHECK-LABEL: func.func @to_constants
func.func @to_constants(%i: tensor<4xi32>) -> (tensor<4xi32>, tensor<4xi32>, tensor<4xi32>, tensor<4xi1>) {
  %zero = ingot.constant dense<0> : tensor<4xi32>
  %one = ingot.constant dense<1> : tensor<4xi32>
  %0 = ingot.subtract %i, %i : tensor<4xi32>
  %1 = ingot.multiply %i, %zero : tensor<4xi32>
  %2 = ingot.remainder %i, %one : tensor<4xi32>
  %3 = ingot.compare GE %i, %i : tensor<4xi32>
  // CHECK-DAG: %[[ZERO:.*]] = ingot.constant dense<0> : tensor<4xi32>
  // CHECK-DAG: %[[TRUE:.*]] = ingot.constant dense<true> : tensor<4xi1>
  // CHECK: return %[[ZERO]], %[[ZERO]], %[[ZERO]], %[[TRUE]]
  return %0, %1, %2, %3 : tensor<4xi32>, tensor<4xi32>, tensor<4xi32>, tensor<4xi1>
}

// -----

// CHECK-LABEL: func.func @select_and_clamp
// CHECK-SAME: (%[[A:.*]]: tensor<2xf32>, %[[B:.*]]: tensor<2xf32>, %[[P:.*]]: tensor<2xi1>)
func.func @select_and_clamp(%a: tensor<2xf32>, %b: tensor<2xf32>, %p: tensor<2xi1>) -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
  %true = ingot.constant dense<true> : tensor<2xi1>
  %false = ingot.constant dense<false> : tensor<i1>
  %low = ingot.constant dense<0xFF800000> : tensor<f32>
  %high = ingot.constant dense<0x7F800000> : tensor<f32>
  %0 = ingot.select %true, %a, %b : tensor<2xi1>, tensor<2xf32>
  %1 = ingot.select %false, %a, %b : tensor<i1>, tensor<2xf32>
  %2 = ingot.select %p, %a, %a : tensor<2xi1>, tensor<2xf32>
  %3 = ingot.clamp %low, %b, %high : (tensor<f32>, tensor<2xf32>, tensor<f32>) -> tensor<2xf32>
  // CHECK-NEXT: return %[[A]], %[[B]], %[[A]], %[[B]]
  return %0, %1, %2, %3 : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}

// -----

// CHECK-LABEL: func.func @reshapes
// CHECK-SAME: (%[[X:.*]]: tensor<2x6xf32>)
func.func @reshapes(%x: tensor<2x6xf32>) -> (tensor<4x3xf32>, tensor<2x6xf32>, tensor<3xi32>) {
  %c = ingot.constant dense<[[1], [2], [3]]> : tensor<3x1xi32>
  %0 = ingot.reshape %x : (tensor<2x6xf32>) -> tensor<12xf32>
  // CHECK-DAG: %[[R:.*]] = ingot.reshape %[[X]] : (tensor<2x6xf32>) -> tensor<4x3xf32>
  %1 = ingot.reshape %0 : (tensor<12xf32>) -> tensor<4x3xf32>
  %2 = ingot.reshape %0 : (tensor<12xf32>) -> tensor<2x6xf32>
  // CHECK-DAG: %[[C:.*]] = ingot.constant dense<[1, 2, 3]> : tensor<3xi32>
  %3 = ingot.reshape %c : (tensor<3x1xi32>) -> tensor<3xi32>
  // CHECK: return %[[R]], %[[X]], %[[C]]
  return %1, %2, %3 : tensor<4x3xf32>, tensor<2x6xf32>, tensor<3xi32>
}

// -----

// CHECK-LABEL: func.func @symbolic_reshape
// CHECK-SAME: (%[[X:.*]]: tensor<?x16x4x4xf32, #ingot.dims<[s0, 16, 4, 4]>>)
module attributes {ingot.sizes = [#ingot.size<"batch", 1 to 64>]} {
func.func @symbolic_reshape(%x: tensor<?x16x4x4xf32, #ingot.dims<[s0, 16, 4, 4]>>) -> tensor<?x16x4x4xf32, #ingot.dims<[s0, 16, 4, 4]>> {
  %0 = ingot.reshape %x : (tensor<?x16x4x4xf32, #ingot.dims<[s0, 16, 4, 4]>>) -> tensor<?x256xf32, #ingot.dims<[s0, 256]>>
  %1 = ingot.reshape %0 : (tensor<?x256xf32, #ingot.dims<[s0, 256]>>) -> tensor<?x16x4x4xf32, #ingot.dims<[s0, 16, 4, 4]>>
  // CHECK-NEXT: return %[[X]]
  return %1 : tensor<?x16x4x4xf32, #ingot.dims<[s0, 16, 4, 4]>>
}
}

// -----

// CHECK-LABEL: func.func @transposes
// CHECK-SAME: (%[[X:.*]]: tensor<2x3x4xf32>, %[[V:.*]]: tensor<3xf32>)
func.func @transposes(%x: tensor<2x3x4xf32>, %v: tensor<3xf32>) -> (tensor<2x3x4xf32>, tensor<4x2x3xf32>, tensor<3x5xf32>) {
  %0 = ingot.transpose %x perm = [1, 2, 0] : (tensor<2x3x4xf32>) -> tensor<3x4x2xf32>
  %1 = ingot.transpose %0 perm = [2, 0, 1] : (tensor<3x4x2xf32>) -> tensor<2x3x4xf32>
  // CHECK-DAG: %[[T:.*]] = ingot.transpose %[[X]] perm = [2, 0, 1] : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
  %2 = ingot.transpose %0 perm = [1, 2, 0] : (tensor<3x4x2xf32>) -> tensor<4x2x3xf32>
  %3 = ingot.broadcast_in_dim %v dims = [1] : (tensor<3xf32>) -> tensor<5x3xf32>
  // CHECK-DAG: %[[B:.*]] = ingot.broadcast_in_dim %[[V]] dims = [0] : (tensor<3xf32>) -> tensor<3x5xf32>
  %4 = ingot.transpose %3 perm = [1, 0] : (tensor<5x3xf32>) -> tensor<3x5xf32>
  // CHECK: return %[[X]], %[[T]], %[[B]]
  return %1, %2, %4 : tensor<2x3x4xf32>, tensor<4x2x3xf32>, tensor<3x5xf32>
}

// -----

// CHECK-LABEL: func.func @broadcasts
// CHECK-SAME: (%[[X:.*]]: tensor<3xf32>)
func.func @broadcasts(%x: tensor<3xf32>) -> (tensor<3xf32>, tensor<2x4x3xf32>, tensor<100x100xf32>) {
  %c = ingot.constant dense<2.5> : tensor<f32>
  %0 = ingot.broadcast_in_dim %x dims = [0] : (tensor<3xf32>) -> tensor<3xf32>
  %1 = ingot.broadcast_in_dim %x dims = [1] : (tensor<3xf32>) -> tensor<4x3xf32>
  // CHECK-DAG: %[[B:.*]] = ingot.broadcast_in_dim %[[X]] dims = [2] : (tensor<3xf32>) -> tensor<2x4x3xf32>
  %2 = ingot.broadcast_in_dim %1 dims = [1, 2] : (tensor<4x3xf32>) -> tensor<2x4x3xf32>
  // CHECK-DAG: %[[C:.*]] = ingot.constant dense<2.500000e+00> : tensor<100x100xf32>
  %3 = ingot.broadcast_in_dim %c dims = [] : (tensor<f32>) -> tensor<100x100xf32>
  // CHECK: return %[[X]], %[[B]], %[[C]]
  return %0, %2, %3 : tensor<3xf32>, tensor<2x4x3xf32>, tensor<100x100xf32>
}

// -----

// No constant has a symbolic type; a scalar broadcast stands in for it, and identities see through it.
// CHECK-LABEL: func.func @symbolic_splat
// CHECK-SAME: (%[[X:.*]]: tensor<?x4xf32, #ingot.dims<[s0, 4]>>)
module attributes {ingot.sizes = [#ingot.size<"batch", 1 to 64>]} {
func.func @symbolic_splat(%x: tensor<?x4xf32, #ingot.dims<[s0, 4]>>) -> (tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?xf32, #ingot.dims<[s0 * 4]>>) {
  %one = ingot.constant dense<1.0> : tensor<4xf32>
  // CHECK: %[[ONE:.*]] = ingot.constant dense<1.000000e+00> : tensor<f32>
  // CHECK: %[[B:.*]] = ingot.broadcast_in_dim %[[ONE]] dims = [] : (tensor<f32>) -> tensor<?xf32, #ingot.dims<[s0 * 4]>>
  %0 = ingot.broadcast_in_dim %one dims = [1] : (tensor<4xf32>) -> tensor<?x4xf32, #ingot.dims<[s0, 4]>>
  %1 = ingot.multiply %x, %0 : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
  %2 = ingot.reshape %0 : (tensor<?x4xf32, #ingot.dims<[s0, 4]>>) -> tensor<?xf32, #ingot.dims<[s0 * 4]>>
  // CHECK-NEXT: return %[[X]], %[[B]]
  return %1, %2 : tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?xf32, #ingot.dims<[s0 * 4]>>
}
}

// -----

// CHECK-LABEL: func.func @slices
// CHECK-SAME: (%[[X:.*]]: tensor<10xf32>)
func.func @slices(%x: tensor<10xf32>) -> (tensor<10xf32>, tensor<2xf32>, tensor<3xf32>) {
  %c = ingot.constant dense<1.0> : tensor<10xf32>
  %0 = ingot.slice %x [0] to [10] step [1] : (tensor<10xf32>) -> tensor<10xf32>
  %1 = ingot.slice %x [1] to [10] step [2] : (tensor<10xf32>) -> tensor<5xf32>
  // CHECK-DAG: %[[S:.*]] = ingot.slice %[[X]] [3] to [8] step [4] : (tensor<10xf32>) -> tensor<2xf32>
  %2 = ingot.slice %1 [1] to [4] step [2] : (tensor<5xf32>) -> tensor<2xf32>
  // CHECK-DAG: %[[C:.*]] = ingot.constant dense<1.000000e+00> : tensor<3xf32>
  %3 = ingot.slice %c [2] to [5] step [1] : (tensor<10xf32>) -> tensor<3xf32>
  // CHECK: return %[[X]], %[[S]], %[[C]]
  return %0, %2, %3 : tensor<10xf32>, tensor<2xf32>, tensor<3xf32>
}

// -----

// CHECK-LABEL: func.func @pads
// CHECK-SAME: (%[[X:.*]]: tensor<4xf32>, %[[V:.*]]: tensor<f32>)
func.func @pads(%x: tensor<4xf32>, %v: tensor<f32>) -> (tensor<4xf32>, tensor<9xf32>, tensor<2000xf32>) {
  %zero = ingot.constant dense<0.0> : tensor<f32>
  %zeros = ingot.constant dense<0.0> : tensor<1000xf32>
  %0 = ingot.pad %x, %v low = [0] high = [0] interior = [0] : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %1 = ingot.pad %x, %v low = [1] high = [0] interior = [0] : (tensor<4xf32>, tensor<f32>) -> tensor<5xf32>
  // CHECK-DAG: %[[P:.*]] = ingot.pad %[[X]], %[[V]] low = [2] high = [3] interior = [0] : (tensor<4xf32>, tensor<f32>) -> tensor<9xf32>
  %2 = ingot.pad %1, %v low = [1] high = [3] interior = [0] : (tensor<5xf32>, tensor<f32>) -> tensor<9xf32>
  // CHECK-DAG: %[[C:.*]] = ingot.constant dense<0.000000e+00> : tensor<2000xf32>
  %3 = ingot.pad %zeros, %zero low = [0] high = [1000] interior = [0] : (tensor<1000xf32>, tensor<f32>) -> tensor<2000xf32>
  // CHECK: return %[[X]], %[[P]], %[[C]]
  return %0, %2, %3 : tensor<4xf32>, tensor<9xf32>, tensor<2000xf32>
}

// -----

// CHECK-LABEL: func.func @concatenates
// CHECK-SAME: (%[[X:.*]]: tensor<2xf32>, %[[Y:.*]]: tensor<3xf32>, %[[E:.*]]: tensor<0xf32>)
func.func @concatenates(%x: tensor<2xf32>, %y: tensor<3xf32>, %e: tensor<0xf32>) -> (tensor<2xf32>, tensor<7xf32>) {
  %0 = ingot.concatenate %x dim = 0 : (tensor<2xf32>) -> tensor<2xf32>
  %1 = ingot.concatenate %x, %e, %y dim = 0 : (tensor<2xf32>, tensor<0xf32>, tensor<3xf32>) -> tensor<5xf32>
  // CHECK-NEXT: %[[C:.*]] = ingot.concatenate %[[X]], %[[Y]], %[[X]] dim = 0
  %2 = ingot.concatenate %1, %x dim = 0 : (tensor<5xf32>, tensor<2xf32>) -> tensor<7xf32>
  // CHECK-NEXT: return %[[X]], %[[C]]
  return %0, %2 : tensor<2xf32>, tensor<7xf32>
}

// -----

// CHECK-LABEL: func.func @reverses
// CHECK-SAME: (%[[X:.*]]: tensor<1x4xf32>)
func.func @reverses(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %0 = ingot.reverse %x dims = [0] : tensor<1x4xf32>
  // CHECK-NEXT: return %[[X]]
  return %0 : tensor<1x4xf32>
}

// -----

// CHECK-LABEL: func.func @small_constants
func.func @small_constants() -> (tensor<2x2xf32>, tensor<4xi64>, tensor<i64>, tensor<f32>, tensor<i64>) {
  %a = ingot.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %n = ingot.constant dense<3> : tensor<i64>
  %z = ingot.constant dense<0.0> : tensor<f32>
  // CHECK-DAG: %[[DOT:.*]] = ingot.constant dense<{{\[\[}}7.000000e+00, 1.000000e+01], [1.500000e+01, 2.200000e+01]]> : tensor<2x2xf32>
  %0 = ingot.dot_general %a, %a <batch = [] x [], contract = [1] x [0]> : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  // CHECK-DAG: %[[IOTA:.*]] = ingot.constant dense<[0, 1, 2, 3]> : tensor<4xi64>
  %1 = ingot.iota dim = 0 : tensor<4xi64>
  // CHECK-DAG: %[[NINE:.*]] = ingot.constant dense<9> : tensor<i64>
  %2 = ingot.multiply %n, %n : tensor<i64>
  // CHECK-DAG: %[[TEN:.*]] = ingot.constant dense<1.000000e+01> : tensor<f32>
  %3 = ingot.reduce (%a init %z) dims = [0, 1] : (tensor<2x2xf32>, tensor<f32>) -> tensor<f32> {
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %s = ingot.add %x, %y : tensor<f32>
    ingot.return %s : tensor<f32>
  }
  // CHECK-DAG: %[[SIZE:.*]] = ingot.constant dense<6> : tensor<i64>
  %4 = ingot.size_of affine_map<()[s0] -> (s0 * 2 - s0 - s0 + 6)> : tensor<i64>
  // CHECK: return %[[DOT]], %[[IOTA]], %[[NINE]], %[[TEN]], %[[SIZE]]
  return %0, %1, %2, %3, %4 : tensor<2x2xf32>, tensor<4xi64>, tensor<i64>, tensor<f32>, tensor<i64>
}

// -----

// Results above the limit stay ops, but splats through elementwise ops fold at any size.
// CHECK-LABEL: func.func @large_constants
func.func @large_constants() -> (tensor<300xi32>, tensor<1000x1000xf32>) {
  // CHECK-DAG: %[[IOTA:.*]] = ingot.iota dim = 0 : tensor<300xi32>
  %0 = ingot.iota dim = 0 : tensor<300xi32>
  %a = ingot.constant dense<2.0> : tensor<1000x1000xf32>
  // CHECK-DAG: %[[SPLAT:.*]] = ingot.constant dense<4.000000e+00> : tensor<1000x1000xf32>
  %1 = ingot.multiply %a, %a : tensor<1000x1000xf32>
  // CHECK: return %[[IOTA]], %[[SPLAT]]
  return %0, %1 : tensor<300xi32>, tensor<1000x1000xf32>
}

// -----

// Neither do small results that take long: each of the two windows holds 2^32 places, though all but 64 pad.
// CHECK-LABEL: func.func @long_constants
func.func @long_constants() -> tensor<2xf32> {
  %a = ingot.constant dense<2.0> : tensor<64xf32>
  %z = ingot.constant dense<0.0> : tensor<f32>
  // CHECK: ingot.reduce_window
  %0 = ingot.reduce_window (%a init %z) window = [4294967296] stride = [1] base_dilate = [1] dilate = [1] pad = [0, 4294967233] : (tensor<64xf32>, tensor<f32>) -> tensor<2xf32> {
  ^bb0(%acc: tensor<f32>, %x: tensor<f32>):
    %1 = ingot.maximum %acc, %x : tensor<f32>
    ingot.return %1 : tensor<f32>
  }
  return %0 : tensor<2xf32>
}

// -----

// A copy is memory of its own, which schedule asked for; it never folds.
// CHECK-LABEL: func.func @copies
func.func @copies() -> tensor<2xf32> {
  %c = ingot.constant dense<1.0> : tensor<2xf32>
  // CHECK: ingot.copy
  %0 = ingot.copy %c : tensor<2xf32>
  return %0 : tensor<2xf32>
}
