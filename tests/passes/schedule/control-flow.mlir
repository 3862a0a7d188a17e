// RUN: ingot-opt %s --separate-results --order-commands --mark-inplace --place-values --verify-after-schedule | FileCheck %s

ingot.kernel @below {
^bb0(%a: tensor<i32>, %b: tensor<i32>):
  %0 = ingot.compare LT %a, %b : tensor<i32>
  ingot.return %0 : tensor<i1>
}
ingot.kernel @next {
^bb0(%a: tensor<i32>):
  %one = ingot.constant dense<1> : tensor<i32>
  %0 = ingot.add %a, %one : tensor<i32>
  ingot.return %0 : tensor<i32>
}
ingot.kernel @turn {
^bb0(%a: tensor<64xf32>):
  %0 = ingot.reverse %a dims = [0] : tensor<64xf32>
  ingot.return %0 : tensor<64xf32>
}

ingot.kernel @both {
^bb0(%a: tensor<64xf32>, %b: tensor<64xf32>):
  %r = ingot.reverse %a dims = [0] : tensor<64xf32>
  %0 = ingot.add %r, %b : tensor<64xf32>
  ingot.return %0 : tensor<64xf32>
}

// Both branches leave the result in the caller's memory; what each returns of outside is copied there.
// CHECK-LABEL: func.func @branches
// CHECK:         ingot.if %{{.*}} {ingot.memory = [{result = 0 : i64}]}
// CHECK-NEXT:      ingot.dispatch @turn{{.*}}ingot.memory = [{result = 0 : i64}]
// CHECK:           ingot.copy %{{.*}}ingot.memory = [{result = 0 : i64}]
func.func @branches(%p: tensor<i1>, %x: tensor<64xf32>) -> tensor<64xf32> {
  %0 = ingot.if %p : (tensor<i1>) -> tensor<64xf32> {
    %1 = ingot.dispatch @turn(%x) : (tensor<64xf32>) -> tensor<64xf32>
    ingot.return %1 : tensor<64xf32>
  } else {
    ingot.return %x : tensor<64xf32>
  }
  return %0 : tensor<64xf32>
}

// The counter has one memory, being written over; what is reversed has two. What is captured lives through the loop: the temporary
// within is not in its memory.
// CHECK-LABEL: func.func @loop
// CHECK:         %[[KEPT:.*]] = ingot.dispatch @turn(%{{.*}}) {ingot.memory = [{arena = [[KEPT:[0-9]+]] : i64}]}
// CHECK:         %[[I:.*]] = ingot.copy %{{.*}} {ingot.memory = [{arena = [[COUNT:[0-9]+]] : i64}]} : tensor<i32>
// CHECK:         %[[X:.*]] = ingot.copy %{{.*}} {ingot.memory = [{arena = {{[0-9]+}} : i64, carried = [[A:[01]]] : i64}]} : tensor<64xf32>
// CHECK:         ingot.while(%[[I]], %[[X]])
// CHECK:           ingot.dispatch @next({{.*}}) inplace [0] {ingot.memory = [{arena = [[COUNT]] : i64}]}
// CHECK:           ingot.dispatch @turn(%[[KEPT]]) {ingot.memory = [{arena = {{[0-9]+}} : i64, carried = [[B:[01]]] : i64}]}
// CHECK:           ingot.dispatch @both({{.*}}) inplace [1] {ingot.memory = [{arena = {{[0-9]+}} : i64, carried = [[B]] : i64}]}
// CHECK:         ingot.copy %{{.*}}#1 {ingot.memory = [{result = 0 : i64}]}
func.func @loop(%n: tensor<i32>, %zero: tensor<i32>, %x: tensor<64xf32>) -> tensor<64xf32> {
  %kept = ingot.dispatch @turn(%x) : (tensor<64xf32>) -> tensor<64xf32>
  %0:2 = ingot.while (%zero, %x) : (tensor<i32>, tensor<64xf32>) -> (tensor<i32>, tensor<64xf32>) cond {
  ^bb0(%i: tensor<i32>, %a: tensor<64xf32>):
    %1 = ingot.dispatch @below(%i, %n) : (tensor<i32>, tensor<i32>) -> tensor<i1>
    ingot.return %1 : tensor<i1>
  } do {
  ^bb0(%i: tensor<i32>, %a: tensor<64xf32>):
    %1 = ingot.dispatch @next(%i) : (tensor<i32>) -> tensor<i32>
    %2 = ingot.dispatch @turn(%kept) : (tensor<64xf32>) -> tensor<64xf32>
    %3 = ingot.dispatch @both(%a, %2) : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
    ingot.return %1, %3 : tensor<i32>, tensor<64xf32>
  }
  return %0#1 : tensor<64xf32>
}
