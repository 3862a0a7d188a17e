// Schedule: order and memory of programs. See Schedule.h for the form the result takes.
include "mlir/Pass/PassBase.td"

def SeparateResults : Pass<"separate-results", "::mlir::ModuleOp"> {
  let summary = "Gives every function result memory of its own";
  let description = [{
    Requires: programs as outline leaves them. Ensures: every returned value's root is the result of a command, and no two share one: a
    copy is inserted where a result is an argument, a weight or another result.

    `return %arg0` ==> `%0 = ingot.copy %arg0; return %0`
  }];
  let constructor = "::ingot::createSeparateResults()";
}

def OrderCommands : Pass<"order-commands", "::mlir::ModuleOp"> {
  let summary = "Orders commands so that few bytes are alive at once";
  let description = [{
    Requires: programs as outline leaves them. Ensures: weights come first; a view follows its operand. Among the commands whose operands
    are there, the one that frees most and allocates least goes next (at the sizes' maxima); if that makes the peak higher than the
    order found, the order found stays. Commands stay on their side of each bind_size. An update comes after the other readers of the operand it writes, as far as they allow it.
  }];
  let constructor = "::ingot::createOrderCommands()";
}

def PlaceUpdates : Pass<"place-updates", "::mlir::ModuleOp"> {
  let summary = "Lets updates write into their operand's memory, or into a copy of it";
  let description = [{
    Requires: the final order. Ensures: `inplace` on every dispatch of an update. Its operand's root is a command's result that nothing
    reads later and that the dispatch reads through this operand alone; or a state that nothing else reads from there on and that
    becomes this very result. Where the operand is neither, an ingot.copy of it is.

    `ingot.dispatch @update(%arg0, %x)` ==> `%0 = ingot.copy %arg0; ingot.dispatch @update(%0, %x) inplace [0]`
  }];
  let constructor = "::ingot::createPlaceUpdates()";
}

def MarkInplace : Pass<"mark-inplace", "::mlir::ModuleOp"> {
  let summary = "Lets dispatches write over operands that die there";
  let description = [{
    Requires: the final order. Ensures: `inplace` on dispatches where a result takes over the memory of an operand: the operand's root
    is a command's result that nothing reads later and that the dispatch reads through this operand alone; both have the same size; the
    kernel is free of contractions, windows and reductions, and computes each element of this result from the operand's element at the
    same index, and no other result from it.

    `ingot.dispatch @relu_0(%a)` ==> `ingot.dispatch @relu_0(%a) inplace [0]`
  }];
  let constructor = "::ingot::createMarkInplace()";
}

def PlaceValues : Pass<"place-values", "::mlir::ModuleOp"> {
  let summary = "Gives every command's result its memory: a function result or an arena offset";
  let description = [{
    Requires: separated results, the final order. Ensures: `ingot.memory` on commands, `ingot.arena` on functions.

    Buffers (a value and what is written over it) are placed largest first at the lowest offset free during their live range, at the sizes'
    maxima. Which of two overlapping live ranges lies below is kept for all sizes: an offset is the largest end of what lies below, so no two
    ever overlap.
  }];
  let constructor = "::ingot::createPlaceValues()";
}

def VerifyAfterSchedule : Pass<"verify-after-schedule", "::mlir::ModuleOp"> {
  let summary = "Checks that every command's results have memory that no live value shares";
  let constructor = "::ingot::createVerifyAfterSchedule()";
}
