#include "passes/schedule/Schedule.h"
#include "ir/Types.h"

using namespace mlir;

namespace ingot {

std::optional<Placement> Placement::parse(Attribute attribute) {
  auto dictionary = dyn_cast_or_null<DictionaryAttr>(attribute);
  if (!dictionary || dictionary.size() != 1)
    return std::nullopt;
  NamedAttribute field = *dictionary.begin();
  auto value = dyn_cast<IntegerAttr>(field.getValue());
  if (!value || value.getInt() < 0)
    return std::nullopt;
  Placement placement;
  if (field.getName() == "result")
    placement.result = value.getInt();
  else if (field.getName() == "arena")
    placement.arena = value.getInt();
  else
    return std::nullopt;
  return placement;
}

Attribute Placement::print(MLIRContext *context) const {
  Builder builder(context);
  return builder.getDictionaryAttr(
      builder.getNamedAttr(result ? "result" : "arena", builder.getI64IntegerAttr(result ? *result : arena)));
}

std::optional<ArenaPlan> ArenaPlan::parse(func::FuncOp function) {
  auto array = function->getAttrOfType<ArrayAttr>(kArenaAttr);
  if (!array || array.empty())
    return std::nullopt;
  ArenaPlan plan;
  for (Attribute attribute : array) {
    auto map = dyn_cast<AffineMapAttr>(attribute);
    if (!map || map.getValue().getNumResults() == 0 || map.getValue().getNumDims() > plan.entries.size())
      return std::nullopt;
    plan.entries.push_back(map.getValue());
  }
  return plan;
}

ArrayAttr ArenaPlan::print(MLIRContext *context) const {
  return ArrayAttr::get(context,
                        llvm::map_to_vector(entries, [](AffineMap map) -> Attribute { return AffineMapAttr::get(map); }));
}

std::optional<SmallVector<int64_t>> ArenaPlan::evaluate(ArrayRef<int64_t> sizes) const {
  SmallVector<int64_t> values;
  for (AffineMap map : entries) {
    SmallVector<AffineExpr> dims =
        llvm::map_to_vector(values, [&](int64_t value) { return getAffineConstantExpr(value, map.getContext()); });
    std::optional<int64_t> largest;
    for (AffineExpr result : map.getResults()) {
      std::optional<int64_t> value = evaluateExpr(result.replaceDims(dims), sizes);
      if (!value)
        return std::nullopt;
      largest = std::max(largest.value_or(*value), *value);
    }
    values.push_back(*largest);
  }
  return values;
}

std::optional<unsigned> updatedOperand(KernelOp kernel) {
  Operation *end = kernel.getBlock().getTerminator();
  if (end->getNumOperands() != 1)
    return std::nullopt;
  auto update = end->getOperand(0).getDefiningOp<DynamicUpdateSliceOp>();
  if (!update || !update->hasOneUse())
    return std::nullopt;
  auto argument = dyn_cast<BlockArgument>(update.getOperand());
  if (!argument || !argument.hasOneUse())
    return std::nullopt;
  return argument.getArgNumber();
}

bool isView(Operation *op) { return op && isa<ReshapeOp>(op); }

Value memoryRoot(Value value) {
  while (isView(value.getDefiningOp()))
    value = value.getDefiningOp()->getOperand(0);
  return value;
}

AffineExpr byteSizeExpr(RankedTensorType type) {
  return simplifyExpr(numElementsExpr(type) * elementBytes(type.getElementType()));
}

} // namespace ingot
