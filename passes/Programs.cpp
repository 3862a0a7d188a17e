#include "passes/Programs.h"

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
  for (Region &region : root->getRegions()) {
    if (recurse)
      region.walk(check);
    else
      for (Operation &op : region.getOps())
        check(&op);
  }
  return failure(failed);
}

bool allowsReassociation(Operation *op) {
  for (; op; op = op->getParentOp())
    if (auto numerics = op->getAttrOfType<StringAttr>(kNumericsAttr))
      return numerics.getValue() != "strict";
  return true;
}

} // namespace ingot
