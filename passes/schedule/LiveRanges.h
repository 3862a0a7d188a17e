// When the values of a program are alive, and which of them share memory.
#ifndef INGOT_PASSES_SCHEDULE_LIVERANGES_H
#define INGOT_PASSES_SCHEDULE_LIVERANGES_H

#include "passes/schedule/Schedule.h"
#include "llvm/ADT/DenseMap.h"

#include <vector>

namespace ingot {

// Nouns
//   position    a number of an op, growing in the order ops stand, those within an op included. Control flow has two: it
//               reads its operands at the first, its results are there at the second.
//   span        positions from one to another, both included.
//   allocation  one piece of memory, named by the value it is made for: a command's result. A carried value's block
//               arguments and the result of its while have one allocation, the result's.
//   live range  the spans in which an allocation holds what is still read. One read in a loop that does not compute it is
//               live through that loop; one returned by a branch is live to the branch's end, the result of the if from
//               there on.
//   buffer      allocations that share memory; their live ranges are disjoint.
class LiveRanges {
public:
  struct Span {
    unsigned first, last;
  };
  using Spans = llvm::SmallVector<Span, 2>;

  // Homes that must share memory (an if's results and what its branches return; a while's operands and results) do so from
  // the start.
  explicit LiveRanges(mlir::func::FuncOp function);

  // The allocation of a value; null where its memory is an argument's or a weight's.
  mlir::Value allocation(mlir::Value value) const;
  // Of an allocation alone, not of its buffer.
  const Spans &liveRange(mlir::Value allocation) const { return nodes[indexOf.lookup(allocation)].liveRange; }
  unsigned position(mlir::Operation *op) const { return starts.lookup(op); }

  // Where the value's memory is read last, as far as its own block sees; 0 if nowhere.
  unsigned lastRead(mlir::Value value) const;

  static bool overlap(llvm::ArrayRef<Span> a, llvm::ArrayRef<Span> b);

  // Lets the dispatch write `result` over the allocation `operand`; false, and nothing changes, where something else still
  // needs what is there.
  bool writeOver(mlir::Operation *dispatch, mlir::Value operand, mlir::Value result);
  // Does so for every `inplace` of the function's dispatches but those over arguments; the first that is impossible.
  DispatchOp writeMarked(mlir::func::FuncOp function);
  // Lets every carried value that is dead when its next one is made have one buffer for both.
  void joinIterations();

  struct Buffer {
    llvm::SmallVector<mlir::Value> allocations;
    Spans liveRange;
    std::optional<unsigned> result;  // the function's result it holds
    std::optional<unsigned> carried; // set where a loop swaps its memory with another's
  };
  // The buffers in the order of their first allocations. Those that swap live whenever one of them does.
  std::vector<Buffer> buffers() const;

private:
  // What an allocation is in a loop: the value of an iteration, or the next one's, of the carried value with this index.
  struct Role {
    mlir::Operation *loop;
    unsigned index;
  };
  struct Node {
    mlir::Value allocation;
    Spans liveRange;
    std::optional<unsigned> result;
    llvm::SmallVector<Role, 2> roles;
    unsigned parent; // itself, or another of its buffer
  };

  void number(mlir::Block &block, unsigned &next);
  void addNodes(mlir::Block &block);
  void extendByUses(mlir::Value value, Span &span) const;
  void joinWithin(mlir::Block &block);
  std::optional<unsigned> nodeOf(mlir::Value value) const;
  unsigned find(unsigned node) const;
  void join(unsigned a, unsigned b);
  bool canJoin(unsigned a, unsigned b) const;

  llvm::DenseMap<mlir::Operation *, unsigned> starts, ends;
  std::vector<Node> nodes;
  llvm::DenseMap<mlir::Value, unsigned> indexOf;
  // Of every carried value: the node of an iteration and of the next one.
  llvm::SmallVector<std::pair<unsigned, unsigned>> pairs;
  std::vector<llvm::SmallVector<unsigned>> members; // by node whose parent it is itself: all of its buffer
};

// dispatch, copy, if, while and bind_size: what becomes a command.
bool isCommand(mlir::Operation *op);

} // namespace ingot

#endif // INGOT_PASSES_SCHEDULE_LIVERANGES_H
