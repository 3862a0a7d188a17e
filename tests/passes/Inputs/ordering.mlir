// Ops with kernels of their own behind and in front of others, random numbers in a region.
module attributes {ingot.sizes = [#ingot.size<"n", 1 to 40>]} {
  func.func @main(%x: tensor<?x20xf32, #ingot.dims<[s0, 20]>>, %i: tensor<?xi64, #ingot.dims<[s0]>>)
      -> (tensor<?x5xf32, #ingot.dims<[s0, 5]>>, tensor<?x20xf32, #ingot.dims<[s0, 20]>>, tensor<?x20xf32, #ingot.dims<[s0, 20]>>, tensor<64x20xf32>) attributes {ingot.entry} {
    %e = ingot.exponential %x : tensor<?x20xf32, #ingot.dims<[s0, 20]>>
    %v, %p = ingot.top_k %e : (tensor<?x20xf32, #ingot.dims<[s0, 20]>>) -> (tensor<?x5xf32, #ingot.dims<[s0, 5]>>, tensor<?x5xi32, #ingot.dims<[s0, 5]>>)
    %l = ingot.log %v : tensor<?x5xf32, #ingot.dims<[s0, 5]>>
    %zero = ingot.constant dense<0.0> : tensor<f32>
    %one = ingot.constant dense<1.0> : tensor<f32>
    %s = ingot.scan (%e init %zero) dim = 0 : (tensor<?x20xf32, #ingot.dims<[s0, 20]>>, tensor<f32>) -> tensor<?x20xf32, #ingot.dims<[s0, 20]>> {
    ^bb0(%a: tensor<f32>, %b: tensor<f32>):
      %1 = ingot.add %a, %b : tensor<f32>
      ingot.return %1 : tensor<f32>
    }
    %n = ingot.negate %s : tensor<?x20xf32, #ingot.dims<[s0, 20]>>
    %r = ingot.sort (%n) dim = 1 : (tensor<?x20xf32, #ingot.dims<[s0, 20]>>) -> tensor<?x20xf32, #ingot.dims<[s0, 20]>> {
    ^bb0(%a: tensor<f32>, %b: tensor<f32>):
      %1 = ingot.compare LT %a, %b : tensor<f32>
      ingot.return %1 : tensor<i1>
    }
    %u = ingot.rng UNIFORM %zero, %one seed = 3 : (tensor<f32>, tensor<f32>) -> tensor<64x20xf32>
    %t = ingot.scatter (%u), %i, (%r) <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1>
        : (tensor<64x20xf32>, tensor<?xi64, #ingot.dims<[s0]>>, tensor<?x20xf32, #ingot.dims<[s0, 20]>>) -> tensor<64x20xf32> {
    ^bb0(%a: tensor<f32>, %b: tensor<f32>):
      %1 = ingot.add %a, %b : tensor<f32>
      ingot.return %1 : tensor<f32>
    }
    return %l, %n, %r, %t : tensor<?x5xf32, #ingot.dims<[s0, 5]>>, tensor<?x20xf32, #ingot.dims<[s0, 20]>>, tensor<?x20xf32, #ingot.dims<[s0, 20]>>, tensor<64x20xf32>
  }
}
