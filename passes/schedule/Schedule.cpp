#include "passes/schedule/Schedule.h"

#include "ir/Types.h"
#include "passes/Programs.h"

using namespace mlir;

namespace ingot {

std::optional<Placement> Placement::parse(Attribute attribute) {
  auto dictionary = dyn_cast_or_null<DictionaryAttr>(attribute);
  auto field = [&](StringRef name) -> std::optional<unsigned> {
    auto value = dictionary.getAs<IntegerAttr>(name);
    if (!value || value.getValue().ugt(UINT32_MAX))
      return std::nullopt;
    return unsigned(value.getInt());
  };
  if (!dictionary)
    return std::nullopt;
  Placement placement;
  placement.result = field("result");
  std::optional<unsigned> arena = field("arena");
  placement.arena = arena.value_or(0);
  placement.carried = field("carried");
  if (placement.result.has_value() == arena.has_value() || (placement.result && placement.carried) ||
      dictionary.size() != (placement.carried ? 2 : 1))
    return std::nullopt;
  return placement;
}

Attribute Placement::print(MLIRContext *context) const {
  Builder builder(context);
  SmallVector<NamedAttribute> fields;
  fields.push_back(builder.getNamedAttr(result ? "result" : "arena", builder.getI64IntegerAttr(result ? *result : arena)));
  if (carried)
    fields.push_back(builder.getNamedAttr("carried", builder.getI64IntegerAttr(*carried)));
  return builder.getDictionaryAttr(fields);
}

std::optional<Placement> placementOf(Value value) {
  Value root = memoryRoot(value);
  if (auto argument = dyn_cast<BlockArgument>(root)) {
    auto loop = dyn_cast<WhileOp>(argument.getOwner()->getParentOp());
    return loop ? placementOf(loop.getInputs()[argument.getArgNumber()]) : std::nullopt;
  }
  unsigned index = cast<OpResult>(root).getResultNumber();
  if (auto loop = root.getDefiningOp<WhileOp>())
    return placementOf(loop.getInputs()[index]);
  auto memory = root.getDefiningOp()->getAttrOfType<ArrayAttr>(kMemoryAttr);
  return memory && index < memory.size() ? Placement::parse(memory[index]) : std::nullopt;
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
    std::optional<int64_t> largest;
    for (AffineExpr result : map.getResults()) {
      llvm::DenseMap<AffineExpr, AffineExpr> earlier; // the entries it names
      result.walk([&](AffineExpr part) {
        if (auto dim = dyn_cast<AffineDimExpr>(part))
          earlier[part] = getAffineConstantExpr(values[dim.getPosition()], map.getContext());
      });
      AffineExpr known = result;
      if (!earlier.empty())
        known = result.replace(earlier);
      std::optional<int64_t> value = evaluateExpr(known, sizes);
      if (!value)
        return std::nullopt;
      largest = std::max(largest.value_or(*value), *value);
    }
    if (!largest) // an entry is the largest of at least one
      return std::nullopt;
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

Value memoryRoot(Value value) {
  while (isView(value.getDefiningOp()))
    value = value.getDefiningOp()->getOperand(0);
  return value;
}

AffineExpr byteSizeExpr(RankedTensorType type) {
  return simplifyExpr(numElementsExpr(type) * elementBytes(type.getElementType()));
}

} // namespace ingot
