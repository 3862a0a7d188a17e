// Types of values that are no tensors: they order effects, or stand for tensors that are not there yet.
#ifndef INGOT_IR_VALUETYPES
#define INGOT_IR_VALUETYPES

include "ir/Base.td"

class Ingot_ValueType<string name, string typeMnemonic> : TypeDef<Ingot_Dialect, name> { let mnemonic = typeMnemonic; }

def Ingot_TokenType : Ingot_ValueType<"Token", "token"> {
  let summary = "Nothing but an order: what gives a token happens before what takes it";
}

def Ingot_FutureType : Ingot_ValueType<"Future", "future"> {
  let summary = "The results of an operation that may still run";
  let parameters = (ins ArrayRefParameter<"mlir::Type">:$types);
  let assemblyFormat = "`<` $types `>`";
}

// What control flow and functions may carry.
def Ingot_Value : AnyTypeOf<[Ingot_Tensor, Ingot_TokenType]>;

#endif
