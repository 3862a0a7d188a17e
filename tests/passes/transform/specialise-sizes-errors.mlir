// RUN: not ingot-opt %s --specialise-sizes=lists=kept:2:8 2>&1 | FileCheck %s
// CHECK: --dim kept=2,8: 'kept' is computed from data
module attributes {ingot.sizes = [#ingot.size<"kept", 0 to 8 data>]} {
  func.func @main(%n: tensor<i64>) -> tensor<?xi64, #ingot.dims<[s0]>> attributes {ingot.entry} {
    ingot.bind_size %n size = 0 : tensor<i64>
    %0 = ingot.iota dim = 0 : tensor<?xi64, #ingot.dims<[s0]>>
    return %0 : tensor<?xi64, #ingot.dims<[s0]>>
  }
}
