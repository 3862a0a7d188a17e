#include "ir/TensorTypes.h"
#include "passes/Programs.h"
#include "passes/schedule/LiveRanges.h"
#include "passes/schedule/Passes.h"
#include "llvm/ADT/DenseSet.h"

namespace ingot {

#define GEN_PASS_DEF_MARKINPLACE
#include "passes/schedule/Passes.h.inc"

using namespace mlir;

namespace {

// Whether the kernel computes each element of result `result` from the element of argument `argument` at the same index, and
// nothing else from that argument.
bool isSameIndexPath(KernelOp kernel, unsigned argument, unsigned result) {
  Block &body = kernel.getBlock();
  Operation *end = body.getTerminator();
  for (Operation &op : body)
    if (isStaged(&op))
      return false;
  Value target = end->getOperand(result);
  auto type = typeOf(target);
  Value source = body.getArgument(argument);
  if (typeOf(source).getShape() != type.getShape() || typeOf(source).getEncoding() != type.getEncoding())
    return false;
  llvm::DenseSet<Value> derived = {source};
  for (Operation &op : body.without_terminator()) {
    if (llvm::none_of(op.getOperands(), [&](Value operand) { return derived.contains(operand); }))
      continue;
    if (!op.hasTrait<trait::Pointwise>() || typeOf(op.getResult(0)).getShape() != type.getShape())
      return false;
    derived.insert(op.getResult(0));
  }
  for (OpOperand &returned : end->getOpOperands())
    if (returned.getOperandNumber() != result && derived.contains(returned.get()))
      return false;
  return derived.contains(target);
}

struct MarkInplace : impl::MarkInplaceBase<MarkInplace> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    for (func::FuncOp function : programFunctions(getOperation())) {
      LiveRanges liveRanges(function);
      liveRanges.writeMarked(function);
      function.walk<WalkOrder::PreOrder>([&](DispatchOp dispatch) {
        if (auto kernel = symbols.lookup<KernelOp>(dispatch.getKernel()); kernel && !updatedOperand(kernel))
          mark(dispatch, kernel, liveRanges);
      });
    }
  }

  void mark(DispatchOp dispatch, KernelOp kernel, LiveRanges &liveRanges) {
    SmallVector<Value> allocations =
        llvm::map_to_vector(dispatch.getInputs(), [&](Value value) { return liveRanges.allocation(value); });
    SmallVector<int64_t> inplace(dispatch.getNumResults(), -1);
    for (unsigned result = 0; result < dispatch.getNumResults(); ++result)
      for (unsigned operand = 0; operand < allocations.size() && inplace[result] < 0; ++operand) {
        Value allocation = allocations[operand];
        if (!allocation || llvm::count(allocations, allocation) != 1 ||
            byteSizeExpr(typeOf(allocation)) != byteSizeExpr(typeOf(dispatch.getResult(result))))
          continue;
        if (isSameIndexPath(kernel, operand, result) &&
            liveRanges.writeOver(dispatch, allocation, dispatch.getResult(result)))
          inplace[result] = operand;
      }
    if (llvm::any_of(inplace, [](int64_t operand) { return operand >= 0; }))
      dispatch.setInplace(inplace);
  }
};

} // namespace

std::unique_ptr<Pass> createMarkInplace() { return std::make_unique<MarkInplace>(); }

} // namespace ingot
