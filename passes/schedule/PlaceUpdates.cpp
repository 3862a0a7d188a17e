#include "ir/Types.h"
#include "passes/Programs.h"
#include "passes/schedule/Liveness.h"
#include "passes/schedule/Passes.h"

namespace ingot {

#define GEN_PASS_DEF_PLACEUPDATES
#include "passes/schedule/Passes.h.inc"

using namespace mlir;

namespace {

class Placer {
public:
  Placer(func::FuncOp function, const SymbolTable &symbols)
      : function(function), block(function.getBody().back()), symbols(symbols), liveness(block) {}

  void run() {
    for (auto dispatch : llvm::make_early_inc_range(block.getOps<DispatchOp>())) {
      std::optional<unsigned> operand = updatedBy(dispatch);
      if (!operand)
        continue;
      if (!mayOverwrite(dispatch, *operand)) {
        OpBuilder builder(dispatch);
        dispatch->setOperand(*operand, CopyOp::create(builder, dispatch.getLoc(), dispatch.getInputs()[*operand]));
      }
      dispatch.setInplace(ArrayRef<int64_t>{*operand});
    }
  }

private:
  std::optional<unsigned> updatedBy(DispatchOp dispatch) const {
    auto kernel = symbols.lookup<KernelOp>(dispatch.getKernel());
    return kernel ? updatedOperand(kernel) : std::nullopt;
  }

  bool mayOverwrite(DispatchOp dispatch, unsigned operand) {
    SmallVector<Value> roots = llvm::map_to_vector(dispatch.getInputs(), memoryRoot);
    Value root = roots[operand];
    if (llvm::count(roots, root) != 1 || liveness.lastUse(root) != liveness.position(dispatch))
      return false;
    if (isCommand(root.getDefiningOp()))
      return true;
    auto argument = dyn_cast<BlockArgument>(root);
    auto state = argument ? function.getArgAttrOfType<IntegerAttr>(argument.getArgNumber(), kStateAttr) : IntegerAttr();
    return state && becomes(dispatch.getResult(0), state.getInt());
  }

  // True if the value, or what later updates make of it in its memory, is the function's result `number`.
  bool becomes(Value value, int64_t number) {
    Operation *end = block.getTerminator();
    if (memoryRoot(end->getOperand(number)) == value)
      return true;
    for (auto dispatch : block.getOps<DispatchOp>()) {
      std::optional<unsigned> operand = updatedBy(dispatch);
      if (operand && memoryRoot(dispatch.getInputs()[*operand]) == value && mayOverwrite(dispatch, *operand))
        return becomes(dispatch.getResult(0), number);
    }
    return false;
  }

  func::FuncOp function;
  Block &block;
  const SymbolTable &symbols;
  Liveness liveness;
};

struct PlaceUpdates : impl::PlaceUpdatesBase<PlaceUpdates> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    for (func::FuncOp function : programFunctions(getOperation()))
      Placer(function, symbols).run();
  }
};

} // namespace

std::unique_ptr<Pass> createPlaceUpdates() { return std::make_unique<PlaceUpdates>(); }

} // namespace ingot
