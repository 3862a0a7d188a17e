// Layout: how tensors lie in memory for the kernels to come.
include "mlir/Pass/PassBase.td"

def ChannelsLast : Pass<"channels-last", "::mlir::ModuleOp"> {
  let summary = "Makes convolutions and what lies between them channels-last";
  let description = [{
    Requires: programs as simplify leaves them. Ensures: a convolution whose element type the target prefers channels-last is
    [b, spatial.., f] x [spatial.., i, o] -> [b, spatial.., f].

    Each convolution gets transposes around it. Those behind move down through pointwise ops, pads, windows, reductions, slices and
    concatenations until they meet one in front of a convolution and vanish; what is left are those at arguments and results. Through
    a flattening in front of a product by a weight they move into the weight, whose rows are permuted.

    `reshape(transpose(%x : NHWC -> NCHW) : [b, c*h*w]) . @w` ==> `reshape(%x : [b, h*w*c]) . @w` with permuted rows
  }];
  let constructor = "::ingot::createChannelsLast(target, store)";
}

def PackWeights : Pass<"pack-weights", "::mlir::ModuleOp"> {
  let summary = "Cuts the weights of contractions into panels";
  let description = [{
    Requires: weights in their final orientation (normalize-contractions, channels-last, fold-weights). Ensures: where the target wants
    panels for a contraction, the weight ends in `#ingot.pack` and the contraction reads it through an unpack. A weight that several
    contractions read has one packed form: what the first of them wants. Uses that want none keep the plain weight.

    `dot_general(%x, get_weight @w)` ==> `dot_general(%x, unpack(get_weight @w) dim = 1 width = 64)`
  }];
  let constructor = "::ingot::createPackWeights(target, store)";
}

def PackInvariants : Pass<"pack-invariants", "::mlir::ModuleOp"> {
  let summary = "Cuts what contractions in a loop read into panels, once before the loop";
  let description = [{
    Requires: as pack-weights, after it. Ensures: where the target wants panels for a contraction and its right operand is a value from
    outside the loops around it, the contraction reads panels that are made before the outermost of these. A value that several
    contractions read in one loop is made into panels of one form once.

    `while (..) do { dot_general(%x, %w : tensor<8x128xf32>) }` ==>
    `%p = transpose(reshape(%w : tensor<8x2x64xf32>)) perm = [1, 0, 2]; while (..) do { dot_general(%x, unpack(%p) dim = 1 width = 64) }`
  }];
  let constructor = "::ingot::createPackInvariants(target)";
}

def PackBits : Pass<"pack-bits", "::mlir::ModuleOp"> {
  let summary = "Packs the elements of weights that have less than a byte";
  let description = [{
    Requires: weights in their final form, as panels where they are. Ensures: a weight of more than 64 elements of 2 or 4 bits that is
    no panels has several of them a byte, and who reads it reads bytes: rows of it that follow each other share them. Weights that are
    defaults of arguments stay as callers have them.

    `get_weight @w : tensor<8x100xi4>` ==>
    `reshape(transpose(bitcast_convert(get_weight @w : tensor<4x100xui8>) : tensor<4x100x2xi4>) perm = [0, 2, 1])`
  }];
  let constructor = "::ingot::createPackBits(store)";
}

def VerifyAfterLayout : Pass<"verify-after-layout", "::mlir::ModuleOp"> {
  let summary = "Checks that packed weights are read through unpack by contractions alone";
  let constructor = "::ingot::createVerifyAfterLayout()";
}
