#include "ir/CustomCalls.h"
#include "ir/Locations.h"
#include "ir/Types.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace ingot {

static std::string needsOperandTypes(CustomCallOp op) {
  return op.getInputs().getTypes() == op.getResultTypes() ? "" : "its results must have the operands' types";
}
static SmallVector<Value> operandsOf(CustomCallOp op, OpBuilder &) { return op.getInputs(); }

// By name.
static const CustomCallRow kRows[] = {
    {"AssumeGatherIndicesInBound", "the operands; their values are promised to be places of what they index",
     needsOperandTypes, operandsOf},
    {"LayoutConstraint", "the operands; where they lie in memory is the compiler's", needsOperandTypes, operandsOf},
    {"SPMDFullToShardShape", "the operands: on one device the shard is the whole", needsOperandTypes, operandsOf},
    {"SPMDShardToFullShape", "the operands: on one device the shard is the whole", needsOperandTypes, operandsOf},
    {"Sharding", "the operands: on one device there is nothing to divide", needsOperandTypes, operandsOf},
    {"annotate_device_placement", "the operands: there is one memory", needsOperandTypes, operandsOf},
    {"xla.sdy.FuncResultSharding", "the operands: on one device there is nothing to divide", needsOperandTypes, operandsOf},
};

ArrayRef<CustomCallRow> customCallRows() { return kRows; }

const CustomCallRow *findCustomCall(StringRef name) {
  const CustomCallRow *row = llvm::find_if(kRows, [&](const CustomCallRow &each) { return each.name == name; });
  return row == std::end(kRows) ? nullptr : row;
}

std::optional<StringRef> boundFunction(CustomCallOp op) {
  auto module = op->getParentOfType<ModuleOp>();
  auto calls = module ? module->getAttrOfType<DictionaryAttr>(kCallsAttr) : DictionaryAttr();
  auto symbol = calls ? calls.getAs<StringAttr>(op.getCallTargetName()) : StringAttr();
  return symbol ? std::optional(symbol.getValue()) : std::nullopt;
}

bool isBoundCall(Operation *op) {
  auto call = dyn_cast_or_null<CustomCallOp>(op);
  return call && boundFunction(call);
}

void bindCalls(ModuleOp module, ArrayRef<std::pair<std::string, std::string>> calls) {
  if (calls.empty())
    return;
  Builder builder(module.getContext());
  NamedAttrList list(module->getAttrOfType<DictionaryAttr>(kCallsAttr));
  for (const auto &[name, symbol] : calls)
    list.set(name, builder.getStringAttr(symbol));
  module->setAttr(kCallsAttr, list.getDictionary(module.getContext()));
}

StringRef callAttributes(CustomCallOp op) {
  auto text = dyn_cast_or_null<StringAttr>(op.getBackendConfigAttr());
  return text ? text.getValue() : "";
}

static void collectPlaces(Location location, SmallVectorImpl<std::string> &places) {
  if (auto place = dyn_cast<FileLineColLoc>(location)) {
    places.push_back((place.getFilename().getValue() + ":" + Twine(place.getLine()) + ":" + Twine(place.getColumn())).str());
  } else if (auto name = dyn_cast<NameLoc>(location)) {
    collectPlaces(name.getChildLoc(), places);
  } else if (auto fused = dyn_cast<FusedLoc>(location)) {
    for (Location inner : fused.getLocations())
      collectPlaces(inner, places);
  }
}

std::string describeCall(CustomCallOp op) {
  SmallVector<std::string> places = nodeNames(op.getLoc());
  collectPlaces(op.getLoc(), places);
  return "'" + op.getCallTargetName().str() + "'" + (places.empty() ? "" : " (" + llvm::join(places, ", ") + ")");
}

} // namespace ingot
