// Outline: fusions become kernels, programs lists of dispatches.
include "mlir/Pass/PassBase.td"

def LiftConstants : Pass<"lift-constants", "::mlir::ModuleOp"> {
  let summary = "Makes the non-splat constants of fusions weights";
  let description = [{
    Requires: programs as fuse leaves them. Ensures: constants inside fusions are splats; others are operands from weights whose bytes
    the store owns. Fusions that differ in such a constant alone become equal. A constant that repeats a vector along its other dims is the
    broadcast of the vector.

    `ingot.constant dense<[1.0, 2.0]>` inside a fusion ==> `ingot.get_weight @constant_0` outside, an operand of the fusion.
  }];
  let constructor = "::ingot::createLiftConstants(store)";
}

def OutlineKernels : Pass<"outline-kernels", "::mlir::ModuleOp"> {
  let summary = "Turns fusions into kernels and dispatches; equal bodies share one kernel";
  let description = [{
    Requires: programs as fuse leaves them. Ensures: no fusion is left; kernels are named LABEL_N. A kernel of
    a specialisation that mentions sizes has its `ingot.sizes`.

    ```mlir
    %1 = ingot.fusion "dot_add"(%x, %w) : .. { .. }
    ```
    ==>
    ```mlir
    %1 = ingot.dispatch @dot_add_0(%x, %w) : ..
    ingot.kernel @dot_add_0 { .. }
    ```
  }];
  let constructor = "::ingot::createOutlineKernels()";
}

def VerifyAfterOutline : Pass<"verify-after-outline", "::mlir::ModuleOp"> {
  let summary = "Checks that programs hold dispatches, weights and views alone, and that kernels are closed";
  let constructor = "::ingot::createVerifyAfterOutline()";
}
