// RUN: ingot-opt %s --drop-dead-symbols | FileCheck %s

// CHECK-NOT: @unused
// CHECK:     ingot.weight @used
// CHECK-NOT: @unused
// CHECK:     func.func @main
// CHECK:     func.func private @called
// CHECK-NOT: @dead
ingot.weight @unused = <"unused" : tensor<2xf32>> [] : tensor<2xf32>
ingot.weight @used = <"used" : tensor<2xf32>> [] : tensor<2xf32>
ingot.weight @dead_weight = <"dead" : tensor<2xf32>> [] : tensor<2xf32>
func.func @main() -> tensor<2xf32> {
  %0 = ingot.get_weight @used : tensor<2xf32>
  %1 = ingot.composite "called"(%0) as @called : (tensor<2xf32>) -> tensor<2xf32>
  return %1 : tensor<2xf32>
}
func.func private @called(%x: tensor<2xf32>) -> tensor<2xf32> {
  return %x : tensor<2xf32>
}
func.func private @dead() -> tensor<2xf32> {
  %0 = ingot.get_weight @dead_weight : tensor<2xf32>
  return %0 : tensor<2xf32>
}
