// RUN: ingot-opt %s --split-cases | FileCheck %s

// CHECK-LABEL: func.func @three
// CHECK-SAME:    (%[[I:.*]]: tensor<i32>, %[[X:.*]]: tensor<4xf32>)
// CHECK:         %[[NEGATIVE:.*]] = ingot.compare LT %[[I]], %{{.*}}
// CHECK:         %[[LAST:.*]] = ingot.constant dense<2>
// CHECK:         %[[J:.*]] = ingot.select %[[NEGATIVE]], %[[LAST]], %[[I]]
// CHECK:         %[[ONE:.*]] = ingot.constant dense<1>
// CHECK:         %[[P:.*]] = ingot.compare LT %[[J]], %[[ONE]]
// CHECK:         ingot.if %[[P]]
// CHECK-NEXT:      ingot.return %[[X]]
// CHECK:         } else {
// CHECK:           %[[TWO:.*]] = ingot.constant dense<2>
// CHECK:           %[[Q:.*]] = ingot.compare LT %[[J]], %[[TWO]]
// CHECK:           ingot.if %[[Q]]
// CHECK:             ingot.negate
// CHECK:           } else {
// CHECK:             ingot.abs
func.func @three(%i: tensor<i32>, %x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = ingot.case %i : (tensor<i32>) -> tensor<4xf32> {
    ingot.return %x : tensor<4xf32>
  }, {
    %1 = ingot.negate %x : tensor<4xf32>
    ingot.return %1 : tensor<4xf32>
  }, {
    %1 = ingot.abs %x : tensor<4xf32>
    ingot.return %1 : tensor<4xf32>
  }
  return %0 : tensor<4xf32>
}
