// Padding, slices and convolutions whose amounts are of run time: numbers that are zero, whatever %a, and others added.
module attributes {ingot.sizes = [#ingot.size<"n", 2 to 16>]} {
  func.func @main(%x: tensor<?x6xf32, #ingot.dims<[s0, 6]>>, %a: tensor<2xf32>, %image: tensor<1x8x2xf32>, %kernel: tensor<3x2x4xf32>)
      -> (tensor<?x9xf32, #ingot.dims<[s0 + 1, 9]>>, tensor<?x8xf32, #ingot.dims<[s0 + 1, 8]>>, tensor<2x2xf32>, tensor<2x2xf32>, tensor<1x9x4xf32>) attributes {ingot.entry} {
    %none = ingot.constant dense<0.0> : tensor<2xf32>
    %size = ingot.abs %a : tensor<2xf32>
    %least = ingot.minimum %size, %none : tensor<2xf32>
    %zero = ingot.convert %least : (tensor<2xf32>) -> tensor<2xi64>
    %value = ingot.constant dense<2.5> : tensor<f32>
    %k0 = ingot.constant dense<[-1, 2]> : tensor<2xi64>
    %k1 = ingot.constant dense<[2, -4]> : tensor<2xi64>
    %k2 = ingot.constant dense<[0, 1]> : tensor<2xi64>
    %low = ingot.add %zero, %k0 : tensor<2xi64>
    %high = ingot.add %zero, %k1 : tensor<2xi64>
    %gaps = ingot.add %zero, %k2 : tensor<2xi64>
    %0 = ingot.dynamic_pad %x, %value low = %low high = %high interior = %gaps : (tensor<?x6xf32, #ingot.dims<[s0, 6]>>, tensor<f32>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>) -> tensor<?x9xf32, #ingot.dims<[s0 + 1, 9]>>
    // Without gaps.
    %k3 = ingot.constant dense<0> : tensor<2xi64>
    %k4 = ingot.constant dense<[2, 0]> : tensor<2xi64>
    %more = ingot.add %zero, %k4 : tensor<2xi64>
    %1 = ingot.dynamic_pad %x, %value low = %low high = %more interior = %k3 : (tensor<?x6xf32, #ingot.dims<[s0, 6]>>, tensor<f32>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>) -> tensor<?x8xf32, #ingot.dims<[s0 + 1, 8]>>
    // Starts of run time, and strides.
    %from = ingot.add %zero, %k2 : tensor<2xi64>
    %k5 = ingot.constant dense<[2, 5]> : tensor<2xi64>
    %to = ingot.add %zero, %k5 : tensor<2xi64>
    %k6 = ingot.constant dense<[1, 2]> : tensor<2xi64>
    %by = ingot.add %zero, %k6 : tensor<2xi64>
    %2 = ingot.real_dynamic_slice %x [%from] to [%to] step [%by] : (tensor<?x6xf32, #ingot.dims<[s0, 6]>>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>) -> tensor<2x2xf32>
    %3 = ingot.real_dynamic_slice %x [%from] to [%to] step [%k6] : (tensor<?x6xf32, #ingot.dims<[s0, 6]>>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>) -> tensor<2x2xf32>
    %k7 = ingot.constant dense<[1, -4]> : tensor<2xi64>
    %pads = ingot.add %zero, %k7 : tensor<2xi64>
    %pairs = ingot.reshape %pads : (tensor<2xi64>) -> tensor<1x2xi64>
    %4 = ingot.dynamic_conv %image, %kernel, %pairs <[b, 0, f]x[0, i, o]->[b, 0, f]> stride = [1] lhs_dilate = [2] rhs_dilate = [2] {window_reversal = array<i1: true>}
        : (tensor<1x8x2xf32>, tensor<3x2x4xf32>, tensor<1x2xi64>) -> tensor<1x8x4xf32>
    %5 = ingot.pad %4, %value low = [0, 1, 0] high = [0, 0, 0] interior = [0, 0, 0] : (tensor<1x8x4xf32>, tensor<f32>) -> tensor<1x9x4xf32>
    return %0, %1, %2, %3, %5 : tensor<?x9xf32, #ingot.dims<[s0 + 1, 9]>>, tensor<?x8xf32, #ingot.dims<[s0 + 1, 8]>>, tensor<2x2xf32>, tensor<2x2xf32>, tensor<1x9x4xf32>
  }
}
