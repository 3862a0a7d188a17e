#include "ir/Captures.h"
#include "ir/Reduction.h"
#include "ir/Verification.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace ingot {

// Whether `region` is `outer` or inside it. Regions being built are attached to no op yet.
static bool isWithin(Region *region, Region &outer) {
  while (region && region != &outer) {
    Operation *parent = region->getParentOp();
    region = parent ? parent->getParentRegion() : nullptr;
  }
  return region;
}
static bool isWithin(Region *region, MutableArrayRef<Region> outer) {
  return llvm::any_of(outer, [&](Region &each) { return isWithin(region, each); });
}

// The same scalar wherever `like` has an element.
static Value repeated(Value scalar, Value like, OpBuilder &builder) {
  RankedTensorType type = withElementType(tensorType(like), tensorType(scalar).getElementType());
  return BroadcastInDimOp::create(builder, scalar.getLoc(), type, scalar, ArrayRef<int64_t>());
}

// How an op with lists of operands takes one more input: the operands that it adds, behind which of the op's operands, and the
// body's arguments for it. Lists are equally long.
namespace {
struct Extension {
  SmallVector<unsigned> operandPlaces;  // where each list ends
  SmallVector<unsigned> argumentPlaces; // of the body, where each list ends
  unsigned elementList = 0;             // of the body's lists, the one whose argument is the value
  bool isReturned = false;              // one more result, the value itself
};
} // namespace

static std::optional<Extension> extensionOf(Operation *op) {
  unsigned operands = op->getNumOperands();
  if (isa<ReduceOp, ReduceWindowOp, ScanOp>(op))
    return Extension{{operands / 2, operands}, {operands / 2, operands}, 1, true};
  if (auto scatter = dyn_cast<ScatterOp>(op)) {
    unsigned inputs = unsigned(scatter.getInputs().size());
    return Extension{{inputs, operands}, {inputs, 2 * inputs}, 1, true};
  }
  // A comparator has two arguments an input, one behind the other; either is the value.
  if (isa<SortOp>(op))
    return Extension{{operands}, {2 * operands, 2 * operands}, 0, false};
  if (isa<MapOp>(op))
    return Extension{{operands}, {operands}, 0, false};
  return std::nullopt;
}

static Operation *addInput(Operation *op, Value value, const Extension &extension, OpBuilder &builder) {
  // As the last one of each list: repeated, or the scalar itself for an init value.
  SmallVector<Value> operands;
  unsigned first = 0;
  for (unsigned end : extension.operandPlaces) {
    llvm::append_range(operands, op->getOperands().slice(first, end - first));
    Value like = op->getOperand(end - 1);
    operands.push_back(tensorType(like).getRank() == 0 ? value : repeated(value, like, builder));
    first = end;
  }
  SmallVector<Type> types(op->getResultTypes());
  if (extension.isReturned || isa<SortOp>(op))
    types.push_back(withElementType(cast<RankedTensorType>(types.front()), tensorType(value).getElementType()));
  OperationState state(op->getLoc(), op->getName(), operands, types, llvm::to_vector(op->getDiscardableAttrs()));
  state.propertiesAttr = op->getPropertiesAsAttribute();
  state.addRegion()->takeBody(op->getRegion(0));
  Operation *extended = builder.create(state);
  if (auto segments = dyn_cast<ScatterOp>(extended)) {
    auto count = int32_t(extension.operandPlaces.front()) + 1;
    segments.getProperties().setOperandSegmentSizes({count, 1, count});
  } else if (auto scan = dyn_cast<ScanOp>(extended)) {
    auto count = int32_t(extension.operandPlaces.front()) + 1;
    scan.getProperties().setOperandSegmentSizes({count, count});
  }
  // From the last list, so that the places before it stay.
  Region &body = extended->getRegion(0);
  Block &block = body.front();
  BlockArgument element;
  for (unsigned list = unsigned(extension.argumentPlaces.size()); list-- > 0;) {
    BlockArgument argument = block.insertArgument(extension.argumentPlaces[list], value.getType(), value.getLoc());
    if (list == extension.elementList)
      element = argument;
  }
  value.replaceUsesWithIf(element, [&](OpOperand &use) { return isWithin(use.getOwner()->getParentRegion(), body); });
  if (extension.isReturned)
    block.getTerminator()->insertOperands(block.getTerminator()->getNumOperands(), ValueRange(element));
  for (auto [result, replacement] : llvm::zip(op->getResults(), extended->getResults()))
    result.replaceAllUsesWith(replacement);
  op->erase();
  return extended;
}

// What ops within the regions use of values from outside of them.
static void addUsedFromAbove(MutableArrayRef<Region> regions, llvm::SetVector<Value> &used) {
  for (Region &region : regions)
    region.walk([&](Operation *op) {
      for (Value operand : op->getOperands())
        if (!isWithin(operand.getParentRegion(), regions))
          used.insert(operand);
    });
}

// What an op takes, and what its regions use of values from above.
static llvm::SetVector<Value> valuesUsedBy(Operation &op) {
  llvm::SetVector<Value> used;
  addUsedFromAbove(op.getRegions(), used);
  used.insert(op.operand_begin(), op.operand_end());
  return used;
}

// Computes before the op what its body computes of values from above alone. Constants go along where they are used.
static void hoistInvariants(Operation *op, Region &body, OpBuilder &builder) {
  llvm::SetVector<Operation *> invariant;
  llvm::SmallPtrSet<Operation *, 8> hoisted;
  for (Operation &each : body.front().without_terminator()) {
    llvm::SetVector<Value> used = valuesUsedBy(each);
    auto isKnown = [&](Value value) {
      Operation *source = value.getDefiningOp();
      return !isWithin(value.getParentRegion(), body) || (source && invariant.contains(source));
    };
    if (!isMemoryEffectFree(&each) || !llvm::all_of(used, isKnown))
      continue;
    invariant.insert(&each);
    if (llvm::any_of(used, [&](Value value) {
          Operation *source = value.getDefiningOp();
          return isWithin(value.getParentRegion(), body) ? hoisted.contains(source) : !isa_and_nonnull<ConstantOp>(source);
        }))
      hoisted.insert(&each);
  }
  builder.setInsertionPoint(op);
  IRMapping before;
  for (Operation *each : invariant)
    if (hoisted.contains(each) || llvm::any_of(each->getUsers(), [&](Operation *user) {
          return llvm::any_of(hoisted, [&](Operation *other) { return other->isAncestor(user); });
        }))
      builder.clone(*each, before);
  for (Operation *each : hoisted)
    for (Value result : each->getResults())
      result.replaceAllUsesWith(before.lookup(result));
  for (Operation *each : llvm::reverse(invariant.getArrayRef()))
    if (each->use_empty())
      each->erase();
}

static void copyConstant(Operation *op, ConstantOp constant, OpBuilder &builder) {
  for (Region &region : op->getRegions()) {
    auto isInside = [&](OpOperand &use) { return isWithin(use.getOwner()->getParentRegion(), region); };
    if (llvm::none_of(constant->getUses(), isInside))
      continue;
    builder.setInsertionPointToStart(&region.front());
    constant.getResult().replaceUsesWithIf(builder.clone(*constant)->getResult(0), isInside);
  }
}

Operation *isolateBody(Operation *op, OpBuilder &builder) {
  OpBuilder::InsertionGuard guard(builder);
  for (Region &body : op->getRegions())
    if (body.hasOneBlock())
      hoistInvariants(op, body, builder);
  llvm::SetVector<Value> used;
  addUsedFromAbove(op->getRegions(), used);
  SmallVector<Value> captured;
  for (Value value : used) {
    if (auto constant = value.getDefiningOp<ConstantOp>())
      copyConstant(op, constant, builder);
    else
      captured.push_back(value);
  }
  if (captured.empty())
    return op;
  if (auto scatter = dyn_cast<SelectAndScatterOp>(op)) {
    builder.setInsertionPoint(op);
    PickedAndScattered parts = pickAndScatter(scatter, builder);
    return isolateBody(parts.pick, builder) && isolateBody(parts.scatter, builder) ? parts.result : nullptr;
  }
  for (Value value : captured) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    std::optional<Extension> extension = extensionOf(op);
    if (!type || type.getRank() != 0 || !extension || op->getRegion(0).empty()) {
      op->emitError()
          << "the body of '" << op->getName() << "' uses a value of type " << value.getType()
          << " from above at each of its elements, which only scalars may be, and not in this op unless they are "
             "constants";
      return nullptr;
    }
    builder.setInsertionPoint(op);
    op = addInput(op, value, *extension, builder);
  }
  return op;
}

} // namespace ingot
