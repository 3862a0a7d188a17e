// The dialect itself, its traits and the building blocks every op family shares.
#ifndef INGOT_IR_BASE
#define INGOT_IR_BASE

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/TensorEncoding.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/FunctionInterfaces.td"
include "mlir/Interfaces/CallInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "ir/Interfaces.td"

def Ingot_Dialect : Dialect {
  let name = "ingot";
  let cppNamespace = "::ingot";
  let summary = "Tensor programs with value semantics";
  let description = [{
    Where the StableHLO specification has an op, the op of the same name here means exactly the same. Beyond it stand weights,
    fusions, composites, kernels and dispatches.

    A tensor dim is static, or an expression over the module's sizes (`ingot.sizes`, an array of `#ingot.size`): then the tensor
    type is dynamic in that dim and carries `#ingot.dims` as its encoding, with one expression for each dim.
  }];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
  let hasConstantMaterializer = 1;
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
  let dependentDialects = ["::mlir::func::FuncDialect"];
  let extraClassDeclaration = [{
    void registerAttributes();
    void registerTypes();
  }];
}

// How a kernel makes the op's elements (a case of Making) and what one costs (a case of CostClass): ir/OpTraits.h.
class Ingot_MadeTrait<string making, string cost>
    : ParamNativeOpTrait<"Made", "::ingot::Making::" # making # ", ::ingot::CostClass::" # cost> {
  let cppNamespace = "::ingot::trait";
}
class Ingot_Kernel<string making, string cost> : TraitList<[Ingot_MadeTrait<making, cost>, Ingot_MadeInterface]>;
// With it an op of kernels says, in its family's file, what it reads.
class Ingot_Made<string making, string cost>
    : TraitList<[Ingot_Kernel<making, cost>, DeclareOpInterfaceMethods<Ingot_ReadsInterface>]>;

// Each result element depends on the operands' elements at the same index alone.
def Ingot_PointwiseTrait : NativeOpTrait<"Pointwise"> { let cppNamespace = "::ingot::trait"; }
class Ingot_PointwiseOf<string cost>
    : TraitList<[Ingot_PointwiseTrait, Ingot_ReadsInterface, Ingot_Kernel<"OnDemand", cost>]>;
def Ingot_Pointwise : Ingot_PointwiseOf<"Cheap">;
// Every result element is one operand element, or a padding value.
def Ingot_DataMovement : NativeOpTrait<"DataMovement"> { let cppNamespace = "::ingot::trait"; }

def Ingot_Int : AnyTypeOf<[AnySignlessInteger, AnyUnsignedInteger]>;
def Ingot_Element : AnyTypeOf<[Ingot_Int, AnyFloat, AnyComplex]>;

// Every element type has a number in runtime/abi/artifact.h, every dynamic dim an expression.
class Ingot_TensorOf<list<Type> allowed>
    : RankedTensorOf<allowed, [CPred<"::ingot::isOperandType(::llvm::cast<::mlir::RankedTensorType>($_self))">],
                     "ranked tensor with known dims">;

def Ingot_Tensor : Ingot_TensorOf<[Ingot_Element]>;
def Ingot_FloatTensor : Ingot_TensorOf<[AnyFloat]>;
def Ingot_FloatOrComplexTensor : Ingot_TensorOf<[AnyFloat, AnyComplex]>;
def Ingot_IntTensor : Ingot_TensorOf<[Ingot_Int]>;
def Ingot_PredTensor : Ingot_TensorOf<[I1]>;

class Ingot_Op<string mnemonic, list<Trait> traits = []> : Op<Ingot_Dialect, mnemonic, traits>;

#endif
