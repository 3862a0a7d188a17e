#include "ir/Types.h"
#include "passes/Programs.h"
#include "passes/schedule/LiveRanges.h"
#include "passes/schedule/Passes.h"
#include "llvm/ADT/EquivalenceClasses.h"

#include <map>

namespace ingot {

#define GEN_PASS_DEF_VERIFYAFTERSCHEDULE
#include "passes/schedule/Passes.h.inc"

using namespace mlir;

namespace {

// A command's result in the arena at some choice of sizes.
struct Holding {
  Operation *op;
  LiveRanges::Spans liveRange;
  SmallVector<std::pair<int64_t, int64_t>> bytes; // several where a loop swaps them
  std::optional<unsigned> carried;

  bool meets(const Holding &other) const {
    return llvm::any_of(bytes, [&](auto range) {
      return llvm::any_of(other.bytes,
                          [&](auto second) { return range.first < second.second && second.first < range.second; });
    });
  }
};

struct VerifyAfterSchedule : impl::VerifyAfterScheduleBase<VerifyAfterSchedule> {
  void runOnOperation() override {
    bool bad = false;
    SymbolTable table(getOperation());
    symbols = &table;
    for (func::FuncOp function : programFunctions(getOperation())) {
      if (failed(checkForms(function))) {
        bad = true;
        continue;
      }
      SmallVector<int64_t> smallest, largest;
      for (SizeAttr size : moduleSizes(function)) {
        smallest.push_back(size.getMin());
        largest.push_back(size.getMax());
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
    LogicalResult plain = checkBoundary(function, "schedule", /*recurse=*/false, [&](Operation *op) -> std::string {
      if (isView(op) || isa<GetWeightOp, func::ReturnOp>(op))
        return "";
      if (!isCommand(op))
        return "'" + op->getName().getStringRef().str() + "' in a program";
      if (auto dispatch = dyn_cast<DispatchOp>(op))
        if (auto kernel = symbols->lookup<KernelOp>(dispatch.getKernel()))
          if (std::optional<unsigned> operand = updatedOperand(kernel))
            if (!dispatch.getInplace() || (*dispatch.getInplace())[0] != int64_t(*operand))
              return "an update is not in place of its operand " + std::to_string(*operand);
      return problemOfMemory(op, entries, function.getNumResults());
    });
    if (failed(plain))
      return failure();
    return failure(function
                       .walk([&](Operation *op) {
                         std::string problem = isa<IfOp>(op) ? problemOfMemory(op, entries, function.getNumResults()) : "";
                         if (problem.empty())
                           problem = problemOfBlocks(op);
                         if (problem.empty())
                           return WalkResult::advance();
                         op->emitError("after schedule: ") << problem;
                         return WalkResult::interrupt();
                       })
                       .wasInterrupted());
  }

  static std::string problemOfMemory(Operation *op, unsigned entries, unsigned results) {
    auto memory = op->getAttrOfType<ArrayAttr>(kMemoryAttr);
    if (!memory || memory.size() != op->getNumResults())
      return "no " + kMemoryAttr.str() + " for each result";
    for (Attribute place : memory) {
      std::optional<Placement> placement = Placement::parse(place);
      if (!placement || (!placement->result && placement->arena + 1 >= entries) ||
          (placement->result && *placement->result >= results))
        return "unreadable placement";
    }
    return "";
  }

  // What blocks return is where control flow leaves its results.
  static std::string problemOfBlocks(Operation *op) {
    if (isa<CaseOp>(op))
      return "'ingot.case' in a program";
    for (OpResult result : op->getResults()) {
      unsigned index = result.getResultNumber();
      std::optional<Placement> place = isControlFlow(op) ? placementOf(result) : std::nullopt;
      if (isControlFlow(op) && !place)
        return "result " + std::to_string(index) + " has no place";
      if (isa<IfOp>(op))
        for (Region &region : op->getRegions())
          if (placementOf(region.front().getTerminator()->getOperand(index)) != place)
            return "a branch leaves result " + std::to_string(index) + " elsewhere";
      if (auto loop = dyn_cast<WhileOp>(op)) {
        auto next = placementOf(loop.getBody().front().getTerminator()->getOperand(index));
        if (!next || (*next != *place && !(next->carried && place->carried)))
          return "the body leaves value " + std::to_string(index) + " elsewhere";
      }
    }
    return "";
  }

  LogicalResult checkOverlaps(func::FuncOp function, ArrayRef<int64_t> sizes) {
    auto values = ArenaPlan::parse(function)->evaluate(sizes);
    if (!values)
      return function.emitError("after schedule: ") << kArenaAttr << " overflows";
    LiveRanges liveRanges(function);
    SmallVector<Holding> holdings;
    llvm::EquivalenceClasses<unsigned> swapped;
    function.walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (auto loop = dyn_cast<WhileOp>(op))
        for (auto [input, next] : llvm::zip(loop.getInputs(), loop.getBody().front().getTerminator()->getOperands()))
          if (std::optional<unsigned> carried = placementOf(input)->carried)
            swapped.unionSets(*carried, *placementOf(next)->carried);
      if (!isCommand(op))
        return;
      for (OpResult result : op->getResults()) {
        Placement placement = *placementOf(result);
        if (placement.result)
          continue;
        int64_t begin = (*values)[placement.arena];
        int64_t bytes = evaluateExpr(byteSizeExpr(cast<RankedTensorType>(result.getType())), sizes).value_or(0);
        Holding holding{op, liveRanges.liveRange(result), {{begin, begin + bytes}}, placement.carried};
        // Written over an operand it lives from behind the reading on.
        if (auto dispatch = dyn_cast<DispatchOp>(op); dispatch && dispatch.getInplace())
          if ((*dispatch.getInplace())[result.getResultNumber()] >= 0)
            ++holding.liveRange.front().first;
        holdings.push_back(holding);
      }
    });
    auto isSwappedWith = [&](const Holding &a, const Holding &b) {
      return a.carried && b.carried && a.carried != b.carried && swapped.isEquivalent(*a.carried, *b.carried);
    };
    SmallVector<Holding> plain = holdings;
    for (Holding &holding : holdings)
      for (const Holding &other : plain)
        if (isSwappedWith(holding, other))
          llvm::append_range(holding.bytes, other.bytes);

    bool bad = false;
    auto report = [&](const Holding &holding, const Holding &other) {
      InFlightDiagnostic message = holding.op->emitError("after schedule: bytes ")
                                   << holding.bytes.front().first << " to " << holding.bytes.front().second << " are in use";
      message.attachNote(other.op->getLoc()) << "by the result of this command";
      bad = true;
    };
    struct Event {
      unsigned first, last, holding;
    };
    SmallVector<Event> events;
    SmallVector<unsigned> carried;
    for (auto [index, holding] : llvm::enumerate(holdings)) {
      auto [begin, end] = holding.bytes.front();
      if (end > values->back() || begin % kArenaAlignment) {
        holding.op->emitError("after schedule: bytes ") << begin << " to " << end << " in an arena of " << values->back();
        bad = true;
      }
      if (holding.carried) {
        carried.push_back(index);
        continue;
      }
      for (LiveRanges::Span span : holding.liveRange)
        if (begin < end)
          events.push_back({span.first, span.last, unsigned(index)});
    }
    // What a loop swaps meets everything else; the others, in the order of their lives, only their neighbours among what
    // lives.
    for (unsigned index : carried)
      for (unsigned other = 0; other < holdings.size(); ++other)
        if (other != index && (other < index || !holdings[other].carried) &&
            !isSwappedWith(holdings[index], holdings[other]) &&
            LiveRanges::overlap(holdings[index].liveRange, holdings[other].liveRange) &&
            holdings[index].meets(holdings[other]))
          report(holdings[std::max(index, other)], holdings[std::min(index, other)]);
    llvm::stable_sort(events, [](const Event &a, const Event &b) { return a.first < b.first; });
    std::map<int64_t, Event> living; // by their first byte
    std::multimap<unsigned, int64_t> ends;
    for (const Event &event : events) {
      while (!ends.empty() && ends.begin()->first < event.first) {
        living.erase(ends.begin()->second);
        ends.erase(ends.begin());
      }
      auto [begin, end] = holdings[event.holding].bytes.front();
      auto after = living.lower_bound(begin);
      auto other = living.end();
      if (after != living.end() && after->first < end)
        other = after;
      else if (after != living.begin() && holdings[std::prev(after)->second.holding].bytes.front().second > begin)
        other = std::prev(after);
      if (other == living.end()) {
        living.emplace(begin, event);
        ends.emplace(event.last, begin);
      } else if (other->second.holding != event.holding) {
        report(holdings[std::max(event.holding, other->second.holding)],
               holdings[std::min(event.holding, other->second.holding)]);
      }
    }
    return failure(bad);
  }

  SymbolTable *symbols = nullptr;
};

} // namespace

std::unique_ptr<Pass> createVerifyAfterSchedule() { return std::make_unique<VerifyAfterSchedule>(); }

} // namespace ingot
