// The groups that fuse forms over one block of ops.
#ifndef INGOT_PASSES_FUSE_GROUPS_H
#define INGOT_PASSES_FUSE_GROUPS_H

#include "passes/TargetModel.h"
#include "passes/fuse/KernelCost.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SetVector.h"

#include <optional>
#include <vector>

namespace ingot {

// Nouns
//   free op   constant, iota, size_of (and views and broadcasts of them): repeated in every group that uses it.
//   view      a reshape: not a group of its own, it renames memory between kernels, or stands inside the group that holds
//             both sides.
//   group     ops that become one kernel. An op may be in several groups (repeated producers); then none of them exports it.
//   fixed     an if, a while or a call of a function: a group that no merge touches, there so that none goes around it.
class GroupGraph {
public:
  struct Group {
    llvm::SmallVector<mlir::Operation *> ops; // in block order; free ops not included
    llvm::SmallVector<mlir::Value> results;   // used outside, in block order
    double cost = 0;
    bool alive = true;
    bool fixed = false;
    // The last position of an op of this group or of one it depends on, through any groups. A group whose ops all come behind
    // it leads nowhere near this one. (That none of them comes behind this group's own last op is not enough: of a group it
    // depends on, a later op may read what the other computes.)
    unsigned ceiling = 0;
  };

  GroupGraph(mlir::Block &block, const TargetModel &target, llvm::ArrayRef<SizeAttr> sizes);

  // Merges until no merge pays.
  void form();

  // The groups that are left, in topological order, without fixed ones.
  llvm::SmallVector<const Group *> finalGroups() const;
  // All ops of a group's kernel in topological order: its ops and the free ops they use.
  llvm::SmallVector<mlir::Operation *> closure(llvm::ArrayRef<mlir::Operation *> ops) const;

  static bool isFree(mlir::Operation *op);

  // How many sizes are bound before an op that was there at first; a bind_size counts itself. No group is of several stretches.
  unsigned stretchOf(mlir::Operation *op) const { return stretch.lookup(op); }

private:
  struct Candidate {
    // The consumer's ops are all evaluated on demand and the producer's are not: they can work on what the producer has in
    // registers. Such merges go first, lest the ops end in the prologue of a later kernel.
    bool isEpilogue;
    double gain;
    unsigned position; // of the consumer's last op; smaller first among equal gains
    unsigned producer, consumer;
    bool repeat;           // the producer into all its consumers; `consumer` is unused
    bool believed = false; // `gain` is that of a part of the producer or the consumer
    bool operator<(const Candidate &other) const;
  };
  struct Evaluation {
    Candidate candidate;
    llvm::SmallVector<unsigned> old; // that go
    llvm::SmallVector<Group> merged; // that come in their place
  };

  void repeatUnpacks();
  void formEdges();
  void formSiblings();
  // The group that would replace these, which must not depend on each other through others; nullopt if the target declines.
  std::optional<Group> tryMerge(llvm::ArrayRef<unsigned> parts) const;
  // The producer's ops in each of its consumers; nullopt if one declines or a result has other uses.
  std::optional<llvm::SmallVector<Group>> tryRepeat(unsigned producer, llvm::ArrayRef<unsigned> consumers) const;
  // A group of these ops in place of the groups `replaced`; its results are those of `resultsOf` or, if null, what others
  // read.
  std::optional<Group> makeGroup(llvm::SetVector<mlir::Operation *> ops, llvm::ArrayRef<unsigned> replaced,
                                 const Group *resultsOf = nullptr) const;

  // What may be merged with the group, which came in place of `old`.
  void pushCandidates(unsigned group, llvm::ArrayRef<unsigned> old = {});
  bool isEpilogue(unsigned producer, unsigned consumer) const;
  std::optional<Evaluation> evaluateMerge(unsigned producer, unsigned consumer) const;
  std::optional<Evaluation> evaluateRepeat(unsigned producer) const;

  // The op of the block that reads or holds what reads.
  mlir::Operation *inBlock(mlir::Operation *user) const { return block.findAncestorOpInBlock(*user); }
  // Everything that reads through views counts as reading the value. Stops where it has found more than `limit`.
  void collectReaders(mlir::Value value, llvm::SetVector<mlir::Operation *> &readers, size_t limit = SIZE_MAX) const;
  // True if the program's return or a group that is not `replaced` and does not hold the value's op reads it.
  bool escapes(mlir::Value value, llvm::ArrayRef<unsigned> replaced) const;
  bool holds(unsigned group, mlir::Operation *op) const;
  // Groups that read a result of `group`; none where a value has too many readers to be worth looking at.
  std::optional<llvm::SmallVector<unsigned>> consumersOf(unsigned group) const;
  // Groups whose result it reads.
  llvm::SmallVector<unsigned> producersOf(unsigned group) const;
  // Groups that read the value and do not hold its op, found among about `limit` of its readers.
  llvm::SetVector<unsigned> groupsReading(mlir::Value value, size_t limit) const;
  // Whether a way leads from one of `from`, parts all, through other groups to a part; true where that takes long to tell.
  bool mayReachThroughOthers(llvm::ArrayRef<unsigned> from, llvm::ArrayRef<unsigned> parts) const;
  // Puts the groups `merged` in place of `old`; returns the first one's number.
  unsigned replace(llvm::ArrayRef<unsigned> old, llvm::ArrayRef<Group> merged);
  // Sets the group's ceiling, and raises those of the groups that depend on it.
  void raiseCeiling(unsigned group);
  unsigned positionOf(unsigned group) const { return order.lookup(groups[group].ops.back()); }

  // The cost of a kernel of these ops, as closure gives them, or none where the target makes no such kernel.
  std::optional<double> judge(llvm::ArrayRef<mlir::Operation *> all, llvm::ArrayRef<mlir::Value> results, bool alone) const;

  mlir::Block &block;
  const TargetModel &target;
  mutable KernelCosts costs;
  llvm::DenseSet<mlir::Operation *> freeOps; // isFree, of the block
  // What canFuse and the costs said of the ops and results of a kernel: the same come again whenever a neighbour has changed.
  struct Judged {
    llvm::SmallVector<mlir::Operation *> ops;
    llvm::SmallVector<mlir::Value> results;
    bool alone; // one op that is not free, which is a kernel whatever canFuse says
    std::optional<double> cost;
  };
  mutable llvm::DenseMap<uint64_t, llvm::SmallVector<Judged, 1>> judged; // by hash
  llvm::DenseMap<mlir::Operation *, unsigned> order;
  llvm::DenseMap<mlir::Operation *, unsigned> stretch;
  std::vector<Group> groups;
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<unsigned, 2>> membership; // alive groups alone
  std::vector<Candidate> heap;
  // Of merges that paid when last tried (producer, consumer); of a producer repeated, with kRepeated for a consumer.
  llvm::DenseMap<std::pair<unsigned, unsigned>, double> gains;
};

} // namespace ingot

#endif // INGOT_PASSES_FUSE_GROUPS_H
