// Types and elements of a tree as MLIR has them.
#ifndef INGOT_FRONTENDS_STABLEHLO_TYPES_H
#define INGOT_FRONTENDS_STABLEHLO_TYPES_H

#include "frontends/stablehlo/Tree.h"
#include "ir/Types.h"
#include "ir/WeightStore.h"

namespace ingot::stablehlo {

// Integers are signless where they are signed, as the dialect has them; an index is an i64. Null for TF32.
mlir::Type elementTypeOf(mlir::MLIRContext *context, Element element);

inline bool isTensor(TypeRef type) { return type->kind == Type::Tensor; }
// True if no dim of a tensor is open.
bool hasNumbersForDims(TypeRef type);

// What is wrong with a type wherever it stands: its kind, rank, dims, element type; empty if nothing.
std::string problemOfType(mlir::MLIRContext *context, TypeRef type);

// The elements of a static tensor whose type the dialect has. `file` is what their offset refers to; null: they are copied.
WeightSource sourceOf(const Elements &elements, mlir::RankedTensorType type, const std::shared_ptr<WeightFile> &file);

// An attribute as MLIR's: numbers, texts, types of elements, lists, dictionaries. Null where one is none of these.
mlir::Attribute attributeOf(mlir::MLIRContext *context, const Attribute &attribute);

} // namespace ingot::stablehlo

#endif // INGOT_FRONTENDS_STABLEHLO_TYPES_H
