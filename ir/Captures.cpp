#include "ir/Captures.h"
#include "ir/Verification.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace ingot {

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
  value.replaceUsesWithIf(element, [&](OpOperand &use) { return body.isAncestor(use.getOwner()->getParentRegion()); });
  if (extension.isReturned)
    block.getTerminator()->insertOperands(block.getTerminator()->getNumOperands(), ValueRange(element));
  for (auto [result, replacement] : llvm::zip(op->getResults(), extended->getResults()))
    result.replaceAllUsesWith(replacement);
  op->erase();
  return extended;
}

Operation *isolateBody(Operation *op, OpBuilder &builder) {
  OpBuilder::InsertionGuard guard(builder);
  llvm::SetVector<Value> used;
  getUsedValuesDefinedAbove(op->getRegions(), used);
  for (Value value : used) {
    Region &body = op->getRegion(0);
    if (auto constant = value.getDefiningOp<ConstantOp>()) {
      for (Region &region : op->getRegions()) {
        builder.setInsertionPointToStart(&region.front());
        Operation *copy = builder.clone(*constant);
        value.replaceUsesWithIf(copy->getResult(0), [&](OpOperand &use) {
          return use.getOwner() != copy && region.isAncestor(use.getOwner()->getParentRegion());
        });
      }
      continue;
    }
    auto type = dyn_cast<RankedTensorType>(value.getType());
    std::optional<Extension> extension = extensionOf(op);
    if (!type || type.getRank() != 0 || !extension || body.empty()) {
      op->emitError() << "the body of '" << op->getName() << "' uses a value of type " << value.getType()
                      << " from above, which only scalars may be, and not in this op unless they are constants";
      return nullptr;
    }
    builder.setInsertionPoint(op);
    op = addInput(op, value, *extension, builder);
  }
  return op;
}

} // namespace ingot
