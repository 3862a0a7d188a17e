// A program as outline leaves it, with kernels that may write in place: chains, a view between, two sizes.
module attributes {ingot.sizes = [#ingot.size<"n", 1 to 40>, #ingot.size<"m", 1 to 40>]} {
  ingot.kernel @exp {
  ^bb0(%a: tensor<?x5xf32, #ingot.dims<[s0, 5]>>):
    %0 = ingot.tanh %a : tensor<?x5xf32, #ingot.dims<[s0, 5]>>
    ingot.return %0 : tensor<?x5xf32, #ingot.dims<[s0, 5]>>
  }
  ingot.kernel @flat {
  ^bb0(%a: tensor<?xf32, #ingot.dims<[s0 * 5]>>):
    %0 = ingot.negate %a : tensor<?xf32, #ingot.dims<[s0 * 5]>>
    ingot.return %0 : tensor<?xf32, #ingot.dims<[s0 * 5]>>
  }
  ingot.kernel @join {
  ^bb0(%a: tensor<?x5xf32, #ingot.dims<[s0, 5]>>, %b: tensor<?x5xf32, #ingot.dims<[s0, 5]>>):
    %0 = ingot.subtract %a, %b : tensor<?x5xf32, #ingot.dims<[s0, 5]>>
    ingot.return %0 : tensor<?x5xf32, #ingot.dims<[s0, 5]>>
  }
  ingot.kernel @other {
  ^bb0(%a: tensor<?x7xf32, #ingot.dims<[s1, 7]>>):
    %0 = ingot.reverse %a dims = [1] : tensor<?x7xf32, #ingot.dims<[s1, 7]>>
    ingot.return %0 : tensor<?x7xf32, #ingot.dims<[s1, 7]>>
  }
  func.func @main(%x: tensor<?x5xf32, #ingot.dims<[s0, 5]>>, %y: tensor<?x7xf32, #ingot.dims<[s1, 7]>>) -> (tensor<?x5xf32, #ingot.dims<[s0, 5]>>, tensor<?x7xf32, #ingot.dims<[s1, 7]>>) attributes {ingot.entry} {
    %0 = ingot.dispatch @exp(%x) : (tensor<?x5xf32, #ingot.dims<[s0, 5]>>) -> tensor<?x5xf32, #ingot.dims<[s0, 5]>>
    %1 = ingot.reshape %0 : (tensor<?x5xf32, #ingot.dims<[s0, 5]>>) -> tensor<?xf32, #ingot.dims<[s0 * 5]>>
    %2 = ingot.dispatch @other(%y) : (tensor<?x7xf32, #ingot.dims<[s1, 7]>>) -> tensor<?x7xf32, #ingot.dims<[s1, 7]>>
    %3 = ingot.dispatch @flat(%1) : (tensor<?xf32, #ingot.dims<[s0 * 5]>>) -> tensor<?xf32, #ingot.dims<[s0 * 5]>>
    %4 = ingot.reshape %3 : (tensor<?xf32, #ingot.dims<[s0 * 5]>>) -> tensor<?x5xf32, #ingot.dims<[s0, 5]>>
    %5 = ingot.dispatch @exp(%4) : (tensor<?x5xf32, #ingot.dims<[s0, 5]>>) -> tensor<?x5xf32, #ingot.dims<[s0, 5]>>
    %6 = ingot.dispatch @join(%4, %5) : (tensor<?x5xf32, #ingot.dims<[s0, 5]>>, tensor<?x5xf32, #ingot.dims<[s0, 5]>>) -> tensor<?x5xf32, #ingot.dims<[s0, 5]>>
    %7 = ingot.dispatch @other(%2) : (tensor<?x7xf32, #ingot.dims<[s1, 7]>>) -> tensor<?x7xf32, #ingot.dims<[s1, 7]>>
    %8 = ingot.dispatch @exp(%6) : (tensor<?x5xf32, #ingot.dims<[s0, 5]>>) -> tensor<?x5xf32, #ingot.dims<[s0, 5]>>
    %9 = ingot.dispatch @other(%7) : (tensor<?x7xf32, #ingot.dims<[s1, 7]>>) -> tensor<?x7xf32, #ingot.dims<[s1, 7]>>
    return %8, %9 : tensor<?x5xf32, #ingot.dims<[s0, 5]>>, tensor<?x7xf32, #ingot.dims<[s1, 7]>>
  }
}
