// Interfaces of the ops that a kernel may hold.
#ifndef INGOT_IR_INTERFACES
#define INGOT_IR_INTERFACES

include "mlir/IR/OpBase.td"

def Ingot_MadeInterface : OpInterface<"MadeInterface"> {
  let cppNamespace = "::ingot";
  let description = "How a kernel makes the op's elements and what one costs (ir/OpTraits.h).";
  let methods = [
    InterfaceMethod<"How a kernel makes the op's elements.", "::ingot::Making", "getMaking">,
    InterfaceMethod<"What one of them costs.", "::ingot::CostClass", "getCostClass">,
  ];
}

def Ingot_ReadsInterface : OpInterface<"ReadsInterface"> {
  let cppNamespace = "::ingot";
  let description = "Which elements of the operands an element of a result reads (ir/IndexRelation.h).";
  let methods = [
    InterfaceMethod<"The relation of one result.", "::ingot::IndexRelation", "getIndexRelation", (ins "unsigned":$result)>,
  ];
}

#endif
