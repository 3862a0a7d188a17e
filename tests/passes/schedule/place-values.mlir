// RUN: ingot-opt %s --place-values --verify-after-schedule | FileCheck %s

// CHECK-DAG: #[[ZERO:.*]] = affine_map<() -> (0)>
// CHECK-DAG: #[[N:.*]] = affine_map<()[s0] -> (s0 * 64)>
// CHECK-DAG: #[[TWO:.*]] = affine_map<()[s0] -> (s0 * 128)>
// CHECK-DAG: #[[CHOICE:.*]] = affine_map<()[s0, s1] -> (s{{[01]}} * 64, s{{[01]}} * 64)>
// CHECK-DAG: #[[ABOVE:.*]] = affine_map<(d0, d1)[s0, s1] -> (d1 + s0 * 64, s1 * 128)>
module attributes {ingot.sizes = [#ingot.size<"n", 1 to 40>, #ingot.size<"m", 1 to 40>]} {
ingot.kernel @n {
^bb0(%a: tensor<?x10xf32, #ingot.dims<[s0, 10]>>):
  %0 = ingot.negate %a : tensor<?x10xf32, #ingot.dims<[s0, 10]>>
  ingot.return %0 : tensor<?x10xf32, #ingot.dims<[s0, 10]>>
}
ingot.kernel @m {
^bb0(%a: tensor<?x10xf32, #ingot.dims<[s1, 10]>>):
  %0 = ingot.negate %a : tensor<?x10xf32, #ingot.dims<[s1, 10]>>
  ingot.return %0 : tensor<?x10xf32, #ingot.dims<[s1, 10]>>
}

// The second value is written while the first is read; the third may have the first's place. Rows of 40 bytes count as 64.
// CHECK-LABEL: func.func @chain
// CHECK-SAME:    ingot.arena = [#[[ZERO]], #[[N]], #[[TWO]]]
// CHECK:         ingot.dispatch @n({{.*}}ingot.memory = [{arena = 0 : i64}]
// CHECK:         ingot.dispatch @n({{.*}}ingot.memory = [{arena = 1 : i64}]
// CHECK:         ingot.dispatch @n({{.*}}ingot.memory = [{arena = 0 : i64}]
// CHECK:         ingot.dispatch @n({{.*}}ingot.memory = [{result = 0 : i64}]
func.func @chain(%x: tensor<?x10xf32, #ingot.dims<[s0, 10]>>) -> tensor<?x10xf32, #ingot.dims<[s0, 10]>> {
  %0 = ingot.dispatch @n(%x) : (tensor<?x10xf32, #ingot.dims<[s0, 10]>>) -> tensor<?x10xf32, #ingot.dims<[s0, 10]>>
  %1 = ingot.dispatch @n(%0) : (tensor<?x10xf32, #ingot.dims<[s0, 10]>>) -> tensor<?x10xf32, #ingot.dims<[s0, 10]>>
  %2 = ingot.dispatch @n(%1) : (tensor<?x10xf32, #ingot.dims<[s0, 10]>>) -> tensor<?x10xf32, #ingot.dims<[s0, 10]>>
  %3 = ingot.dispatch @n(%2) : (tensor<?x10xf32, #ingot.dims<[s0, 10]>>) -> tensor<?x10xf32, #ingot.dims<[s0, 10]>>
  return %3 : tensor<?x10xf32, #ingot.dims<[s0, 10]>>
}

// What is written in place has its operand's memory, here that of the function's result.
// CHECK-LABEL: func.func @inplace
// CHECK-SAME:    ingot.arena = [#[[ZERO]]]
// CHECK-COUNT-3: ingot.memory = [{result = 0 : i64}]
func.func @inplace(%x: tensor<?x10xf32, #ingot.dims<[s0, 10]>>) -> tensor<?x10xf32, #ingot.dims<[s0, 10]>> {
  %0 = ingot.dispatch @n(%x) : (tensor<?x10xf32, #ingot.dims<[s0, 10]>>) -> tensor<?x10xf32, #ingot.dims<[s0, 10]>>
  %1 = ingot.dispatch @n(%0) inplace [0] : (tensor<?x10xf32, #ingot.dims<[s0, 10]>>) -> tensor<?x10xf32, #ingot.dims<[s0, 10]>>
  %2 = ingot.dispatch @n(%1) inplace [0] : (tensor<?x10xf32, #ingot.dims<[s0, 10]>>) -> tensor<?x10xf32, #ingot.dims<[s0, 10]>>
  return %2 : tensor<?x10xf32, #ingot.dims<[s0, 10]>>
}

// Which of two sizes is larger is known at run time alone: a value above one of each starts behind the larger end.
// CHECK-LABEL: func.func @two_sizes
// CHECK-SAME:    #[[CHOICE]]
// CHECK-SAME:    #[[ABOVE]]
func.func @two_sizes(%x: tensor<?x10xf32, #ingot.dims<[s0, 10]>>, %y: tensor<?x10xf32, #ingot.dims<[s1, 10]>>) -> (tensor<?x10xf32, #ingot.dims<[s0, 10]>>, tensor<?x10xf32, #ingot.dims<[s1, 10]>>) {
  %0 = ingot.dispatch @n(%x) : (tensor<?x10xf32, #ingot.dims<[s0, 10]>>) -> tensor<?x10xf32, #ingot.dims<[s0, 10]>>
  %1 = ingot.dispatch @n(%0) : (tensor<?x10xf32, #ingot.dims<[s0, 10]>>) -> tensor<?x10xf32, #ingot.dims<[s0, 10]>>
  %2 = ingot.dispatch @m(%y) : (tensor<?x10xf32, #ingot.dims<[s1, 10]>>) -> tensor<?x10xf32, #ingot.dims<[s1, 10]>>
  %3 = ingot.dispatch @n(%1) : (tensor<?x10xf32, #ingot.dims<[s0, 10]>>) -> tensor<?x10xf32, #ingot.dims<[s0, 10]>>
  %4 = ingot.dispatch @m(%2) : (tensor<?x10xf32, #ingot.dims<[s1, 10]>>) -> tensor<?x10xf32, #ingot.dims<[s1, 10]>>
  %5 = ingot.dispatch @n(%3) : (tensor<?x10xf32, #ingot.dims<[s0, 10]>>) -> tensor<?x10xf32, #ingot.dims<[s0, 10]>>
  %6 = ingot.dispatch @m(%4) : (tensor<?x10xf32, #ingot.dims<[s1, 10]>>) -> tensor<?x10xf32, #ingot.dims<[s1, 10]>>
  return %5, %6 : tensor<?x10xf32, #ingot.dims<[s0, 10]>>, tensor<?x10xf32, #ingot.dims<[s1, 10]>>
}
}
