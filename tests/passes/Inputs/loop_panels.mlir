// Products in loops by what no round changes, an argument and a value, of whole panels and not, in a loop and in a loop within it.
module attributes {ingot.sizes = [#ingot.size<"n", 1 to 40>]} {
  func.func @main(%x: tensor<?x20xf32, #ingot.dims<[s0, 20]>>, %w: tensor<20x20xf32>, %v: tensor<20x32xf32>) -> (tensor<?x20xf32, #ingot.dims<[s0, 20]>>, tensor<?x32xf32, #ingot.dims<[s0, 32]>>) attributes {ingot.entry} {
    %zero = ingot.constant dense<0> : tensor<i32>
    %one = ingot.constant dense<1> : tensor<i32>
    %three = ingot.constant dense<3> : tensor<i32>
    %t = ingot.tanh %w : tensor<20x20xf32>
    %c = ingot.constant dense<0.0> : tensor<f32>
    %start = ingot.broadcast_in_dim %c dims = [] : (tensor<f32>) -> tensor<?x32xf32, #ingot.dims<[s0, 32]>>
    %0:3 = ingot.while (%zero, %x, %start) : (tensor<i32>, tensor<?x20xf32, #ingot.dims<[s0, 20]>>, tensor<?x32xf32, #ingot.dims<[s0, 32]>>) -> (tensor<i32>, tensor<?x20xf32, #ingot.dims<[s0, 20]>>, tensor<?x32xf32, #ingot.dims<[s0, 32]>>) cond {
    ^bb0(%i: tensor<i32>, %a: tensor<?x20xf32, #ingot.dims<[s0, 20]>>, %b: tensor<?x32xf32, #ingot.dims<[s0, 32]>>):
      %p = ingot.compare LT %i, %three : tensor<i32>
      ingot.return %p : tensor<i1>
    } do {
    ^bb0(%i: tensor<i32>, %a: tensor<?x20xf32, #ingot.dims<[s0, 20]>>, %b: tensor<?x32xf32, #ingot.dims<[s0, 32]>>):
      %m = ingot.add %i, %one : tensor<i32>
      %1:2 = ingot.while (%zero, %a) : (tensor<i32>, tensor<?x20xf32, #ingot.dims<[s0, 20]>>) -> (tensor<i32>, tensor<?x20xf32, #ingot.dims<[s0, 20]>>) cond {
      ^bb0(%j: tensor<i32>, %d: tensor<?x20xf32, #ingot.dims<[s0, 20]>>):
        %p = ingot.compare LT %j, %i : tensor<i32>
        ingot.return %p : tensor<i1>
      } do {
      ^bb0(%j: tensor<i32>, %d: tensor<?x20xf32, #ingot.dims<[s0, 20]>>):
        %k = ingot.add %j, %one : tensor<i32>
        %e = ingot.dot_general %d, %t <batch = [] x [], contract = [1] x [0]> : (tensor<?x20xf32, #ingot.dims<[s0, 20]>>, tensor<20x20xf32>) -> tensor<?x20xf32, #ingot.dims<[s0, 20]>>
        %f = ingot.tanh %e : tensor<?x20xf32, #ingot.dims<[s0, 20]>>
        ingot.return %k, %f : tensor<i32>, tensor<?x20xf32, #ingot.dims<[s0, 20]>>
      }
      %g = ingot.dot_general %1#1, %w <batch = [] x [], contract = [1] x [0]> : (tensor<?x20xf32, #ingot.dims<[s0, 20]>>, tensor<20x20xf32>) -> tensor<?x20xf32, #ingot.dims<[s0, 20]>>
      %h = ingot.dot_general %1#1, %v <batch = [] x [], contract = [1] x [0]> : (tensor<?x20xf32, #ingot.dims<[s0, 20]>>, tensor<20x32xf32>) -> tensor<?x32xf32, #ingot.dims<[s0, 32]>>
      %l = ingot.add %b, %h : tensor<?x32xf32, #ingot.dims<[s0, 32]>>
      %o = ingot.tanh %g : tensor<?x20xf32, #ingot.dims<[s0, 20]>>
      ingot.return %m, %o, %l : tensor<i32>, tensor<?x20xf32, #ingot.dims<[s0, 20]>>, tensor<?x32xf32, #ingot.dims<[s0, 32]>>
    }
    return %0#1, %0#2 : tensor<?x20xf32, #ingot.dims<[s0, 20]>>, tensor<?x32xf32, #ingot.dims<[s0, 32]>>
  }
}
