// RUN: ingot-opt %s --lift-constants | FileCheck %s

// CHECK-DAG: ingot.weight @constant = <"constant{{.*}}" : tensor<3xf32>>
// CHECK-DAG: ingot.weight @constant_{{.*}} = <"constant{{.*}}" : tensor<2xi1>>

// The vector is lifted, the splat stays, what repeats a vector is the vector's broadcast.
// CHECK-LABEL: func.func @main
// CHECK-SAME:    (%[[X:.*]]: tensor<2x3xf32>)
// CHECK:         %[[C:.*]] = ingot.get_weight @constant : tensor<3xf32>
// CHECK:         ingot.fusion "add_multiply"(%[[X]], %[[C]])
// CHECK:         ^bb0(%{{.*}}: tensor<2x3xf32>, %[[A:.*]]: tensor<3xf32>):
// CHECK-DAG:       %[[B:.*]] = ingot.broadcast_in_dim %[[A]] dims = [1]
// CHECK-DAG:       ingot.constant dense<2.000000e+00>
// CHECK:           ingot.add %{{.*}}, %[[B]]
func.func @main(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = ingot.fusion "add_multiply"(%x) : (tensor<2x3xf32>) -> tensor<2x3xf32> {
  ^bb0(%a: tensor<2x3xf32>):
    %c = ingot.constant dense<[[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]> : tensor<2x3xf32>
    %two = ingot.constant dense<2.0> : tensor<2x3xf32>
    %1 = ingot.add %a, %c : tensor<2x3xf32>
    %2 = ingot.multiply %1, %two : tensor<2x3xf32>
    ingot.return %2 : tensor<2x3xf32>
  }
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @pred
// CHECK:         ingot.get_weight @constant_{{.*}} : tensor<2xi1>
func.func @pred(%x: tensor<2xi1>) -> tensor<2xi1> {
  %0 = ingot.fusion "and"(%x) : (tensor<2xi1>) -> tensor<2xi1> {
  ^bb0(%a: tensor<2xi1>):
    %c = ingot.constant dense<[true, false]> : tensor<2xi1>
    %1 = ingot.and %a, %c : tensor<2xi1>
    ingot.return %1 : tensor<2xi1>
  }
  return %0 : tensor<2xi1>
}
