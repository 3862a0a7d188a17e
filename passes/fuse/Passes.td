// Fuse: every op that computes ends in exactly one ingot.fusion.
include "mlir/Pass/PassBase.td"

def SplitCases : Pass<"split-cases", "::mlir::ModuleOp"> {
  let summary = "Turns every case into a tree of ifs";
  let description = [{
    Requires: nothing. Ensures: a program holds no case. A branch is found in as many comparisons as halving takes; an index out of range
    is first made the last branch's.

    `case %i {a}, {b}, {c}` ==> `if %j < 1 {a} else { if %j < 2 {b} else {c} }`, where %j is 2 for a negative %i
  }];
  let constructor = "::ingot::createSplitCases()";
}

def SplitConcatenates : Pass<"split-concatenates", "::mlir::ModuleOp"> {
  let summary = "Turns concatenations of many operands into trees of small ones";
  let description = [{
    Requires: nothing. Ensures: no concatenation of a program has more than 32 operands. An element's operand is found among all of
    them, so the work of a kernel grows with elements times operands; a tree of small ones reads each element a few times instead.

    `concatenate %0, .., %99` ==> `concatenate (concatenate %0, .., %2), .., (concatenate %96, .., %99)`
  }];
  let constructor = "::ingot::createSplitConcatenates()";
}

def CloseRegions : Pass<"close-regions", "::mlir::ModuleOp"> {
  let summary = "Repeats constants and unpacks in the blocks of control flow that use them";
  let description = [{
    Requires: programs as layout leaves them. Ensures: what a block of control flow uses from outside is a run-time value or a weight; a
    free op (constant, iota, size_of, reshapes of them), the broadcast of one, or an unpack it used is repeated in it.
  }];
  let constructor = "::ingot::createCloseRegions()";
}

def FormFusions : Pass<"form-fusions", "::mlir::ModuleOp"> {
  let summary = "Groups the ops of programs into fusions, each one kernel";
  let description = [{
    Requires: programs as layout leaves them, every op pure, regions closed, no case. Ensures: a program's blocks hold fusions, weights,
    views (reshape), if, while and their returns. Ops of different blocks are never in one fusion.

    Every op starts as a group. Two groups become one along a producer-consumer edge (the producer's other uses then read a result of
    the merged kernel), or a cheap producer is repeated in all its consumers, as long as the target can make one kernel of it
    (`canFuse`) and expects it to be faster (`estimate` of the summaries; recomputation counts). Epilogues of contractions, windows and
    reductions go first, then the largest gain. Then groups that read the same value and do not depend on each other are merged by the
    same rule. An unpack belongs to its contractions from the start. Constants, iotas and size_ofs are repeated inside; weights are
    operands; a reshape stays outside as a view unless both its sides are in one group. A group has at most 64 ops.

    ```mlir
    %0 = ingot.dot_general %x, %w <..> : ..
    %1 = ingot.add %0, %b : tensor<8x4xf32>
    ```
    ==>
    ```mlir
    %1 = ingot.fusion "dot_add"(%x, %w, %b) : .. { ^bb0(%x, %w, %b): .. ingot.return %1 : tensor<8x4xf32> }
    ```
  }];
  let constructor = "::ingot::createFormFusions(target)";
}

def VerifyAfterFuse : Pass<"verify-after-fuse", "::mlir::ModuleOp"> {
  let summary = "Checks that programs hold fusions, weights and views alone";
  let constructor = "::ingot::createVerifyAfterFuse()";
}
