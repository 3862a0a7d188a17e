// if and case: captured arguments, weights, constants; results that are captured, constant, shared or views; branches within branches.
module attributes {ingot.sizes = [#ingot.size<"n", 1 to 40>]} {
  ingot.weight @w = <"w" : tensor<4x4xf32>> [] : tensor<4x4xf32>
  func.func @main(%x: tensor<?x4xf32, #ingot.dims<[s0, 4]>>, %y: tensor<?x4xf32, #ingot.dims<[s0, 4]>>, %k: tensor<4xi32>) -> (tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<4x4xf32>, tensor<?xf32, #ingot.dims<[s0 * 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<3xi64>) attributes {ingot.entry} {
    %w = ingot.get_weight @w : tensor<4x4xf32>
    %k0 = ingot.slice %k [0] to [1] step [1] : (tensor<4xi32>) -> tensor<1xi32>
    %i = ingot.reshape %k0 : (tensor<1xi32>) -> tensor<i32>
    %k1 = ingot.slice %k [1] to [2] step [1] : (tensor<4xi32>) -> tensor<1xi32>
    %j = ingot.reshape %k1 : (tensor<1xi32>) -> tensor<i32>
    %three = ingot.constant dense<3> : tensor<i32>
    %p = ingot.compare LT %i, %three : tensor<i32>
    %q = ingot.compare LT %j, %three : tensor<i32>
    %one = ingot.constant dense<1.0> : tensor<f32>
    %ones = ingot.broadcast_in_dim %one dims = [] : (tensor<f32>) -> tensor<?x4xf32, #ingot.dims<[s0, 4]>>
    %e = ingot.exponential %x : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
    %t = ingot.dot_general %e, %w <batch = [] x [], contract = [1] x [0]> : (tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<4x4xf32>) -> tensor<?x4xf32, #ingot.dims<[s0, 4]>>
    // A captured value, an argument, a weight, a constant and one value twice are results.
    %0:5 = ingot.if %p : (tensor<i1>) -> (tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<4x4xf32>, tensor<3xi64>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>) {
      %c = ingot.constant dense<[1, 2, 3]> : tensor<3xi64>
      %a = ingot.add %e, %ones : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
      ingot.return %a, %a, %w, %c, %t : tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<4x4xf32>, tensor<3xi64>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>
    } else {
      %c = ingot.constant dense<[4, 5, 6]> : tensor<3xi64>
      %d = ingot.dot_general %t, %w <batch = [] x [], contract = [1] x [1]> : (tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<4x4xf32>) -> tensor<?x4xf32, #ingot.dims<[s0, 4]>>
      %n = ingot.negate %w : tensor<4x4xf32>
      ingot.return %d, %x, %n, %c, %y : tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<4x4xf32>, tensor<3xi64>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>
    }
    // Written over what a branch is the last to read.
    %s = ingot.tanh %0#4 : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
    %1 = ingot.if %q : (tensor<i1>) -> tensor<?x4xf32, #ingot.dims<[s0, 4]>> {
      %r = ingot.case %i : (tensor<i32>) -> tensor<?x4xf32, #ingot.dims<[s0, 4]>> {
        %m = ingot.multiply %s, %s : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
        ingot.return %m : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
      }, {
        %m = ingot.subtract %s, %y : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
        %g = ingot.if %p : (tensor<i1>) -> tensor<?x4xf32, #ingot.dims<[s0, 4]>> {
          %h = ingot.exponential %m : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
          ingot.return %h : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
        } else {
          ingot.return %m : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
        }
        ingot.return %g : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
      }, {
        ingot.return %ones : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
      }, {
        ingot.return %y : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
      }
      ingot.return %r : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
    } else {
      %a = ingot.negate %s : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
      %b = ingot.dot_general %a, %w <batch = [] x [], contract = [1] x [0]> : (tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<4x4xf32>) -> tensor<?x4xf32, #ingot.dims<[s0, 4]>>
      %c = ingot.add %a, %b : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
      ingot.return %c : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
    }
    %v = ingot.reshape %1 : (tensor<?x4xf32, #ingot.dims<[s0, 4]>>) -> tensor<?xf32, #ingot.dims<[s0 * 4]>>
    %z = ingot.case %j : (tensor<i32>) -> tensor<?x4xf32, #ingot.dims<[s0, 4]>> {
      %m = ingot.add %1, %t : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
      ingot.return %m : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
    }
    return %0#0, %0#1, %1, %0#2, %v, %z, %0#0, %0#3 : tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<4x4xf32>, tensor<?xf32, #ingot.dims<[s0 * 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<3xi64>
  }
}
