// Simplify: programs in the form the later phases expect.
include "mlir/Pass/PassBase.td"

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
