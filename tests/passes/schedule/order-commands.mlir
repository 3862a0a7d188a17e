// RUN: ingot-opt %s --order-commands | FileCheck %s

ingot.kernel @grow {
^bb0(%a: tensor<4xf32>):
  %0 = ingot.broadcast_in_dim %a dims = [1] : (tensor<4xf32>) -> tensor<100x4xf32>
  ingot.return %0 : tensor<100x4xf32>
}
ingot.kernel @shrink {
^bb0(%a: tensor<400xf32>):
  %0 = ingot.slice %a [0] to [4] step [1] : (tensor<400xf32>) -> tensor<4xf32>
  ingot.return %0 : tensor<4xf32>
}
ingot.kernel @join {
^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
  %0 = ingot.add %a, %b : tensor<4xf32>
  ingot.return %0 : tensor<4xf32>
}
// Each large value is used up before the next is made; its view stays behind it.
// CHECK-LABEL: func.func @main
// CHECK:         %[[A:.*]] = ingot.dispatch @grow
// CHECK-NEXT:    %[[AV:.*]] = ingot.reshape %[[A]]
// CHECK-NEXT:    %[[AS:.*]] = ingot.dispatch @shrink(%[[AV]])
// CHECK-NEXT:    %[[B:.*]] = ingot.dispatch @grow
// CHECK-NEXT:    %[[BV:.*]] = ingot.reshape %[[B]]
// CHECK-NEXT:    %[[BS:.*]] = ingot.dispatch @shrink(%[[BV]])
// CHECK-NEXT:    ingot.dispatch @join(%[[AS]], %[[BS]])
func.func @main(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %0 = ingot.dispatch @grow(%x) : (tensor<4xf32>) -> tensor<100x4xf32>
  %1 = ingot.dispatch @grow(%y) : (tensor<4xf32>) -> tensor<100x4xf32>
  %2 = ingot.reshape %0 : (tensor<100x4xf32>) -> tensor<400xf32>
  %3 = ingot.reshape %1 : (tensor<100x4xf32>) -> tensor<400xf32>
  %4 = ingot.dispatch @shrink(%2) : (tensor<400xf32>) -> tensor<4xf32>
  %5 = ingot.dispatch @shrink(%3) : (tensor<400xf32>) -> tensor<4xf32>
  %6 = ingot.dispatch @join(%4, %5) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %6 : tensor<4xf32>
}
