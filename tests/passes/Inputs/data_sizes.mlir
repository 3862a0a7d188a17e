// Sizes that data tells: the positive elements of a row, and all elements of a tensor above a limit, worked on and given back; what one
// size tells decides the next.
module attributes {ingot.sizes = [#ingot.size<"n", 1 to 16>, #ingot.size<"kept", 0 to 8 data>, #ingot.size<"large", 0 to 64 data>]} {
  func.func @main(%x: tensor<8xf32>, %y: tensor<?x4xf32, #ingot.dims<[s0, 4]>>)
      -> (tensor<?xf32, #ingot.dims<[s1]>>, tensor<?xf32, #ingot.dims<[8 - s1]>>, tensor<f32>, tensor<2x?xf32, #ingot.dims<[2, s2]>>,
          tensor<?x?xf32, #ingot.dims<[s1, s2]>>, tensor<i64>) attributes {ingot.entry} {
    %zero = ingot.constant dense<0.0> : tensor<f32>
    %zeros = ingot.constant dense<0.0> : tensor<8xf32>
    %none = ingot.constant dense<0> : tensor<i64>
    %places = ingot.iota dim = 0 : tensor<8xi64>
    %most = ingot.constant dense<8> : tensor<8xi64>
    %positive = ingot.compare GT %x, %zeros : tensor<8xf32>
    %ones = ingot.convert %positive : (tensor<8xi1>) -> tensor<8xi64>
    %count = ingot.reduce (%ones init %none) dims = [0] : (tensor<8xi64>, tensor<i64>) -> tensor<i64> {
    ^bb0(%a: tensor<i64>, %b: tensor<i64>):
      %s = ingot.add %a, %b : tensor<i64>
      ingot.return %s : tensor<i64>
    }
    %doubled = ingot.add %x, %x : tensor<8xf32>
    ingot.bind_size %count size = 1 : tensor<i64>
    %first = ingot.slice %doubled [0] to [-9223372036854775807] step [1] : (tensor<8xf32>) -> tensor<?xf32, #ingot.dims<[s1]>>
    %0 = ingot.exponential %first : tensor<?xf32, #ingot.dims<[s1]>>
    %rest = ingot.iota dim = 0 : tensor<?xf32, #ingot.dims<[8 - s1]>>
    %1 = ingot.negate %rest : tensor<?xf32, #ingot.dims<[8 - s1]>>
    %2 = ingot.reduce (%0 init %zero) dims = [0] : (tensor<?xf32, #ingot.dims<[s1]>>, tensor<f32>) -> tensor<f32> {
    ^bb0(%a: tensor<f32>, %b: tensor<f32>):
      %s = ingot.add %a, %b : tensor<f32>
      ingot.return %s : tensor<f32>
    }
    %n = ingot.size_of affine_map<()[s0, s1, s2] -> (s1 * 2 + s0)> : tensor<i64>
    ingot.bind_size %n size = 2 : tensor<i64>
    %wide = ingot.broadcast_in_dim %0 dims = [0] : (tensor<?xf32, #ingot.dims<[s1]>>) -> tensor<?x?xf32, #ingot.dims<[s1, s2]>>
    %columns = ingot.iota dim = 1 : tensor<?x?xf32, #ingot.dims<[s1, s2]>>
    %4 = ingot.add %wide, %columns : tensor<?x?xf32, #ingot.dims<[s1, s2]>>
    %sums = ingot.reduce (%4 init %zero) dims = [0] : (tensor<?x?xf32, #ingot.dims<[s1, s2]>>, tensor<f32>) -> tensor<?xf32, #ingot.dims<[s2]>> {
    ^bb0(%a: tensor<f32>, %b: tensor<f32>):
      %s = ingot.add %a, %b : tensor<f32>
      ingot.return %s : tensor<f32>
    }
    %total = ingot.reduce (%y init %zero) dims = [0, 1] : (tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<f32>) -> tensor<f32> {
    ^bb0(%a: tensor<f32>, %b: tensor<f32>):
      %s = ingot.add %a, %b : tensor<f32>
      ingot.return %s : tensor<f32>
    }
    %spread = ingot.broadcast_in_dim %total dims = [] : (tensor<f32>) -> tensor<2x?xf32, #ingot.dims<[2, s2]>>
    %both = ingot.broadcast_in_dim %sums dims = [1] : (tensor<?xf32, #ingot.dims<[s2]>>) -> tensor<2x?xf32, #ingot.dims<[2, s2]>>
    %3 = ingot.multiply %spread, %both : tensor<2x?xf32, #ingot.dims<[2, s2]>>
    return %0, %1, %2, %3, %4, %n : tensor<?xf32, #ingot.dims<[s1]>>, tensor<?xf32, #ingot.dims<[8 - s1]>>, tensor<f32>, tensor<2x?xf32, #ingot.dims<[2, s2]>>, tensor<?x?xf32, #ingot.dims<[s1, s2]>>, tensor<i64>
  }
}
