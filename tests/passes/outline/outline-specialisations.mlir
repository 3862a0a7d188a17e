// RUN: ingot-opt %s --outline-kernels | FileCheck %s

// A kernel that mentions sizes is one specialisation's own; others are shared.
// CHECK-LABEL: func.func @main(
// CHECK:         ingot.dispatch @fixed_0(
// CHECK:         ingot.dispatch @open_0(
// CHECK-LABEL: func.func @main_0(
// CHECK:         ingot.dispatch @fixed_0(
// CHECK:         ingot.dispatch @open_1(
// CHECK:         ingot.kernel @fixed_0
// CHECK-NOT:     ingot.sizes
// CHECK:         ingot.kernel @open_0
// CHECK-SAME:      ingot.sizes = [#ingot.size<"n", 1 to 2>]
// CHECK:         ingot.kernel @open_1
// CHECK-SAME:      ingot.sizes = [#ingot.size<"n", 3 to 8>]
module attributes {ingot.sizes = [#ingot.size<"n", 1 to 8>]} {
func.func @main(%x: tensor<4xf32>, %y: tensor<?xf32, #ingot.dims<[s0]>>) -> (tensor<4xf32>, tensor<?xf32, #ingot.dims<[s0]>>)
    attributes {ingot.entry, ingot.sizes = [#ingot.size<"n", 1 to 2>], ingot.specialises = "main"} {
  %0 = ingot.fusion "fixed"(%x) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>):
    %2 = ingot.negate %a : tensor<4xf32>
    ingot.return %2 : tensor<4xf32>
  }
  %1 = ingot.fusion "open"(%y) : (tensor<?xf32, #ingot.dims<[s0]>>) -> tensor<?xf32, #ingot.dims<[s0]>> {
  ^bb0(%a: tensor<?xf32, #ingot.dims<[s0]>>):
    %2 = ingot.negate %a : tensor<?xf32, #ingot.dims<[s0]>>
    ingot.return %2 : tensor<?xf32, #ingot.dims<[s0]>>
  }
  return %0, %1 : tensor<4xf32>, tensor<?xf32, #ingot.dims<[s0]>>
}
func.func @main_0(%x: tensor<4xf32>, %y: tensor<?xf32, #ingot.dims<[s0]>>) -> (tensor<4xf32>, tensor<?xf32, #ingot.dims<[s0]>>)
    attributes {ingot.entry, ingot.sizes = [#ingot.size<"n", 3 to 8>], ingot.specialises = "main"} {
  %0 = ingot.fusion "fixed"(%x) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>):
    %2 = ingot.negate %a : tensor<4xf32>
    ingot.return %2 : tensor<4xf32>
  }
  %1 = ingot.fusion "open"(%y) : (tensor<?xf32, #ingot.dims<[s0]>>) -> tensor<?xf32, #ingot.dims<[s0]>> {
  ^bb0(%a: tensor<?xf32, #ingot.dims<[s0]>>):
    %2 = ingot.negate %a : tensor<?xf32, #ingot.dims<[s0]>>
    ingot.return %2 : tensor<?xf32, #ingot.dims<[s0]>>
  }
  return %0, %1 : tensor<4xf32>, tensor<?xf32, #ingot.dims<[s0]>>
}
}
