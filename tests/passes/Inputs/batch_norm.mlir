// A convolution normalised per channel with its statistics as weights of shape [C,1,1], and a residual.
module {
  ingot.weight @k = <"k" : tensor<6x6x3x3xf32>> [] : tensor<6x6x3x3xf32>
  ingot.weight @mean = <"mean" : tensor<6x1x1xf32>> [] : tensor<6x1x1xf32>
  ingot.weight @variance = <"variance" : tensor<6x1x1xf32>> [] : tensor<6x1x1xf32>
  ingot.weight @gamma = <"gamma" : tensor<6xf32>> [] : tensor<6xf32>
  ingot.weight @beta = <"beta" : tensor<6xf32>> [] : tensor<6xf32>
  func.func @main(%x: tensor<2x6x7x7xf32>) -> (tensor<2x6x7x7xf32>, tensor<2x6xf32>) attributes {ingot.entry} {
    %k = ingot.get_weight @k : tensor<6x6x3x3xf32>
    %mean = ingot.get_weight @mean : tensor<6x1x1xf32>
    %variance = ingot.get_weight @variance : tensor<6x1x1xf32>
    %gamma = ingot.get_weight @gamma : tensor<6xf32>
    %beta = ingot.get_weight @beta : tensor<6xf32>
    %eps = ingot.constant dense<1.0e-3> : tensor<6x1x1xf32>
    %zero = ingot.constant dense<0.0> : tensor<f32>
    %zeros = ingot.constant dense<0.0> : tensor<2x6x7x7xf32>
    %0 = ingot.convolution %x, %k <[b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1]> stride = [1, 1] pad = [1, 1, 1, 1] lhs_dilate = [1, 1] rhs_dilate = [1, 1] : (tensor<2x6x7x7xf32>, tensor<6x6x3x3xf32>) -> tensor<2x6x7x7xf32>
    %1 = ingot.broadcast_in_dim %mean dims = [1, 2, 3] : (tensor<6x1x1xf32>) -> tensor<2x6x7x7xf32>
    %2 = ingot.subtract %0, %1 : tensor<2x6x7x7xf32>
    %3 = ingot.multiply %variance, %variance : tensor<6x1x1xf32>
    %4 = ingot.add %3, %eps : tensor<6x1x1xf32>
    %5 = ingot.sqrt %4 : tensor<6x1x1xf32>
    %6 = ingot.broadcast_in_dim %5 dims = [1, 2, 3] : (tensor<6x1x1xf32>) -> tensor<2x6x7x7xf32>
    %7 = ingot.divide %2, %6 : tensor<2x6x7x7xf32>
    %8 = ingot.broadcast_in_dim %gamma dims = [1] : (tensor<6xf32>) -> tensor<2x6x7x7xf32>
    %9 = ingot.multiply %7, %8 : tensor<2x6x7x7xf32>
    %10 = ingot.broadcast_in_dim %beta dims = [1] : (tensor<6xf32>) -> tensor<2x6x7x7xf32>
    %11 = ingot.add %9, %10 : tensor<2x6x7x7xf32>
    %12 = ingot.add %11, %x : tensor<2x6x7x7xf32>
    %13 = ingot.maximum %12, %zeros : tensor<2x6x7x7xf32>
    %14 = ingot.reduce(%13 init %zero) dims = [2, 3] : (tensor<2x6x7x7xf32>, tensor<f32>) -> tensor<2x6xf32> {
    ^bb0(%a: tensor<f32>, %b: tensor<f32>):
      %s = ingot.add %a, %b : tensor<f32>
      ingot.return %s : tensor<f32>
    }
    return %13, %14 : tensor<2x6x7x7xf32>, tensor<2x6xf32>
  }
}
