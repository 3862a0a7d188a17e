#include "passes/Programs.h"

#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;

namespace ingot {

SmallVector<func::FuncOp> programFunctions(ModuleOp module) {
  SmallVector<func::FuncOp> entries, visible;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (function.isExternal())
      continue;
    if (function->hasAttr(kEntryAttr))
      entries.push_back(function);
    if (function.isPublic())
      visible.push_back(function);
  }
  return entries.empty() ? visible : entries;
}

bool isControlFlow(Operation *op) { return op && isa<IfOp, CaseOp, WhileOp, BindSizeOp>(op); }

static void collectBlocks(Block &block, SmallVectorImpl<Block *> &blocks) {
  for (Operation &op : block)
    if (isControlFlow(&op))
      for (Region &region : op.getRegions())
        collectBlocks(region.front(), blocks);
  blocks.push_back(&block);
}

SmallVector<Block *> programBlocks(func::FuncOp function) {
  SmallVector<Block *> blocks;
  for (Block &block : function.getBody())
    collectBlocks(block, blocks);
  return blocks;
}

bool isView(Operation *op) { return isa_and_nonnull<ReshapeOp>(op); }

bool isFreeMove(Operation *op) {
  return op && op->hasTrait<trait::DataMovement>() && isOnDemand(op) && costClassOf(op) == CostClass::Free;
}

Attribute scalarConstant(Value value) {
  DenseElementsAttr constant;
  if (!matchPattern(value, m_Constant(&constant)) || !constant.isSplat())
    return nullptr;
  return constant.getSplatValue<Attribute>();
}

llvm::SetVector<Value> valuesReadBy(Operation *op) {
  llvm::SetVector<Value> values(op->operand_begin(), op->operand_end());
  if (isControlFlow(op))
    getUsedValuesDefinedAbove(op->getRegions(), values);
  return values;
}

LogicalResult checkBoundary(Operation *root, StringRef phase, bool recurse,
                            llvm::function_ref<std::string(Operation *)> problem) {
  bool failed = false;
  auto check = [&](Operation *op) {
    std::string text = problem(op);
    if (!text.empty()) {
      op->emitError() << "after " << phase << ": " << text;
      failed = true;
    }
  };
  if (recurse) {
    root->walk([&](Operation *op) {
      if (op != root)
        check(op);
    });
    return failure(failed);
  }
  std::function<void(Block &)> checkBlock = [&](Block &block) {
    for (Operation &op : block) {
      if (!isControlFlow(&op)) {
        if (block.getParentOp() == root || !op.hasTrait<OpTrait::IsTerminator>())
          check(&op);
        continue;
      }
      for (Region &region : op.getRegions())
        checkBlock(region.front());
    }
  };
  for (Region &region : root->getRegions())
    for (Block &block : region)
      checkBlock(block);
  return failure(failed);
}

bool allowsReassociation(Operation *op) {
  for (; op; op = op->getParentOp())
    if (auto numerics = op->getAttrOfType<StringAttr>(kNumericsAttr))
      return numerics.getValue() != "strict";
  return true;
}

} // namespace ingot
