// RUN: ingot-opt %s --split-concatenates | FileCheck %s

// Of 70 operands: 32 parts of two or three.
// CHECK-LABEL: func.func @many
// CHECK-COUNT-32: ingot.concatenate %{{[^,]*}}, {{.*}} dim = 1 : (tensor<2x1xf32>, {{.*}}) -> tensor<2x{{[23]}}xf32>
// CHECK:          %[[ALL:.*]] = ingot.concatenate {{.*}} dim = 1 : {{.*}} -> tensor<2x70xf32>
// CHECK-NEXT:     return %[[ALL]]
func.func @many(%a: tensor<2x1xf32>) -> tensor<2x70xf32> {
  %0 = ingot.concatenate %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a dim = 1 : (tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>) -> tensor<2x70xf32>
  return %0 : tensor<2x70xf32>
}

// CHECK-LABEL: func.func @few
// CHECK-COUNT-1: ingot.concatenate
// CHECK-NOT:     ingot.concatenate
// CHECK:         return
func.func @few(%a: tensor<?x3xf32, #ingot.dims<[s0, 3]>>) -> tensor<?x3xf32, #ingot.dims<[s0 * 2, 3]>> {
  %0 = ingot.concatenate %a, %a dim = 0 : (tensor<?x3xf32, #ingot.dims<[s0, 3]>>, tensor<?x3xf32, #ingot.dims<[s0, 3]>>) -> tensor<?x3xf32, #ingot.dims<[s0 * 2, 3]>>
  return %0 : tensor<?x3xf32, #ingot.dims<[s0 * 2, 3]>>
}
