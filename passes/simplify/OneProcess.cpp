#include "ir/Distribution.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "passes/Programs.h"
#include "passes/simplify/Passes.h"

namespace ingot {

#define GEN_PASS_DEF_ONEPROCESS
#include "passes/simplify/Passes.h.inc"

using namespace mlir;

namespace {

bool isToken(Type type) { return isa<TokenType>(type); }

llvm::BitVector tokensOf(TypeRange types) {
  llvm::BitVector tokens{unsigned(types.size())};
  for (auto [index, type] : llvm::enumerate(types))
    tokens[unsigned(index)] = isToken(type);
  return tokens;
}

// The op without its results that are tokens, which nothing uses; none at all where it gave nothing else.
void dropTokenResults(Operation *op) {
  llvm::BitVector tokens = tokensOf(op->getResultTypes());
  if (tokens.none())
    return;
  if (tokens.all() && isMemoryEffectFree(op)) {
    op->erase();
    return;
  }
  SmallVector<Type> kept;
  SmallVector<Value> values;
  for (OpResult result : op->getResults())
    if (!tokens[result.getResultNumber()]) {
      kept.push_back(result.getType());
      values.push_back(result);
    }
  OperationState state(op->getLoc(), op->getName(), op->getOperands(), kept, llvm::to_vector(op->getDiscardableAttrs()));
  state.propertiesAttr = op->getPropertiesAsAttribute();
  for (Region &region : op->getRegions())
    state.addRegion()->takeBody(region);
  Operation *replacement = OpBuilder(op).create(state);
  for (auto [value, result] : llvm::zip_equal(values, replacement->getResults()))
    value.replaceAllUsesWith(result);
  op->erase();
}

// Once the ops that tell effects are gone, tokens say nothing. Every use of one is an operand, which goes first.
void dropTokens(func::FuncOp function) {
  if (function.isExternal())
    return;
  SmallVector<Operation *> ops;
  function.walk([&](Operation *op) {
    if (op != function)
      ops.push_back(op);
  });
  for (Operation *op : ops)
    if (llvm::BitVector tokens = tokensOf(op->getOperandTypes()); tokens.any())
      op->eraseOperands(tokens);
  for (Operation *op : ops) {
    for (Region &region : op->getRegions())
      for (Block &block : region)
        block.eraseArguments([](BlockArgument argument) { return isToken(argument.getType()); });
    dropTokenResults(op);
  }
  (void)function.eraseArguments(tokensOf(function.getArgumentTypes()));
  (void)function.eraseResults(tokensOf(function.getResultTypes()));
}

struct OneProcess : impl::OneProcessBase<OneProcess> {
  void runOnOperation() override {
    bool bad = false;
    for (auto function : getOperation().getOps<func::FuncOp>())
      bad |= failed(lowerToOneProcess(function));
    if (bad)
      return signalPassFailure();
    for (auto function : getOperation().getOps<func::FuncOp>())
      dropTokens(function);
  }
};

} // namespace

std::unique_ptr<Pass> createOneProcess() { return std::make_unique<OneProcess>(); }

} // namespace ingot
