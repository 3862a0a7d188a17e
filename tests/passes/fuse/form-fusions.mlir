// RUN: ingot-opt %s --form-fusions | FileCheck %s

// A contraction takes its epilogue; the unpack is inside, the weight an operand, the constant repeated inside.
ingot.weight @w = <"w" : tensor<64x64xf32>> [#ingot.pack<1, 64>] : tensor<1x64x64xf32>
// CHECK-LABEL: func.func @epilogue
// CHECK:         %[[W:.*]] = ingot.get_weight @w
// CHECK:         %[[F:.*]] = ingot.fusion "dot_add_relu"
// CHECK-DAG:       ingot.unpack
// CHECK-DAG:       ingot.constant dense<0.000000e+00> : tensor<32x64xf32>
// CHECK:           ingot.dot_general
// CHECK:           ingot.broadcast_in_dim
// CHECK:           ingot.add
// CHECK:           %[[R:.*]] = ingot.maximum
// CHECK:           ingot.return %[[R]]
// CHECK:         return %[[F]]
func.func @epilogue(%x: tensor<32x64xf32>, %b: tensor<64xf32>) -> tensor<32x64xf32> {
  %zeros = ingot.constant dense<0.0> : tensor<32x64xf32>
  %p = ingot.get_weight @w : tensor<1x64x64xf32>
  %w = ingot.unpack %p dim = 1 width = 64 : (tensor<1x64x64xf32>) -> tensor<64x64xf32>
  %0 = ingot.dot_general %x, %w <batch = [] x [], contract = [1] x [0]> : (tensor<32x64xf32>, tensor<64x64xf32>) -> tensor<32x64xf32>
  %1 = ingot.broadcast_in_dim %b dims = [1] : (tensor<64xf32>) -> tensor<32x64xf32>
  %2 = ingot.add %0, %1 : tensor<32x64xf32>
  %3 = ingot.maximum %2, %zeros : tensor<32x64xf32>
  return %3 : tensor<32x64xf32>
}

// A reshape between kernels is a view, not part of one.
// CHECK-LABEL: func.func @view
// CHECK:         %[[A:.*]] = ingot.fusion "dot"
// CHECK:         %[[V:.*]] = ingot.reshape %[[A]] : (tensor<6x4xf32>) -> tensor<24xf32>
// CHECK:         ingot.fusion "sum"(%[[V]]
func.func @view(%x: tensor<6x4xf32>, %y: tensor<4x4xf32>) -> tensor<f32> {
  %zero = ingot.constant dense<0.0> : tensor<f32>
  %0 = ingot.dot_general %x, %y <batch = [] x [], contract = [1] x [0]> : (tensor<6x4xf32>, tensor<4x4xf32>) -> tensor<6x4xf32>
  %1 = ingot.reshape %0 : (tensor<6x4xf32>) -> tensor<24xf32>
  %2 = ingot.reduce(%1 init %zero) dims = [0] : (tensor<24xf32>, tensor<f32>) -> tensor<f32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %s = ingot.add %a, %b : tensor<f32>
    ingot.return %s : tensor<f32>
  }
  return %2 : tensor<f32>
}

// The reductions of a softmax and what is between them are one kernel, which bears the name of the composite it was.
// CHECK-LABEL: func.func @softmax
// CHECK:         %[[F:.*]] = ingot.fusion "softmax"(%{{.*}}) : (tensor<8x100xf32>) -> tensor<8x100xf32>
// CHECK:         return %[[F]]
func.func @softmax(%x: tensor<8x100xf32>) -> tensor<8x100xf32> {
  %zero = ingot.constant dense<0.0> : tensor<f32>
  %low = ingot.constant dense<0xFF800000> : tensor<f32>
  %0 = ingot.reduce(%x init %low) dims = [1] : (tensor<8x100xf32>, tensor<f32>) -> tensor<8xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %s = ingot.maximum %a, %b : tensor<f32>
    ingot.return %s : tensor<f32>
  } loc(fused<"softmax">["rows"])
  %1 = ingot.broadcast_in_dim %0 dims = [0] : (tensor<8xf32>) -> tensor<8x100xf32> loc(fused<"softmax">["rows"])
  %2 = ingot.subtract %x, %1 : tensor<8x100xf32> loc(fused<"softmax">["rows"])
  %3 = ingot.exponential %2 : tensor<8x100xf32> loc(fused<"softmax">["rows"])
  %4 = ingot.reduce(%3 init %zero) dims = [1] : (tensor<8x100xf32>, tensor<f32>) -> tensor<8xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %s = ingot.add %a, %b : tensor<f32>
    ingot.return %s : tensor<f32>
  } loc(fused<"softmax">["rows"])
  %5 = ingot.broadcast_in_dim %4 dims = [0] : (tensor<8xf32>) -> tensor<8x100xf32> loc(fused<"softmax">["rows"])
  %6 = ingot.divide %3, %5 : tensor<8x100xf32> loc(fused<"softmax">["rows"])
  return %6 : tensor<8x100xf32>
}

// A cheap producer of two contractions is repeated in neither: it is computed with what makes its operand. Its value leaves the kernel
// for the second reader.
// CHECK-LABEL: func.func @two_readers
// CHECK:         %[[P:.*]] = ingot.fusion "dot_tanh"
// CHECK-NOT:     ingot.fusion "tanh"
// CHECK:         ingot.fusion "dot"(%[[P]]
// CHECK:         ingot.fusion "dot"(%[[P]]
func.func @two_readers(%x: tensor<64x64xf32>, %u: tensor<64x64xf32>, %v: tensor<64x64xf32>) -> (tensor<64x64xf32>, tensor<64x64xf32>) {
  %0 = ingot.dot_general %x, %u <batch = [] x [], contract = [1] x [0]> : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %1 = ingot.tanh %0 : tensor<64x64xf32>
  %2 = ingot.dot_general %1, %u <batch = [] x [], contract = [1] x [0]> : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %3 = ingot.dot_general %1, %v <batch = [] x [], contract = [1] x [0]> : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  return %2, %3 : tensor<64x64xf32>, tensor<64x64xf32>
}

// A broadcast is repeated in both readers rather than written to memory.
// CHECK-LABEL: func.func @repeated
// CHECK-NOT:     ingot.fusion "broadcast"
// CHECK-COUNT-2: ingot.broadcast_in_dim
func.func @repeated(%x: tensor<64x64xf32>, %b: tensor<64xf32>, %u: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %0 = ingot.broadcast_in_dim %b dims = [1] : (tensor<64xf32>) -> tensor<64x64xf32>
  %1 = ingot.dot_general %x, %u <batch = [] x [], contract = [1] x [0]> : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %2 = ingot.add %1, %0 : tensor<64x64xf32>
  %3 = ingot.dot_general %2, %u <batch = [] x [], contract = [1] x [0]> : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %4 = ingot.add %3, %0 : tensor<64x64xf32>
  return %4 : tensor<64x64xf32>
}

// Merging the two adds would make the kernel wait for itself: the dot lies between them.
// CHECK-LABEL: func.func @no_circle
// CHECK:         ingot.fusion
// CHECK:         ingot.fusion "dot_
func.func @no_circle(%x: tensor<64x64xf32>, %u: tensor<64x64xf32>) -> (tensor<64x64xf32>, tensor<64x64xf32>) {
  %0 = ingot.add %x, %x : tensor<64x64xf32>
  %1 = ingot.dot_general %u, %0 <batch = [] x [], contract = [1] x [0]> : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %2 = ingot.add %1, %0 : tensor<64x64xf32>
  return %0, %2 : tensor<64x64xf32>, tensor<64x64xf32>
}

// Two passes over one argument are one kernel with two results.
// CHECK-LABEL: func.func @siblings
// CHECK:         %[[F:.*]]:2 = ingot.fusion "exp_tanh"
// CHECK:         return %[[F]]#0, %[[F]]#1
func.func @siblings(%x: tensor<64x64xf32>) -> (tensor<64x64xf32>, tensor<64x64xf32>) {
  %0 = ingot.exponential %x : tensor<64x64xf32>
  %1 = ingot.tanh %x : tensor<64x64xf32>
  return %0, %1 : tensor<64x64xf32>, tensor<64x64xf32>
}

// A returned constant needs a kernel that writes it.
// CHECK-LABEL: func.func @constant
// CHECK:         ingot.fusion "constant"() : () -> tensor<4xf32>
func.func @constant() -> tensor<4xf32> {
  %0 = ingot.constant dense<1.0> : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// Where the program returns a constant, what else is made of it is copied into its readers all the same.
// CHECK-LABEL: func.func @constant_returned_and_broadcast
// CHECK-DAG:     %[[C:.*]] = ingot.fusion "constant"() : () -> tensor<f32>
// CHECK-DAG:     %[[F:.*]] = ingot.fusion "add"(%{{.*}}) : (tensor<4xf32>) -> tensor<4xf32>
// CHECK-NOT:     ingot.broadcast_in_dim %[[C]]
// CHECK:         return %[[C]], %[[F]]
func.func @constant_returned_and_broadcast(%x: tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>) {
  %0 = ingot.constant dense<1.0> : tensor<f32>
  %1 = ingot.broadcast_in_dim %0 dims = [] : (tensor<f32>) -> tensor<4xf32>
  %2 = ingot.add %x, %1 : tensor<4xf32>
  return %0, %2 : tensor<f32>, tensor<4xf32>
}

// What follows a contraction is its epilogue, though the window would save as much by computing it.
// CHECK-LABEL: func.func @epilogue_before_prologue
// CHECK:         %[[C:.*]] = ingot.fusion "conv_relu"
// CHECK:         ingot.fusion "maxpool"(%[[C]])
func.func @epilogue_before_prologue(%x: tensor<1x14x14x8xf32>, %k: tensor<5x5x8x16xf32>) -> tensor<1x4x4x16xf32> {
  %zeros = ingot.constant dense<0.0> : tensor<1x14x14x16xf32>
  %low = ingot.constant dense<0xFF800000> : tensor<f32>
  %0 = ingot.convolution %x, %k <[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]> stride = [1, 1] pad = [2, 2, 2, 2] lhs_dilate = [1, 1] rhs_dilate = [1, 1] : (tensor<1x14x14x8xf32>, tensor<5x5x8x16xf32>) -> tensor<1x14x14x16xf32>
  %1 = ingot.maximum %0, %zeros : tensor<1x14x14x16xf32>
  %2 = ingot.reduce_window(%1 init %low) window = [1, 3, 3, 1] stride = [1, 3, 3, 1] base_dilate = [1, 1, 1, 1] dilate = [1, 1, 1, 1] pad = [0, 0, 0, 0, 0, 0, 0, 0] : (tensor<1x14x14x16xf32>, tensor<f32>) -> tensor<1x4x4x16xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %m = ingot.maximum %a, %b : tensor<f32>
    ingot.return %m : tensor<f32>
  }
  return %2 : tensor<1x4x4x16xf32>
}

// A sort takes what makes its operands, and nothing behind it; random numbers are made where they are read.
// CHECK-LABEL: func.func @own_emitter
// CHECK:         %[[S:.*]] = ingot.fusion "negate_sort"
// CHECK:         %[[F:.*]] = ingot.fusion "rng_add"({{.*}}%[[S]])
// CHECK:         return %[[F]]
func.func @own_emitter(%x: tensor<8x64xf32>, %low: tensor<f32>, %high: tensor<f32>) -> tensor<8x64xf32> {
  %0 = ingot.negate %x : tensor<8x64xf32>
  %1 = ingot.sort (%0) dim = 1 : (tensor<8x64xf32>) -> tensor<8x64xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %4 = ingot.compare LT %a, %b : tensor<f32>
    ingot.return %4 : tensor<i1>
  }
  %2 = ingot.rng UNIFORM %low, %high seed = 1 : (tensor<f32>, tensor<f32>) -> tensor<8x64xf32>
  %3 = ingot.add %1, %2 : tensor<8x64xf32>
  return %3 : tensor<8x64xf32>
}

// A broadcast of a constant stands for a constant of open dims: repeated inside, it keeps nothing apart.
// CHECK-LABEL: func.func @constants_of_open_dims
// CHECK:         %[[F:.*]] = ingot.fusion "dot_multiply"
// CHECK:           ingot.dot_general
// CHECK:           ingot.multiply
// CHECK:         %[[G:.*]] = ingot.fusion "dot_multiply"(%[[F]]
// CHECK:         return %[[G]]
func.func @constants_of_open_dims(%x: tensor<?x4xf32, #ingot.dims<[s0, 4]>>, %y: tensor<4x4xf32>) -> tensor<?x4xf32, #ingot.dims<[s0, 4]>> {
  %half = ingot.constant dense<0.5> : tensor<f32>
  %halves = ingot.broadcast_in_dim %half dims = [] : (tensor<f32>) -> tensor<?x4xf32, #ingot.dims<[s0, 4]>>
  %0 = ingot.dot_general %x, %y <batch = [] x [], contract = [1] x [0]> : (tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<4x4xf32>) -> tensor<?x4xf32, #ingot.dims<[s0, 4]>>
  %1 = ingot.multiply %0, %halves : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
  %2 = ingot.dot_general %1, %y <batch = [] x [], contract = [1] x [0]> : (tensor<?x4xf32, #ingot.dims<[s0, 4]>>, tensor<4x4xf32>) -> tensor<?x4xf32, #ingot.dims<[s0, 4]>>
  %3 = ingot.multiply %2, %halves : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
  return %3 : tensor<?x4xf32, #ingot.dims<[s0, 4]>>
}

// What reads a reduction's rows in another order has a kernel of its own, whichever of its results it reads.
// CHECK-LABEL: func.func @rows_in_another_order
// CHECK:         %[[R:.*]]:2 = ingot.fusion
// CHECK:           ingot.reduce
// CHECK-NOT:       ingot.reverse
// CHECK:           ingot.return
// CHECK:         ingot.fusion {{.*}}(%[[R]]#1)
// CHECK:           ingot.reverse
func.func @rows_in_another_order(%x: tensor<64x32xf32>, %places: tensor<64x32xi32>) -> (tensor<64xf32>, tensor<64xi32>, tensor<64xi32>) {
  %low = ingot.constant dense<0xFF800000> : tensor<f32>
  %zero = ingot.constant dense<0> : tensor<i32>
  %0:2 = ingot.reduce (%x, %places init %low, %zero) dims = [1] : (tensor<64x32xf32>, tensor<64x32xi32>, tensor<f32>, tensor<i32>) -> (tensor<64xf32>, tensor<64xi32>) {
  ^bb0(%a: tensor<f32>, %i: tensor<i32>, %b: tensor<f32>, %j: tensor<i32>):
    %1 = ingot.compare GT %b, %a : tensor<f32>
    %2 = ingot.select %1, %b, %a : tensor<i1>, tensor<f32>
    %3 = ingot.select %1, %j, %i : tensor<i1>, tensor<i32>
    ingot.return %2, %3 : tensor<f32>, tensor<i32>
  }
  %4 = ingot.reverse %0#1 dims = [0] : tensor<64xi32>
  return %0#0, %0#1, %4 : tensor<64xf32>, tensor<64xi32>, tensor<64xi32>
}
