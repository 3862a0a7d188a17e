// while: swapped and rotated values, values carried raw and updated, zero rounds, captured weights, loops within ifs within loops.
module attributes {ingot.sizes = [#ingot.size<"n", 1 to 40>]} {
  ingot.weight @w = <"w" : tensor<4x4xf32>> [] : tensor<4x4xf32>
  func.func @main(%x: tensor<?x4xf32, #ingot.dims<[s0, 4]>>, %y: tensor<?x4xf32, #ingot.dims<[s0, 4]>>, %k: tensor<4xi32>) -> (tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?xf32, #ingot.dims<[s0 * 4]>>, tensor<i32>) attributes {ingot.entry} {
    %w = ingot.get_weight @w : tensor<4x4xf32>
    %k0 = ingot.slice %k [0] to [1] step [1] : (tensor<4xi32>) -> tensor<1xi32>
    %i = ingot.reshape %k0 : (tensor<1xi32>) -> tensor<i32>
    %k1 = ingot.slice %k [1] to [2] step [1] : (tensor<4xi32>) -> tensor<1xi32>
    %j = ingot.reshape %k1 : (tensor<1xi32>) -> tensor<i32>
    %zero = ingot.constant dense<0> : tensor<i32>
    %one = ingot.constant dense<1> : tensor<i32>
    %half = ingot.constant dense<0.5> : tensor<f32>
    %halves = ingot.broadcast_in_dim %half dims = [] : (tensor<f32>) -> tensor<?x4xf32, #ingot.dims<[s0, 4]>>
    %e = ingot.exponential %x : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
    %u = ingot.tanh %y : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
    // a, b = b, a; c is rotated in from a, d is updated, both are carried.
    %0:5 = ingot.while (%zero, %e, %u, %x, %e) : (tensor<i32>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>) -> (tensor<i32>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>) cond {
    ^bb0(%n: tensor<i32>, %a: tensor<?x4xf32, #ingot.dims<[s0, 4]>>, %b: tensor<?x4xf32, #ingot.dims<[s0, 4]>>, %c: tensor<?x4xf32, #ingot.dims<[s0, 4]>>, %d: tensor<?x4xf32, #ingot.dims<[s0, 4]>>):
      %p = ingot.compare LT %n, %i : tensor<i32>
      ingot.return %p : tensor<i1>
    } do {
    ^bb0(%n: tensor<i32>, %a: tensor<?x4xf32, #ingot.dims<[s0, 4]>>, %b: tensor<?x4xf32, #ingot.dims<[s0, 4]>>, %c: tensor<?x4xf32, #ingot.dims<[s0, 4]>>, %d: tensor<?x4xf32, #ingot.dims<[s0, 4]>>):
      %m = ingot.add %n, %one : tensor<i32>
      %h = ingot.multiply %d, %halves : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
      %g = ingot.dot_general %h, %w <batch = [] x [], contract = [1] x [0]> : (tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<4x4xf32>) -> tensor<?x4xf32, #ingot.dims<[s0, 4]>>
      %f = ingot.add %g, %c : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
      ingot.return %m, %b, %a, %a, %f : tensor<i32>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>
    }
    // A loop in an if in a loop; the inner one starts as a carried and as a captured value.
    %1:3 = ingot.while (%zero, %0#4, %0#1) : (tensor<i32>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>) -> (tensor<i32>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>) cond {
    ^bb0(%n: tensor<i32>, %a: tensor<?x4xf32, #ingot.dims<[s0, 4]>>, %b: tensor<?x4xf32, #ingot.dims<[s0, 4]>>):
      %p = ingot.compare LT %n, %j : tensor<i32>
      ingot.return %p : tensor<i1>
    } do {
    ^bb0(%n: tensor<i32>, %a: tensor<?x4xf32, #ingot.dims<[s0, 4]>>, %b: tensor<?x4xf32, #ingot.dims<[s0, 4]>>):
      %m = ingot.add %n, %one : tensor<i32>
      %p = ingot.compare LT %n, %one : tensor<i32>
      %2:2 = ingot.if %p : (tensor<i1>) -> (tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>) {
        %4:3 = ingot.while (%n, %a, %e) : (tensor<i32>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>) -> (tensor<i32>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>) cond {
        ^bb0(%o: tensor<i32>, %c: tensor<?x4xf32, #ingot.dims<[s0, 4]>>, %d: tensor<?x4xf32, #ingot.dims<[s0, 4]>>):
          %q = ingot.compare LT %o, %i : tensor<i32>
          ingot.return %q : tensor<i1>
        } do {
        ^bb0(%o: tensor<i32>, %c: tensor<?x4xf32, #ingot.dims<[s0, 4]>>, %d: tensor<?x4xf32, #ingot.dims<[s0, 4]>>):
          %q = ingot.add %o, %one : tensor<i32>
          %r = ingot.multiply %c, %halves : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
          %s = ingot.dot_general %d, %w <batch = [] x [], contract = [1] x [1]> : (tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<4x4xf32>) -> tensor<?x4xf32, #ingot.dims<[s0, 4]>>
          %t = ingot.subtract %r, %b : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
          %v = ingot.tanh %s : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
          ingot.return %q, %v, %t : tensor<i32>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>
        }
        ingot.return %4#1, %4#2 : tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>
      } else {
        %4 = ingot.negate %a : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
        ingot.return %4, %a : tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>
      }
      %3 = ingot.tanh %2#1 : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
      ingot.return %m, %2#0, %3 : tensor<i32>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>
    }
    // Zero rounds, and one that ends by what it computes.
    %5:2 = ingot.while (%zero, %u) : (tensor<i32>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>) -> (tensor<i32>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>) cond {
    ^bb0(%n: tensor<i32>, %a: tensor<?x4xf32, #ingot.dims<[s0, 4]>>):
      %p = ingot.compare LT %n, %zero : tensor<i32>
      ingot.return %p : tensor<i1>
    } do {
    ^bb0(%n: tensor<i32>, %a: tensor<?x4xf32, #ingot.dims<[s0, 4]>>):
      %m = ingot.add %n, %one : tensor<i32>
      %b = ingot.exponential %a : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
      ingot.return %m, %b : tensor<i32>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>
    }
    %true = ingot.constant dense<true> : tensor<i1>
    %6:3 = ingot.while (%true, %k1, %u) : (tensor<i1>, tensor<1xi32>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>) -> (tensor<i1>, tensor<1xi32>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>) cond {
    ^bb0(%p: tensor<i1>, %n: tensor<1xi32>, %a: tensor<?x4xf32, #ingot.dims<[s0, 4]>>):
      ingot.return %p : tensor<i1>
    } do {
    ^bb0(%p: tensor<i1>, %n: tensor<1xi32>, %a: tensor<?x4xf32, #ingot.dims<[s0, 4]>>):
      %s = ingot.reshape %n : (tensor<1xi32>) -> tensor<i32>
      %m = ingot.subtract %s, %one : tensor<i32>
      %q = ingot.compare GT %m, %zero : tensor<i32>
      %r = ingot.reshape %m : (tensor<i32>) -> tensor<1xi32>
      %b = ingot.add %a, %halves : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
      ingot.return %q, %r, %b : tensor<i1>, tensor<1xi32>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>
    }
    %last = ingot.add %1#1, %6#2 : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
    %v = ingot.reshape %0#3 : (tensor<?x4xf32, #ingot.dims<[s0, 4]>>) -> tensor<?xf32, #ingot.dims<[s0 * 4]>>
    return %0#1, %0#2, %0#4, %1#2, %5#1, %last, %v, %0#0 : tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?xf32, #ingot.dims<[s0 * 4]>>, tensor<i32>
  }
}
