// What a program of a grid is for one process; calls, barriers and custom calls that are known; map, on whole tensors and in a loop.
module attributes {ingot.sizes = [#ingot.size<"n", 1 to 16>]} {
  func.func private @twice(%x: tensor<?x4xf32, #ingot.dims<[s0, 4]>>) -> tensor<?x4xf32, #ingot.dims<[s0, 4]>> {
    %0 = ingot.add %x, %x : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
    return %0 : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
  }
  func.func private @mixed(%x: tensor<?x4xf32, #ingot.dims<[s0, 4]>>) -> tensor<?x4xf32, #ingot.dims<[s0, 4]>> {
    %0 = func.call @twice(%x) : (tensor<?x4xf32, #ingot.dims<[s0, 4]>>) -> tensor<?x4xf32, #ingot.dims<[s0, 4]>>
    %1 = ingot.tanh %0 : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
    %2 = func.call @twice(%1) : (tensor<?x4xf32, #ingot.dims<[s0, 4]>>) -> tensor<?x4xf32, #ingot.dims<[s0, 4]>>
    return %2 : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
  }
  func.func @main(%x: tensor<?x4xf32, #ingot.dims<[s0, 4]>>, %y: tensor<6xf32>)
      -> (tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf64, #ingot.dims<[s0, 4]>>, tensor<6xf32>, tensor<6xf32>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<6xi1>) attributes {ingot.entry} {
    %0 = func.call @mixed(%x) : (tensor<?x4xf32, #ingot.dims<[s0, 4]>>) -> tensor<?x4xf32, #ingot.dims<[s0, 4]>>
    %1 = ingot.custom_call "Sharding" (%0) : (tensor<?x4xf32, #ingot.dims<[s0, 4]>>) -> tensor<?x4xf32, #ingot.dims<[s0, 4]>>
    %token = ingot.after_all () : () -> !ingot.token
    %2:2 = ingot.optimization_barrier (%1, %token) : (tensor<?x4xf32, #ingot.dims<[s0, 4]>>, !ingot.token) -> (tensor<?x4xf32, #ingot.dims<[s0, 4]>>, !ingot.token)
    %3 = ingot.all_reduce (%2#0) groups = dense<[[0]]> : tensor<1x1xi64> : (tensor<?x4xf32, #ingot.dims<[s0, 4]>>) -> tensor<?x4xf64, #ingot.dims<[s0, 4]>> {
    ^bb0(%a: tensor<f64>, %b: tensor<f64>):
      %s = ingot.add %a, %b : tensor<f64>
      ingot.return %s : tensor<f64>
    }
    %4 = ingot.collective_permute %y pairs = dense<> : tensor<0x2xi64> : (tensor<6xf32>) -> tensor<6xf32>
    %5 = ingot.async_start (%y) : (tensor<6xf32>) -> !ingot.future<tensor<6xf32>> {
    ^bb0(%a: tensor<6xf32>):
      %g = ingot.all_gather (%a) dim = 0 groups = dense<[[0]]> : tensor<1x1xi64> : (tensor<6xf32>) -> tensor<6xf32>
      ingot.return %g : tensor<6xf32>
    }
    %6 = ingot.async_done %5 : (!ingot.future<tensor<6xf32>>) -> tensor<6xf32>
    %id = ingot.replica_id
    %f = ingot.convert %id : (tensor<ui32>) -> tensor<f32>
    %7 = ingot.broadcast_in_dim %f dims = [] : (tensor<f32>) -> tensor<6xf32>
    %8 = ingot.add %6, %7 : tensor<6xf32>
    %9 = ingot.map (%x, %1) dims = [0, 1] : (tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>) -> tensor<?x4xf32, #ingot.dims<[s0, 4]>> {
    ^bb0(%a: tensor<f32>, %b: tensor<f32>):
      %c = ingot.constant dense<0.5> : tensor<f32>
      %p = ingot.compare LT %a, %c : tensor<f32>
      %m = ingot.multiply %b, %c : tensor<f32>
      %s = ingot.select %p, %a, %m : tensor<i1>, tensor<f32>
      ingot.return %s : tensor<f32>
    }
    %10 = ingot.map (%x) dims = [0, 1] : (tensor<?x4xf32, #ingot.dims<[s0, 4]>>) -> tensor<?x4xf32, #ingot.dims<[s0, 4]>> {
    ^bb0(%a: tensor<f32>):
      %z = ingot.constant dense<0.0> : tensor<f32>
      %v = ingot.broadcast_in_dim %a dims = [] : (tensor<f32>) -> tensor<3xf32>
      %s = ingot.reduce (%v init %z) dims = [0] : (tensor<3xf32>, tensor<f32>) -> tensor<f32> {
      ^bb0(%p: tensor<f32>, %q: tensor<f32>):
        %t = ingot.add %p, %q : tensor<f32>
        ingot.return %t : tensor<f32>
      }
      ingot.return %s : tensor<f32>
    }
    %11 = ingot.compare LT total %y, %8 : tensor<6xf32>
    return %1, %3, %4, %8, %9, %10, %11 : tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf64, #ingot.dims<[s0, 4]>>, tensor<6xf32>, tensor<6xf32>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<6xi1>
  }
}
