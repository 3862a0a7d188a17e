// Layout: how tensors lie in memory for the kernels to come.
include "mlir/Pass/PassBase.td"

def VerifyAfterLayout : Pass<"verify-after-layout", "::mlir::ModuleOp"> {
  let summary = "Checks that packed weights are read through unpack by contractions alone";
  let constructor = "::ingot::createVerifyAfterLayout()";
}
