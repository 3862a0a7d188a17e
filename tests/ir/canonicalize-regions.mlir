// Folders and canonicalisation of control flow, indexing, ordering, selection, complex parts, bit casts and interpolation.
// RUN: ingot-opt %s --canonicalize -split-input-file | FileCheck %s

// CHECK-LABEL: func.func @decided_if
// CHECK-SAME: (%[[X:.*]]: tensor<4xf32>)
func.func @decided_if(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %true = ingot.constant dense<true> : tensor<i1>
  %false = ingot.constant dense<false> : tensor<i1>
  // CHECK-NEXT: %[[ABS:.*]] = ingot.abs %[[X]]
  %0 = ingot.if %true : (tensor<i1>) -> tensor<4xf32> {
    %1 = ingot.abs %x : tensor<4xf32>
    ingot.return %1 : tensor<4xf32>
  } else {
    ingot.return %x : tensor<4xf32>
  }
  %2 = ingot.if %false : (tensor<i1>) -> tensor<4xf32> {
    ingot.return %0 : tensor<4xf32>
  } else {
    ingot.return %x : tensor<4xf32>
  }
  // CHECK-NEXT: return %[[ABS]], %[[X]]
  return %0, %2 : tensor<4xf32>, tensor<4xf32>
}

// -----

// CHECK-LABEL: func.func @decided_case
// CHECK-SAME: (%[[X:.*]]: tensor<4xf32>)
func.func @decided_case(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %minus = ingot.constant dense<-1> : tensor<i32>
  %zero = ingot.constant dense<0> : tensor<i32>
  // Out of range is the last branch.
  // CHECK-NEXT: %[[ABS:.*]] = ingot.abs %[[X]]
  %0 = ingot.case %minus : (tensor<i32>) -> tensor<4xf32> {
    ingot.return %x : tensor<4xf32>
  }, {
    %1 = ingot.abs %x : tensor<4xf32>
    ingot.return %1 : tensor<4xf32>
  }
  %2 = ingot.case %zero : (tensor<i32>) -> tensor<4xf32> {
    ingot.return %x : tensor<4xf32>
  }, {
    ingot.return %0 : tensor<4xf32>
  }
  // CHECK-NEXT: return %[[ABS]], %[[X]]
  return %0, %2 : tensor<4xf32>, tensor<4xf32>
}

// -----

// A result that is one value of outside in every branch is that; an op whose results have no use goes.
// CHECK-LABEL: func.func @common_result
// CHECK-SAME: (%{{.*}}: tensor<i1>, %[[X:.*]]: tensor<4xf32>)
func.func @common_result(%p: tensor<i1>, %x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = ingot.if %p : (tensor<i1>) -> tensor<4xf32> {
    ingot.return %x : tensor<4xf32>
  } else {
    ingot.return %x : tensor<4xf32>
  }
  // CHECK-NEXT: return %[[X]]
  return %0 : tensor<4xf32>
}

// -----

// Branches that differ stay.
// CHECK-LABEL: func.func @undecided_if
func.func @undecided_if(%p: tensor<i1>, %x: tensor<4xf32>) -> tensor<4xf32> {
  // CHECK: ingot.if
  %0 = ingot.if %p : (tensor<i1>) -> tensor<4xf32> {
    ingot.return %x : tensor<4xf32>
  } else {
    %1 = ingot.abs %x : tensor<4xf32>
    ingot.return %1 : tensor<4xf32>
  }
  return %0 : tensor<4xf32>
}

// -----

// The carried value that no round changes becomes a value from outside, in cond and body.
// CHECK-LABEL: func.func @invariant
// CHECK-SAME: (%[[N:.*]]: tensor<i32>, %[[X:.*]]: tensor<4xf32>)
func.func @invariant(%n: tensor<i32>, %x: tensor<4xf32>) -> (tensor<4xf32>, tensor<i32>) {
  %zero = ingot.constant dense<0> : tensor<i32>
  %one = ingot.constant dense<1> : tensor<i32>
  // CHECK: %[[LOOP:.*]]:2 = ingot.while(%{{.*}}, %[[X]]) : (tensor<i32>, tensor<4xf32>) -> (tensor<i32>, tensor<4xf32>) cond {
  // CHECK-NEXT: ^bb0(%[[I:.*]]: tensor<i32>, %{{.*}}: tensor<4xf32>):
  // CHECK-NEXT: ingot.compare LT %[[I]], %[[N]]
  %0:4 = ingot.while (%zero, %n, %x, %one) : (tensor<i32>, tensor<i32>, tensor<4xf32>, tensor<i32>) -> (tensor<i32>, tensor<i32>, tensor<4xf32>, tensor<i32>) cond {
  ^bb0(%i: tensor<i32>, %limit: tensor<i32>, %value: tensor<4xf32>, %step: tensor<i32>):
    %1 = ingot.compare LT %i, %limit : tensor<i32>
    ingot.return %1 : tensor<i1>
  } do {
  ^bb0(%i: tensor<i32>, %limit: tensor<i32>, %value: tensor<4xf32>, %step: tensor<i32>):
    // CHECK: ingot.add %{{.*}}, %[[ONE:.*]] : tensor<i32>
    %1 = ingot.add %i, %step : tensor<i32>
    %2 = ingot.tanh %value : tensor<4xf32>
    ingot.return %1, %limit, %2, %one : tensor<i32>, tensor<i32>, tensor<4xf32>, tensor<i32>
  }
  // CHECK: return %[[LOOP]]#1, %[[N]]
  return %0#2, %0#1 : tensor<4xf32>, tensor<i32>
}

// -----

// CHECK-LABEL: func.func @never
// CHECK-SAME: (%[[X:.*]]: tensor<4xf32>)
func.func @never(%x: tensor<4xf32>) -> tensor<4xf32> {
  %false = ingot.constant dense<false> : tensor<i1>
  %0 = ingot.while (%x) : (tensor<4xf32>) -> tensor<4xf32> cond {
  ^bb0(%value: tensor<4xf32>):
    ingot.return %false : tensor<i1>
  } do {
  ^bb0(%value: tensor<4xf32>):
    %1 = ingot.tanh %value : tensor<4xf32>
    ingot.return %1 : tensor<4xf32>
  }
  // CHECK-NEXT: return %[[X]]
  return %0 : tensor<4xf32>
}

// -----

// A loop on constants is never run at compile time: it may not end.
// CHECK-LABEL: func.func @endless
func.func @endless() -> tensor<i32> {
  %zero = ingot.constant dense<0> : tensor<i32>
  %true = ingot.constant dense<true> : tensor<i1>
  // CHECK: ingot.while
  %0 = ingot.while (%zero) : (tensor<i32>) -> tensor<i32> cond {
  ^bb0(%i: tensor<i32>):
    ingot.return %true : tensor<i1>
  } do {
  ^bb0(%i: tensor<i32>):
    %1 = ingot.negate %i : tensor<i32>
    ingot.return %1 : tensor<i32>
  }
  return %0 : tensor<i32>
}

// -----

module attributes {ingot.sizes = [#ingot.size<"batch", 1 to 64>]} {
// CHECK-LABEL: func.func @known_slices
// CHECK-SAME: (%[[X:.*]]: tensor<?x8xf32, #ingot.dims<[s0, 8]>>, %[[I:.*]]: tensor<i64>)
func.func @known_slices(%x: tensor<?x8xf32, #ingot.dims<[s0, 8]>>, %i: tensor<i64>) -> (tensor<?x3xf32, #ingot.dims<[s0, 3]>>, tensor<?x3xf32, #ingot.dims<[s0, 3]>>, tensor<?x8xf32, #ingot.dims<[s0, 8]>>, tensor<1x8xf32>) {
  %seven = ingot.constant dense<7> : tensor<i64>
  %minus = ingot.constant dense<-4> : tensor<i64>
  // The whole batch starts at 0 whatever %i is; 7 and -4 are clamped.
  // CHECK-DAG: %[[HIGH:.*]] = ingot.slice %[[X]] [0, 5] to [-9223372036854775808, 8] step [1, 1]
  %0 = ingot.dynamic_slice %x [%i, %seven] : (tensor<?x8xf32, #ingot.dims<[s0, 8]>>, tensor<i64>, tensor<i64>) -> tensor<?x3xf32, #ingot.dims<[s0, 3]>>
  // CHECK-DAG: %[[LOW:.*]] = ingot.slice %[[X]] [0, 0] to [-9223372036854775808, 3] step [1, 1]
  %1 = ingot.dynamic_slice %x [%i, %minus] : (tensor<?x8xf32, #ingot.dims<[s0, 8]>>, tensor<i64>, tensor<i64>) -> tensor<?x3xf32, #ingot.dims<[s0, 3]>>
  %2 = ingot.dynamic_slice %x [%i, %i] : (tensor<?x8xf32, #ingot.dims<[s0, 8]>>, tensor<i64>, tensor<i64>) -> tensor<?x8xf32, #ingot.dims<[s0, 8]>>
  // The batch may be less than 5 at run time, so row 4 stays dynamic.
  // CHECK-DAG: %[[ROW:.*]] = ingot.dynamic_slice %[[X]]
  %four = ingot.constant dense<4> : tensor<i64>
  %3 = ingot.dynamic_slice %x [%four, %i] : (tensor<?x8xf32, #ingot.dims<[s0, 8]>>, tensor<i64>, tensor<i64>) -> tensor<1x8xf32>
  // CHECK: return %[[HIGH]], %[[LOW]], %[[X]], %[[ROW]]
  return %0, %1, %2, %3 : tensor<?x3xf32, #ingot.dims<[s0, 3]>>, tensor<?x3xf32, #ingot.dims<[s0, 3]>>, tensor<?x8xf32, #ingot.dims<[s0, 8]>>, tensor<1x8xf32>
}
}

// -----

// CHECK-LABEL: func.func @updates
// CHECK-SAME: (%[[X:.*]]: tensor<4xf32>, %[[U:.*]]: tensor<4xf32>, %{{.*}}: tensor<0xf32>, %{{.*}}: tensor<i32>)
func.func @updates(%x: tensor<4xf32>, %u: tensor<4xf32>, %none: tensor<0xf32>, %i: tensor<i32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %0 = ingot.dynamic_update_slice %x, %u [%i] : (tensor<4xf32>, tensor<4xf32>, tensor<i32>) -> tensor<4xf32>
  %1 = ingot.dynamic_update_slice %x, %none [%i] : (tensor<4xf32>, tensor<0xf32>, tensor<i32>) -> tensor<4xf32>
  // CHECK-NEXT: return %[[U]], %[[X]]
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// -----

// CHECK-LABEL: func.func @trivial_sort
// CHECK-SAME: (%[[X:.*]]: tensor<3x1xf32>)
func.func @trivial_sort(%x: tensor<3x1xf32>) -> tensor<3x1xf32> {
  %0 = ingot.sort (%x) dim = 1 : (tensor<3x1xf32>) -> tensor<3x1xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %1 = ingot.compare LT %a, %b : tensor<f32>
    ingot.return %1 : tensor<i1>
  }
  // CHECK-NEXT: return %[[X]]
  return %0 : tensor<3x1xf32>
}

// -----

// CHECK-LABEL: func.func @parts
// CHECK-SAME: (%[[X:.*]]: tensor<2xf32>, %[[Y:.*]]: tensor<2xf32>, %[[C:.*]]: tensor<2xcomplex<f32>>)
func.func @parts(%x: tensor<2xf32>, %y: tensor<2xf32>, %c: tensor<2xcomplex<f32>>) -> (tensor<2xf32>, tensor<2xf32>, tensor<2xcomplex<f32>>, tensor<2xf32>, tensor<2xf32>) {
  // CHECK-NEXT: %[[ZERO:.*]] = ingot.constant dense<0.000000e+00> : tensor<2xf32>
  %0 = ingot.complex %x, %y : tensor<2xf32>
  %1 = ingot.real %0 : tensor<2xcomplex<f32>>
  %2 = ingot.imag %0 : tensor<2xcomplex<f32>>
  %3 = ingot.real %c : tensor<2xcomplex<f32>>
  %4 = ingot.imag %c : tensor<2xcomplex<f32>>
  %5 = ingot.complex %3, %4 : tensor<2xf32>
  %6 = ingot.real %x : tensor<2xf32>
  %7 = ingot.imag %x : tensor<2xf32>
  // CHECK-NEXT: return %[[X]], %[[Y]], %[[C]], %[[X]], %[[ZERO]]
  return %1, %2, %5, %6, %7 : tensor<2xf32>, tensor<2xf32>, tensor<2xcomplex<f32>>, tensor<2xf32>, tensor<2xf32>
}

// -----

// CHECK-LABEL: func.func @bit_casts
// CHECK-SAME: (%[[X:.*]]: tensor<2xf32>)
func.func @bit_casts(%x: tensor<2xf32>) -> (tensor<2xf32>, tensor<i32>) {
  %0 = ingot.bitcast_convert %x : (tensor<2xf32>) -> tensor<2x4xui8>
  %1 = ingot.bitcast_convert %0 : (tensor<2x4xui8>) -> tensor<2xf32>
  %one = ingot.constant dense<1.0> : tensor<f32>
  // CHECK-NEXT: %[[BITS:.*]] = ingot.constant dense<1065353216> : tensor<i32>
  %2 = ingot.bitcast_convert %one : (tensor<f32>) -> tensor<i32>
  // CHECK-NEXT: return %[[X]], %[[BITS]]
  return %1, %2 : tensor<2xf32>, tensor<i32>
}

// -----

// CHECK-LABEL: func.func @same_size
// CHECK-SAME: (%[[X:.*]]: tensor<1x4xf32>)
func.func @same_size(%x: tensor<1x4xf32>) -> (tensor<1x4xf32>, tensor<1x4xf32>, tensor<1x4xf32>) {
  %0 = ingot.interpolate CUBIC HALF_PIXEL %x dims = [1] : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %1 = ingot.interpolate LINEAR ALIGN_CORNERS %0 dims = [1] scales = [1.0] : (tensor<1x4xf32>) -> tensor<1x4xf32>
  // Another scale, or another region, moves the places.
  // CHECK-NEXT: %[[SCALED:.*]] = ingot.interpolate LINEAR ASYMMETRIC %[[X]]
  %2 = ingot.interpolate LINEAR ASYMMETRIC %x dims = [1] scales = [1.1] : (tensor<1x4xf32>) -> tensor<1x4xf32>
  // CHECK-NEXT: %[[CROPPED:.*]] = ingot.interpolate LINEAR TF_CROP_AND_RESIZE %[[X]]
  %3 = ingot.interpolate LINEAR TF_CROP_AND_RESIZE %x dims = [1] {roi = array<f64: 0.5, 1.0>} : (tensor<1x4xf32>) -> tensor<1x4xf32>
  // CHECK-NEXT: return %[[X]], %[[SCALED]], %[[CROPPED]]
  return %1, %2, %3 : tensor<1x4xf32>, tensor<1x4xf32>, tensor<1x4xf32>
}

// -----

// Small constants fold through the interpreter.
// CHECK-LABEL: func.func @constants
func.func @constants() -> (tensor<2xi32>, tensor<3xi32>, tensor<4xf32>) {
  %table = ingot.constant dense<[10, 20, 30]> : tensor<3xi32>
  %ids = ingot.constant dense<[2, 0]> : tensor<2xi64>
  // CHECK-DAG: %[[TAKEN:.*]] = ingot.constant dense<[30, 10]> : tensor<2xi32>
  %0 = ingot.gather %table, %ids <window = [], collapsed = [0], batch = [] x [], map = [0], vector = 1> : (tensor<3xi32>, tensor<2xi64>) -> tensor<2xi32>
  %zero = ingot.constant dense<0> : tensor<i32>
  // CHECK-DAG: %[[SUMS:.*]] = ingot.constant dense<[10, 30, 60]> : tensor<3xi32>
  %1 = ingot.scan (%table init %zero) dim = 0 : (tensor<3xi32>, tensor<i32>) -> tensor<3xi32> {
  ^bb0(%a: tensor<i32>, %b: tensor<i32>):
    %2 = ingot.add %a, %b : tensor<i32>
    ingot.return %2 : tensor<i32>
  }
  %q = ingot.constant dense<[-2, -1, 0, 1]> : tensor<4xi8>
  %half = ingot.constant dense<0.5> : tensor<f32>
  // CHECK-DAG: %[[REAL:.*]] = ingot.constant dense<[-1.000000e+00, -5.000000e-01, 0.000000e+00, 5.000000e-01]> : tensor<4xf32>
  %3 = ingot.dequantize %q scale %half : (tensor<4xi8>, tensor<f32>) -> tensor<4xf32>
  // CHECK: return %[[TAKEN]], %[[SUMS]], %[[REAL]]
  return %0, %1, %3 : tensor<2xi32>, tensor<3xi32>, tensor<4xf32>
}

// -----

// Of two elements the first one, where it is none of padding and select prefers it or the second one is of padding.
// CHECK-LABEL: func.func @selection
// CHECK-SAME: (%[[X:.*]]: tensor<4xf32>, %[[S:.*]]: tensor<3xf32>, %[[Z:.*]]: tensor<f32>)
// CHECK-DAG: %[[NONE:.*]] = ingot.constant dense<-1> : tensor<i32>
// CHECK-DAG: %[[PLACES:.*]] = ingot.constant dense<[0, 1, 2, 3]> : tensor<4xi32>
// CHECK: %[[PICKED:.*]]:2 = ingot.reduce_window(%[[X]], %[[PLACES]] init %[[Z]], %[[NONE]]) window = [2] stride = [2] base_dilate = [1] dilate = [1] pad = [1, 1]
// CHECK-NEXT: ^bb0(%[[A:.*]]: tensor<f32>, %[[PA:.*]]: tensor<i32>, %[[B:.*]]: tensor<f32>, %[[PB:.*]]: tensor<i32>):
// CHECK: %[[PREFERS:.*]] = ingot.compare GE %[[A]], %[[B]]
// CHECK: %[[HAS:.*]] = ingot.compare GE %[[PA]]
// CHECK: %[[LACKS:.*]] = ingot.compare LT %[[PB]]
// CHECK: %[[OR:.*]] = ingot.or %[[LACKS]], %[[PREFERS]]
// CHECK: %[[KEEPS:.*]] = ingot.and %[[HAS]], %[[OR]]
// CHECK: ingot.select %[[KEEPS]], %[[A]], %[[B]]
// CHECK: ingot.select %[[KEEPS]], %[[PA]], %[[PB]]
// CHECK: %[[HELD:.*]] = ingot.broadcast_in_dim %[[Z]]
// CHECK: %[[R:.*]] = ingot.scatter(%[[HELD]]), %[[PICKED]]#1, (%[[S]]) <window = [], collapsed = [0], batch = [] x [], map = [0], vector = 1>
// CHECK: return %[[R]]
func.func @selection(%x: tensor<4xf32>, %s: tensor<3xf32>, %z: tensor<f32>) -> tensor<4xf32> {
  %0 = ingot.select_and_scatter %x, %s init %z window = [2] stride = [2] pad = [1, 1] : (tensor<4xf32>, tensor<3xf32>, tensor<f32>) -> tensor<4xf32> select {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %1 = ingot.compare GE %a, %b : tensor<f32>
    ingot.return %1 : tensor<i1>
  } scatter {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %1 = ingot.add %a, %b : tensor<f32>
    ingot.return %1 : tensor<f32>
  }
  return %0 : tensor<4xf32>
}
