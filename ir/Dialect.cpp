#include "ir/Dialect.h"
#include "ir/CustomCalls.h"
#include "ir/Defaults.h"
#include "ir/Entries.h"
#include "ir/States.h"
#include "ir/Types.h"
#include "ir/reference/Folding.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

#include "ir/Dialect.cpp.inc"
#include "ir/Enums.cpp.inc"
#include "ir/Interfaces.cpp.inc"
#define GET_OP_CLASSES
#include "ir/Ops.cpp.inc"

namespace ingot {

void IngotDialect::initialize() {
  registerAttributes();
  registerTypes();
  addOperations<
#define GET_OP_LIST
#include "ir/Ops.cpp.inc"
      >();
  reference::addConstantFolding(*this);
}

Operation *IngotDialect::materializeConstant(OpBuilder &builder, Attribute value, Type type, Location loc) {
  auto elements = dyn_cast<ElementsAttr>(value);
  if (!elements || elements.getType() != type)
    return nullptr;
  return ConstantOp::create(builder, loc, elements);
}

//--- Discardable attributes of modules, functions and their arguments

// Narrowed sizes are those of the module in their order, with ranges that lie within theirs.
static LogicalResult verifyNarrowed(Operation *op, ArrayAttr list) {
  SmallVector<SizeAttr> sizes = moduleSizes(op->getParentOp());
  bool holds = sizes.size() == list.size();
  for (auto [size, element] : llvm::zip(sizes, list)) {
    auto narrowed = dyn_cast<SizeAttr>(element);
    holds = holds && narrowed && narrowed.getName() == size.getName() && narrowed.getIsData() == size.getIsData() &&
            narrowed.getMin() >= size.getMin() && narrowed.getMax() <= size.getMax();
  }
  if (holds)
    return success();
  return op->emitError() << kSizesAttr << " must be the module's sizes with ranges within theirs";
}

LogicalResult IngotDialect::verifyOperationAttribute(Operation *op, NamedAttribute attribute) {
  StringRef name = attribute.getName();
  if (name == kSizesAttr) {
    auto list = dyn_cast<ArrayAttr>(attribute.getValue());
    if (list && isa<func::FuncOp, KernelOp>(op))
      return verifyNarrowed(op, list);
    if (!isa<ModuleOp>(op) || !list)
      return op->emitError() << name << " must be an array of #ingot.size on a module, or narrowed on a function or kernel";
    llvm::StringSet<> names;
    for (Attribute element : list) {
      auto size = dyn_cast<SizeAttr>(element);
      if (!size)
        return op->emitError() << name << " holds " << element << ", which is no #ingot.size";
      if (!names.insert(size.getName()).second)
        return op->emitError() << name << " names '" << size.getName() << "' twice";
    }
    return success();
  }
  if (name == kRequiresAttr) {
    auto list = dyn_cast<ArrayAttr>(attribute.getValue());
    if (!isa<ModuleOp>(op) || !list || !llvm::all_of(list, [](Attribute element) {
          auto map = dyn_cast<AffineMapAttr>(element);
          return map && map.getValue().getNumDims() == 0 && map.getValue().getNumResults() == 1;
        }))
      return op->emitError() << name << " must be an array of maps from sizes to one value, on a module";
    return success();
  }
  if (name == kNumericsAttr) {
    auto policy = dyn_cast<StringAttr>(attribute.getValue());
    if (!isa<ModuleOp>(op) || !policy || (policy.getValue() != "strict" && policy.getValue() != "fast"))
      return op->emitError() << name << " must be \"strict\" or \"fast\" on a module";
    return success();
  }
  if (name == kCallsAttr) {
    auto calls = dyn_cast<DictionaryAttr>(attribute.getValue());
    if (!isa<ModuleOp>(op) || !calls || !llvm::all_of(calls, [](NamedAttribute call) {
          auto symbol = dyn_cast<StringAttr>(call.getValue());
          return symbol && !symbol.getValue().empty();
        }))
      return op->emitError() << name << " must be a dictionary of symbols of functions, on a module";
    return success();
  }
  if (name == kEntryAttr && (!isa<func::FuncOp>(op) || !isa<UnitAttr>(attribute.getValue())))
    return op->emitError() << name << " must be a unit attribute on a function";
  if (name == kSpecialisesAttr && (!isa<StringAttr>(attribute.getValue()) || !op->hasAttr(kEntryAttr)))
    return op->emitError() << name << " must be the name of an entry point on one of its functions";
  return success();
}

LogicalResult IngotDialect::verifyRegionArgAttribute(Operation *op, unsigned, unsigned argument, NamedAttribute attribute) {
  StringRef name = attribute.getName();
  if (name == kNameAttr && !isa<StringAttr>(attribute.getValue()))
    return op->emitError() << name << " of argument " << argument << " must be a string";
  if (name == kDefaultAttr) {
    auto symbol = dyn_cast<FlatSymbolRefAttr>(attribute.getValue());
    auto weight = symbol ? SymbolTable::lookupNearestSymbolFrom<WeightOp>(op, symbol) : WeightOp();
    auto owner = dyn_cast<func::FuncOp>(op);
    if (!weight || !owner || owner.getArgAttr(argument, kStateAttr) ||
        owner.getArgumentTypes()[argument] != weight.getTensorType())
      return op->emitError() << name << " of argument " << argument
                             << " must name a weight of its type, and the argument may be no state";
    return success();
  }
  if (name != kStateAttr && name != kGrowsAttr)
    return success();
  auto function = dyn_cast<func::FuncOp>(op);
  std::string why;
  if (!function || !verifyState(function, argument, &why))
    return op->emitError() << name << " of argument " << argument << (function ? " " + why : " is no function's");
  return success();
}

LogicalResult IngotDialect::verifyRegionResultAttribute(Operation *op, unsigned, unsigned result, NamedAttribute attribute) {
  if (attribute.getName() == kNameAttr && !isa<StringAttr>(attribute.getValue()))
    return op->emitError() << attribute.getName() << " of result " << result << " must be a string";
  if (attribute.getName() == kStateAttr) {
    auto function = dyn_cast<func::FuncOp>(op);
    auto state = dyn_cast<StringAttr>(attribute.getValue());
    bool isPaired = false;
    for (unsigned i = 0; function && state && i != function.getNumArguments(); ++i) {
      auto index = function.getArgAttrOfType<IntegerAttr>(i, kStateAttr);
      isPaired |= stateOfArgument(function, i) == state.getValue() || (index && index.getInt() == int64_t(result));
    }
    if (!function || !state || state.getValue().empty() || isPaired)
      return op->emitError() << kStateAttr << " of result " << result
                             << " must be the name of a state that no argument of the function is";
  }
  return success();
}

} // namespace ingot
