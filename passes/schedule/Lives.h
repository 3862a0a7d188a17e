// When the values of a program are alive, and which of them share memory.
#ifndef INGOT_PASSES_SCHEDULE_LIVES_H
#define INGOT_PASSES_SCHEDULE_LIVES_H

#include "passes/schedule/Schedule.h"
#include "llvm/ADT/DenseMap.h"

#include <vector>

namespace ingot {

// Nouns
//   position  a number of an op, growing in the order ops stand, those within an op included. Control flow has two: it reads
//   its
//             operands at the first, its results are there at the second.
//   span      positions from one to another, both included.
//   home      the value that stands for one piece of memory: a command's result. A carried value's block arguments and the
//             result of its while have one home, the result.
//   life      the spans in which a home's memory holds what is still read. A home read in a loop that does not compute it
//   lives
//             through that loop; one returned by a branch lives to the branch's end, the result of the if from there on.
//   buffer    homes that share memory; their lives are disjoint.
class Lives {
public:
  struct Span {
    unsigned first, last;
  };
  using Spans = llvm::SmallVector<Span, 2>;

  // Homes that must share memory (an if's results and what its branches return; a while's operands and results) do so from
  // the start.
  explicit Lives(mlir::func::FuncOp function);

  // The home of a value; null where its memory is an argument's or a weight's.
  mlir::Value home(mlir::Value value) const;
  // Of a home alone, not of its buffer.
  const Spans &life(mlir::Value home) const { return nodes[indexOf.lookup(home)].life; }
  unsigned position(mlir::Operation *op) const { return starts.lookup(op); }

  // Where the value's memory is read last, as far as its own block sees; 0 if nowhere.
  unsigned lastRead(mlir::Value value) const;

  static bool overlap(llvm::ArrayRef<Span> a, llvm::ArrayRef<Span> b);

  // Lets the dispatch write `result` over the memory of the home `operand`; false, and nothing changes, where something else
  // still needs what is there.
  bool writeOver(mlir::Operation *dispatch, mlir::Value operand, mlir::Value result);
  // Does so for every `inplace` of the function's dispatches but those over arguments; the first that is impossible.
  DispatchOp writeMarked(mlir::func::FuncOp function);
  // Lets every carried value that is dead when its next one is made have one buffer for both.
  void joinRounds();

  struct Buffer {
    llvm::SmallVector<mlir::Value> homes;
    Spans life;
    std::optional<unsigned> result;  // the function's result it holds
    std::optional<unsigned> carried; // set where a loop swaps its memory with another's
  };
  // The buffers in the order of their first homes. Those that swap live whenever one of them does.
  std::vector<Buffer> buffers() const;

private:
  // What a home is in a loop: the value of a round, or the next round's, of the carried value with this index.
  struct Role {
    mlir::Operation *loop;
    unsigned index;
  };
  struct Node {
    mlir::Value home;
    Spans life;
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
  llvm::SmallVector<std::pair<unsigned, unsigned>> pairs; // of every carried value: the round's node and the next round's
  std::vector<llvm::SmallVector<unsigned>> members;       // by node whose parent it is itself: all of its buffer
};

// dispatch, copy, if and while: what becomes a command.
bool isCommand(mlir::Operation *op);

} // namespace ingot

#endif // INGOT_PASSES_SCHEDULE_LIVES_H
