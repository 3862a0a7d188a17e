#include "ir/Types.h"
#include "passes/Programs.h"
#include "passes/schedule/LiveRanges.h"
#include "passes/schedule/Passes.h"
#include "llvm/ADT/SetVector.h"

#include <queue>

#define DEBUG_TYPE "ingot-schedule"
ALWAYS_ENABLED_STATISTIC(NumGrowths, "Commands whose growth of memory was computed");

namespace ingot {

#define GEN_PASS_DEF_ORDERCOMMANDS
#include "passes/schedule/Passes.h.inc"
#include "llvm/ADT/Statistic.h"

using namespace mlir;

namespace {

// The commands of one block and the bytes they keep alive.
class Orderer {
public:
  Orderer(Block &block, ArrayRef<SizeAttr> sizes, const SymbolTable &symbols)
      : block(block), sizes(sizes), symbols(symbols) {
    for (Operation &op : block) {
      if (!isCommand(&op))
        continue;
      commands.push_back(&op);
      for (Value root : rootsReadBy(&op)) {
        ++reads[root];
        before[&op].insert(root.getDefiningOp());
      }
    }
    keepBindings();
    putUpdatesLast();
    // What the block returns is never freed.
    for (Value returned : block.getTerminator()->getOperands())
      ++reads[memoryRoot(returned)];
  }

  void run() {
    SmallVector<Operation *> found = sorted(/*greedy=*/false), greedy = sorted(/*greedy=*/true);
    if (peak(greedy) < peak(found))
      apply(greedy);
    else
      apply(found);
  }

private:
  // What a size means changes where it is bound: commands stay before or behind that.
  void keepBindings() {
    Operation *last = nullptr;
    SmallVector<Operation *> since;
    for (Operation *op : commands) {
      if (last)
        before[op].insert(last);
      if (!isa<BindSizeOp>(op)) {
        since.push_back(op);
        continue;
      }
      before[op].insert(since.begin(), since.end());
      since.clear();
      last = op;
    }
  }

  // Who else reads what an update writes over should run before it, unless it depends on the update.
  void putUpdatesLast() {
    for (Operation *op : commands) {
      auto dispatch = dyn_cast<DispatchOp>(op);
      auto kernel = dispatch ? symbols.lookup<KernelOp>(dispatch.getKernel()) : KernelOp();
      std::optional<unsigned> operand = kernel ? updatedOperand(kernel) : std::nullopt;
      if (!operand)
        continue;
      llvm::SetVector<Operation *> readers;
      collectReaders(memoryRoot(dispatch.getInputs()[*operand]), readers);
      llvm::SmallVector<Operation *> sorted = readers.takeVector();
      llvm::sort(sorted, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
      for (Operation *reader : sorted)
        if (reader != op && !dependsOn(reader, op))
          before[op].insert(reader);
    }
  }

  // The block's commands that read the memory, themselves or in blocks within.
  void collectReaders(Value root, llvm::SetVector<Operation *> &readers) {
    SmallVector<Value> views{root};
    while (!views.empty())
      for (Operation *user : views.pop_back_val().getUsers())
        if (isView(user))
          views.push_back(user->getResult(0));
        else if (Operation *here = block.findAncestorOpInBlock(*user); here && isCommand(here))
          readers.insert(here);
  }

  bool dependsOn(Operation *op, Operation *other) {
    llvm::SetVector<Operation *> pending;
    pending.insert(op);
    for (unsigned i = 0; i != pending.size(); ++i) {
      if (pending[i] == other)
        return true;
      auto &earlier = before[pending[i]];
      pending.insert(earlier.begin(), earlier.end());
    }
    return false;
  }

  llvm::SetVector<Value> rootsReadBy(Operation *op) {
    llvm::SetVector<Value> roots;
    for (Value operand : valuesReadBy(op))
      if (Value root = memoryRoot(operand); isCommand(root.getDefiningOp()) && root.getParentBlock() == &block)
        roots.insert(root);
    return roots;
  }
  double bytes(Value value) {
    return double(maxOfExpr(byteSizeExpr(cast<RankedTensorType>(value.getType())), sizes).value_or(0));
  }

  // Bytes alive after `op` ran, less those before; `left` counts the reads still to come.
  double growth(Operation *op, const llvm::DenseMap<Value, unsigned> &left) {
    ++NumGrowths;
    double grown = 0;
    for (Value result : op->getResults())
      if (left.lookup(result))
        grown += bytes(result);
    for (Value root : rootsReadBy(op))
      if (left.lookup(root) == 1)
        grown -= bytes(root);
    return grown;
  }

  double peak(ArrayRef<Operation *> order) {
    llvm::DenseMap<Value, unsigned> left = reads;
    double alive = 0, highest = 0;
    for (Operation *op : order) {
      double during = alive + innerPeak(op);
      for (Value result : op->getResults())
        during += bytes(result);
      highest = std::max(highest, during);
      alive += growth(op, left);
      for (Value root : rootsReadBy(op))
        --left[root];
    }
    return highest;
  }

  // What the blocks within keep alive of their own.
  double innerPeak(Operation *op) {
    double highest = 0;
    for (Region &region : op->getRegions())
      if (isControlFlow(op)) {
        Orderer inner(region.front(), sizes, symbols);
        highest = std::max(highest, inner.peak(inner.commands));
      }
    return highest;
  }

  // By the order found, or what frees most next; of equals what was ready first.
  SmallVector<Operation *> sorted(bool greedy) {
    llvm::DenseMap<Value, unsigned> left = reads;
    llvm::DenseMap<Operation *, unsigned> missing, turn; // what is waited for; when an op became ready
    llvm::DenseMap<Operation *, SmallVector<Operation *>> after;
    llvm::DenseMap<Value, SmallVector<Operation *>> readers;
    using Entry = std::tuple<double, unsigned, Operation *>;
    std::priority_queue<Entry, std::vector<Entry>, std::greater<Entry>> ready;
    auto push = [&](Operation *op) { ready.push({greedy ? growth(op, left) : 0, turn.lookup(op), op}); };
    auto becomesReady = [&](Operation *op, unsigned number) {
      turn[op] = greedy ? turn.size() : number;
      push(op);
    };
    llvm::DenseMap<Operation *, unsigned> number;
    for (Operation *op : commands) {
      number[op] = number.size();
      missing[op] = before[op].size();
      for (Operation *earlier : before[op])
        after[earlier].push_back(op);
      for (Value root : rootsReadBy(op))
        readers[root].push_back(op);
    }
    for (Operation *op : commands)
      if (before[op].empty())
        becomesReady(op, number[op]);
    SmallVector<Operation *> order;
    llvm::DenseSet<Operation *> done;
    while (!ready.empty()) {
      auto [grown, at, best] = ready.top();
      ready.pop();
      if (!done.insert(best).second)
        continue;
      order.push_back(best);
      for (Value root : rootsReadBy(best))
        // Its last reader frees the memory: that one is worth more now.
        if (--left[root] == 1 && greedy)
          for (Operation *reader : readers[root])
            if (turn.contains(reader) && !done.contains(reader))
              push(reader);
      for (Operation *next : after[best])
        if (--missing[next] == 0)
          becomesReady(next, number[next]);
    }
    return order;
  }

  void apply(ArrayRef<Operation *> order) {
    Operation *end = block.getTerminator();
    SmallVector<Operation *> weights, views;
    for (Operation &op : block)
      if (isa<GetWeightOp>(op))
        weights.push_back(&op);
      else if (isView(&op))
        views.push_back(&op);
    for (Operation *op : llvm::concat<Operation *const>(ArrayRef(weights), order))
      op->moveBefore(end);
    for (Operation *view : views) { // operands first: they were in order
      Operation *def = view->getOperand(0).getDefiningOp();
      if (def && def->getBlock() == &block)
        view->moveAfter(def);
      else
        view->moveBefore(&block, block.begin());
    }
  }

  Block &block;
  ArrayRef<SizeAttr> sizes;
  const SymbolTable &symbols;
  SmallVector<Operation *> commands;
  llvm::DenseMap<Value, unsigned> reads;
  llvm::DenseMap<Operation *, llvm::SetVector<Operation *>> before; // what must run earlier
};

struct OrderCommands : impl::OrderCommandsBase<OrderCommands> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    for (func::FuncOp function : programFunctions(getOperation())) {
      SmallVector<SizeAttr> sizes = moduleSizes(function);
      for (Block *block : programBlocks(function))
        Orderer(*block, sizes, symbols).run();
    }
  }
};

} // namespace

std::unique_ptr<Pass> createOrderCommands() { return std::make_unique<OrderCommands>(); }

} // namespace ingot
