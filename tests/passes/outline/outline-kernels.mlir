// RUN: ingot-opt %s --outline-kernels | FileCheck %s

// Equal bodies share one kernel, whatever their labels; the name counts on past a taken one.
// CHECK-LABEL: func.func @main
// CHECK-SAME:    (%[[X:.*]]: tensor<4xf32>)
// CHECK:         %[[A:.*]] = ingot.dispatch @neg_1(%[[X]]) : (tensor<4xf32>) -> tensor<4xf32>
// CHECK:         %[[B:.*]] = ingot.dispatch @neg_1(%[[A]])
// CHECK:         %[[C:.*]] = ingot.dispatch @neg_2(%[[B]]) : (tensor<4xf32>) -> tensor<4xf16>
// CHECK:         return %[[C]]
// CHECK-NOT:     ingot.fusion
// CHECK:         ingot.kernel @neg_1
// CHECK-NEXT:    ^bb0(%[[P:.*]]: tensor<4xf32>):
// CHECK-NEXT:      %[[N:.*]] = ingot.negate %[[P]]
// CHECK-NEXT:      ingot.return %[[N]]
// CHECK:         ingot.kernel @neg_2
// CHECK-NOT:     ingot.kernel
func.func @main(%x: tensor<4xf32>) -> tensor<4xf16> {
  %0 = ingot.fusion "neg"(%x) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>):
    %1 = ingot.negate %a : tensor<4xf32>
    ingot.return %1 : tensor<4xf32>
  }
  %2 = ingot.fusion "other"(%0) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>):
    %1 = ingot.negate %a : tensor<4xf32>
    ingot.return %1 : tensor<4xf32>
  }
  %3 = ingot.fusion "neg"(%2) : (tensor<4xf32>) -> tensor<4xf16> {
  ^bb0(%a: tensor<4xf32>):
    %1 = ingot.convert %a : (tensor<4xf32>) -> tensor<4xf16>
    ingot.return %1 : tensor<4xf16>
  }
  return %3 : tensor<4xf16>
}
func.func private @neg_0(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
