module @counter {
  func.func public @step(%h: tensor<?xf32>, %x: tensor<?xf32>) -> (tensor<?xf32> {jax.result_info = "h"}, tensor<?xf32> {jax.result_info = "twice"}) {
    %0 = stablehlo.add %h, %x : tensor<?xf32>
    %1 = func.call @double(%0) : (tensor<?xf32>) -> tensor<?xf32>
    return %0, %1 : tensor<?xf32>, tensor<?xf32>
  }
  func.func public @main(%x: tensor<?xf32>) -> (tensor<?xf32> {jax.result_info = "h"}) {
    %0 = func.call @double(%x) : (tensor<?xf32>) -> tensor<?xf32>
    return %0 : tensor<?xf32>
  }
  func.func public @double(%x: tensor<?xf32>) -> tensor<?xf32> {
    %0 = stablehlo.add %x, %x : tensor<?xf32>
    return %0 : tensor<?xf32>
  }
  func.func public @nothing() {
    return
  }
  func.func private @unused(%x: tensor<2xf32>) -> tensor<2xf32> {
    return %x : tensor<2xf32>
  }
}
