// RUN: ingot-opt %s --split-dilations | FileCheck %s

module attributes {ingot.sizes = [#ingot.size<"n", 1 to 64>]} {
// A transposed convolution of 4 taps by 2: both phases read two taps, every other one.
// CHECK-LABEL: func.func @phases
// CHECK-SAME:    (%[[X:.*]]: tensor<1x32x16xf32>, %[[W:.*]]: tensor<4x16x8xf32>)
// CHECK-DAG:     %[[EVEN:.*]] = ingot.slice %[[W]] [0, 0, 0] to [4, 16, 8] step [2, 1, 1] {{.*}} -> tensor<2x16x8xf32>
// CHECK-DAG:     %[[ODD:.*]] = ingot.slice %[[W]] [1, 0, 0] to [4, 16, 8] step [2, 1, 1] {{.*}} -> tensor<2x16x8xf32>
// CHECK-DAG:     %[[A:.*]] = ingot.convolution %[[X]], %[[EVEN]] {{.*}} stride = [1] pad = [1, 0] lhs_dilate = [1] rhs_dilate = [1] {{.*}} -> tensor<1x32x8xf32>
// CHECK-DAG:     %[[B:.*]] = ingot.convolution %[[X]], %[[ODD]] {{.*}} stride = [1] pad = [0, 1] lhs_dilate = [1] rhs_dilate = [1] {{.*}} -> tensor<1x32x8xf32>
// CHECK-DAG:     %[[AR:.*]] = ingot.reshape %[[A]] {{.*}} -> tensor<1x32x1x8xf32>
// CHECK-DAG:     %[[BR:.*]] = ingot.reshape %[[B]] {{.*}} -> tensor<1x32x1x8xf32>
// CHECK:         %[[BOTH:.*]] = ingot.concatenate %[[AR]], %[[BR]] dim = 2 {{.*}} -> tensor<1x32x2x8xf32>
// CHECK-NEXT:    %[[R:.*]] = ingot.reshape %[[BOTH]] {{.*}} -> tensor<1x64x8xf32>
// CHECK-NEXT:    return %[[R]]
func.func @phases(%x: tensor<1x32x16xf32>, %w: tensor<4x16x8xf32>) -> tensor<1x64x8xf32> {
  %0 = ingot.convolution %x, %w <[b, 0, f]x[0, i, o]->[b, 0, f]> stride = [1] pad = [2, 2] lhs_dilate = [2] rhs_dilate = [1] : (tensor<1x32x16xf32>, tensor<4x16x8xf32>) -> tensor<1x64x8xf32>
  return %0 : tensor<1x64x8xf32>
}

// Phases without taps are zeros; what is behind the result is cut off.
// CHECK-LABEL: func.func @gaps
// CHECK:         %[[ZEROS:.*]] = ingot.broadcast_in_dim {{.*}} -> tensor<1x32x64xf32>
// CHECK:         %[[ZERO:.*]] = ingot.reshape %[[ZEROS]] {{.*}} -> tensor<1x32x1x64xf32>
// CHECK:         ingot.concatenate %{{.*}}, %{{.*}}, %[[ZERO]] dim = 2 {{.*}} -> tensor<1x32x3x64xf32>
// CHECK:         ingot.slice {{.*}} -> tensor<1x95x64xf32>
func.func @gaps(%x: tensor<1x32x16xf32>, %w: tensor<2x16x64xf32>) -> tensor<1x95x64xf32> {
  %0 = ingot.convolution %x, %w <[b, 0, f]x[0, i, o]->[b, 0, f]> stride = [1] pad = [1, 1] lhs_dilate = [3] rhs_dilate = [1] : (tensor<1x32x16xf32>, tensor<2x16x64xf32>) -> tensor<1x95x64xf32>
  return %0 : tensor<1x95x64xf32>
}

// Two dims, one of them dilated with strides of the other; sizes of run time.
// CHECK-LABEL: func.func @open
// CHECK-COUNT-2: ingot.convolution {{.*}} stride = [2, 1] {{.*}} lhs_dilate = [1, 1] {{.*}} -> tensor<1x8x?x8xf32, #ingot.dims<[1, 8, s0, 8]>>
// CHECK:         ingot.slice {{.*}} -> tensor<1x8x?x8xf32, #ingot.dims<[1, 8, s0 * 2 - 1, 8]>>
func.func @open(%x: tensor<1x16x?x16xf32, #ingot.dims<[1, 16, s0, 16]>>, %w: tensor<3x3x16x8xf32>) -> tensor<1x8x?x8xf32, #ingot.dims<[1, 8, s0 * 2 - 1, 8]>> {
  %0 = ingot.convolution %x, %w <[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]> stride = [2, 1] pad = [1, 1, 1, 1] lhs_dilate = [1, 2] rhs_dilate = [1, 1] : (tensor<1x16x?x16xf32, #ingot.dims<[1, 16, s0, 16]>>, tensor<3x3x16x8xf32>) -> tensor<1x8x?x8xf32, #ingot.dims<[1, 8, s0 * 2 - 1, 8]>>
  return %0 : tensor<1x8x?x8xf32, #ingot.dims<[1, 8, s0 * 2 - 1, 8]>>
}

// Padding that cuts the input leaves a part of it.
// CHECK-LABEL: func.func @cut
// CHECK-DAG:     %[[PART:.*]] = ingot.slice %arg0 [0, 1, 0] to [{{[-0-9]*}}, 30, {{[-0-9]*}}] {{.*}} -> tensor<1x29x16xf32>
// CHECK-DAG:     ingot.convolution %[[PART]], {{.*}} pad = [0, 0] lhs_dilate = [1] {{.*}} -> tensor<1x28x16xf32>
// CHECK-NOT:     lhs_dilate = [2]
// CHECK:         return
func.func @cut(%x: tensor<1x32x16xf32>, %w: tensor<4x16x16xf32>) -> tensor<1x56x16xf32> {
  %0 = ingot.convolution %x, %w <[b, 0, f]x[0, i, o]->[b, 0, f]> stride = [1] pad = [-2, -2] lhs_dilate = [2] rhs_dilate = [1] : (tensor<1x32x16xf32>, tensor<4x16x16xf32>) -> tensor<1x56x16xf32>
  return %0 : tensor<1x56x16xf32>
}

// Small ones and those with steps stay.
// CHECK-LABEL: func.func @stay
// CHECK-COUNT-2: lhs_dilate = [2]
func.func @stay(%x: tensor<1x32x16xf32>, %s: tensor<1x4x1xf32>, %v: tensor<4x1x1xf32>, %w: tensor<4x16x8xf32>) -> (tensor<1x8x1xf32>, tensor<1x32x8xf32>) {
  %0 = ingot.convolution %s, %v <[b, 0, f]x[0, i, o]->[b, 0, f]> stride = [1] pad = [2, 2] lhs_dilate = [2] rhs_dilate = [1] : (tensor<1x4x1xf32>, tensor<4x1x1xf32>) -> tensor<1x8x1xf32>
  %1 = ingot.convolution %x, %w <[b, 0, f]x[0, i, o]->[b, 0, f]> stride = [2] pad = [2, 2] lhs_dilate = [2] rhs_dilate = [1] : (tensor<1x32x16xf32>, tensor<4x16x8xf32>) -> tensor<1x32x8xf32>
  return %0, %1 : tensor<1x8x1xf32>, tensor<1x32x8xf32>
}
}
