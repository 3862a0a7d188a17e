#include "passes/fuse/Groups.h"
#include "ir/CustomCalls.h"
#include "passes/Programs.h"
#include "passes/fuse/RegionRules.h"
#include "passes/schedule/Schedule.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/Statistic.h"

#include <algorithm>

using namespace mlir;

#define DEBUG_TYPE "ingot-fuse"
ALWAYS_ENABLED_STATISTIC(NumGroupsTried, "Groups that were made to see what they are worth");
ALWAYS_ENABLED_STATISTIC(NumReaders, "Readers that were met");
ALWAYS_ENABLED_STATISTIC(NumSteps, "Edges that were followed to find a way through other groups");

namespace ingot {

// A kernel of more ops gains nothing by one more, and takes long to compile.
static constexpr size_t kMaxOps = 64;
// Bounds that keep the work of a group constant, however many read one value and however far apart they stand.
static constexpr size_t kMaxReaders = 64;    // groups that read a result: it then stays in memory, none of them takes it in
static constexpr size_t kMaxRepeats = 16;    // readers that a producer is repeated in
static constexpr unsigned kMaxSteps = 256;   // edges met while looking for a way through others, before a merge is given up
static constexpr unsigned kMaxSiblings = 16; // groups beside one that are tried with it
static constexpr size_t kFewNeighbours = 8;  // of a merged group, which are all tried with it at once
static constexpr double kNearly = 0.75;      // of a gain that was believed, from which on it may be taken
static constexpr unsigned kRepeated = ~0u - 1;

bool GroupGraph::isFree(Operation *op) {
  while (isFreeMove(op))
    op = op->getOperand(0).getDefiningOp();
  return op && isOnDemand(op) && op->getNumOperands() == 0;
}

static bool isBefore(Operation *a, Operation *b) { return a->isBeforeInBlock(b); }

static bool isOutside(Operation *op) { return isa<GetWeightOp>(op) || op->hasTrait<OpTrait::IsTerminator>(); }

GroupGraph::GroupGraph(Block &block, const TargetModel &target, ArrayRef<SizeAttr> sizes)
    : block(block), target(target), costs(sizes) {
  unsigned position = 0, binds = 0;
  for (Operation &op : block) {
    binds += isa<BindSizeOp>(op);
    stretch[&op] = binds;
    order[&op] = position++;
    if (isFree(&op))
      freeOps.insert(&op);
  }
  // A free op needs a kernel of its own where the program itself returns its value.
  SmallVector<Operation *> members;
  for (Operation &op : block) {
    if (isOutside(&op) || isView(&op))
      continue;
    if (isControlFlow(&op) || isBoundCall(&op) || !isFree(&op) || escapes(op.getResult(0), {}))
      members.push_back(&op);
  }
  for (Operation *op : members) {
    membership[op].push_back(groups.size());
    groups.push_back({{op}, {}, 0, true, isControlFlow(op) || isBoundCall(op)});
    groups.back().ceiling = order.lookup(op);
  }
  for (auto [index, op] : llvm::enumerate(members)) {
    if (groups[index].fixed) {
      groups[index].results.assign(op->result_begin(), op->result_end());
      continue;
    }
    llvm::SetVector<Operation *> ops;
    ops.insert(op);
    groups[index] = *makeGroup(std::move(ops), {unsigned(index)});
    groups[index].ceiling = order.lookup(op);
  }
}

bool GroupGraph::holds(unsigned group, Operation *op) const {
  auto found = membership.find(op);
  return found != membership.end() && llvm::is_contained(found->second, group);
}

bool GroupGraph::escapes(Value value, ArrayRef<unsigned> replaced) const {
  Operation *def = value.getDefiningOp();
  bool free = isFree(def);
  for (Operation *user : value.getUsers()) {
    if (user->hasTrait<OpTrait::IsTerminator>() || isControlFlow(inBlock(user)) || isBoundCall(inBlock(user)))
      return true;
    if (auto found = membership.find(user); found != membership.end() && !free)
      for (unsigned group : found->second)
        if (!llvm::is_contained(replaced, group) && !holds(group, def))
          return true;
    if (isView(user) && escapes(user->getResult(0), replaced))
      return true;
  }
  return false;
}

SmallVector<Operation *> GroupGraph::closure(ArrayRef<Operation *> ops) const {
  llvm::SetVector<Operation *> all(ops.begin(), ops.end());
  for (unsigned i = 0; i != all.size(); ++i)
    for (Value operand : all[i]->getOperands())
      if (Operation *def = operand.getDefiningOp(); def && freeOps.contains(def))
        all.insert(def);
  SmallVector<Operation *> sorted = all.takeVector();
  llvm::sort(sorted, isBefore);
  return sorted;
}

std::optional<GroupGraph::Group> GroupGraph::makeGroup(llvm::SetVector<Operation *> ops, ArrayRef<unsigned> replaced,
                                                       const Group *resultsOf) const {
  ++NumGroupsTried;
  // Views between two members are members.
  for (unsigned i = 0; i != ops.size(); ++i)
    for (Value operand : ops[i]->getOperands()) {
      SmallVector<Operation *> views;
      Operation *def = operand.getDefiningOp();
      while (isView(def) && !ops.contains(def)) {
        views.push_back(def);
        def = def->getOperand(0).getDefiningOp();
      }
      if (def && ops.contains(def))
        ops.insert(views.begin(), views.end());
    }
  if (ops.size() > kMaxOps)
    return std::nullopt;
  Group group;
  group.ops = ops.takeVector();
  llvm::sort(group.ops, isBefore);
  // Panels aside, which are weights, a kernel is made between the same two bindings of sizes.
  for (Operation *op : group.ops)
    if (stretch.lookup(op) != stretch.lookup(group.ops.back()) && makingOf(op) != Making::Panels)
      return std::nullopt;
  if (resultsOf) {
    group.results = resultsOf->results;
  } else {
    for (Operation *op : group.ops)
      for (Value result : op->getResults())
        if (!isView(op) && escapes(result, replaced))
          group.results.push_back(result);
  }
  std::optional<double> cost = judge(closure(group.ops), group.results, /*alone=*/group.ops.size() == 1);
  if (!cost)
    return std::nullopt;
  group.cost = *cost;
  return group;
}

std::optional<double> GroupGraph::judge(ArrayRef<Operation *> all, ArrayRef<Value> results, bool alone) const {
  const uint64_t hash = llvm::hash_combine(llvm::hash_combine_range(all), llvm::hash_combine_range(results), alone);
  llvm::SmallVector<Judged, 1> &sameHash = judged[hash >> 1]; // the highest keys are DenseMap's own
  for (const Judged &known : sameHash)
    if (known.alone == alone && known.ops == all && known.results == results)
      return known.cost;
  std::optional<double> cost;
  if (alone || target.canFuse(all, results))
    cost = target.estimate(costs.summarize(all, results));
  sameHash.push_back({llvm::to_vector(all), llvm::to_vector(results), alone, cost});
  return cost;
}

void GroupGraph::collectReaders(Value value, llvm::SetVector<Operation *> &readers, size_t limit) const {
  for (Operation *user : value.getUsers()) {
    if (readers.size() > limit)
      return;
    ++NumReaders;
    user = inBlock(user);
    if (!user) // a block around this one reads a value from outside as well
      continue;
    readers.insert(user);
    if (isView(user))
      collectReaders(user->getResult(0), readers, limit);
  }
}

std::optional<SmallVector<unsigned>> GroupGraph::consumersOf(unsigned group) const {
  llvm::SetVector<unsigned> found;
  for (Value result : groups[group].results) {
    // Within the group and in others, each op may be a reader.
    llvm::SetVector<Operation *> readers;
    collectReaders(result, readers, kMaxReaders + kMaxOps);
    if (readers.size() > kMaxReaders + kMaxOps)
      return std::nullopt;
    for (Operation *reader : readers)
      for (unsigned other : membership.lookup(reader))
        if (other != group && !holds(other, result.getDefiningOp()))
          found.insert(other);
  }
  return found.takeVector();
}

SmallVector<unsigned> GroupGraph::producersOf(unsigned group) const {
  llvm::SetVector<unsigned> found;
  for (Operation *op : groups[group].ops)
    for (Value operand : valuesReadBy(op)) {
      Operation *def = memoryRoot(operand).getDefiningOp();
      if (!def || holds(group, def))
        continue;
      for (unsigned other : membership.lookup(def))
        found.insert(other);
    }
  return found.takeVector();
}

bool GroupGraph::mayReachThroughOthers(ArrayRef<unsigned> from, ArrayRef<unsigned> parts) const {
  unsigned ceiling = 0, steps = 0;
  for (unsigned part : parts)
    ceiling = std::max(ceiling, groups[part].ceiling);
  llvm::DenseSet<unsigned> visited(parts.begin(), parts.end());
  SmallVector<unsigned> stack;
  auto expand = [&](unsigned group, bool isPart) {
    std::optional<SmallVector<unsigned>> consumers = consumersOf(group);
    if (!consumers || (steps += consumers->size()) > kMaxSteps)
      return true;
    NumSteps += consumers->size();
    for (unsigned next : *consumers) {
      if (llvm::is_contained(parts, next)) {
        if (!isPart)
          return true;
        continue;
      }
      if (order.lookup(groups[next].ops.front()) < ceiling && visited.insert(next).second)
        stack.push_back(next);
    }
    return false;
  };
  for (unsigned part : from)
    if (expand(part, true))
      return true;
  while (!stack.empty())
    if (expand(stack.pop_back_val(), false))
      return true;
  return false;
}

std::optional<GroupGraph::Group> GroupGraph::tryMerge(ArrayRef<unsigned> parts) const {
  llvm::SetVector<Operation *> ops;
  for (unsigned part : parts) {
    if (groups[part].fixed)
      return std::nullopt;
    ops.insert(groups[part].ops.begin(), groups[part].ops.end());
  }
  return makeGroup(std::move(ops), parts);
}

std::optional<SmallVector<GroupGraph::Group>> GroupGraph::tryRepeat(unsigned producer, ArrayRef<unsigned> consumers) const {
  if (groups[producer].fixed)
    return std::nullopt;
  // All readers must be among the consumers: then nobody is left to export the values.
  SmallVector<unsigned> replaced(consumers);
  replaced.push_back(producer);
  for (Value result : groups[producer].results)
    if (escapes(result, replaced))
      return std::nullopt;
  SmallVector<Group> merged;
  for (unsigned consumer : consumers) {
    llvm::SetVector<Operation *> ops(groups[consumer].ops.begin(), groups[consumer].ops.end());
    ops.insert(groups[producer].ops.begin(), groups[producer].ops.end());
    // The consumer's results stay what they are; the repeated ops export nothing.
    std::optional<Group> group = makeGroup(std::move(ops), replaced, &groups[consumer]);
    if (!group)
      return std::nullopt;
    merged.push_back(std::move(*group));
  }
  return merged;
}

// The heap's top is an epilogue, the largest gain, then the earliest consumer.
bool GroupGraph::Candidate::operator<(const Candidate &other) const {
  if (isEpilogue != other.isEpilogue)
    return other.isEpilogue;
  if (gain != other.gain)
    return gain < other.gain;
  if (position != other.position)
    return position > other.position;
  return std::tie(producer, consumer) > std::tie(other.producer, other.consumer);
}

std::optional<GroupGraph::Evaluation> GroupGraph::evaluateMerge(unsigned producer, unsigned consumer) const {
  std::optional<Group> merged = tryMerge({producer, consumer});
  if (!merged)
    return std::nullopt;
  double gain = groups[producer].cost + groups[consumer].cost - merged->cost;
  if (gain <= 0)
    return std::nullopt;
  return Evaluation{{isEpilogue(producer, consumer), gain, positionOf(consumer), producer, consumer, false},
                    {producer, consumer},
                    {std::move(*merged)}};
}

std::optional<GroupGraph::Evaluation> GroupGraph::evaluateRepeat(unsigned producer) const {
  std::optional<SmallVector<unsigned>> consumers = consumersOf(producer);
  if (!consumers || consumers->size() < 2 || consumers->size() > kMaxRepeats)
    return std::nullopt;
  auto merged = tryRepeat(producer, *consumers);
  if (!merged)
    return std::nullopt;
  double gain = groups[producer].cost;
  unsigned position = ~0u;
  for (auto [group, consumer] : llvm::zip(*merged, *consumers)) {
    gain += groups[consumer].cost - group.cost;
    position = std::min(position, positionOf(consumer));
  }
  if (gain <= 0)
    return std::nullopt;
  consumers->push_back(producer);
  return Evaluation{{false, gain, position, producer, 0, true}, std::move(*consumers), std::move(*merged)};
}

bool GroupGraph::isEpilogue(unsigned producer, unsigned consumer) const {
  return llvm::any_of(groups[producer].ops, isStaged) && llvm::none_of(groups[consumer].ops, isStaged);
}

// A group that grows by one of its many neighbours after the other is not tried with all that are left each time: what their
// merges were worth before is believed until it is their turn, when they are tried again.
void GroupGraph::pushCandidates(unsigned group, ArrayRef<unsigned> old) {
  std::optional<SmallVector<unsigned>> consumers = consumersOf(group);
  SmallVector<unsigned> producers = producersOf(group);
  const bool isCrowded = producers.size() + (consumers ? consumers->size() : 0) > kFewNeighbours;
  auto push = [&](const Candidate &candidate) {
    heap.push_back(candidate);
    std::push_heap(heap.begin(), heap.end());
  };
  auto pushMerge = [&](unsigned producer, unsigned consumer) {
    double believed = 0;
    for (unsigned part : isCrowded ? old : ArrayRef<unsigned>())
      believed = std::max(believed, gains.lookup(producer == group ? std::pair(part, consumer) : std::pair(producer, part)));
    if (believed > 0) {
      gains[{producer, consumer}] = believed;
      push({isEpilogue(producer, consumer), believed, positionOf(consumer), producer, consumer, false, true});
    } else if (std::optional<Evaluation> evaluation = evaluateMerge(producer, consumer)) {
      gains[{producer, consumer}] = evaluation->candidate.gain;
      push(evaluation->candidate);
    }
  };
  auto pushRepeat = [&](unsigned producer) {
    if (isCrowded && gains.contains({producer, kRepeated}))
      return; // is a candidate
    if (std::optional<Evaluation> evaluation = evaluateRepeat(producer)) {
      gains[{producer, kRepeated}] = evaluation->candidate.gain;
      push(evaluation->candidate);
    }
  };
  if (consumers)
    for (unsigned consumer : *consumers)
      pushMerge(group, consumer);
  pushRepeat(group);
  for (unsigned producer : producers) {
    pushMerge(producer, group);
    pushRepeat(producer);
  }
}

void GroupGraph::repeatUnpacks() {
  for (unsigned i = 0, e = groups.size(); i != e; ++i) {
    if (groups[i].ops.size() != 1 || makingOf(groups[i].ops.front()) != Making::Panels)
      continue;
    Operation *unpack = groups[i].ops.front();
    llvm::SetVector<Operation *> readers;
    collectReaders(unpack->getResult(0), readers);
    llvm::SetVector<unsigned> consumers;
    for (Operation *reader : readers)
      for (unsigned consumer : membership.lookup(reader))
        consumers.insert(consumer);
    for (unsigned consumer : consumers) {
      Group &group = groups[consumer];
      group.ops.insert(group.ops.begin(), unpack);
      membership[unpack].push_back(consumer);
      SmallVector<Operation *> all = closure(group.ops);
      group.cost = target.estimate(costs.summarize(all, group.results));
    }
    groups[i].alive = false;
    llvm::erase(membership[unpack], i);
  }
}

void GroupGraph::formEdges() {
  for (unsigned i = 0, e = groups.size(); i != e; ++i)
    if (groups[i].alive)
      pushCandidates(i);
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end());
    Candidate candidate = heap.back();
    heap.pop_back();
    if (!groups[candidate.producer].alive || (!candidate.repeat && !groups[candidate.consumer].alive))
      continue;
    // Other merges may have changed what this one is worth.
    std::optional<Evaluation> now =
        candidate.repeat ? evaluateRepeat(candidate.producer) : evaluateMerge(candidate.producer, candidate.consumer);
    if (!now || (!candidate.repeat && mayReachThroughOthers({candidate.producer}, {candidate.producer, candidate.consumer})))
      continue;
    bool isLess = candidate.believed ? now->candidate.gain < kNearly * candidate.gain : now->candidate < candidate;
    if (isLess && !heap.empty() && now->candidate < heap.front()) {
      heap.push_back(now->candidate);
      std::push_heap(heap.begin(), heap.end());
      continue;
    }
    for (unsigned index = replace(now->old, now->merged), e = groups.size(); index != e; ++index)
      pushCandidates(index, now->old);
  }
}

unsigned GroupGraph::replace(ArrayRef<unsigned> old, ArrayRef<Group> merged) {
  for (unsigned index : old) {
    groups[index].alive = false;
    for (Operation *op : groups[index].ops)
      llvm::erase(membership[op], index);
  }
  unsigned first = groups.size();
  for (const Group &group : merged) {
    for (Operation *op : group.ops)
      membership[op].push_back(groups.size());
    groups.push_back(group);
  }
  for (unsigned index = first, e = groups.size(); index != e; ++index)
    raiseCeiling(index);
  return first;
}

void GroupGraph::raiseCeiling(unsigned group) {
  groups[group].ceiling = positionOf(group);
  for (unsigned producer : producersOf(group))
    groups[group].ceiling = std::max(groups[group].ceiling, groups[producer].ceiling);
  SmallVector<unsigned> pending{group};
  while (!pending.empty()) {
    unsigned from = pending.pop_back_val();
    for (Value result : groups[from].results)
      for (unsigned consumer : groupsReading(result, SIZE_MAX))
        if (groups[consumer].ceiling < groups[from].ceiling) {
          groups[consumer].ceiling = groups[from].ceiling;
          pending.push_back(consumer);
        }
  }
}

llvm::SetVector<unsigned> GroupGraph::groupsReading(Value value, size_t limit) const {
  llvm::SetVector<Operation *> readers;
  collectReaders(value, readers, limit);
  llvm::SetVector<unsigned> found;
  for (Operation *reader : readers)
    for (unsigned group : membership.lookup(reader))
      if (!value.getDefiningOp() || !holds(group, value.getDefiningOp()))
        found.insert(group);
  return found;
}

// Groups side by side that read the same value: one pass over it serves both.
void GroupGraph::formSiblings() {
  SmallVector<unsigned> pending; // groups that have not been tried with what is beside them, the first one last
  for (unsigned i = groups.size(); i-- > 0;)
    if (groups[i].alive && !groups[i].fixed)
      pending.push_back(i);
  while (!pending.empty()) {
    unsigned group = pending.pop_back_val();
    if (!groups[group].alive)
      continue;
    llvm::SetVector<unsigned> siblings;
    for (Operation *op : groups[group].ops)
      for (Value operand : op->getOperands())
        if (siblings.size() < kMaxSiblings)
          siblings.insert_range(groupsReading(memoryRoot(operand), kMaxReaders));
    unsigned tried = 0;
    for (unsigned sibling : siblings) {
      if (sibling == group || groups[sibling].fixed)
        continue;
      if (++tried > kMaxSiblings)
        break;
      std::optional<Group> merged = tryMerge({group, sibling});
      if (!merged || groups[group].cost + groups[sibling].cost <= merged->cost ||
          mayReachThroughOthers({group, sibling}, {group, sibling}))
        continue;
      pending.push_back(replace({group, sibling}, {*merged}));
      break;
    }
  }
}

void GroupGraph::form() {
  repeatUnpacks();
  formEdges();
  formSiblings();
}

SmallVector<const GroupGraph::Group *> GroupGraph::finalGroups() const {
  SmallVector<const Group *> left;
  for (const Group &group : groups)
    if (group.alive && !group.fixed)
      left.push_back(&group);
  llvm::sort(left,
             [&](const Group *a, const Group *b) { return order.lookup(a->ops.back()) < order.lookup(b->ops.back()); });
  return left;
}

} // namespace ingot
