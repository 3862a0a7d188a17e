// A cache written at a position, rows looked up, a window taken out, indices computed.
module attributes {ingot.sizes = [#ingot.size<"new", 1 to 4>]} {
  func.func @main(%cache: tensor<8x6xf32>, %rows: tensor<?x6xf32, #ingot.dims<[s0, 6]>>, %at: tensor<i32>, %ids: tensor<?xi64, #ingot.dims<[s0]>>, %table: tensor<10x6xf32>)
      -> (tensor<8x6xf32>, tensor<?x6xf32, #ingot.dims<[s0, 6]>>, tensor<3x6xf32>, tensor<8x6xf32>) {
    %zero = ingot.constant dense<0> : tensor<i32>
    %one = ingot.constant dense<1> : tensor<i32>
    %ten = ingot.constant dense<10> : tensor<i64>
    %tens = ingot.broadcast_in_dim %ten dims = [] : (tensor<i64>) -> tensor<?xi64, #ingot.dims<[s0]>>
    %wrapped = ingot.subtract %tens, %ids : tensor<?xi64, #ingot.dims<[s0]>>
    %looked = ingot.gather %table, %wrapped <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1>
        : (tensor<10x6xf32>, tensor<?xi64, #ingot.dims<[s0]>>) -> tensor<?x6xf32, #ingot.dims<[s0, 6]>>
    %sum = ingot.add %looked, %rows : tensor<?x6xf32, #ingot.dims<[s0, 6]>>
    %next = ingot.dynamic_update_slice %cache, %sum [%at, %zero]
        : (tensor<8x6xf32>, tensor<?x6xf32, #ingot.dims<[s0, 6]>>, tensor<i32>, tensor<i32>) -> tensor<8x6xf32>
    %at1 = ingot.add %at, %one : tensor<i32>
    %again = ingot.dynamic_update_slice %next, %rows [%at1, %zero]
        : (tensor<8x6xf32>, tensor<?x6xf32, #ingot.dims<[s0, 6]>>, tensor<i32>, tensor<i32>) -> tensor<8x6xf32>
    %window = ingot.dynamic_slice %again [%at1, %zero] : (tensor<8x6xf32>, tensor<i32>, tensor<i32>) -> tensor<3x6xf32>
    %halved = ingot.tanh %window : tensor<3x6xf32>
    %scaled = ingot.exponential %again : tensor<8x6xf32>
    return %again, %looked, %halved, %scaled : tensor<8x6xf32>, tensor<?x6xf32, #ingot.dims<[s0, 6]>>, tensor<3x6xf32>, tensor<8x6xf32>
  }
}
