// ingot pooling-gradient after import
module attributes {ingot.sizes = [#ingot.size<"n", 1 to 8>]} {
  func.func @main(%x: tensor<?x9x6xf32, #ingot.dims<[s0, 9, 6]>> {ingot.name = "x"}, %g: tensor<?x5x3xf32, #ingot.dims<[s0, 5, 3]>> {ingot.name = "g"})
      -> (tensor<?x9x6xf32, #ingot.dims<[s0, 9, 6]>> {ingot.name = "y"}) attributes {ingot.entry} {
    %t = ingot.tanh %x : tensor<?x9x6xf32, #ingot.dims<[s0, 9, 6]>>
    %h = ingot.reduce_precision %t exponent = 4 mantissa = 3 : tensor<?x9x6xf32, #ingot.dims<[s0, 9, 6]>>
    %zero = ingot.constant dense<0.0> : tensor<f32>
    %s = ingot.select_and_scatter %h, %g init %zero window = [1, 3, 2] stride = [1, 2, 2] pad = [0, 0, 1, 1, 0, 0]
        : (tensor<?x9x6xf32, #ingot.dims<[s0, 9, 6]>>, tensor<?x5x3xf32, #ingot.dims<[s0, 5, 3]>>, tensor<f32>) -> tensor<?x9x6xf32, #ingot.dims<[s0, 9, 6]>> select {
    ^bb0(%a: tensor<f32>, %b: tensor<f32>):
      %1 = ingot.compare GE %a, %b : tensor<f32>
      ingot.return %1 : tensor<i1>
    } scatter {
    ^bb0(%a: tensor<f32>, %b: tensor<f32>):
      %1 = ingot.add %a, %b : tensor<f32>
      ingot.return %1 : tensor<f32>
    }
    %r = ingot.add %s, %h : tensor<?x9x6xf32, #ingot.dims<[s0, 9, 6]>>
    return %r : tensor<?x9x6xf32, #ingot.dims<[s0, 9, 6]>>
  }
}
