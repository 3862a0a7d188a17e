#include "passes/schedule/LiveRanges.h"
#include "ir/CustomCalls.h"
#include "passes/Programs.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace ingot {

bool isCommand(Operation *op) { return op && (isa<DispatchOp, CopyOp, IfOp, WhileOp, BindSizeOp>(op) || isBoundCall(op)); }

LiveRanges::LiveRanges(func::FuncOp function) {
  Block &block = function.getBody().back();
  unsigned next = 0;
  number(block, next);
  addNodes(block);
  members.resize(nodes.size());
  for (unsigned i = 0; i < nodes.size(); ++i) {
    nodes[i].parent = i;
    members[i] = {i};
  }
  for (OpOperand &returned : block.getTerminator()->getOpOperands())
    if (std::optional<unsigned> node = nodeOf(returned.get()))
      nodes[*node].result = returned.getOperandNumber();
  joinWithin(block);
}

void LiveRanges::number(Block &block, unsigned &next) {
  for (Operation &op : block) {
    starts[&op] = next;
    next += 2;
    if (isControlFlow(&op)) {
      for (Region &region : op.getRegions())
        number(region.front(), next);
      ends[&op] = next;
      next += 2;
    }
  }
}

Value LiveRanges::allocation(Value value) const {
  Value root = memoryRoot(value);
  if (auto argument = dyn_cast<BlockArgument>(root)) {
    auto loop = dyn_cast<WhileOp>(argument.getOwner()->getParentOp());
    return loop ? loop.getResult(argument.getArgNumber()) : Value();
  }
  return isCommand(root.getDefiningOp()) ? root : Value();
}

// Where the value, which a block computes, is read last.
void LiveRanges::extendByUses(Value value, Span &span) const {
  SmallVector<Value> views = {value};
  for (unsigned i = 0; i < views.size(); ++i)
    for (Operation *user : views[i].getUsers()) {
      if (isView(user)) {
        views.push_back(user->getResult(0));
        continue;
      }
      unsigned last = starts.lookup(user);
      for (Operation *op = user; op->getBlock() != value.getParentBlock(); op = op->getParentOp())
        if (isa<WhileOp>(op->getParentOp()))
          last = ends.lookup(op->getParentOp());
      span.last = std::max(span.last, last);
    }
}

void LiveRanges::addNodes(Block &block) {
  for (Operation &op : block) {
    if (!isCommand(&op))
      continue;
    for (Region &region : op.getRegions())
      if (isControlFlow(&op))
        addNodes(region.front());
    for (OpResult result : op.getResults()) {
      Node node{result, {}, std::nullopt, {}, 0};
      if (auto loop = dyn_cast<WhileOp>(op)) {
        // What cond was true of is an iteration's value until the body has read it, else the result.
        Block &cond = loop.getCond().front(), &body = loop.getBody().front();
        Span iteration{starts.lookup(&op) + 1, starts.lookup(cond.getTerminator())};
        extendByUses(cond.getArgument(result.getResultNumber()), iteration);
        extendByUses(body.getArgument(result.getResultNumber()), iteration);
        node.liveRange.push_back(iteration);
      }
      unsigned begin = isControlFlow(&op) ? ends.lookup(&op) : starts.lookup(&op);
      Span span{begin, begin};
      extendByUses(result, span);
      node.liveRange.push_back(span);
      indexOf[result] = unsigned(nodes.size());
      nodes.push_back(node);
    }
  }
}

std::optional<unsigned> LiveRanges::nodeOf(Value value) const {
  auto found = indexOf.find(allocation(value));
  return found == indexOf.end() ? std::nullopt : std::optional(found->second);
}

void LiveRanges::joinWithin(Block &block) {
  for (Operation &op : block) {
    if (!isControlFlow(&op))
      continue;
    for (Region &region : op.getRegions())
      joinWithin(region.front());
    for (OpResult result : op.getResults()) {
      unsigned index = result.getResultNumber(), node = *nodeOf(result);
      auto loop = dyn_cast<WhileOp>(op);
      if (!loop) {
        for (Region &region : op.getRegions())
          if (auto returned = nodeOf(region.front().getTerminator()->getOperand(index)))
            join(node, *returned);
        continue;
      }
      if (auto input = nodeOf(loop.getInputs()[index]))
        join(node, *input);
      if (auto next = nodeOf(loop.getBody().front().getTerminator()->getOperand(index))) {
        nodes[node].roles.push_back({&op, index});
        nodes[*next].roles.push_back({&op, index});
        pairs.push_back({node, *next});
      }
    }
  }
}

unsigned LiveRanges::find(unsigned node) const {
  while (nodes[node].parent != node)
    node = nodes[node].parent;
  return node;
}

void LiveRanges::join(unsigned a, unsigned b) {
  a = find(a);
  b = find(b);
  if (a == b)
    return;
  if (b < a)
    std::swap(a, b);
  nodes[b].parent = a;
  llvm::append_range(members[a], members[b]);
  members[b].clear();
}

bool LiveRanges::overlap(ArrayRef<Span> a, ArrayRef<Span> b) {
  for (Span one : a)
    for (Span other : b)
      if (one.first <= other.last && other.first <= one.last)
        return true;
  return false;
}

bool LiveRanges::canJoin(unsigned a, unsigned b) const {
  bool hasResult = false, hasRole = false;
  for (unsigned root : {find(a), find(b)})
    for (unsigned member : members[root]) {
      hasResult |= nodes[member].result.has_value();
      hasRole |= !nodes[member].roles.empty();
    }
  // No loop may swap the caller's memory.
  if (hasResult && hasRole)
    return false;
  for (unsigned one : members[find(a)])
    for (unsigned other : members[find(b)]) {
      for (const Role &role : nodes[one].roles)
        for (const Role &second : nodes[other].roles)
          if (role.loop == second.loop && role.index != second.index)
            return false;
      if (overlap(nodes[one].liveRange, nodes[other].liveRange))
        return false;
    }
  return true;
}

bool LiveRanges::writeOver(Operation *dispatch, Value operand, Value result) {
  auto from = nodeOf(operand), to = nodeOf(result);
  if (!from || !to || find(*from) == find(*to))
    return false;
  Span &span = nodes[*to].liveRange.front(), old = span;
  span.first = starts.lookup(dispatch) + 1; // after what it reads
  span.last = std::max(span.last, span.first);
  if (canJoin(*from, *to)) {
    join(*from, *to);
    return true;
  }
  span = old;
  return false;
}

DispatchOp LiveRanges::writeMarked(func::FuncOp function) {
  struct Mark {
    DispatchOp dispatch;
    Value operand, result;
  };
  SmallVector<Mark> marks;
  function.walk<WalkOrder::PreOrder>([&](DispatchOp dispatch) {
    for (auto [index, operand] : llvm::enumerate(dispatch.getInplace().value_or(ArrayRef<int64_t>())))
      if (operand >= 0 && nodeOf(dispatch.getInputs()[operand]))
        marks.push_back({dispatch, dispatch.getInputs()[operand], dispatch.getResult(index)});
  });
  // What one dispatch writes over may be what another one wrote: first all live ranges are as they will be.
  for (const Mark &mark : marks) {
    Span &span = nodes[*nodeOf(mark.result)].liveRange.front();
    span.first = starts.lookup(mark.dispatch) + 1;
    span.last = std::max(span.last, span.first);
  }
  for (const Mark &mark : marks)
    if (!writeOver(mark.dispatch, mark.operand, mark.result))
      return mark.dispatch;
  return nullptr;
}

unsigned LiveRanges::lastRead(Value value) const {
  Span span{0, 0};
  extendByUses(value, span);
  return span.last;
}

void LiveRanges::joinIterations() {
  for (auto [current, next] : pairs)
    if (find(current) != find(next) && canJoin(current, next))
      join(current, next);
}

static void normalize(LiveRanges::Spans &spans) {
  llvm::sort(spans, [](LiveRanges::Span a, LiveRanges::Span b) { return a.first < b.first; });
  LiveRanges::Spans merged;
  for (LiveRanges::Span span : spans) {
    if (!merged.empty() && span.first <= merged.back().last + 1)
      merged.back().last = std::max(merged.back().last, span.last);
    else
      merged.push_back(span);
  }
  spans = merged;
}

std::vector<LiveRanges::Buffer> LiveRanges::buffers() const {
  // Buffers that a loop swaps, directly or through others: by root, the smallest root of them.
  llvm::DenseMap<unsigned, unsigned> group;
  auto groupOf = [&](unsigned root) {
    for (auto found = group.find(root); found != group.end() && found->second != root; found = group.find(root))
      root = found->second;
    return root;
  };
  for (auto [current, next] : pairs) {
    unsigned a = find(current), b = find(next);
    if (a == b)
      continue;
    group.try_emplace(a, a);
    group.try_emplace(b, b);
    a = groupOf(a);
    b = groupOf(b);
    group[std::max(a, b)] = std::min(a, b);
  }

  std::vector<Buffer> all;
  llvm::DenseMap<unsigned, Spans> groupRange;
  SmallVector<unsigned> roots;
  unsigned carried = 0;
  for (unsigned root = 0; root < nodes.size(); ++root) {
    if (nodes[root].parent != root)
      continue;
    Buffer buffer;
    for (unsigned member : members[root]) {
      buffer.allocations.push_back(nodes[member].allocation);
      llvm::append_range(buffer.liveRange, nodes[member].liveRange);
      if (nodes[member].result)
        buffer.result = nodes[member].result;
    }
    if (group.contains(root)) {
      buffer.carried = carried++;
      llvm::append_range(groupRange[groupOf(root)], buffer.liveRange);
    }
    roots.push_back(root);
    all.push_back(std::move(buffer));
  }
  for (auto [root, buffer] : llvm::zip(roots, all)) {
    if (buffer.carried)
      buffer.liveRange = groupRange[groupOf(root)];
    normalize(buffer.liveRange);
  }
  return all;
}

} // namespace ingot
