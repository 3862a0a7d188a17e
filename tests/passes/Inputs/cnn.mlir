// Convolutions, a maximum pool, a per-channel scale and bias, a flattening; symbolic batch.
module attributes {ingot.sizes = [#ingot.size<"batch", 1 to 64>]} {
  ingot.weight @w1 = <"w1" : tensor<8x3x5x5xf32>> [] : tensor<8x3x5x5xf32>
  ingot.weight @w2 = <"w2" : tensor<16x8x3x3xf32>> [] : tensor<16x8x3x3xf32>
  ingot.weight @s = <"s" : tensor<16xf32>> [] : tensor<16xf32>
  ingot.weight @b = <"b" : tensor<16xf32>> [] : tensor<16xf32>
  ingot.weight @fc = <"fc" : tensor<784x10xf32>> [] : tensor<784x10xf32>
  func.func @main(%x: tensor<?x3x28x28xf32, #ingot.dims<[s0, 3, 28, 28]>>) -> tensor<?x10xf32, #ingot.dims<[s0, 10]>> attributes {ingot.entry} {
    %w1 = ingot.get_weight @w1 : tensor<8x3x5x5xf32>
    %w2 = ingot.get_weight @w2 : tensor<16x8x3x3xf32>
    %s = ingot.get_weight @s : tensor<16xf32>
    %b = ingot.get_weight @b : tensor<16xf32>
    %fc = ingot.get_weight @fc : tensor<784x10xf32>
    %zero = ingot.constant dense<0.0> : tensor<f32>
    %ninf = ingot.constant dense<0xFF800000> : tensor<f32>
    %p = ingot.pad %x, %zero low = [0, 0, 2, 2] high = [0, 0, 2, 2] interior = [0, 0, 0, 0] : (tensor<?x3x28x28xf32, #ingot.dims<[s0, 3, 28, 28]>>, tensor<f32>) -> tensor<?x3x32x32xf32, #ingot.dims<[s0, 3, 32, 32]>>
    %0 = ingot.convolution %p, %w1 <[b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1]> stride = [1, 1] pad = [0, 0, 0, 0] lhs_dilate = [1, 1] rhs_dilate = [1, 1] : (tensor<?x3x32x32xf32, #ingot.dims<[s0, 3, 32, 32]>>, tensor<8x3x5x5xf32>) -> tensor<?x8x28x28xf32, #ingot.dims<[s0, 8, 28, 28]>>
    %z = ingot.broadcast_in_dim %zero dims = [] : (tensor<f32>) -> tensor<?x8x28x28xf32, #ingot.dims<[s0, 8, 28, 28]>>
    %1 = ingot.maximum %0, %z : tensor<?x8x28x28xf32, #ingot.dims<[s0, 8, 28, 28]>>
    %2 = ingot.reduce_window(%1 init %ninf) window = [1, 1, 2, 2] stride = [1, 1, 2, 2] base_dilate = [1, 1, 1, 1] dilate = [1, 1, 1, 1] pad = [0, 0, 0, 0, 0, 0, 0, 0] : (tensor<?x8x28x28xf32, #ingot.dims<[s0, 8, 28, 28]>>, tensor<f32>) -> tensor<?x8x14x14xf32, #ingot.dims<[s0, 8, 14, 14]>> {
    ^bb0(%a: tensor<f32>, %c: tensor<f32>):
      %m = ingot.maximum %a, %c : tensor<f32>
      ingot.return %m : tensor<f32>
    }
    %3 = ingot.convolution %2, %w2 <[b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1]> stride = [2, 2] pad = [1, 1, 1, 1] lhs_dilate = [1, 1] rhs_dilate = [1, 1] : (tensor<?x8x14x14xf32, #ingot.dims<[s0, 8, 14, 14]>>, tensor<16x8x3x3xf32>) -> tensor<?x16x7x7xf32, #ingot.dims<[s0, 16, 7, 7]>>
    %sb = ingot.broadcast_in_dim %s dims = [1] : (tensor<16xf32>) -> tensor<?x16x7x7xf32, #ingot.dims<[s0, 16, 7, 7]>>
    %bb = ingot.broadcast_in_dim %b dims = [1] : (tensor<16xf32>) -> tensor<?x16x7x7xf32, #ingot.dims<[s0, 16, 7, 7]>>
    %4 = ingot.multiply %3, %sb : tensor<?x16x7x7xf32, #ingot.dims<[s0, 16, 7, 7]>>
    %5 = ingot.add %4, %bb : tensor<?x16x7x7xf32, #ingot.dims<[s0, 16, 7, 7]>>
    %6 = ingot.reshape %5 : (tensor<?x16x7x7xf32, #ingot.dims<[s0, 16, 7, 7]>>) -> tensor<?x784xf32, #ingot.dims<[s0, 784]>>
    %7 = ingot.dot_general %6, %fc <batch=[]x[], contract=[1]x[0]> : (tensor<?x784xf32, #ingot.dims<[s0, 784]>>, tensor<784x10xf32>) -> tensor<?x10xf32, #ingot.dims<[s0, 10]>>
    return %7 : tensor<?x10xf32, #ingot.dims<[s0, 10]>>
  }
}
