// Transform: what was asked of whole functions is done to them.
include "mlir/Pass/PassBase.td"

def SpecialiseSizes : Pass<"specialise-sizes", "::mlir::ModuleOp"> {
  let summary = "Makes a specialisation of each entry point for every range between listed values of a size";
  let description = [{
    Requires: programs as imported. Ensures: of every entry point that mentions a listed size, one function for each of the values, ascending:
    it is for calls in which the size is at most that, and more than the value before. With several lists, one for each choice from all.

    `@main` with the list seq = 32, 64 ==> `@main` for seq in 1..32 and a copy of it for seq in 33..64.
  }];
  let options = [ListOption<"texts", "lists", "std::string", "NAME:N:N... for each list">];
  let constructor = "::ingot::createSpecialiseSizes({})";
}
