// RUN: ingot-opt %s --move-shapes | FileCheck %s

// CHECK-LABEL: func.func @squeeze
// CHECK-SAME:    (%[[X:.*]]: tensor<8x1x1xf32>)
// CHECK:         %[[V:.*]] = ingot.reshape %[[X]] : (tensor<8x1x1xf32>) -> tensor<8xf32>
// CHECK:         ingot.broadcast_in_dim %[[V]] dims = [1] : (tensor<8xf32>) -> tensor<2x8x4x4xf32>
func.func @squeeze(%x: tensor<8x1x1xf32>) -> tensor<2x8x4x4xf32> {
  %0 = ingot.broadcast_in_dim %x dims = [1, 2, 3] : (tensor<8x1x1xf32>) -> tensor<2x8x4x4xf32>
  return %0 : tensor<2x8x4x4xf32>
}

// The rows of a reduction keep a batch of one; what is repeated goes.
// CHECK-LABEL: func.func @keep_rows
// CHECK:         ingot.reshape %{{.*}} : (tensor<1x9x1xf32>) -> tensor<1x9xf32>
// CHECK:         ingot.broadcast_in_dim %{{.*}} dims = [0, 1] : (tensor<1x9xf32>) -> tensor<1x9x2xf32>
func.func @keep_rows(%x: tensor<1x9x1xf32>) -> tensor<1x9x2xf32> {
  %0 = ingot.broadcast_in_dim %x dims = [0, 1, 2] : (tensor<1x9x1xf32>) -> tensor<1x9x2xf32>
  return %0 : tensor<1x9x2xf32>
}

// CHECK-LABEL: func.func @pointwise_of_broadcasts
// CHECK-SAME:    (%[[A:.*]]: tensor<8xf32>, %[[B:.*]]: tensor<8xf32>)
// CHECK:         %[[S:.*]] = ingot.add %[[A]], %[[B]] : tensor<8xf32>
// CHECK:         ingot.broadcast_in_dim %[[S]] dims = [1]
func.func @pointwise_of_broadcasts(%a: tensor<8xf32>, %b: tensor<8xf32>) -> tensor<2x8xf32> {
  %0 = ingot.broadcast_in_dim %a dims = [1] : (tensor<8xf32>) -> tensor<2x8xf32>
  %1 = ingot.broadcast_in_dim %b dims = [1] : (tensor<8xf32>) -> tensor<2x8xf32>
  %2 = ingot.add %0, %1 : tensor<2x8xf32>
  return %2 : tensor<2x8xf32>
}

// A reshape that adds dims moves behind; the other operand is reshaped instead, the vector stays a vector.
// CHECK-LABEL: func.func @sink_reshape
// CHECK-SAME:    (%[[X:.*]]: tensor<6x4xf32>, %[[Y:.*]]: tensor<2x3x4xf32>, %[[V:.*]]: tensor<4xf32>)
// CHECK-DAG:     %[[YR:.*]] = ingot.reshape %[[Y]] : (tensor<2x3x4xf32>) -> tensor<6x4xf32>
// CHECK-DAG:     %[[VB:.*]] = ingot.broadcast_in_dim %[[V]] dims = [1] : (tensor<4xf32>) -> tensor<6x4xf32>
// CHECK-DAG:     %[[S:.*]] = ingot.add %[[X]], %[[VB]]
// CHECK:         %[[T:.*]] = ingot.multiply %[[S]], %[[YR]]
// CHECK:         %[[R:.*]] = ingot.reshape %[[T]] : (tensor<6x4xf32>) -> tensor<2x3x4xf32>
// CHECK:         return %[[R]]
func.func @sink_reshape(%x: tensor<6x4xf32>, %y: tensor<2x3x4xf32>, %v: tensor<4xf32>) -> tensor<2x3x4xf32> {
  %0 = ingot.reshape %x : (tensor<6x4xf32>) -> tensor<2x3x4xf32>
  %1 = ingot.broadcast_in_dim %v dims = [2] : (tensor<4xf32>) -> tensor<2x3x4xf32>
  %2 = ingot.add %0, %1 : tensor<2x3x4xf32>
  %3 = ingot.multiply %2, %y : tensor<2x3x4xf32>
  return %3 : tensor<2x3x4xf32>
}

// CHECK-LABEL: func.func @sink_transpose
// CHECK:         ingot.add %{{.*}}, %{{.*}} : tensor<2x3xf32>
// CHECK:         ingot.transpose %{{.*}} perm = [1, 0] : (tensor<2x3xf32>) -> tensor<3x2xf32>
// CHECK-NOT:     ingot.transpose
func.func @sink_transpose(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>) -> tensor<3x2xf32> {
  %0 = ingot.transpose %x perm = [1, 0] : (tensor<2x3xf32>) -> tensor<3x2xf32>
  %1 = ingot.transpose %y perm = [1, 0] : (tensor<2x3xf32>) -> tensor<3x2xf32>
  %2 = ingot.add %0, %1 : tensor<3x2xf32>
  return %2 : tensor<3x2xf32>
}

// CHECK-LABEL: func.func @unit_dims
// CHECK-NOT:     ingot.transpose
// CHECK:         ingot.reshape %{{.*}} : (tensor<2x1x5x6xf32>) -> tensor<2x5x6x1xf32>
func.func @unit_dims(%x: tensor<2x1x5x6xf32>) -> tensor<2x5x6x1xf32> {
  %0 = ingot.transpose %x perm = [0, 2, 3, 1] : (tensor<2x1x5x6xf32>) -> tensor<2x5x6x1xf32>
  return %0 : tensor<2x5x6x1xf32>
}

// The op behind which a reshape has moved does not see one that leads back.
// CHECK-LABEL: func.func @sink_reshape_once
// CHECK-SAME:    (%[[X:.*]]: tensor<2x8xf32>)
// CHECK:         %[[Q:.*]] = ingot.divide %[[X]], %{{.*}} : tensor<2x8xf32>
// CHECK:         ingot.reshape %[[Q]] : (tensor<2x8xf32>) -> tensor<2x8x1x1xf32>
func.func @sink_reshape_once(%x: tensor<2x8xf32>) -> tensor<2x8x1x1xf32> {
  %0 = ingot.reshape %x : (tensor<2x8xf32>) -> tensor<2x8x1x1xf32>
  %1 = ingot.constant dense<4.9e+01> : tensor<2x8x1x1xf32>
  %2 = ingot.divide %0, %1 : tensor<2x8x1x1xf32>
  return %2 : tensor<2x8x1x1xf32>
}

// A softmax of rows numbered by one dim: every op, reductions among them, stays of these dims; one reshape is left.
// CHECK-LABEL: func.func @softmax_of_rows
// CHECK-SAME:    (%[[X:.*]]: tensor<?x9xf32
// CHECK:         ingot.reduce(%[[X]] init %{{.*}}) dims = [1] : (tensor<?x9xf32, #ingot.dims<[s0 * s1, 9]>>, tensor<f32>) -> tensor<?xf32, #ingot.dims<[s0 * s1]>>
// CHECK:         ingot.broadcast_in_dim %{{.*}} dims = [0] : (tensor<?xf32, #ingot.dims<[s0 * s1]>>) -> tensor<?x9xf32, #ingot.dims<[s0 * s1, 9]>>
// CHECK:         ingot.subtract
// CHECK-NOT:     ingot.reshape
// CHECK:         ingot.exponential
// CHECK:         ingot.reshape %{{.*}} -> tensor<?x?x9xf32, #ingot.dims<[s0, s1, 9]>>
// CHECK-NEXT:    return
func.func @softmax_of_rows(%x: tensor<?x9xf32, #ingot.dims<[s0 * s1, 9]>>) -> tensor<?x?x9xf32, #ingot.dims<[s0, s1, 9]>> {
  %low = ingot.constant dense<0xFF800000> : tensor<f32>
  %0 = ingot.reshape %x : (tensor<?x9xf32, #ingot.dims<[s0 * s1, 9]>>) -> tensor<?x?x9xf32, #ingot.dims<[s0, s1, 9]>>
  %1 = ingot.reduce(%0 init %low) dims = [2] : (tensor<?x?x9xf32, #ingot.dims<[s0, s1, 9]>>, tensor<f32>) -> tensor<?x?xf32, #ingot.dims<[s0, s1]>> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %m = ingot.maximum %a, %b : tensor<f32>
    ingot.return %m : tensor<f32>
  }
  %2 = ingot.broadcast_in_dim %1 dims = [0, 1] : (tensor<?x?xf32, #ingot.dims<[s0, s1]>>) -> tensor<?x?x9xf32, #ingot.dims<[s0, s1, 9]>>
  %3 = ingot.subtract %0, %2 : tensor<?x?x9xf32, #ingot.dims<[s0, s1, 9]>>
  %4 = ingot.exponential %3 : tensor<?x?x9xf32, #ingot.dims<[s0, s1, 9]>>
  return %4 : tensor<?x?x9xf32, #ingot.dims<[s0, s1, 9]>>
}

// Dims that are reduced do not mix with dims that are kept.
// CHECK-LABEL: func.func @reduce_part_of_a_dim
// CHECK:         ingot.reshape %{{.*}} : (tensor<6x4xf32>) -> tensor<2x3x4xf32>
// CHECK:         ingot.reduce({{.*}}) dims = [1] : (tensor<2x3x4xf32>
func.func @reduce_part_of_a_dim(%x: tensor<6x4xf32>) -> tensor<2x4xf32> {
  %zero = ingot.constant dense<0.0> : tensor<f32>
  %0 = ingot.reshape %x : (tensor<6x4xf32>) -> tensor<2x3x4xf32>
  %1 = ingot.reduce(%0 init %zero) dims = [1] : (tensor<2x3x4xf32>, tensor<f32>) -> tensor<2x4xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %s = ingot.add %a, %b : tensor<f32>
    ingot.return %s : tensor<f32>
  }
  return %1 : tensor<2x4xf32>
}

// A reduction over dims of one place alone still runs its body.
// CHECK-LABEL: func.func @reduce_unit_dim
// CHECK:         ingot.reduce({{.*}}) dims = [1] : (tensor<6x1xf32>
func.func @reduce_unit_dim(%x: tensor<6xf32>) -> tensor<6xf32> {
  %one = ingot.constant dense<1.0> : tensor<f32>
  %0 = ingot.reshape %x : (tensor<6xf32>) -> tensor<6x1xf32>
  %1 = ingot.reduce(%0 init %one) dims = [1] : (tensor<6x1xf32>, tensor<f32>) -> tensor<6xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %s = ingot.add %a, %b : tensor<f32>
    ingot.return %s : tensor<f32>
  }
  return %1 : tensor<6xf32>
}

// CHECK-LABEL: func.func @hoist_reshape
// CHECK-SAME:    (%[[X:.*]]: tensor<2x3xf32>)
// CHECK:         %[[R:.*]] = ingot.reshape %[[X]] : (tensor<2x3xf32>) -> tensor<6xf32>
// CHECK:         ingot.broadcast_in_dim %[[R]] dims = [0] : (tensor<6xf32>) -> tensor<6x20xf32>
func.func @hoist_reshape(%x: tensor<2x3xf32>) -> tensor<6x20xf32> {
  %0 = ingot.broadcast_in_dim %x dims = [0, 1] : (tensor<2x3xf32>) -> tensor<2x3x4x5xf32>
  %1 = ingot.reshape %0 : (tensor<2x3x4x5xf32>) -> tensor<6x20xf32>
  return %1 : tensor<6x20xf32>
}

// CHECK-LABEL: func.func @reshape_of_what_repeats_in_part
// CHECK:         ingot.broadcast_in_dim
// CHECK-NEXT:    ingot.reshape
func.func @reshape_of_what_repeats_in_part(%x: tensor<2xf32>) -> tensor<6xf32> {
  %0 = ingot.broadcast_in_dim %x dims = [0] : (tensor<2xf32>) -> tensor<2x3xf32>
  %1 = ingot.reshape %0 : (tensor<2x3xf32>) -> tensor<6xf32>
  return %1 : tensor<6xf32>
}
