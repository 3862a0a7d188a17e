// Simplify: programs in the form the later phases expect.
include "mlir/Pass/PassBase.td"

def InlineCalls : Pass<"inline-calls", "::mlir::ModuleOp"> {
  let summary = "Replaces calls of functions by their bodies";
  let description = [{
    Requires: functions of one block. Ensures: no function holds a func.call. A function that calls itself is an error, and so are more than
    a million ops.

    `func.call @f(%x)` ==> the body of `@f` with `%x` for its argument
  }];
  let constructor = "::ingot::createInlineCalls()";
}

def OneProcess : Pass<"one-process", "::mlir::ModuleOp"> {
  let summary = "Makes a program of a grid of processes one of a single process, without tokens";
  let description = [{
    Requires: nothing. Ensures: no op of ir/Distribution.td is left and no value is a token. What needs several processes or a host is an
    error.

    `all_reduce (%x) groups = [[0]]` ==> `%x`; `replica_id` ==> `0`; `async_done(async_start(op))` ==> `op`
  }];
  let constructor = "::ingot::createOneProcess()";
}

def Raise : Pass<"raise", "::mlir::ModuleOp"> {
  let summary = "Finds composites in what exporters spelled out";
  let description = [{
    Requires: nothing; canonical ops are recognised more surely. Ensures: what is written as one of ir/Composites.h, however its exporter
    spelled it, and read from at no other place than its results, is a composite of that name; the decomposition holds the ops it was
    made of, unchanged, once for equal ones.

    `divide(exponential(%x), broadcast(reduce add (exponential(%x)) dims = [1]))` ==> `ingot.composite "softmax"(%x)` with `axes = [1]`
  }];
  let constructor = "::ingot::createRaise()";
}

def InlineComposites : Pass<"inline-composites", "::mlir::ModuleOp"> {
  let summary = "Replaces the composites that the target does not take by their decompositions";
  let description = [{
    Requires: decompositions of one block. Ensures: programs hold no composite that the target does not take whole. What a composite
    became bears its name in its location. A decomposition that holds itself is an error.

    `ingot.composite "gelu"(%x) as @gelu` ==> the body of `@gelu` with `%x` for its argument
  }];
  let constructor = "::ingot::createInlineComposites(target)";
}

def GrowStates : Pass<"grow-states", "::mlir::ModuleOp"> {
  let summary = "Gives states that grow room for the most they may hold, and writes what is new in its place";
  let description = [{
    Requires: nothing. Ensures: argument and result of a state that grows (ir/States.h) are of the most it may hold; the result is a
    dynamic_update_slice of the argument, at the state's length where the new value is the old one with something behind it.

    `concatenate(%past : [past], %new : [n])` ==> `slice(dynamic_update_slice(%state : [most], %new, past)) : [past + n]`
  }];
  let constructor = "::ingot::createGrowStates()";
}

def MoveShapes : Pass<"move-shapes", "::mlir::ModuleOp"> {
  let summary = "Moves reshapes, transposes and broadcasts to where they cost nothing";
  let description = [{
    Requires: nothing. Ensures: an operand of broadcast_in_dim has no dim of size 1 that is repeated; pointwise ops on broadcasts of the same dims work on
    what is broadcast; reshapes that add dims, and transposes, stand behind pointwise ops, so that these stay next to the contraction
    that feeds them; a transpose that only moves dims of size 1 is a reshape.

    `relu(reshape(%x : [6,4] -> [2,3,4]))` ==> `reshape(relu(%x))`
  }];
  let constructor = "::ingot::createMoveShapes()";
}

def FoldWeights : Pass<"fold-weights", "::mlir::ModuleOp"> {
  let summary = "Makes transposes, reshapes, converts and slices of weights steps of their initialisers";
  let description = [{
    Requires: nothing. Ensures: no such op reads a get_weight, but for conversions to wider elements of weights that pack-bits will pack;
    of those the other ops are made steps through the conversion. A weight with other uses is left to them and a new one made.

    `transpose(get_weight @w) perm = [1, 0]` ==> `get_weight @w`, whose steps end in `#ingot.permute<[1, 0]>`
  }];
  let constructor = "::ingot::createFoldWeights(store)";
}

def EvaluateVectors : Pass<"evaluate-vectors", "::mlir::ModuleOp"> {
  let summary = "Computes pointwise ops on vector weights and constants";
  let description = [{
    Requires: nothing. Ensures: a pointwise op whose operands are weights or constants of at most one dim that is not 1, and at most
    64 Ki elements, is a weight (or, up to 1 KB, a constant) of its value, as the reference interpreter computes it. Weights whose bytes
    are not in the store are left alone, and so are those that pack-bits will pack. This is what makes the per-channel arithmetic of normalisations disappear.

    `multiply(get_weight @gamma, rsqrt(get_weight @variance))` ==> `get_weight @gamma_folded`
  }];
  let constructor = "::ingot::createEvaluateVectors(store)";
}

def FoldScales : Pass<"fold-scales", "::mlir::ModuleOp"> {
  let summary = "Folds per-channel factors into the weights of contractions and merges added constants";
  let description = [{
    Requires: `ingot.numerics` is not "strict" where floats are concerned (else nothing happens to them).
    Ensures: a contraction by a weight is multiplied by no per-channel constant; constants added in a row are one.

    ```
    multiply(convolution(%x, get_weight @w), broadcast(%s))     ==> convolution(%x, get_weight @w), @w with `#ingot.scale<dim, "s">`
    multiply(add(%contraction, broadcast(%b)), broadcast(%s))   ==> add(multiply(%contraction, broadcast(%s)), broadcast(%b * %s))
    add(add(%x, broadcast(%a)), broadcast(%b))                  ==> add(%x, broadcast(%a + %b))
    ```
  }];
  let constructor = "::ingot::createFoldScales(store)";
}

def NormalizeContractions : Pass<"normalize-contractions", "::mlir::ModuleOp"> {
  let summary = "Brings products with weights to the form [M, K] x [K, N]";
  let description = [{
    Requires: nothing. Ensures: constants that contractions read on the right are weights; a dot_general with a weight and without
    batch dims has the weight on the right as [K, N], its left operand is [M, K], its result [M, N]; permutations and reshapes of the
    weight are its initialiser's steps after fold-weights. A batched product by one weight repeated is a plain one. Transposes of
    operands of other dot_generals become part of the dimension numbers; one of a result that puts the right operand's dims first swaps
    the operands.

    `transpose(dot_general(%x, %y) <contract = [0] x [0]>) perm = [1, 0]` ==> `dot_general(%y, %x) <contract = [0] x [0]>`
  }];
  let constructor = "::ingot::createNormalizeContractions(store)";
}

def MergePads : Pass<"merge-pads", "::mlir::ModuleOp"> {
  let summary = "Merges pads into the convolutions and windows that read them";
  let description = [{
    Requires: nothing. Ensures: no convolution reads a pad by zero of spatial dims, no reduce_window a pad by its initial value, where
    neither has gaps between elements.

    `convolution(pad(%x, 0.0) low = [0, 0, 1, 1] ..) pad = [0, 0, 0, 0]` ==> `convolution(%x) pad = [1, 1, 1, 1]`
  }];
  let constructor = "::ingot::createMergePads()";
}

def SplitDilations : Pass<"split-dilations", "::mlir::ModuleOp"> {
  let summary = "Splits convolutions of dilated inputs into dense ones, which multiply no zeros";
  let description = [{
    Requires: nothing. Ensures: a convolution whose input is dilated (a transposed one, the gradient of one with strides), by steps of one
    and whose kernel is known to be of some size, is one for each phase of its result: the elements that read the same taps. What is
    small, of more than 16 phases, or would read a part of a dim that is open stays.

    `convolution(%x, %w) stride = [1] pad = [2, 2] lhs_dilate = [2]` with a kernel of 4 ==> `reshape(concatenate(convolution(%x,
    slice(%w) [0] to [4] step [2]) pad = [1, 0], convolution(%x, slice(%w) [1] to [4] step [2]) pad = [0, 1]))`, which stand side by side
  }];
  let constructor = "::ingot::createSplitDilations()";
}

def RunWindows : Pass<"run-windows", "::mlir::ModuleOp"> {
  let summary = "Makes scans of windows as long as a dim that end at each of its places";
  let description = [{
    Requires: pads merged into windows. Ensures: no reduce_window by a monoid (ir/Monoid.h) makes running accumulations along one dim of
    known extent; a scan does, in linear time.

    `reduce_window(%x init 0) window = [8] stride = [1] pad = [7, 0]` of `add` ==> `scan(%x init 0) dim = 0`
  }];
  let constructor = "::ingot::createRunWindows()";
}

def DropDeadSymbols : Pass<"drop-dead-symbols", "::mlir::ModuleOp"> {
  let summary = "Erases private functions and weights that nothing names";
  let description = [{
    Requires: nothing. Ensures: every weight, and every function that is neither public nor an entry, is named by an op that an entry
    can reach.
  }];
  let constructor = "::ingot::createDropDeadSymbols()";
}

def VerifyAfterSimplify : Pass<"verify-after-simplify", "::mlir::ModuleOp"> {
  let summary = "Checks that programs hold only what layout and fuse know, on tensors with known dims";
  let constructor = "::ingot::createVerifyAfterSimplify()";
}
