// RUN: ingot-opt %s --normalize-contractions --move-shapes --fold-weights | FileCheck %s

module attributes {ingot.sizes = [#ingot.size<"batch", 1 to 8>]} {
// CHECK-DAG: ingot.weight @nk = <"nk" : tensor<5x4xf32>> [#ingot.permute<[1, 0]>] : tensor<4x5xf32>
// CHECK-DAG: ingot.weight @left = <"left" : tensor<5x4xf32>> [#ingot.permute<[1, 0]>] : tensor<4x5xf32>
// CHECK-DAG: ingot.weight @heads = <"heads" : tensor<4x2x3xf32>> [#ingot.shape<[4, 6]>] : tensor<4x6xf32>
// CHECK-DAG: ingot.weight @each = <"each" : tensor<4x5xf32>> [] : tensor<4x5xf32>
ingot.weight @nk = <"nk" : tensor<5x4xf32>> [] : tensor<5x4xf32>
ingot.weight @left = <"left" : tensor<5x4xf32>> [] : tensor<5x4xf32>
ingot.weight @heads = <"heads" : tensor<4x2x3xf32>> [] : tensor<4x2x3xf32>
ingot.weight @each = <"each" : tensor<4x5xf32>> [] : tensor<4x5xf32>

// CHECK-LABEL: func.func @transposed_weight
// CHECK:         ingot.dot_general %{{.*}}, %{{.*}} <batch = [] x [], contract = [1] x [0]> : (tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<4x5xf32>)
func.func @transposed_weight(%x: tensor<?x4xf32, #ingot.dims<[s0, 4]>>) -> tensor<?x5xf32, #ingot.dims<[s0, 5]>> {
  %w = ingot.get_weight @nk : tensor<5x4xf32>
  %0 = ingot.dot_general %x, %w <batch = [] x [], contract = [1] x [1]> : (tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<5x4xf32>) -> tensor<?x5xf32, #ingot.dims<[s0, 5]>>
  return %0 : tensor<?x5xf32, #ingot.dims<[s0, 5]>>
}

// CHECK-LABEL: func.func @weight_left
// CHECK-SAME:    (%[[X:.*]]: tensor<7x4xf32>)
// CHECK:         %[[D:.*]] = ingot.dot_general %[[X]], %{{.*}} : (tensor<7x4xf32>, tensor<4x5xf32>) -> tensor<7x5xf32>
// CHECK:         ingot.transpose %[[D]] perm = [1, 0]
func.func @weight_left(%x: tensor<7x4xf32>) -> tensor<5x7xf32> {
  %w = ingot.get_weight @left : tensor<5x4xf32>
  %0 = ingot.dot_general %w, %x <batch = [] x [], contract = [1] x [1]> : (tensor<5x4xf32>, tensor<7x4xf32>) -> tensor<5x7xf32>
  return %0 : tensor<5x7xf32>
}

// CHECK-LABEL: func.func @swapped_result
// CHECK-SAME:    (%[[X:.*]]: tensor<2x8x3xf32>, %[[Y:.*]]: tensor<2x8x4x5xf32>)
// CHECK-NEXT:    %[[D:.*]] = ingot.dot_general %[[Y]], %[[X]] <batch = [0] x [0], contract = [1] x [1]> {{.*}} -> tensor<2x4x5x3xf32>
// CHECK-NEXT:    return %[[D]]
func.func @swapped_result(%x: tensor<2x8x3xf32>, %y: tensor<2x8x4x5xf32>) -> tensor<2x4x5x3xf32> {
  %0 = ingot.dot_general %x, %y <batch = [0] x [0], contract = [1] x [1]> : (tensor<2x8x3xf32>, tensor<2x8x4x5xf32>) -> tensor<2x3x4x5xf32>
  %1 = ingot.transpose %0 perm = [0, 2, 3, 1] : (tensor<2x3x4x5xf32>) -> tensor<2x4x5x3xf32>
  return %1 : tensor<2x4x5x3xf32>
}

// Dims that change places otherwise, and products that are read as they are too, stay.
// CHECK-LABEL: func.func @other_results
// CHECK:         ingot.dot_general %arg0, %arg1
// CHECK-NEXT:    ingot.transpose
// CHECK-NEXT:    ingot.dot_general %arg0, %arg0
// CHECK-NEXT:    ingot.transpose
func.func @other_results(%x: tensor<2x8x3xf32>, %y: tensor<2x8x4x5xf32>) -> (tensor<2x5x4x3xf32>, tensor<2x3x3xf32>, tensor<2x3x3xf32>) {
  %0 = ingot.dot_general %x, %y <batch = [0] x [0], contract = [1] x [1]> : (tensor<2x8x3xf32>, tensor<2x8x4x5xf32>) -> tensor<2x3x4x5xf32>
  %1 = ingot.transpose %0 perm = [0, 3, 2, 1] : (tensor<2x3x4x5xf32>) -> tensor<2x5x4x3xf32>
  %2 = ingot.dot_general %x, %x <batch = [0] x [0], contract = [1] x [1]> : (tensor<2x8x3xf32>, tensor<2x8x3xf32>) -> tensor<2x3x3xf32>
  %3 = ingot.transpose %2 perm = [0, 2, 1] : (tensor<2x3x3xf32>) -> tensor<2x3x3xf32>
  return %1, %2, %3 : tensor<2x5x4x3xf32>, tensor<2x3x3xf32>, tensor<2x3x3xf32>
}

// CHECK-LABEL: func.func @several_dims
// CHECK:         ingot.reshape %{{.*}} -> tensor<?x4xf32, #ingot.dims<[s0 * 7, 4]>>
// CHECK:         ingot.dot_general {{.*}}tensor<4x6xf32>) -> tensor<?x6xf32, #ingot.dims<[s0 * 7, 6]>>
// CHECK:         ingot.reshape %{{.*}} -> tensor<?x7x2x3xf32, #ingot.dims<[s0, 7, 2, 3]>>
func.func @several_dims(%x: tensor<?x7x4xf32, #ingot.dims<[s0, 7, 4]>>) -> tensor<?x7x2x3xf32, #ingot.dims<[s0, 7, 2, 3]>> {
  %w = ingot.get_weight @heads : tensor<4x2x3xf32>
  %0 = ingot.dot_general %x, %w <batch = [] x [], contract = [2] x [0]> : (tensor<?x7x4xf32, #ingot.dims<[s0, 7, 4]>>, tensor<4x2x3xf32>) -> tensor<?x7x2x3xf32, #ingot.dims<[s0, 7, 2, 3]>>
  return %0 : tensor<?x7x2x3xf32, #ingot.dims<[s0, 7, 2, 3]>>
}

// CHECK-LABEL: func.func @unbatched
// CHECK-NOT:     ingot.broadcast_in_dim
// CHECK:         ingot.dot_general {{.*}} : (tensor<6x4xf32>, tensor<4x5xf32>) -> tensor<6x5xf32>
func.func @unbatched(%x: tensor<2x3x4xf32>) -> tensor<2x3x5xf32> {
  %w = ingot.get_weight @each : tensor<4x5xf32>
  %b = ingot.broadcast_in_dim %w dims = [1, 2] : (tensor<4x5xf32>) -> tensor<2x4x5xf32>
  %0 = ingot.dot_general %x, %b <batch = [0] x [0], contract = [2] x [1]> : (tensor<2x3x4xf32>, tensor<2x4x5xf32>) -> tensor<2x3x5xf32>
  return %0 : tensor<2x3x5xf32>
}

// A conversion that fold-weights leaves behind a packed weight hides it from nobody.
ingot.weight @packed = <"packed" : tensor<5x20xi4>> [] : tensor<5x20xi4>
// CHECK-LABEL: func.func @packed_weight
// CHECK:         %[[W:.*]] = ingot.get_weight @packed : tensor<20x5xi4>
// CHECK:         %[[WIDE:.*]] = ingot.convert %[[W]]
// CHECK:         ingot.dot_general %{{.*}}, %[[WIDE]] <batch = [] x [], contract = [1] x [0]> : (tensor<3x20xf32>, tensor<20x5xf32>) -> tensor<3x5xf32>
func.func @packed_weight(%x: tensor<3x20xf32>) -> tensor<5x3xf32> {
  %0 = ingot.get_weight @packed : tensor<5x20xi4>
  %1 = ingot.convert %0 : (tensor<5x20xi4>) -> tensor<5x20xf32>
  %2 = ingot.dot_general %1, %x <batch = [] x [], contract = [1] x [1]> : (tensor<5x20xf32>, tensor<3x20xf32>) -> tensor<5x3xf32>
  return %2 : tensor<5x3xf32>
}

// CHECK-LABEL: func.func @constant_weight
// CHECK:         %[[W:.*]] = ingot.get_weight @constant : tensor<2x2xf32>
// CHECK:         ingot.dot_general %{{.*}}, %[[W]]
func.func @constant_weight(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %w = ingot.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %0 = ingot.dot_general %x, %w <batch = [] x [], contract = [1] x [0]> : (tensor<3x2xf32>, tensor<2x2xf32>) -> tensor<3x2xf32>
  return %0 : tensor<3x2xf32>
}

// CHECK-LABEL: func.func @attention_scores
// CHECK-NOT:     ingot.transpose
// CHECK:         ingot.dot_general %{{.*}}, %{{.*}} <batch = [0, 2] x [0, 2], contract = [3] x [3]>
func.func @attention_scores(%q: tensor<1x5x2x3xf32>, %k: tensor<1x6x2x3xf32>) -> tensor<1x2x5x6xf32> {
  %0 = ingot.transpose %q perm = [0, 2, 1, 3] : (tensor<1x5x2x3xf32>) -> tensor<1x2x5x3xf32>
  %1 = ingot.transpose %k perm = [0, 2, 3, 1] : (tensor<1x6x2x3xf32>) -> tensor<1x2x3x6xf32>
  %2 = ingot.dot_general %0, %1 <batch = [0, 1] x [0, 1], contract = [3] x [2]> : (tensor<1x2x5x3xf32>, tensor<1x2x3x6xf32>) -> tensor<1x2x5x6xf32>
  return %2 : tensor<1x2x5x6xf32>
}
}
