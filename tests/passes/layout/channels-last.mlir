// RUN: ingot-opt %s --channels-last | FileCheck %s

// Between two convolutions nothing is transposed; one transpose stands at each edge.
// CHECK-LABEL: func.func @chain
// CHECK-SAME:    (%[[X:[a-z0-9]*]]: tensor<1x3x9x9xf32>
// CHECK:         ingot.transpose %[[X]] perm = [0, 2, 3, 1] : (tensor<1x3x9x9xf32>) -> tensor<1x9x9x3xf32>
// CHECK:         ingot.convolution {{.*}}<[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]>{{.*}} -> tensor<1x7x7x4xf32>
// CHECK:         ingot.broadcast_in_dim %{{.*}} dims = [3] : (tensor<4xf32>) -> tensor<1x7x7x4xf32>
// CHECK:         ingot.add {{.*}} : tensor<1x7x7x4xf32>
// CHECK:         ingot.maximum {{.*}} : tensor<1x7x7x4xf32>
// CHECK:         ingot.pad {{.*}} low = [0, 0, 0, 0] high = [0, 1, 1, 0]{{.*}} -> tensor<1x8x8x4xf32>
// CHECK:         ingot.reduce_window{{.*}} window = [1, 2, 2, 1] stride = [1, 2, 2, 1]{{.*}} -> tensor<1x4x4x4xf32>
// CHECK:         ingot.convolution {{.*}}<[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]>{{.*}} -> tensor<1x2x2x5xf32>
// CHECK:         %[[Y:.*]] = ingot.transpose %{{.*}} perm = [0, 3, 1, 2] : (tensor<1x2x2x5xf32>) -> tensor<1x5x2x2xf32>
// CHECK-NEXT:    return %[[Y]]
func.func @chain(%x: tensor<1x3x9x9xf32>, %k: tensor<4x3x3x3xf32>, %b: tensor<4xf32>, %k2: tensor<5x4x3x3xf32>) -> tensor<1x5x2x2xf32> {
  %one = ingot.constant dense<1.0> : tensor<f32>
  %zeros = ingot.constant dense<0.0> : tensor<1x4x7x7xf32>
  %0 = ingot.convolution %x, %k <[b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1]> stride = [1, 1] pad = [0, 0, 0, 0] lhs_dilate = [1, 1] rhs_dilate = [1, 1] : (tensor<1x3x9x9xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x7x7xf32>
  %1 = ingot.broadcast_in_dim %b dims = [1] : (tensor<4xf32>) -> tensor<1x4x7x7xf32>
  %2 = ingot.add %0, %1 : tensor<1x4x7x7xf32>
  %3 = ingot.maximum %2, %zeros : tensor<1x4x7x7xf32>
  %4 = ingot.pad %3, %one low = [0, 0, 0, 0] high = [0, 0, 1, 1] interior = [0, 0, 0, 0] : (tensor<1x4x7x7xf32>, tensor<f32>) -> tensor<1x4x8x8xf32>
  %5 = ingot.reduce_window(%4 init %one) window = [1, 1, 2, 2] stride = [1, 1, 2, 2] base_dilate = [1, 1, 1, 1] dilate = [1, 1, 1, 1] pad = [0, 0, 0, 0, 0, 0, 0, 0] : (tensor<1x4x8x8xf32>, tensor<f32>) -> tensor<1x4x4x4xf32> {
  ^bb0(%p: tensor<f32>, %q: tensor<f32>):
    %m = ingot.maximum %p, %q : tensor<f32>
    ingot.return %m : tensor<f32>
  }
  %6 = ingot.convolution %5, %k2 <[b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1]> stride = [1, 1] pad = [0, 0, 0, 0] lhs_dilate = [1, 1] rhs_dilate = [1, 1] : (tensor<1x4x4x4xf32>, tensor<5x4x3x3xf32>) -> tensor<1x5x2x2xf32>
  return %6 : tensor<1x5x2x2xf32>
}

// A flattening in front of a product permutes the rows of the weight.
// CHECK: ingot.weight @fc = <"fc" : tensor<100x7xf32>> [#ingot.shape<[4, 5, 5, 7]>, #ingot.permute<[1, 2, 0, 3]>, #ingot.shape<[100, 7]>] : tensor<100x7xf32>
ingot.weight @fc = <"fc" : tensor<100x7xf32>> [] : tensor<100x7xf32>
// CHECK-LABEL: func.func @flatten
// CHECK:         %[[C:.*]] = ingot.convolution
// CHECK:         %[[F:.*]] = ingot.reshape %[[C]] : (tensor<1x5x5x4xf32>) -> tensor<1x100xf32>
// CHECK:         ingot.dot_general %[[F]]
func.func @flatten(%x: tensor<1x3x7x7xf32>, %k: tensor<4x3x3x3xf32>) -> tensor<1x7xf32> {
  %fc = ingot.get_weight @fc : tensor<100x7xf32>
  %0 = ingot.convolution %x, %k <[b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1]> stride = [1, 1] pad = [0, 0, 0, 0] lhs_dilate = [1, 1] rhs_dilate = [1, 1] : (tensor<1x3x7x7xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x5x5xf32>
  %1 = ingot.reshape %0 : (tensor<1x4x5x5xf32>) -> tensor<1x100xf32>
  %2 = ingot.dot_general %1, %fc <batch = [] x [], contract = [1] x [0]> : (tensor<1x100xf32>, tensor<100x7xf32>) -> tensor<1x7xf32>
  return %2 : tensor<1x7xf32>
}

// A mean over all places needs no transpose behind it; a residual from outside gets one.
// CHECK-LABEL: func.func @pool_and_residual
// CHECK:         ingot.reduce({{.*}}) dims = [1, 2] : (tensor<2x7x7x3xf32>, tensor<f32>) -> tensor<2x3xf32>
// CHECK-NOT:     ingot.transpose
// CHECK:         return
func.func @pool_and_residual(%x: tensor<2x3x7x7xf32>, %k: tensor<3x3x1x1xf32>) -> tensor<2x3xf32> {
  %zero = ingot.constant dense<0.0> : tensor<f32>
  %0 = ingot.convolution %x, %k <[b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1]> stride = [1, 1] pad = [0, 0, 0, 0] lhs_dilate = [1, 1] rhs_dilate = [1, 1] : (tensor<2x3x7x7xf32>, tensor<3x3x1x1xf32>) -> tensor<2x3x7x7xf32>
  %1 = ingot.add %0, %x : tensor<2x3x7x7xf32>
  %2 = ingot.reduce(%1 init %zero) dims = [2, 3] : (tensor<2x3x7x7xf32>, tensor<f32>) -> tensor<2x3xf32> {
  ^bb0(%p: tensor<f32>, %q: tensor<f32>):
    %m = ingot.add %p, %q : tensor<f32>
    ingot.return %m : tensor<f32>
  }
  return %2 : tensor<2x3xf32>
}

// With one spatial dim the transpose is its own inverse. It moves past what comes from transposes, broadcasts and constants, and stops at
// a value computed in the other order.
// CHECK-LABEL: func.func @one_spatial_dim
// CHECK:         %[[C:.*]] = ingot.convolution {{.*}} -> tensor<1x7x4xf32>
// CHECK:         %[[B:.*]] = ingot.broadcast_in_dim %{{.*}} dims = [0, 2] : (tensor<1x4xf32>) -> tensor<1x7x4xf32>
// CHECK:         %[[M:.*]] = ingot.multiply %[[C]], %[[B]] : tensor<1x7x4xf32>
// CHECK:         %[[T:.*]] = ingot.transpose %[[M]] perm = [0, 2, 1]
// CHECK-NEXT:    %[[A:.*]] = ingot.add %[[T]], %{{.*}} : tensor<1x4x7xf32>
// CHECK-NEXT:    return %[[A]]
func.func @one_spatial_dim(%x: tensor<1x3x9xf32>, %k: tensor<4x3x3xf32>, %gate: tensor<1x4xf32>, %skip: tensor<1x4x7xf32>) -> tensor<1x4x7xf32> {
  %0 = ingot.convolution %x, %k <[b, f, 0]x[o, i, 0]->[b, f, 0]> stride = [1] pad = [0, 0] lhs_dilate = [1] rhs_dilate = [1] : (tensor<1x3x9xf32>, tensor<4x3x3xf32>) -> tensor<1x4x7xf32>
  %1 = ingot.broadcast_in_dim %gate dims = [0, 1] : (tensor<1x4xf32>) -> tensor<1x4x7xf32>
  %2 = ingot.multiply %0, %1 : tensor<1x4x7xf32>
  %3 = ingot.add %2, %skip : tensor<1x4x7xf32>
  return %3 : tensor<1x4x7xf32>
}
