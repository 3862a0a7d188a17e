// Results that are arguments, weights, constants, views and each other; branches whose live ranges overlap; in-place chains; a composite.
module attributes {ingot.sizes = [#ingot.size<"n", 1 to 40>]} {
  ingot.weight @w = <"w" : tensor<3x4xf32>> [] : tensor<3x4xf32>
  func.func @main(%x: tensor<?x3xf32, #ingot.dims<[s0, 3]>>, %y: tensor<4xi32>) -> (tensor<?x3xf32, #ingot.dims<[s0, 3]>>, tensor<3x4xf32>, tensor<2x2xi32>, tensor<5xi64>, tensor<?xf32, #ingot.dims<[s0 * 3]>>, tensor<?x3xf32, #ingot.dims<[s0, 3]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<4xi1>, tensor<?x6xf32, #ingot.dims<[s0, 6]>>) attributes {ingot.entry} {
    %w = ingot.get_weight @w : tensor<3x4xf32>
    %r = ingot.reshape %y : (tensor<4xi32>) -> tensor<2x2xi32>
    %c = ingot.constant dense<[1, 2, 3, 4, 5]> : tensor<5xi64>
    %0 = ingot.exponential %x : tensor<?x3xf32, #ingot.dims<[s0, 3]>>
    %1 = ingot.reshape %0 : (tensor<?x3xf32, #ingot.dims<[s0, 3]>>) -> tensor<?xf32, #ingot.dims<[s0 * 3]>>
    %2 = ingot.composite "twice"(%0) as @twice : (tensor<?x3xf32, #ingot.dims<[s0, 3]>>) -> tensor<?x3xf32, #ingot.dims<[s0, 3]>>
    %3 = ingot.dot_general %2, %w <batch = [] x [], contract = [1] x [0]> : (tensor<?x3xf32, #ingot.dims<[s0, 3]>>, tensor<3x4xf32>) -> tensor<?x4xf32, #ingot.dims<[s0, 4]>>
    %4 = ingot.tanh %3 : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
    %5 = ingot.dot_general %4, %w <batch = [] x [], contract = [1] x [1]> : (tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<3x4xf32>) -> tensor<?x3xf32, #ingot.dims<[s0, 3]>>
    %6 = ingot.add %5, %2 : tensor<?x3xf32, #ingot.dims<[s0, 3]>>
    %7 = ingot.dot_general %6, %w <batch = [] x [], contract = [1] x [0]> : (tensor<?x3xf32, #ingot.dims<[s0, 3]>>, tensor<3x4xf32>) -> tensor<?x4xf32, #ingot.dims<[s0, 4]>>
    %8 = ingot.subtract %7, %4 : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
    %zero = ingot.constant dense<0> : tensor<4xi32>
    %9 = ingot.compare GT %y, %zero : tensor<4xi32>
    %10 = ingot.concatenate %0, %6 dim = 1 : (tensor<?x3xf32, #ingot.dims<[s0, 3]>>, tensor<?x3xf32, #ingot.dims<[s0, 3]>>) -> tensor<?x6xf32, #ingot.dims<[s0, 6]>>
    return %x, %w, %r, %c, %1, %0, %8, %9, %10 : tensor<?x3xf32, #ingot.dims<[s0, 3]>>, tensor<3x4xf32>, tensor<2x2xi32>, tensor<5xi64>, tensor<?xf32, #ingot.dims<[s0 * 3]>>, tensor<?x3xf32, #ingot.dims<[s0, 3]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<4xi1>, tensor<?x6xf32, #ingot.dims<[s0, 6]>>
  }
  func.func private @twice(%x: tensor<?x3xf32, #ingot.dims<[s0, 3]>>) -> tensor<?x3xf32, #ingot.dims<[s0, 3]>> {
    %0 = ingot.add %x, %x : tensor<?x3xf32, #ingot.dims<[s0, 3]>>
    return %0 : tensor<?x3xf32, #ingot.dims<[s0, 3]>>
  }
}
