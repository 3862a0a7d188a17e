// The `ingot` dialect: its ops, attributes and traits. See Ops.td's families for what each op means.
#ifndef INGOT_IR_DIALECT_H
#define INGOT_IR_DIALECT_H

#include "ir/OpTraits.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/IR/TensorEncoding.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "ir/Dialect.h.inc"
#include "ir/Enums.h.inc"
#include "ir/Interfaces.h.inc"
#define GET_ATTRDEF_CLASSES
#include "ir/Attributes.h.inc"
#define GET_TYPEDEF_CLASSES
#include "ir/ValueTypes.h.inc"
#define GET_OP_CLASSES
#include "ir/Ops.h.inc"

namespace ingot {

// Names of the discardable attributes a program carries.
inline constexpr llvm::StringLiteral kSizesAttr = "ingot.sizes"; // module: ArrayAttr of SizeAttr
// module: ArrayAttr of AffineMapAttr over the sizes; calls in which one is negative are refused.
inline constexpr llvm::StringLiteral kRequiresAttr = "ingot.requires";
inline constexpr llvm::StringLiteral kNumericsAttr = "ingot.numerics"; // module: "strict" or "fast"
inline constexpr llvm::StringLiteral kEntryAttr = "ingot.entry";       // func: unit; callable from outside
inline constexpr llvm::StringLiteral kNameAttr = "ingot.name";         // func argument or result: its name for users
// func argument: index of the result it becomes between calls; the argument is session state. ir/States.h says how it may
// grow.
inline constexpr llvm::StringLiteral kStateAttr = "ingot.state";
inline constexpr llvm::StringLiteral kGrowsAttr = "ingot.grows";

} // namespace ingot

#endif // INGOT_IR_DIALECT_H
