// Every op prints as it was written and parses back to itself, with static and with symbolic dims.
// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --emit-bytecode | ingot-opt | FileCheck %s

// CHECK: module attributes {ingot.numerics = "strict", ingot.sizes = [#ingot.size<"batch", 1 to 64>, #ingot.size<"seq", 2 to 128>]}
module attributes {ingot.numerics = "strict", ingot.sizes = [#ingot.size<"batch", 1 to 64>, #ingot.size<"seq", 2 to 128>]} {

// CHECK: ingot.weight @w = <"w.data" : tensor<8x4xf32>> [#ingot.permute<[1, 0]>, #ingot.pack<1, 4>] : tensor<2x4x4xf32>
ingot.weight @w = <"w.data" : tensor<8x4xf32>> [#ingot.permute<[1, 0]>, #ingot.pack<1, 4>] : tensor<2x4x4xf32>
// CHECK: ingot.weight @plain = <"b"
ingot.weight @plain = <"b" : tensor<4xf32>> [] : tensor<4xf32>
// CHECK: ingot.weight @steps = <"q" : tensor<6x4xi8>> [#ingot.to<f32>, #ingot.slice<[0, 0] to [4, 4]>, #ingot.scale<0, "q.scale">, #ingot.shape<[16]>, #ingot.shape<[4, 4]>] : tensor<4x4xf32>
ingot.weight @steps = <"q" : tensor<6x4xi8>> [#ingot.to<f32>, #ingot.slice<[0, 0] to [4, 4]>, #ingot.scale<0, "q.scale">, #ingot.shape<[16]>, #ingot.shape<[4, 4]>] : tensor<4x4xf32>

// CHECK-LABEL: func.func @unary
func.func @unary(%f: tensor<2x3xf32>, %i: tensor<4xi8>, %u: tensor<4xui8>, %c: tensor<2xcomplex<f32>>) {
  // CHECK: ingot.abs %{{.*}} : tensor<2x3xf32>
  %0 = ingot.abs %f : tensor<2x3xf32>
  // CHECK: ingot.cbrt
  %1 = ingot.cbrt %f : tensor<2x3xf32>
  // CHECK: ingot.ceil
  %2 = ingot.ceil %f : tensor<2x3xf32>
  // CHECK: ingot.cosine %{{.*}} : tensor<2xcomplex<f32>>
  %3 = ingot.cosine %c : tensor<2xcomplex<f32>>
  // CHECK: ingot.sine
  %4 = ingot.sine %f : tensor<2x3xf32>
  // CHECK: ingot.tan
  %5 = ingot.tan %f : tensor<2x3xf32>
  // CHECK: ingot.asin
  %6 = ingot.asin %f : tensor<2x3xf32>
  // CHECK: ingot.acos
  %7 = ingot.acos %f : tensor<2x3xf32>
  // CHECK: ingot.atan
  %8 = ingot.atan %f : tensor<2x3xf32>
  // CHECK: ingot.sinh
  %9 = ingot.sinh %f : tensor<2x3xf32>
  // CHECK: ingot.cosh
  %10 = ingot.cosh %f : tensor<2x3xf32>
  // CHECK: ingot.asinh
  %11 = ingot.asinh %f : tensor<2x3xf32>
  // CHECK: ingot.acosh
  %12 = ingot.acosh %f : tensor<2x3xf32>
  // CHECK: ingot.atanh
  %13 = ingot.atanh %f : tensor<2x3xf32>
  // CHECK: ingot.count_leading_zeros %{{.*}} : tensor<4xui8>
  %14 = ingot.count_leading_zeros %u : tensor<4xui8>
  // CHECK: ingot.erf
  %15 = ingot.erf %f : tensor<2x3xf32>
  // CHECK: ingot.exponential %
  %16 = ingot.exponential %f : tensor<2x3xf32>
  // CHECK: ingot.exponential_minus_one
  %17 = ingot.exponential_minus_one %f : tensor<2x3xf32>
  // CHECK: ingot.floor
  %18 = ingot.floor %f : tensor<2x3xf32>
  // CHECK: ingot.log %
  %19 = ingot.log %f : tensor<2x3xf32>
  // CHECK: ingot.log_plus_one
  %20 = ingot.log_plus_one %f : tensor<2x3xf32>
  // CHECK: ingot.logistic
  %21 = ingot.logistic %f : tensor<2x3xf32>
  // CHECK: ingot.negate %{{.*}} : tensor<4xi8>
  %22 = ingot.negate %i : tensor<4xi8>
  // CHECK: ingot.not
  %23 = ingot.not %i : tensor<4xi8>
  // CHECK: ingot.popcnt
  %24 = ingot.popcnt %i : tensor<4xi8>
  // CHECK: ingot.round_nearest_afz
  %25 = ingot.round_nearest_afz %f : tensor<2x3xf32>
  // CHECK: ingot.round_nearest_even
  %26 = ingot.round_nearest_even %f : tensor<2x3xf32>
  // CHECK: ingot.rsqrt
  %27 = ingot.rsqrt %f : tensor<2x3xf32>
  // CHECK: ingot.sign
  %28 = ingot.sign %f : tensor<2x3xf32>
  // CHECK: ingot.sqrt
  %29 = ingot.sqrt %f : tensor<2x3xf32>
  // CHECK: ingot.tanh
  %30 = ingot.tanh %f : tensor<2x3xf32>
  // CHECK: ingot.is_finite %{{.*}} : tensor<2x3xf32>
  %31 = ingot.is_finite %f : tensor<2x3xf32>
  // CHECK: %[[REAL:.*]] = ingot.real %{{.*}} : tensor<2xcomplex<f32>>
  %32 = ingot.real %c : tensor<2xcomplex<f32>>
  // CHECK: %[[IMAG:.*]] = ingot.imag %{{.*}} : tensor<2xcomplex<f32>>
  %33 = ingot.imag %c : tensor<2xcomplex<f32>>
  // CHECK: ingot.complex %[[REAL]], %[[IMAG]] : tensor<2xf32>
  %34 = ingot.complex %32, %33 : tensor<2xf32>
  // CHECK: ingot.bitcast_convert %{{.*}} : (tensor<2x3xf32>) -> tensor<2x3x2xi16>
  %35 = ingot.bitcast_convert %f : (tensor<2x3xf32>) -> tensor<2x3x2xi16>
  // CHECK: ingot.reduce_precision %{{.*}} exponent = 5 mantissa = 10 : tensor<2x3xf32>
  %36 = ingot.reduce_precision %f exponent = 5 mantissa = 10 : tensor<2x3xf32>
  return
}

// CHECK-LABEL: func.func @binary
func.func @binary(%a: tensor<?x3xf32, #ingot.dims<[s0, 3]>>, %i: tensor<4xi8>) {
  // CHECK: ingot.add %{{.*}}, %{{.*}} : tensor<?x3xf32, #ingot.dims<[s0, 3]>>
  %0 = ingot.add %a, %a : tensor<?x3xf32, #ingot.dims<[s0, 3]>>
  // CHECK: ingot.and
  %1 = ingot.and %i, %i : tensor<4xi8>
  // CHECK: ingot.atan2
  %2 = ingot.atan2 %a, %a : tensor<?x3xf32, #ingot.dims<[s0, 3]>>
  // CHECK: ingot.divide
  %3 = ingot.divide %i, %i : tensor<4xi8>
  // CHECK: ingot.maximum
  %4 = ingot.maximum %i, %i : tensor<4xi8>
  // CHECK: ingot.minimum
  %5 = ingot.minimum %i, %i : tensor<4xi8>
  // CHECK: ingot.multiply
  %6 = ingot.multiply %i, %i : tensor<4xi8>
  // CHECK: ingot.or
  %7 = ingot.or %i, %i : tensor<4xi8>
  // CHECK: ingot.power
  %8 = ingot.power %i, %i : tensor<4xi8>
  // CHECK: ingot.remainder
  %9 = ingot.remainder %i, %i : tensor<4xi8>
  // CHECK: ingot.shift_left
  %10 = ingot.shift_left %i, %i : tensor<4xi8>
  // CHECK: ingot.shift_right_arithmetic
  %11 = ingot.shift_right_arithmetic %i, %i : tensor<4xi8>
  // CHECK: ingot.shift_right_logical
  %12 = ingot.shift_right_logical %i, %i : tensor<4xi8>
  // CHECK: ingot.subtract
  %13 = ingot.subtract %i, %i : tensor<4xi8>
  // CHECK: ingot.xor
  %14 = ingot.xor %i, %i : tensor<4xi8>
  // CHECK: %[[PRED:.*]] = ingot.compare LT %{{.*}}, %{{.*}} : tensor<?x3xf32, #ingot.dims<[s0, 3]>>
  %15 = ingot.compare LT %a, %a : tensor<?x3xf32, #ingot.dims<[s0, 3]>>
  // CHECK: ingot.select %[[PRED]], %{{.*}}, %{{.*}} : tensor<?x3xi1, #ingot.dims<[s0, 3]>>, tensor<?x3xf32, #ingot.dims<[s0, 3]>>
  %16 = ingot.select %15, %a, %a : tensor<?x3xi1, #ingot.dims<[s0, 3]>>, tensor<?x3xf32, #ingot.dims<[s0, 3]>>
  // CHECK: %[[LOW:.*]] = ingot.constant dense<0.000000e+00> : tensor<f32>
  %17 = ingot.constant dense<0.0> : tensor<f32>
  // CHECK: ingot.clamp %[[LOW]], %{{.*}}, %{{.*}} : (tensor<f32>, tensor<?x3xf32, #ingot.dims<[s0, 3]>>, tensor<?x3xf32, #ingot.dims<[s0, 3]>>) -> tensor<?x3xf32, #ingot.dims<[s0, 3]>>
  %18 = ingot.clamp %17, %a, %a : (tensor<f32>, tensor<?x3xf32, #ingot.dims<[s0, 3]>>, tensor<?x3xf32, #ingot.dims<[s0, 3]>>) -> tensor<?x3xf32, #ingot.dims<[s0, 3]>>
  // CHECK: ingot.convert %{{.*}} : (tensor<4xi8>) -> tensor<4xf8E4M3FN>
  %19 = ingot.convert %i : (tensor<4xi8>) -> tensor<4xf8E4M3FN>
  return
}

// CHECK-LABEL: func.func @shape
func.func @shape(%a: tensor<?x8x3xf32, #ingot.dims<[s0, 8, 3]>>, %z: tensor<f32>, %p: tensor<2x4x4xf32>) {
  // CHECK: ingot.iota dim = 1 : tensor<2x5xi64>
  %0 = ingot.iota dim = 1 : tensor<2x5xi64>
  // CHECK: ingot.size_of #{{.*}} : tensor<i64>
  %1 = ingot.size_of affine_map<()[s0, s1] -> (s0 * 2 + s1)> : tensor<i64>
  // CHECK: ingot.broadcast_in_dim %{{.*}} dims = [] : (tensor<f32>) -> tensor<?x8xf32, #ingot.dims<[s0, 8]>>
  %2 = ingot.broadcast_in_dim %z dims = [] : (tensor<f32>) -> tensor<?x8xf32, #ingot.dims<[s0, 8]>>
  // CHECK: ingot.reshape %{{.*}} : (tensor<?x8x3xf32, #ingot.dims<[s0, 8, 3]>>) -> tensor<?xf32, #ingot.dims<[s0 * 24]>>
  %3 = ingot.reshape %a : (tensor<?x8x3xf32, #ingot.dims<[s0, 8, 3]>>) -> tensor<?xf32, #ingot.dims<[s0 * 24]>>
  // CHECK: ingot.transpose %{{.*}} perm = [2, 1, 0] : (tensor<?x8x3xf32, #ingot.dims<[s0, 8, 3]>>) -> tensor<3x8x?xf32, #ingot.dims<[3, 8, s0]>>
  %4 = ingot.transpose %a perm = [2, 1, 0] : (tensor<?x8x3xf32, #ingot.dims<[s0, 8, 3]>>) -> tensor<3x8x?xf32, #ingot.dims<[3, 8, s0]>>
  // CHECK: ingot.slice %{{.*}} [0, 1, 0] to [-9223372036854775808, 8, 2] step [1, 2, 1] : (tensor<?x8x3xf32, #ingot.dims<[s0, 8, 3]>>) -> tensor<?x4x2xf32, #ingot.dims<[s0, 4, 2]>>
  %5 = ingot.slice %a [0, 1, 0] to [-9223372036854775808, 8, 2] step [1, 2, 1] : (tensor<?x8x3xf32, #ingot.dims<[s0, 8, 3]>>) -> tensor<?x4x2xf32, #ingot.dims<[s0, 4, 2]>>
  // CHECK: ingot.pad %{{.*}}, %{{.*}} low = [1, 0, -1] high = [0, 2, 0] interior = [0, 0, 1] : (tensor<?x8x3xf32, #ingot.dims<[s0, 8, 3]>>, tensor<f32>) -> tensor<?x10x4xf32, #ingot.dims<[s0 + 1, 10, 4]>>
  %6 = ingot.pad %a, %z low = [1, 0, -1] high = [0, 2, 0] interior = [0, 0, 1] : (tensor<?x8x3xf32, #ingot.dims<[s0, 8, 3]>>, tensor<f32>) -> tensor<?x10x4xf32, #ingot.dims<[s0 + 1, 10, 4]>>
  // CHECK: ingot.concatenate %{{.*}}, %{{.*}} dim = 0 : (tensor<?x8x3xf32, #ingot.dims<[s0, 8, 3]>>, tensor<?x8x3xf32, #ingot.dims<[s0, 8, 3]>>) -> tensor<?x8x3xf32, #ingot.dims<[s0 * 2, 8, 3]>>
  %7 = ingot.concatenate %a, %a dim = 0 : (tensor<?x8x3xf32, #ingot.dims<[s0, 8, 3]>>, tensor<?x8x3xf32, #ingot.dims<[s0, 8, 3]>>) -> tensor<?x8x3xf32, #ingot.dims<[s0 * 2, 8, 3]>>
  // CHECK: ingot.reverse %{{.*}} dims = [0, 2] : tensor<?x8x3xf32, #ingot.dims<[s0, 8, 3]>>
  %8 = ingot.reverse %a dims = [0, 2] : tensor<?x8x3xf32, #ingot.dims<[s0, 8, 3]>>
  // CHECK: ingot.unpack %{{.*}} dim = 1 width = 4 : (tensor<2x4x4xf32>) -> tensor<4x8xf32>
  %9 = ingot.unpack %p dim = 1 width = 4 : (tensor<2x4x4xf32>) -> tensor<4x8xf32>
  return
}

// CHECK-LABEL: func.func @contraction
func.func @contraction(%a: tensor<?x4x8xf32, #ingot.dims<[s0, 4, 8]>>, %b: tensor<?x8x16xf32, #ingot.dims<[s0, 8, 16]>>,
                       %image: tensor<?x3x32x32xf32, #ingot.dims<[s0, 3, 32, 32]>>, %filter: tensor<16x3x3x3xf32>) {
  // CHECK: ingot.dot_general %{{.*}}, %{{.*}} <batch = [0] x [0], contract = [2] x [1]> : (tensor<?x4x8xf32, #ingot.dims<[s0, 4, 8]>>, tensor<?x8x16xf32, #ingot.dims<[s0, 8, 16]>>) -> tensor<?x4x16xf32, #ingot.dims<[s0, 4, 16]>>
  %0 = ingot.dot_general %a, %b <batch = [0] x [0], contract = [2] x [1]> : (tensor<?x4x8xf32, #ingot.dims<[s0, 4, 8]>>, tensor<?x8x16xf32, #ingot.dims<[s0, 8, 16]>>) -> tensor<?x4x16xf32, #ingot.dims<[s0, 4, 16]>>
  // CHECK: ingot.convolution %{{.*}}, %{{.*}} <[b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1]> stride = [2, 2] pad = [1, 1, 1, 1] lhs_dilate = [1, 1] rhs_dilate = [1, 1] : (tensor<?x3x32x32xf32, #ingot.dims<[s0, 3, 32, 32]>>, tensor<16x3x3x3xf32>) -> tensor<?x16x16x16xf32, #ingot.dims<[s0, 16, 16, 16]>>
  %1 = ingot.convolution %image, %filter <[b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1]> stride = [2, 2] pad = [1, 1, 1, 1] lhs_dilate = [1, 1] rhs_dilate = [1, 1] : (tensor<?x3x32x32xf32, #ingot.dims<[s0, 3, 32, 32]>>, tensor<16x3x3x3xf32>) -> tensor<?x16x16x16xf32, #ingot.dims<[s0, 16, 16, 16]>>
  return
}

// CHECK-LABEL: func.func @reduction
func.func @reduction(%a: tensor<?x8xf32, #ingot.dims<[s0, 8]>>, %z: tensor<f32>) {
  // CHECK: ingot.reduce(%{{.*}} init %{{.*}}) dims = [1] : (tensor<?x8xf32, #ingot.dims<[s0, 8]>>, tensor<f32>) -> tensor<?xf32, #ingot.dims<[s0]>> {
  // CHECK-NEXT: ^bb0(%[[ACC:.*]]: tensor<f32>, %[[X:.*]]: tensor<f32>):
  %0 = ingot.reduce (%a init %z) dims = [1] : (tensor<?x8xf32, #ingot.dims<[s0, 8]>>, tensor<f32>) -> tensor<?xf32, #ingot.dims<[s0]>> {
  ^bb0(%acc: tensor<f32>, %x: tensor<f32>):
    // CHECK-NEXT: %[[SUM:.*]] = ingot.add %[[ACC]], %[[X]] : tensor<f32>
    %1 = ingot.add %acc, %x : tensor<f32>
    // CHECK-NEXT: ingot.return %[[SUM]] : tensor<f32>
    ingot.return %1 : tensor<f32>
  }
  // CHECK: ingot.reduce_window(%{{.*}} init %{{.*}}) window = [1, 2] stride = [1, 2] base_dilate = [1, 1] dilate = [1, 1] pad = [0, 0, 0, 0] : (tensor<?x8xf32, #ingot.dims<[s0, 8]>>, tensor<f32>) -> tensor<?x4xf32, #ingot.dims<[s0, 4]>>
  %2 = ingot.reduce_window (%a init %z) window = [1, 2] stride = [1, 2] base_dilate = [1, 1] dilate = [1, 1] pad = [0, 0, 0, 0] : (tensor<?x8xf32, #ingot.dims<[s0, 8]>>, tensor<f32>) -> tensor<?x4xf32, #ingot.dims<[s0, 4]>> {
  ^bb0(%acc: tensor<f32>, %x: tensor<f32>):
    %3 = ingot.maximum %acc, %x : tensor<f32>
    ingot.return %3 : tensor<f32>
  }
  return
}

// CHECK-LABEL: func.func @selection
func.func @selection(%a: tensor<?x8xf32, #ingot.dims<[s0, 8]>>, %s: tensor<?x4xf32, #ingot.dims<[s0, 4]>>, %z: tensor<f32>) {
  // CHECK: ingot.select_and_scatter %{{.*}}, %{{.*}} init %{{.*}} window = [1, 2] stride = [1, 2] pad = [0, 0, 0, 0] : (tensor<?x8xf32, #ingot.dims<[s0, 8]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<f32>) -> tensor<?x8xf32, #ingot.dims<[s0, 8]>> select {
  // CHECK:   ingot.return %{{.*}} : tensor<i1>
  // CHECK: } scatter {
  // CHECK:   ingot.return %{{.*}} : tensor<f32>
  %0 = ingot.select_and_scatter %a, %s init %z window = [1, 2] stride = [1, 2] pad = [0, 0, 0, 0] : (tensor<?x8xf32, #ingot.dims<[s0, 8]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<f32>) -> tensor<?x8xf32, #ingot.dims<[s0, 8]>> select {
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %1 = ingot.compare GE %x, %y : tensor<f32>
    ingot.return %1 : tensor<i1>
  } scatter {
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %1 = ingot.add %x, %y : tensor<f32>
    ingot.return %1 : tensor<f32>
  }
  return
}

// CHECK-LABEL: func.func @indexing
func.func @indexing(%x: tensor<?x8xf32, #ingot.dims<[s0, 8]>>, %ids: tensor<?x1xi64, #ingot.dims<[s1, 1]>>, %i: tensor<i32>,
                    %rows: tensor<?x8xf32, #ingot.dims<[s1, 8]>>, %cell: tensor<1x2xf32>) {
  // CHECK: ingot.gather %{{.*}}, %{{.*}} <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1> {indices_are_sorted} : (tensor<?x8xf32, #ingot.dims<[s0, 8]>>, tensor<?x1xi64, #ingot.dims<[s1, 1]>>) -> tensor<?x8xf32, #ingot.dims<[s1, 8]>>
  %0 = ingot.gather %x, %ids <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1> {indices_are_sorted} : (tensor<?x8xf32, #ingot.dims<[s0, 8]>>, tensor<?x1xi64, #ingot.dims<[s1, 1]>>) -> tensor<?x8xf32, #ingot.dims<[s1, 8]>>
  // CHECK: ingot.scatter(%{{.*}}, %{{.*}}), %{{.*}}, (%{{.*}}, %{{.*}}) <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1> {unique_indices} : (
  // CHECK-NEXT: ^bb0(%{{.*}}: tensor<f32>, %[[B:.*]]: tensor<f32>, %{{.*}}: tensor<f32>, %[[D:.*]]: tensor<f32>):
  %1:2 = ingot.scatter (%x, %x), %ids, (%rows, %rows) <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1> {unique_indices} : (tensor<?x8xf32, #ingot.dims<[s0, 8]>>, tensor<?x8xf32, #ingot.dims<[s0, 8]>>, tensor<?x1xi64, #ingot.dims<[s1, 1]>>, tensor<?x8xf32, #ingot.dims<[s1, 8]>>, tensor<?x8xf32, #ingot.dims<[s1, 8]>>) -> (tensor<?x8xf32, #ingot.dims<[s0, 8]>>, tensor<?x8xf32, #ingot.dims<[s0, 8]>>) {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>, %c: tensor<f32>, %d: tensor<f32>):
    // CHECK-NEXT: ingot.return %[[B]], %[[D]] : tensor<f32>, tensor<f32>
    ingot.return %b, %d : tensor<f32>, tensor<f32>
  }
  // CHECK: ingot.dynamic_slice %{{.*}}[%{{.*}}, %{{.*}}] : (tensor<?x8xf32, #ingot.dims<[s0, 8]>>, tensor<i32>, tensor<i32>) -> tensor<1x2xf32>
  %2 = ingot.dynamic_slice %x [%i, %i] : (tensor<?x8xf32, #ingot.dims<[s0, 8]>>, tensor<i32>, tensor<i32>) -> tensor<1x2xf32>
  // CHECK: ingot.dynamic_update_slice %{{.*}}, %{{.*}}[%{{.*}}, %{{.*}}] : (tensor<?x8xf32, #ingot.dims<[s0, 8]>>, tensor<1x2xf32>, tensor<i32>, tensor<i32>) -> tensor<?x8xf32, #ingot.dims<[s0, 8]>>
  %3 = ingot.dynamic_update_slice %x, %cell [%i, %i] : (tensor<?x8xf32, #ingot.dims<[s0, 8]>>, tensor<1x2xf32>, tensor<i32>, tensor<i32>) -> tensor<?x8xf32, #ingot.dims<[s0, 8]>>
  return
}

// CHECK-LABEL: func.func @ordering
func.func @ordering(%x: tensor<?x8xf32, #ingot.dims<[s0, 8]>>, %z: tensor<f32>) {
  // CHECK: ingot.sort(%{{.*}}) dim = 0 : (tensor<?x8xf32, #ingot.dims<[s0, 8]>>) -> tensor<?x8xf32, #ingot.dims<[s0, 8]>> {
  %0 = ingot.sort (%x) dim = 0 : (tensor<?x8xf32, #ingot.dims<[s0, 8]>>) -> tensor<?x8xf32, #ingot.dims<[s0, 8]>> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %1 = ingot.compare GT %a, %b : tensor<f32>
    ingot.return %1 : tensor<i1>
  }
  // CHECK: ingot.top_k %{{.*}} : (tensor<?x8xf32, #ingot.dims<[s0, 8]>>) -> (tensor<?x3xf32, #ingot.dims<[s0, 3]>>, tensor<?x3xi32, #ingot.dims<[s0, 3]>>)
  %2, %3 = ingot.top_k %x : (tensor<?x8xf32, #ingot.dims<[s0, 8]>>) -> (tensor<?x3xf32, #ingot.dims<[s0, 3]>>, tensor<?x3xi32, #ingot.dims<[s0, 3]>>)
  // CHECK: ingot.scan(%{{.*}} init %{{.*}}) dim = 1 exclusive reverse : (tensor<?x8xf32, #ingot.dims<[s0, 8]>>, tensor<f32>) -> tensor<?x8xf32, #ingot.dims<[s0, 8]>> {
  %4 = ingot.scan (%x init %z) dim = 1 exclusive reverse : (tensor<?x8xf32, #ingot.dims<[s0, 8]>>, tensor<f32>) -> tensor<?x8xf32, #ingot.dims<[s0, 8]>> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %5 = ingot.add %a, %b : tensor<f32>
    ingot.return %5 : tensor<f32>
  }
  // CHECK: ingot.scan(%{{.*}} init %{{.*}}) dim = 0 : (tensor<?x8xf32
  %6 = ingot.scan (%x init %z) dim = 0 : (tensor<?x8xf32, #ingot.dims<[s0, 8]>>, tensor<f32>) -> tensor<?x8xf32, #ingot.dims<[s0, 8]>> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    ingot.return %b : tensor<f32>
  }
  return
}

// CHECK-LABEL: func.func @linear_algebra
func.func @linear_algebra(%a: tensor<?x3x3xf32, #ingot.dims<[s0, 3, 3]>>, %b: tensor<?x3x2xf32, #ingot.dims<[s0, 3, 2]>>, %d: tensor<4xcomplex<f64>>,
                          %c: tensor<4x1xcomplex<f64>>, %x: tensor<?x8xf32, #ingot.dims<[s0, 8]>>) {
  // CHECK: ingot.cholesky %{{.*}} lower : (tensor<?x3x3xf32, #ingot.dims<[s0, 3, 3]>>) -> (tensor<?x3x3xf32, #ingot.dims<[s0, 3, 3]>>, tensor<?xi32, #ingot.dims<[s0]>>)
  %0:2 = ingot.cholesky %a lower : (tensor<?x3x3xf32, #ingot.dims<[s0, 3, 3]>>) -> (tensor<?x3x3xf32, #ingot.dims<[s0, 3, 3]>>, tensor<?xi32, #ingot.dims<[s0]>>)
  // CHECK: ingot.cholesky %{{.*}} : (tensor<?x3x3xf32
  %1:2 = ingot.cholesky %a : (tensor<?x3x3xf32, #ingot.dims<[s0, 3, 3]>>) -> (tensor<?x3x3xf32, #ingot.dims<[s0, 3, 3]>>, tensor<?xi32, #ingot.dims<[s0]>>)
  // CHECK: ingot.triangular_solve ADJOINT %{{.*}}, %{{.*}} left lower unit : (tensor<?x3x3xf32, #ingot.dims<[s0, 3, 3]>>, tensor<?x3x2xf32, #ingot.dims<[s0, 3, 2]>>) -> tensor<?x3x2xf32, #ingot.dims<[s0, 3, 2]>>
  %2 = ingot.triangular_solve ADJOINT %a, %b left lower unit : (tensor<?x3x3xf32, #ingot.dims<[s0, 3, 3]>>, tensor<?x3x2xf32, #ingot.dims<[s0, 3, 2]>>) -> tensor<?x3x2xf32, #ingot.dims<[s0, 3, 2]>>
  // CHECK: ingot.triangular_solve NO_TRANSPOSE %{{.*}}, %{{.*}} : (tensor<?x3x3xf32
  %3 = ingot.triangular_solve NO_TRANSPOSE %a, %a : (tensor<?x3x3xf32, #ingot.dims<[s0, 3, 3]>>, tensor<?x3x3xf32, #ingot.dims<[s0, 3, 3]>>) -> tensor<?x3x3xf32, #ingot.dims<[s0, 3, 3]>>
  // CHECK: ingot.lu %{{.*}} : (tensor<?x3x2xf32, #ingot.dims<[s0, 3, 2]>>) -> (tensor<?x3x2xf32, #ingot.dims<[s0, 3, 2]>>, tensor<?x2xi32, #ingot.dims<[s0, 2]>>, tensor<?xi32, #ingot.dims<[s0]>>)
  %4:3 = ingot.lu %b : (tensor<?x3x2xf32, #ingot.dims<[s0, 3, 2]>>) -> (tensor<?x3x2xf32, #ingot.dims<[s0, 3, 2]>>, tensor<?x2xi32, #ingot.dims<[s0, 2]>>, tensor<?xi32, #ingot.dims<[s0]>>)
  // CHECK: ingot.householder_qr %{{.*}} : (tensor<?x3x2xf32, #ingot.dims<[s0, 3, 2]>>) -> (tensor<?x3x2xf32, #ingot.dims<[s0, 3, 2]>>, tensor<?x2xf32, #ingot.dims<[s0, 2]>>)
  %5:2 = ingot.householder_qr %b : (tensor<?x3x2xf32, #ingot.dims<[s0, 3, 2]>>) -> (tensor<?x3x2xf32, #ingot.dims<[s0, 3, 2]>>, tensor<?x2xf32, #ingot.dims<[s0, 2]>>)
  // CHECK: ingot.householder_product %{{.*}}, %{{.*}} : (tensor<?x3x2xf32, #ingot.dims<[s0, 3, 2]>>, tensor<?x2xf32, #ingot.dims<[s0, 2]>>) -> tensor<?x3x2xf32, #ingot.dims<[s0, 3, 2]>>
  %6 = ingot.householder_product %5#0, %5#1 : (tensor<?x3x2xf32, #ingot.dims<[s0, 3, 2]>>, tensor<?x2xf32, #ingot.dims<[s0, 2]>>) -> tensor<?x3x2xf32, #ingot.dims<[s0, 3, 2]>>
  // CHECK: ingot.tridiagonal_solve %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : (tensor<4xcomplex<f64>>, tensor<4xcomplex<f64>>, tensor<4xcomplex<f64>>, tensor<4x1xcomplex<f64>>) -> (tensor<4xcomplex<f64>>, tensor<4xcomplex<f64>>, tensor<4xcomplex<f64>>, tensor<4x1xcomplex<f64>>, tensor<i32>)
  %7:5 = ingot.tridiagonal_solve %d, %d, %d, %c : (tensor<4xcomplex<f64>>, tensor<4xcomplex<f64>>, tensor<4xcomplex<f64>>, tensor<4x1xcomplex<f64>>) -> (tensor<4xcomplex<f64>>, tensor<4xcomplex<f64>>, tensor<4xcomplex<f64>>, tensor<4x1xcomplex<f64>>, tensor<i32>)
  // CHECK: ingot.fft RFFT %{{.*}} length = [8] : (tensor<?x8xf32, #ingot.dims<[s0, 8]>>) -> tensor<?x5xcomplex<f32>, #ingot.dims<[s0, 5]>>
  %8 = ingot.fft RFFT %x length = [8] : (tensor<?x8xf32, #ingot.dims<[s0, 8]>>) -> tensor<?x5xcomplex<f32>, #ingot.dims<[s0, 5]>>
  return
}

// CHECK-LABEL: func.func @numbers
func.func @numbers(%x: tensor<?x8xf32, #ingot.dims<[s0, 8]>>, %scale: tensor<?x2xf32, #ingot.dims<[s0, 2]>>, %one: tensor<f32>, %zero: tensor<i8>,
                   %state: tensor<2xui64>, %image: tensor<1x3x4x?xf32, #ingot.dims<[1, 3, 4, s1]>>) {
  // CHECK: %[[Q:.*]] = ingot.quantize %{{.*}} scale %{{.*}} zero_point %{{.*}} : (tensor<?x8xf32, #ingot.dims<[s0, 8]>>, tensor<f32>, tensor<i8>) -> tensor<?x8xi8, #ingot.dims<[s0, 8]>>
  %0 = ingot.quantize %x scale %one zero_point %zero : (tensor<?x8xf32, #ingot.dims<[s0, 8]>>, tensor<f32>, tensor<i8>) -> tensor<?x8xi8, #ingot.dims<[s0, 8]>>
  // CHECK: ingot.dequantize %[[Q]] scale %{{.*}} axis = 1 block = 4 : (tensor<?x8xi8, #ingot.dims<[s0, 8]>>, tensor<?x2xf32, #ingot.dims<[s0, 2]>>) -> tensor<?x8xf32, #ingot.dims<[s0, 8]>>
  %1 = ingot.dequantize %0 scale %scale axis = 1 block = 4 : (tensor<?x8xi8, #ingot.dims<[s0, 8]>>, tensor<?x2xf32, #ingot.dims<[s0, 2]>>) -> tensor<?x8xf32, #ingot.dims<[s0, 8]>>
  // CHECK: ingot.rng_bit_generator THREE_FRY %{{.*}} : (tensor<2xui64>) -> (tensor<2xui64>, tensor<?xui32, #ingot.dims<[s0]>>)
  %2, %3 = ingot.rng_bit_generator THREE_FRY %state : (tensor<2xui64>) -> (tensor<2xui64>, tensor<?xui32, #ingot.dims<[s0]>>)
  // CHECK: ingot.rng NORMAL %{{.*}}, %{{.*}} seed = -3 : (tensor<f32>, tensor<f32>) -> tensor<?x2xf32, #ingot.dims<[s0, 2]>>
  %4 = ingot.rng NORMAL %one, %one seed = -3 : (tensor<f32>, tensor<f32>) -> tensor<?x2xf32, #ingot.dims<[s0, 2]>>
  // CHECK: ingot.interpolate LINEAR HALF_PIXEL %{{.*}} dims = [2, 3] : (tensor<1x3x4x?xf32, #ingot.dims<[1, 3, 4, s1]>>) -> tensor<1x3x8x?xf32, #ingot.dims<[1, 3, 8, s1 * 2]>>
  %5 = ingot.interpolate LINEAR HALF_PIXEL %image dims = [2, 3] : (tensor<1x3x4x?xf32, #ingot.dims<[1, 3, 4, s1]>>) -> tensor<1x3x8x?xf32, #ingot.dims<[1, 3, 8, s1 * 2]>>
  // CHECK: ingot.interpolate CUBIC TF_CROP_AND_RESIZE %{{.*}} dims = [2] scales = [2.500000e+00] {antialias, cubic_coeff = -5.000000e-01 : f64, exclude_outside, extrapolation_value = 1.000000e+00 : f64, roi = array<f64: 2.500000e-01, 7.500000e-01>} : (
  %6 = ingot.interpolate CUBIC TF_CROP_AND_RESIZE %image dims = [2] scales = [2.5] {antialias, cubic_coeff = -0.5 : f64, exclude_outside, extrapolation_value = 1.0 : f64, roi = array<f64: 0.25, 0.75>} : (tensor<1x3x4x?xf32, #ingot.dims<[1, 3, 4, s1]>>) -> tensor<1x3x10x?xf32, #ingot.dims<[1, 3, 10, s1]>>
  // CHECK: ingot.interpolate NEAREST ASYMMETRIC %{{.*}} dims = [2] nearest = FLOOR : (
  %7 = ingot.interpolate NEAREST ASYMMETRIC %image dims = [2] nearest = FLOOR : (tensor<1x3x4x?xf32, #ingot.dims<[1, 3, 4, s1]>>) -> tensor<1x3x2x?xf32, #ingot.dims<[1, 3, 2, s1]>>
  return
}

// CHECK-LABEL: func.func @control_flow
func.func @control_flow(%p: tensor<i1>, %index: tensor<i32>, %x: tensor<?xf32, #ingot.dims<[s0]>>) {
  // CHECK: ingot.if %{{.*}} : (tensor<i1>) -> tensor<?xf32, #ingot.dims<[s0]>> {
  // CHECK-NEXT: ingot.return
  // CHECK-NEXT: } else {
  %0 = ingot.if %p : (tensor<i1>) -> tensor<?xf32, #ingot.dims<[s0]>> {
    ingot.return %x : tensor<?xf32, #ingot.dims<[s0]>>
  } else {
    %1 = ingot.negate %x : tensor<?xf32, #ingot.dims<[s0]>>
    ingot.return %1 : tensor<?xf32, #ingot.dims<[s0]>>
  }
  // CHECK: ingot.case %{{.*}} : (tensor<i32>) -> tensor<i32> {
  // CHECK-NEXT: ingot.return
  // CHECK-NEXT: }, {
  %2 = ingot.case %index : (tensor<i32>) -> tensor<i32> {
    ingot.return %index : tensor<i32>
  }, {
    %3 = ingot.negate %index : tensor<i32>
    ingot.return %3 : tensor<i32>
  }
  // CHECK: ingot.while(%{{.*}}, %{{.*}}) : (tensor<i32>, tensor<?xf32, #ingot.dims<[s0]>>) -> (tensor<i32>, tensor<?xf32, #ingot.dims<[s0]>>) cond {
  // CHECK: } do {
  %4:2 = ingot.while (%2, %0) : (tensor<i32>, tensor<?xf32, #ingot.dims<[s0]>>) -> (tensor<i32>, tensor<?xf32, #ingot.dims<[s0]>>) cond {
  ^bb0(%i: tensor<i32>, %value: tensor<?xf32, #ingot.dims<[s0]>>):
    %5 = ingot.compare LT %i, %index : tensor<i32>
    ingot.return %5 : tensor<i1>
  } do {
  ^bb0(%i: tensor<i32>, %value: tensor<?xf32, #ingot.dims<[s0]>>):
    %5 = ingot.add %i, %i : tensor<i32>
    %6 = ingot.add %value, %x : tensor<?xf32, #ingot.dims<[s0]>>
    ingot.return %5, %6 : tensor<i32>, tensor<?xf32, #ingot.dims<[s0]>>
  }
  return
}

func.func private @gelu(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

// CHECK: ingot.kernel @relu emitter "linalg" plan {tile = 8 : i64} {
// CHECK-NEXT: ^bb0(%{{.*}}: tensor<4xf32>):
ingot.kernel @relu emitter "linalg" plan {tile = 8 : i64} {
^bb0(%x: tensor<4xf32>):
  %0 = ingot.abs %x : tensor<4xf32>
  ingot.return %0 : tensor<4xf32>
}
// CHECK: ingot.kernel @bare {
ingot.kernel @bare {
^bb0(%x: tensor<4xf32>):
  ingot.return %x : tensor<4xf32>
}

// CHECK-LABEL: func.func @program
func.func @program(%x: tensor<4xf32> {ingot.name = "x"}) -> (tensor<4xf32> {ingot.name = "y"}) attributes {ingot.entry} {
  // CHECK: ingot.get_weight @plain : tensor<4xf32>
  %w = ingot.get_weight @plain : tensor<4xf32>
  // CHECK: ingot.fusion "add_abs"(%{{.*}}, %{{.*}}) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> {
  %0 = ingot.fusion "add_abs" (%x, %w) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    %1 = ingot.add %a, %b : tensor<4xf32>
    %2 = ingot.abs %1 : tensor<4xf32>
    ingot.return %2 : tensor<4xf32>
  }
  // CHECK: ingot.composite "gelu"(%{{.*}}) as @gelu : (tensor<4xf32>) -> tensor<4xf32>
  %3 = ingot.composite "gelu" (%0) as @gelu : (tensor<4xf32>) -> tensor<4xf32>
  // CHECK: ingot.dispatch @relu(%{{.*}}) inplace [0] : (tensor<4xf32>) -> tensor<4xf32>
  %4 = ingot.dispatch @relu (%3) inplace [0] : (tensor<4xf32>) -> tensor<4xf32>
  // CHECK: ingot.dispatch @bare(%{{.*}}) : (tensor<4xf32>) -> tensor<4xf32>
  %5 = ingot.dispatch @bare (%4) : (tensor<4xf32>) -> tensor<4xf32>
  // CHECK: ingot.copy %{{.*}} : tensor<4xf32>
  %6 = ingot.copy %5 : tensor<4xf32>
  return %6 : tensor<4xf32>
}
}
