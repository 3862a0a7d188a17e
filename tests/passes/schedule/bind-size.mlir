// RUN: ingot-opt %s --order-commands --place-values --verify-after-schedule | FileCheck %s

// Memory is the bound's: entries of the arena mention no size of data. Commands stay on their side of a binding.
module attributes {ingot.sizes = [#ingot.size<"n", 1 to 4>, #ingot.size<"kept", 0 to 8 data>]} {
  ingot.kernel @count {
  ^bb0(%x: tensor<100xf32>):
    %0 = ingot.slice %x [0] to [1] step [1] : (tensor<100xf32>) -> tensor<1xf32>
    %1 = ingot.reshape %0 : (tensor<1xf32>) -> tensor<f32>
    %2 = ingot.convert %1 : (tensor<f32>) -> tensor<i64>
    ingot.return %2 : tensor<i64>
  }
  ingot.kernel @rows {
  ^bb0(%x: tensor<100xf32>):
    %0 = ingot.slice %x [0] to [10] step [1] : (tensor<100xf32>) -> tensor<10xf32>
    %1 = ingot.broadcast_in_dim %0 dims = [1] : (tensor<10xf32>) -> tensor<?x10xf32, #ingot.dims<[s1, 10]>>
    ingot.return %1 : tensor<?x10xf32, #ingot.dims<[s1, 10]>>
  }
  ingot.kernel @twice {
  ^bb0(%x: tensor<?x10xf32, #ingot.dims<[s1, 10]>>):
    %0 = ingot.add %x, %x : tensor<?x10xf32, #ingot.dims<[s1, 10]>>
    ingot.return %0 : tensor<?x10xf32, #ingot.dims<[s1, 10]>>
  }
  // CHECK-LABEL: func.func @main
  // CHECK-SAME:    ingot.arena = [
  // CHECK-NOT:     s1
  // CHECK-SAME:    ]
  // CHECK:         %[[N:.*]] = ingot.dispatch @count
  // CHECK-NEXT:    ingot.bind_size %[[N]] size = 1 {ingot.memory = []}
  // CHECK-NEXT:    %[[R:.*]] = ingot.dispatch @rows
  // CHECK-NEXT:    ingot.dispatch @twice(%[[R]])
  func.func @main(%x: tensor<100xf32>) -> tensor<?x10xf32, #ingot.dims<[s1, 10]>> {
    %n = ingot.dispatch @count(%x) : (tensor<100xf32>) -> tensor<i64>
    ingot.bind_size %n size = 1 : tensor<i64>
    %0 = ingot.dispatch @rows(%x) : (tensor<100xf32>) -> tensor<?x10xf32, #ingot.dims<[s1, 10]>>
    %1 = ingot.dispatch @twice(%0) : (tensor<?x10xf32, #ingot.dims<[s1, 10]>>) -> tensor<?x10xf32, #ingot.dims<[s1, 10]>>
    return %1 : tensor<?x10xf32, #ingot.dims<[s1, 10]>>
  }
}
