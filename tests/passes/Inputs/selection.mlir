// The gradient of a pooling: places are picked in overlapping, padded windows of what a region computes.
module attributes {ingot.sizes = [#ingot.size<"n", 1 to 40>]} {
  func.func @main(%x: tensor<?x9x6xf32, #ingot.dims<[s0, 9, 6]>>, %g: tensor<?x5x3xf32, #ingot.dims<[s0, 5, 3]>>)
      -> tensor<?x9x6xf32, #ingot.dims<[s0, 9, 6]>> attributes {ingot.entry} {
    %t = ingot.tanh %x : tensor<?x9x6xf32, #ingot.dims<[s0, 9, 6]>>
    %zero = ingot.constant dense<0.0> : tensor<f32>
    %s = ingot.select_and_scatter %t, %g init %zero window = [1, 3, 2] stride = [1, 2, 2] pad = [0, 0, 1, 1, 0, 0]
        : (tensor<?x9x6xf32, #ingot.dims<[s0, 9, 6]>>, tensor<?x5x3xf32, #ingot.dims<[s0, 5, 3]>>, tensor<f32>) -> tensor<?x9x6xf32, #ingot.dims<[s0, 9, 6]>> select {
    ^bb0(%a: tensor<f32>, %b: tensor<f32>):
      %1 = ingot.compare GE %a, %b : tensor<f32>
      ingot.return %1 : tensor<i1>
    } scatter {
    ^bb0(%a: tensor<f32>, %b: tensor<f32>):
      %1 = ingot.add %a, %b : tensor<f32>
      ingot.return %1 : tensor<f32>
    }
    %r = ingot.multiply %s, %t : tensor<?x9x6xf32, #ingot.dims<[s0, 9, 6]>>
    return %r : tensor<?x9x6xf32, #ingot.dims<[s0, 9, 6]>>
  }
}
