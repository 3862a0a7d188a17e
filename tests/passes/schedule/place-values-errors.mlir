// RUN: ingot-opt %s --place-values --verify-diagnostics

module attributes {ingot.sizes = [#ingot.size<"n", 1 to 1099511627776>]} {
ingot.kernel @k {
^bb0(%a: tensor<?x1048576xf32, #ingot.dims<[s0, 1048576]>>):
  %0 = ingot.negate %a : tensor<?x1048576xf32, #ingot.dims<[s0, 1048576]>>
  ingot.return %0 : tensor<?x1048576xf32, #ingot.dims<[s0, 1048576]>>
}
func.func @main(%x: tensor<?x1048576xf32, #ingot.dims<[s0, 1048576]>>) -> tensor<?x1048576xf32, #ingot.dims<[s0, 1048576]>> {
  // expected-error @below {{a result of type f32[n,1048576] does not fit in memory}}
  %0 = ingot.dispatch @k(%x) : (tensor<?x1048576xf32, #ingot.dims<[s0, 1048576]>>) -> tensor<?x1048576xf32, #ingot.dims<[s0, 1048576]>>
  return %0 : tensor<?x1048576xf32, #ingot.dims<[s0, 1048576]>>
}
}
