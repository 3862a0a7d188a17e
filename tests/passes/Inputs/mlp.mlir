// Two dense layers and a softmax; symbolic batch.
module attributes {ingot.sizes = [#ingot.size<"batch", 1 to 64>]} {
  ingot.weight @w1 = #ingot.source<"w1" : tensor<48x48xf32>> [] : tensor<48x48xf32>
  ingot.weight @w2 = #ingot.source<"w2" : tensor<48x10xf32>> [] : tensor<48x10xf32>
  func.func @main(%x: tensor<?x48xf32, #ingot.dims<[s0, 48]>>) -> tensor<?x10xf32, #ingot.dims<[s0, 10]>> attributes {ingot.entry} {
    %w1 = ingot.get_weight @w1 : tensor<48x48xf32>
    %w2 = ingot.get_weight @w2 : tensor<48x10xf32>
    %zero = ingot.constant dense<0.0> : tensor<f32>
    %ninf = ingot.constant dense<0xFF800000> : tensor<f32>
    %b = ingot.constant dense<[0.0,1.0,2.0,3.0,4.0,5.0,6.0,7.0,8.0,9.0]> : tensor<10xf32>
    %0 = ingot.dot_general %x, %w1 <batch=[]x[], contract=[1]x[0]> : (tensor<?x48xf32, #ingot.dims<[s0, 48]>>, tensor<48x48xf32>) -> tensor<?x48xf32, #ingot.dims<[s0, 48]>>
    %z = ingot.broadcast_in_dim %zero dims = [] : (tensor<f32>) -> tensor<?x48xf32, #ingot.dims<[s0, 48]>>
    %1 = ingot.maximum %0, %z : tensor<?x48xf32, #ingot.dims<[s0, 48]>>
    %2 = ingot.dot_general %1, %w2 <batch=[]x[], contract=[1]x[0]> : (tensor<?x48xf32, #ingot.dims<[s0, 48]>>, tensor<48x10xf32>) -> tensor<?x10xf32, #ingot.dims<[s0, 10]>>
    %bb = ingot.broadcast_in_dim %b dims = [1] : (tensor<10xf32>) -> tensor<?x10xf32, #ingot.dims<[s0, 10]>>
    %3 = ingot.add %2, %bb : tensor<?x10xf32, #ingot.dims<[s0, 10]>>
    %4 = ingot.reduce(%3 init %ninf) dims = [1] : (tensor<?x10xf32, #ingot.dims<[s0, 10]>>, tensor<f32>) -> tensor<?xf32, #ingot.dims<[s0]>> {
    ^bb0(%a: tensor<f32>, %c: tensor<f32>):
      %m = ingot.maximum %a, %c : tensor<f32>
      ingot.return %m : tensor<f32>
    }
    %5 = ingot.broadcast_in_dim %4 dims = [0] : (tensor<?xf32, #ingot.dims<[s0]>>) -> tensor<?x10xf32, #ingot.dims<[s0, 10]>>
    %6 = ingot.subtract %3, %5 : tensor<?x10xf32, #ingot.dims<[s0, 10]>>
    %7 = ingot.exponential %6 : tensor<?x10xf32, #ingot.dims<[s0, 10]>>
    %8 = ingot.reduce(%7 init %zero) dims = [1] : (tensor<?x10xf32, #ingot.dims<[s0, 10]>>, tensor<f32>) -> tensor<?xf32, #ingot.dims<[s0]>> {
    ^bb0(%a: tensor<f32>, %c: tensor<f32>):
      %m = ingot.add %a, %c : tensor<f32>
      ingot.return %m : tensor<f32>
    }
    %9 = ingot.broadcast_in_dim %8 dims = [0] : (tensor<?xf32, #ingot.dims<[s0]>>) -> tensor<?x10xf32, #ingot.dims<[s0, 10]>>
    %10 = ingot.divide %7, %9 : tensor<?x10xf32, #ingot.dims<[s0, 10]>>
    return %10 : tensor<?x10xf32, #ingot.dims<[s0, 10]>>
  }
}
