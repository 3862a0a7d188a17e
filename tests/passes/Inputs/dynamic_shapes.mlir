// Ops whose shape comes from operands: constants, and sizes of the module.
module attributes {ingot.sizes = [#ingot.size<"n", 1 to 16>]} {
  func.func @main(%x: tensor<?x6xf32, #ingot.dims<[s0, 6]>>, %table: tensor<9x4xf32>, %image: tensor<1x8x2xf32>, %kernel: tensor<3x2x4xf32>)
      -> (tensor<?xf32, #ingot.dims<[s0 * 6]>>, tensor<?x6xi32, #ingot.dims<[s0, 6]>>, tensor<?x2x6xf32, #ingot.dims<[s0, 2, 6]>>, tensor<2x4xf32>, tensor<12x9xf32>, tensor<?x4xf32, #ingot.dims<[s0 + 9, 4]>>, tensor<4x2xf32>, tensor<1x4x4xf32>, tensor<?x3xf32, #ingot.dims<[s0, 3]>>, tensor<i32>) attributes {ingot.entry} {
    %n = ingot.get_dimension_size %x dim = 0 : tensor<?x6xf32, #ingot.dims<[s0, 6]>>
    %n1 = ingot.reshape %n : (tensor<i32>) -> tensor<1xi32>
    %six = ingot.constant dense<6> : tensor<1xi32>
    %two = ingot.constant dense<2> : tensor<1xi32>
    %zero = ingot.constant dense<0> : tensor<1xi32>
    %all = ingot.multiply %n1, %six : tensor<1xi32>
    %0 = ingot.dynamic_reshape %x, %all : (tensor<?x6xf32, #ingot.dims<[s0, 6]>>, tensor<1xi32>) -> tensor<?xf32, #ingot.dims<[s0 * 6]>>
    %shape = ingot.concatenate %n1, %six dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> tensor<2xi32>
    %1 = ingot.dynamic_iota %shape dim = 1 : (tensor<2xi32>) -> tensor<?x6xi32, #ingot.dims<[s0, 6]>>
    %three = ingot.concatenate %n1, %two, %six dim = 0 : (tensor<1xi32>, tensor<1xi32>, tensor<1xi32>) -> tensor<3xi32>
    %2 = ingot.dynamic_broadcast_in_dim %x, %three dims = [0, 2] : (tensor<?x6xf32, #ingot.dims<[s0, 6]>>, tensor<3xi32>) -> tensor<?x2x6xf32, #ingot.dims<[s0, 2, 6]>>
    %rows = ingot.constant dense<[7, 1]> : tensor<2xi64>
    %window = ingot.constant dense<[1, 4]> : tensor<2xi64>
    %3 = ingot.dynamic_gather %table, %rows, %window <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1> : (tensor<9x4xf32>, tensor<2xi64>, tensor<2xi64>) -> tensor<2x4xf32>
    %value = ingot.constant dense<2.5> : tensor<f32>
    %low = ingot.constant dense<[-1, 2]> : tensor<2xi64>
    %high = ingot.constant dense<[4, 0]> : tensor<2xi64>
    %gaps = ingot.constant dense<[0, 1]> : tensor<2xi64>
    %4 = ingot.dynamic_pad %table, %value low = %low high = %high interior = %gaps : (tensor<9x4xf32>, tensor<f32>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>) -> tensor<12x9xf32>
    // The padding is a size, known while the program runs.
    %front = ingot.concatenate %n1, %zero dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> tensor<2xi32>
    %none = ingot.constant dense<0> : tensor<2xi32>
    %5 = ingot.dynamic_pad %table, %value low = %front high = %none interior = %none : (tensor<9x4xf32>, tensor<f32>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>) -> tensor<?x4xf32, #ingot.dims<[s0 + 9, 4]>>
    %from = ingot.constant dense<[1, 0]> : tensor<2xi64>
    %to = ingot.constant dense<[9, 4]> : tensor<2xi64>
    %by = ingot.constant dense<2> : tensor<2xi64>
    %6 = ingot.real_dynamic_slice %table [%from] to [%to] step [%by] : (tensor<9x4xf32>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>) -> tensor<4x2xf32>
    %pad = ingot.constant dense<[[1, 0]]> : tensor<1x2xi64>
    %7 = ingot.dynamic_conv %image, %kernel, %pad <[b, 0, f]x[0, i, o]->[b, 0, f]> stride = [2] lhs_dilate = [1] rhs_dilate = [1] {window_reversal = array<i1: true>}
        : (tensor<1x8x2xf32>, tensor<3x2x4xf32>, tensor<1x2xi64>) -> tensor<1x4x4xf32>
    %half = ingot.constant dense<3> : tensor<i32>
    %8 = ingot.set_dimension_size %x, %half dim = 1 : (tensor<?x6xf32, #ingot.dims<[s0, 6]>>, tensor<i32>) -> tensor<?x3xf32, #ingot.dims<[s0, 3]>>
    return %0, %1, %2, %3, %4, %5, %6, %7, %8, %n : tensor<?xf32, #ingot.dims<[s0 * 6]>>, tensor<?x6xi32, #ingot.dims<[s0, 6]>>, tensor<?x2x6xf32, #ingot.dims<[s0, 2, 6]>>, tensor<2x4xf32>, tensor<12x9xf32>, tensor<?x4xf32, #ingot.dims<[s0 + 9, 4]>>, tensor<4x2xf32>, tensor<1x4x4xf32>, tensor<?x3xf32, #ingot.dims<[s0, 3]>>, tensor<i32>
  }
}
