// RUN: ingot-opt %s --split-input-file --verify-diagnostics

module attributes {ingot.sizes = [#ingot.size<"n", 1 to 9>]} {
// expected-error @+1 {{ingot.sizes must be the module's sizes with ranges within theirs}}
func.func @f() attributes {ingot.entry, ingot.sizes = [#ingot.size<"n", 0 to 9>]} {
  return
}
}

// -----

module attributes {ingot.sizes = [#ingot.size<"n", 1 to 9>]} {
// expected-error @+1 {{ingot.sizes must be the module's sizes with ranges within theirs}}
func.func @f() attributes {ingot.entry, ingot.sizes = [#ingot.size<"m", 1 to 9>]} {
  return
}
}

// -----

module {
// expected-error @+1 {{ingot.specialises must be the name of an entry point on one of its functions}}
func.func @f() attributes {ingot.specialises = "g"} {
  return
}
}

// -----

module {
// expected-error @+1 {{ingot.state of result 0 must be the name of a state that no argument of the function is}}
func.func @f(%x: tensor<f32> {ingot.name = "h", ingot.state = 0 : i64}) -> (tensor<f32> {ingot.state = "h"}) attributes {ingot.entry} {
  return %x : tensor<f32>
}
}

// -----

module {
// expected-error @+1 {{ingot.state of result 0 must be the name of a state that no argument of the function is}}
func.func @f(%x: tensor<f32>) -> (tensor<f32> {ingot.state = 1}) attributes {ingot.entry} {
  return %x : tensor<f32>
}
}
