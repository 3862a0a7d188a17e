// RUN: ingot-opt %s --order-commands --place-updates | FileCheck %s

ingot.kernel @make {
^bb0(%a: tensor<8x4xf32>):
  %0 = ingot.negate %a : tensor<8x4xf32>
  ingot.return %0 : tensor<8x4xf32>
}
ingot.kernel @row {
^bb0(%a: tensor<8x4xf32>):
  %0 = ingot.slice %a [0, 0] to [1, 4] step [1, 1] : (tensor<8x4xf32>) -> tensor<1x4xf32>
  ingot.return %0 : tensor<1x4xf32>
}
ingot.kernel @update {
^bb0(%a: tensor<8x4xf32>, %u: tensor<1x4xf32>, %at: tensor<i32>):
  %zero = ingot.constant dense<0> : tensor<i32>
  %0 = ingot.negate %u : tensor<1x4xf32>
  %1 = ingot.dynamic_update_slice %a, %0 [%at, %zero] : (tensor<8x4xf32>, tensor<1x4xf32>, tensor<i32>, tensor<i32>) -> tensor<8x4xf32>
  ingot.return %1 : tensor<8x4xf32>
}
// It reads what it would write over, at another place.
ingot.kernel @no_update {
^bb0(%a: tensor<8x4xf32>, %at: tensor<i32>):
  %zero = ingot.constant dense<0> : tensor<i32>
  %0 = ingot.slice %a [0, 0] to [1, 4] step [1, 1] : (tensor<8x4xf32>) -> tensor<1x4xf32>
  %1 = ingot.dynamic_update_slice %a, %0 [%at, %zero] : (tensor<8x4xf32>, tensor<1x4xf32>, tensor<i32>, tensor<i32>) -> tensor<8x4xf32>
  ingot.return %1 : tensor<8x4xf32>
}

// The other reader of %0 goes first; then it is free.
// CHECK-LABEL: func.func @dying
// CHECK:         %[[X:.*]] = ingot.dispatch @make
// CHECK-NEXT:    %[[ROW:.*]] = ingot.dispatch @row(%[[X]])
// CHECK-NEXT:    ingot.dispatch @update(%[[X]], %{{.*}}, %{{.*}}) inplace [0]
func.func @dying(%x: tensor<8x4xf32>, %u: tensor<1x4xf32>, %at: tensor<i32>) -> (tensor<8x4xf32>, tensor<1x4xf32>) {
  %0 = ingot.dispatch @make(%x) : (tensor<8x4xf32>) -> tensor<8x4xf32>
  %1 = ingot.dispatch @update(%0, %u, %at) : (tensor<8x4xf32>, tensor<1x4xf32>, tensor<i32>) -> tensor<8x4xf32>
  %2 = ingot.dispatch @row(%0) : (tensor<8x4xf32>) -> tensor<1x4xf32>
  return %1, %2 : tensor<8x4xf32>, tensor<1x4xf32>
}
// An argument is the caller's; what another result needs must stay.
// CHECK-LABEL: func.func @copied
// CHECK:         %[[C:.*]] = ingot.copy %{{.*}}
// CHECK-NEXT:    %[[FIRST:.*]] = ingot.dispatch @update(%[[C]], %{{.*}}, %{{.*}}) inplace [0]
// CHECK-NEXT:    %[[D:.*]] = ingot.copy %[[FIRST]]
// CHECK-NEXT:    ingot.dispatch @update(%[[D]], %{{.*}}, %{{.*}}) inplace [0]
func.func @copied(%x: tensor<8x4xf32>, %u: tensor<1x4xf32>, %at: tensor<i32>) -> (tensor<8x4xf32>, tensor<8x4xf32>) {
  %0 = ingot.dispatch @update(%x, %u, %at) : (tensor<8x4xf32>, tensor<1x4xf32>, tensor<i32>) -> tensor<8x4xf32>
  %1 = ingot.dispatch @update(%0, %u, %at) : (tensor<8x4xf32>, tensor<1x4xf32>, tensor<i32>) -> tensor<8x4xf32>
  return %0, %1 : tensor<8x4xf32>, tensor<8x4xf32>
}
// The update's own window is a row of the operand: it must be read before.
// CHECK-LABEL: func.func @reads_itself
// CHECK:         %[[X:.*]] = ingot.dispatch @make
// CHECK:         ingot.dispatch @no_update(%[[X]], %{{.*}}) :
func.func @reads_itself(%x: tensor<8x4xf32>, %at: tensor<i32>) -> tensor<8x4xf32> {
  %0 = ingot.dispatch @make(%x) : (tensor<8x4xf32>) -> tensor<8x4xf32>
  %1 = ingot.dispatch @no_update(%0, %at) : (tensor<8x4xf32>, tensor<i32>) -> tensor<8x4xf32>
  return %1 : tensor<8x4xf32>
}
// A state is written where it lies if it becomes the result, through any number of updates.
// CHECK-LABEL: func.func @state
// CHECK-NOT:     ingot.copy
// CHECK:         %[[FIRST:.*]] = ingot.dispatch @update(%arg0, %{{.*}}, %{{.*}}) inplace [0]
// CHECK-NEXT:    ingot.dispatch @update(%[[FIRST]], %{{.*}}, %{{.*}}) inplace [0]
func.func @state(%x: tensor<8x4xf32> {ingot.state = 1 : i64}, %u: tensor<1x4xf32>, %at: tensor<i32>, %to: tensor<i32>) -> (tensor<1x4xf32>, tensor<8x4xf32>) {
  %0 = ingot.dispatch @update(%x, %u, %at) : (tensor<8x4xf32>, tensor<1x4xf32>, tensor<i32>) -> tensor<8x4xf32>
  %1 = ingot.dispatch @update(%0, %u, %to) : (tensor<8x4xf32>, tensor<1x4xf32>, tensor<i32>) -> tensor<8x4xf32>
  %2 = ingot.dispatch @row(%1) : (tensor<8x4xf32>) -> tensor<1x4xf32>
  return %2, %1 : tensor<1x4xf32>, tensor<8x4xf32>
}
// The state becomes another result.
// CHECK-LABEL: func.func @other_result
// CHECK:         ingot.copy %arg0
func.func @other_result(%x: tensor<8x4xf32> {ingot.state = 0 : i64}, %u: tensor<1x4xf32>, %at: tensor<i32>) -> (tensor<8x4xf32>, tensor<8x4xf32>) {
  %0 = ingot.dispatch @make(%x) : (tensor<8x4xf32>) -> tensor<8x4xf32>
  %1 = ingot.dispatch @update(%x, %u, %at) : (tensor<8x4xf32>, tensor<1x4xf32>, tensor<i32>) -> tensor<8x4xf32>
  return %0, %1 : tensor<8x4xf32>, tensor<8x4xf32>
}
