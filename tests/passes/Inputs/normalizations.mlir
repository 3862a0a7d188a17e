// Batch normalisations over a symbolic batch, the features in the middle and last, in f32 and f16.
module attributes {ingot.sizes = [#ingot.size<"n", 1 to 16>]} {
  func.func @main(%x: tensor<?x3x5xf32, #ingot.dims<[s0, 3, 5]>>, %scale: tensor<3xf32>, %offset: tensor<3xf32>, %h: tensor<?x4xf16, #ingot.dims<[s0, 4]>>, %w: tensor<4xf16>)
      -> (tensor<?x3x5xf32, #ingot.dims<[s0, 3, 5]>>, tensor<3xf32>, tensor<?x3x5xf32, #ingot.dims<[s0, 3, 5]>>, tensor<?x3x5xf32, #ingot.dims<[s0, 3, 5]>>, tensor<3xf32>, tensor<3xf32>, tensor<?x4xf16, #ingot.dims<[s0, 4]>>) attributes {ingot.entry} {
    %0, %mean, %var = ingot.batch_norm_training %x, %scale, %offset epsilon = 1.0e-3 feature = 1
        : (tensor<?x3x5xf32, #ingot.dims<[s0, 3, 5]>>, tensor<3xf32>, tensor<3xf32>) -> (tensor<?x3x5xf32, #ingot.dims<[s0, 3, 5]>>, tensor<3xf32>, tensor<3xf32>)
    %1 = ingot.batch_norm_inference %x, %scale, %offset, %mean, %var epsilon = 1.0e-2 feature = 1
        : (tensor<?x3x5xf32, #ingot.dims<[s0, 3, 5]>>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<?x3x5xf32, #ingot.dims<[s0, 3, 5]>>
    %2, %3, %4 = ingot.batch_norm_grad %x, %scale, %mean, %var, %0 epsilon = 1.0e-3 feature = 1
        : (tensor<?x3x5xf32, #ingot.dims<[s0, 3, 5]>>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<?x3x5xf32, #ingot.dims<[s0, 3, 5]>>) -> (tensor<?x3x5xf32, #ingot.dims<[s0, 3, 5]>>, tensor<3xf32>, tensor<3xf32>)
    %5, %6, %7 = ingot.batch_norm_training %h, %w, %w epsilon = 1.0e-3 feature = 1
        : (tensor<?x4xf16, #ingot.dims<[s0, 4]>>, tensor<4xf16>, tensor<4xf16>) -> (tensor<?x4xf16, #ingot.dims<[s0, 4]>>, tensor<4xf16>, tensor<4xf16>)
    return %0, %var, %1, %2, %3, %4, %5 : tensor<?x3x5xf32, #ingot.dims<[s0, 3, 5]>>, tensor<3xf32>, tensor<?x3x5xf32, #ingot.dims<[s0, 3, 5]>>, tensor<?x3x5xf32, #ingot.dims<[s0, 3, 5]>>, tensor<3xf32>, tensor<3xf32>, tensor<?x4xf16, #ingot.dims<[s0, 4]>>
  }
}
