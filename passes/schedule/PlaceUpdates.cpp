#include "ir/States.h"
#include "ir/Types.h"
#include "passes/Programs.h"
#include "passes/schedule/LiveRanges.h"
#include "passes/schedule/Passes.h"

namespace ingot {

#define GEN_PASS_DEF_PLACEUPDATES
#include "passes/schedule/Passes.h.inc"

using namespace mlir;

namespace {

class Placer {
public:
  Placer(func::FuncOp function, const SymbolTable &symbols) : function(function), symbols(symbols) {}

  void run() {
    LiveRanges liveRanges(function);
    liveRanges.writeMarked(function);
    // A copy stands right before the update it is made for, where nothing else comes between: what the live ranges say of
    // all others holds on.
    function.walk<WalkOrder::PreOrder>([&](DispatchOp dispatch) {
      std::optional<unsigned> operand = updatedBy(dispatch);
      if (!operand || dispatch.getInplace())
        return;
      if (!place(dispatch, *operand, liveRanges)) {
        OpBuilder builder(dispatch);
        dispatch->setOperand(*operand, CopyOp::create(builder, dispatch.getLoc(), dispatch.getInputs()[*operand]));
      }
      dispatch.setInplace(ArrayRef<int64_t>{*operand});
    });
  }

private:
  std::optional<unsigned> updatedBy(DispatchOp dispatch) const {
    auto kernel = symbols.lookup<KernelOp>(dispatch.getKernel());
    return kernel ? updatedOperand(kernel) : std::nullopt;
  }

  bool place(DispatchOp dispatch, unsigned operand, LiveRanges &liveRanges) {
    if (!isAlone(dispatch, operand))
      return false;
    Value updated = dispatch.getInputs()[operand];
    return liveRanges.allocation(updated) ? liveRanges.writeOver(dispatch, updated, dispatch.getResult(0))
                                          : becomesState(dispatch, operand, liveRanges);
  }

  // The dispatch reads this operand's memory through no other.
  static bool isAlone(DispatchOp dispatch, unsigned operand) {
    SmallVector<Value> roots = llvm::map_to_vector(dispatch.getInputs(), memoryRoot);
    return llvm::count(roots, roots[operand]) == 1;
  }

  // True if the operand is a state that nothing reads later and that the result, or what later updates make of it in its
  // memory, becomes.
  bool becomesState(DispatchOp dispatch, unsigned operand, const LiveRanges &liveRanges) {
    auto argument = dyn_cast<BlockArgument>(memoryRoot(dispatch.getInputs()[operand]));
    if (!argument || argument.getOwner() != &function.getBody().front() || dispatch->getBlock() != argument.getOwner() ||
        liveRanges.lastRead(argument) != liveRanges.position(dispatch))
      return false;
    auto state = function.getArgAttrOfType<IntegerAttr>(argument.getArgNumber(), kStateAttr);
    return state && state.getInt() != kOnlyRead && becomes(dispatch.getResult(0), state.getInt(), liveRanges);
  }

  bool becomes(Value value, int64_t number, const LiveRanges &liveRanges) {
    Block &block = function.getBody().front();
    Value becoming = memoryRoot(block.getTerminator()->getOperand(number));
    while (value && value != becoming)
      value = updatedLast(value, liveRanges);
    return bool(value);
  }

  // The result of the update that reads the value last and may write over it; null if there is none.
  Value updatedLast(Value value, const LiveRanges &liveRanges) {
    unsigned last = liveRanges.lastRead(value);
    SmallVector<Value> views{value};
    while (!views.empty())
      for (Operation *user : views.pop_back_val().getUsers()) {
        if (isView(user))
          views.push_back(user->getResult(0));
        auto dispatch = dyn_cast<DispatchOp>(user);
        if (!dispatch || dispatch->getBlock() != &function.getBody().front() || liveRanges.position(dispatch) != last)
          continue;
        std::optional<unsigned> operand = updatedBy(dispatch);
        if (operand && memoryRoot(dispatch.getInputs()[*operand]) == value && isAlone(dispatch, *operand))
          return dispatch.getResult(0);
      }
    return {};
  }

  func::FuncOp function;
  const SymbolTable &symbols;
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
