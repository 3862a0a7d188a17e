#include "ir/Types.h"
#include "passes/Programs.h"
#include "passes/schedule/Liveness.h"
#include "passes/schedule/Passes.h"

namespace ingot {

#define GEN_PASS_DEF_VERIFYAFTERSCHEDULE
#include "passes/schedule/Passes.h.inc"

using namespace mlir;

namespace {

// One command's result in the arena at some choice of sizes.
struct Life {
  Operation *op;
  unsigned first, last;
  int64_t begin, end;
  Value inplace; // root of the operand whose memory it took
  Value value;
};

struct VerifyAfterSchedule : impl::VerifyAfterScheduleBase<VerifyAfterSchedule> {
  void runOnOperation() override {
    SmallVector<SizeAttr> sizes = moduleSizes(getOperation());
    SmallVector<int64_t> smallest, largest;
    for (SizeAttr size : sizes) {
      smallest.push_back(size.getMin());
      largest.push_back(size.getMax());
    }
    bool bad = false;
    for (func::FuncOp function : programFunctions(getOperation())) {
      if (failed(checkForms(function))) {
        bad = true;
        continue;
      }
      for (ArrayRef<int64_t> values : {ArrayRef<int64_t>(smallest), ArrayRef<int64_t>(largest)})
        bad |= failed(checkOverlaps(function, values));
    }
    if (bad)
      signalPassFailure();
  }

  LogicalResult checkForms(func::FuncOp function) {
    if (!ArenaPlan::parse(function))
      return function.emitError("after schedule: no readable ") << kArenaAttr;
    unsigned entries = ArenaPlan::parse(function)->entries.size();
    return checkBoundary(function, "schedule", /*recurse=*/false, [&](Operation *op) -> std::string {
      if (isa<GetWeightOp, ReshapeOp, func::ReturnOp>(op))
        return "";
      if (!isCommand(op))
        return "'" + op->getName().getStringRef().str() + "' in a program";
      auto memory = op->getAttrOfType<ArrayAttr>(kMemoryAttr);
      if (!memory || memory.size() != op->getNumResults())
        return "no " + kMemoryAttr.str() + " for each result";
      for (Attribute place : memory) {
        std::optional<Placement> placement = Placement::parse(place);
        if (!placement || (!placement->result && placement->arena + 1 >= entries) ||
            (placement->result && *placement->result >= function.getNumResults()))
          return "unreadable placement";
      }
      if (auto dispatch = dyn_cast<DispatchOp>(op))
        if (auto kernel = SymbolTable::lookupNearestSymbolFrom<KernelOp>(dispatch, dispatch.getKernelAttr()))
          if (std::optional<unsigned> operand = updatedOperand(kernel))
            if (!dispatch.getInplace() || (*dispatch.getInplace())[0] != int64_t(*operand))
              return "an update is not in place of its operand " + std::to_string(*operand);
      return "";
    });
  }

  LogicalResult checkOverlaps(func::FuncOp function, ArrayRef<int64_t> sizes) {
    auto values = ArenaPlan::parse(function)->evaluate(sizes);
    if (!values)
      return function.emitError("after schedule: ") << kArenaAttr << " overflows";
    Block &block = function.getBody().back();
    Liveness liveness(block);
    SmallVector<Life> lives;
    bool bad = false;
    for (Operation &op : block) {
      if (!isCommand(&op))
        continue;
      for (OpResult result : op.getResults()) {
        Placement placement = *Placement::parse(op.getAttrOfType<ArrayAttr>(kMemoryAttr)[result.getResultNumber()]);
        if (placement.result)
          continue;
        int64_t begin = (*values)[placement.arena];
        int64_t bytes = evaluateExpr(byteSizeExpr(cast<RankedTensorType>(result.getType())), sizes).value_or(0);
        Life life{&op, liveness.position(&op), liveness.lastUse(result), begin, begin + bytes, Value(), result};
        if (auto dispatch = dyn_cast<DispatchOp>(op); dispatch && dispatch.getInplace())
          if (int64_t operand = (*dispatch.getInplace())[result.getResultNumber()]; operand >= 0)
            life.inplace = memoryRoot(dispatch.getInputs()[operand]);
        if (life.end > values->back() || begin % kArenaAlignment) {
          op.emitError("after schedule: bytes ") << begin << " to " << life.end << " in an arena of " << values->back();
          bad = true;
        }
        for (const Life &other : lives)
          if (life.first <= other.last && other.first <= life.last && life.begin < other.end && other.begin < life.end &&
              life.inplace != other.value) {
            InFlightDiagnostic message = op.emitError("after schedule: bytes ")
                                         << begin << " to " << life.end << " are in use";
            message.attachNote(other.op->getLoc()) << "by the result of this command";
            bad = true;
          }
        lives.push_back(life);
      }
    }
    return failure(bad);
  }
};

} // namespace

std::unique_ptr<Pass> createVerifyAfterSchedule() { return std::make_unique<VerifyAfterSchedule>(); }

} // namespace ingot
