#include "ir/Types.h"
#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/IR/IRMapping.h"
#include "passes/Programs.h"
#include "passes/fuse/Groups.h"
#include "passes/fuse/Label.h"
#include "passes/fuse/Passes.h"

namespace ingot {

#define GEN_PASS_DEF_FORMFUSIONS
#include "passes/fuse/Passes.h.inc"

using namespace mlir;

namespace {

// Values from outside that the ops read, in order of first use.
llvm::SetVector<Value> operandsOf(ArrayRef<Operation *> ops) {
  llvm::DenseSet<Operation *> inside(ops.begin(), ops.end());
  llvm::SetVector<Value> operands;
  for (Operation *op : ops)
    for (Value operand : op->getOperands())
      if (!inside.contains(operand.getDefiningOp()))
        operands.insert(operand);
  return operands;
}

FusionOp makeFusion(OpBuilder &builder, ArrayRef<Operation *> ops, ArrayRef<Value> results) {
  llvm::SetVector<Value> operands = operandsOf(ops);
  llvm::SetVector<Location> locations;
  for (Operation *op : ops)
    if (!GroupGraph::isFree(op))
      locations.insert(op->getLoc());
  Location loc = locations.empty() ? ops.front()->getLoc() : builder.getFusedLoc(locations.getArrayRef());
  auto types = llvm::map_to_vector(results, [](Value value) { return value.getType(); });
  auto fusion = FusionOp::create(builder, loc, types, operands.getArrayRef(), fusionLabel(ops));

  OpBuilder::InsertionGuard guard(builder);
  Block *body = builder.createBlock(&fusion.getBody());
  IRMapping mapping;
  for (Value operand : operands)
    mapping.map(operand, body->addArgument(operand.getType(), operand.getLoc()));
  for (Operation *op : ops)
    builder.clone(*op, mapping);
  ReturnOp::create(builder, loc, llvm::map_to_vector(results, [&](Value value) { return mapping.lookup(value); }));
  return fusion;
}

struct FormFusions : impl::FormFusionsBase<FormFusions> {
  explicit FormFusions(const TargetModel &target) : target(&target) {}

  void runOnOperation() override {
    for (func::FuncOp function : programFunctions(getOperation()))
      for (Block *block : programBlocks(function))
        if (failed(formIn(*block, moduleSizes(function))))
          return signalPassFailure();
  }

  LogicalResult formIn(Block &block, ArrayRef<SizeAttr> sizes) {
    GroupGraph graph(block, *target, sizes);
    graph.form();
    OpBuilder builder(block.getTerminator());
    llvm::SetVector<Operation *> replaced;
    llvm::DenseMap<Operation *, unsigned> stretches; // of fusions
    // What is free is copied into every fusion that reads it, and is so only while what it reads is.
    SmallVector<std::pair<Value, Value>> replacements;
    for (const GroupGraph::Group *group : graph.finalGroups()) {
      FusionOp fusion = makeFusion(builder, graph.closure(group->ops), group->results);
      stretches[fusion] = graph.stretchOf(group->ops.back());
      for (auto [old, output] : llvm::zip(group->results, fusion.getOutputs()))
        replacements.emplace_back(old, output);
      replaced.insert(group->ops.begin(), group->ops.end());
    }
    // What is left of the old ops only feeds itself; views between kernels stay.
    SmallVector<Operation *> old;
    for (Operation &op : block)
      if (replaced.contains(&op) || GroupGraph::isFree(&op) || isView(&op))
        old.push_back(&op);
    for (auto [result, output] : replacements)
      result.replaceAllUsesWith(output);
    for (Operation *op : llvm::reverse(old))
      if (op->use_empty())
        op->erase();
    if (!sortTopologically(&block))
      return block.getParentOp()->emitError("internal error: fusions depend on each other in a circle");
    // Between the bindings of sizes that its ops were between. What an op reads is of no later stretch.
    SmallVector<std::pair<unsigned, Operation *>> order;
    for (Operation &op : block.without_terminator()) {
      auto made = stretches.find(&op);
      const unsigned stretch = made != stretches.end() ? made->second : graph.stretchOf(&op);
      order.emplace_back(2 * stretch + (isa<BindSizeOp>(op) ? 0 : 1), &op);
    }
    llvm::stable_sort(order, llvm::less_first());
    for (auto [key, op] : order)
      op->moveBefore(block.getTerminator());
    return success();
  }

  const TargetModel *target;
};

} // namespace

std::unique_ptr<Pass> createFormFusions(const TargetModel &target) { return std::make_unique<FormFusions>(target); }

} // namespace ingot
