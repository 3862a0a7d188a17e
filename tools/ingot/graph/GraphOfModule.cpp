#include "tools/ingot/graph/Graph.h"

#include "ir/Defaults.h"
#include "ir/Entries.h"
#include "ir/Locations.h"
#include "ir/Types.h"
#include "passes/Programs.h"
#include "passes/fuse/KernelCost.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

#include <map>

namespace ingot::driver {

using namespace mlir;

namespace {

// Text of a value or attribute in a note is cut after this.
constexpr size_t kMaxText = 160;
// Modules nest no deeper.
constexpr size_t kMaxModules = 12;

std::string shortened(std::string text) {
  if (text.size() > kMaxText) {
    text.resize(kMaxText);
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0) == 0x80)
      text.pop_back();
    text += "...";
  }
  return text;
}

class Builder {
public:
  Builder(ModuleOp module, Grouping grouping, NodeTimes times, ShortNames *shortNames)
      : module(module), grouping(grouping), times(std::move(times)), shortNames(shortNames), sizes(moduleSizes(module)) {}

  Graph run(std::string title) {
    graph.title = std::move(title);
    for (func::FuncOp function : programFunctions(module)) {
      function.walk([&](FusionOp fusion) {
        llvm::SmallVector<std::string> names;
        for (Operation &op : fusion.getBody().front().without_terminator())
          collectNodeNames(op.getLoc(), names);
        for (const std::string &name : names)
          ++kernelsOf[name];
      });
      addFunction(function);
    }
    graph.finish(grouping);
    return std::move(graph);
  }

private:
  // Where a value comes from: leaves, and what is known at compile time.
  struct Origin {
    llvm::SmallVector<int> leaves;
    std::vector<std::string> views;
    std::string weight, constant;
    double weightBytes = 0;
  };

  std::string typeText(Value value) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    return type ? describeType(type, sizes) : "";
  }
  void addFunction(func::FuncOp function);
  void addBlock(Block &block, int parent);
  void addOp(Operation *op, int parent);
  void addKernel(FusionOp fusion, int parent);
  void addRegions(Operation *op, int parent);
  void addOperands(Operation *op, int leaf, GraphNode &node);
  void addCost(ArrayRef<Operation *> ops, ArrayRef<Value> results, GraphNode &node);
  void addView(Operation *op);
  int moduleOf(llvm::ArrayRef<std::string> names, int parent, std::string &place);
  bool isInModules(int parent) const { return parent < 0 || graph.nodes[size_t(parent)].kind == GraphNode::Kind::Module; }
  llvm::SmallVector<std::string> namesOf(ArrayRef<Operation *> ops);
  void addTime(Operation *op, GraphNode &node);
  // The names the model gave: an op made of several has several.
  static std::string nameOf(Operation *op) { return llvm::join(nodeNames(op->getLoc()), ", "); }

  ModuleOp module;
  Grouping grouping;
  NodeTimes times;
  ShortNames *shortNames;
  llvm::SmallVector<SizeAttr> sizes;
  Graph graph;
  llvm::DenseMap<Value, Origin> origins;
  llvm::StringMap<int> kernelsOf;                     // how many kernels hold ops of a name
  std::map<std::pair<int, std::string>, int> modules; // by the module around and the part of the name
};

void Builder::addFunction(func::FuncOp function) {
  if (function.isExternal())
    return;
  // What is taken and given is of one of several.
  const std::string prefix = programFunctions(module).size() > 1 ? entryName(function).str() + ": " : "";
  auto nameAt = [&](DictionaryAttr attributes, const std::string &otherwise) {
    auto name = attributes ? attributes.getAs<StringAttr>("ingot.name") : StringAttr();
    return prefix + (name ? name.str() : otherwise);
  };
  for (BlockArgument argument : function.getArguments()) {
    unsigned number = argument.getArgNumber();
    std::string name = nameAt(function.getArgAttrDict(number), "input " + std::to_string(number));
    if (function.getArgAttr(number, kDefaultAttr)) { // seldom fed: as a weight
      auto type = cast<RankedTensorType>(argument.getType());
      origins[argument].weight = name + " (default of an input)";
      origins[argument].weightBytes = double(type.getNumElements()) * double(elementBytes(type.getElementType()));
      continue;
    }
    GraphNode node;
    node.kind = GraphNode::Kind::Input;
    node.label = name;
    node.types.push_back(typeText(argument));
    origins[argument].leaves.push_back(graph.add(std::move(node)));
  }
  Block &block = function.getBody().front();
  addBlock(block, -1);
  for (OpOperand &result : block.getTerminator()->getOpOperands()) {
    GraphNode node;
    node.kind = GraphNode::Kind::Result;
    node.label =
        nameAt(function.getResultAttrDict(result.getOperandNumber()), "result " + std::to_string(result.getOperandNumber()));
    node.types.push_back(typeText(result.get()));
    int leaf = graph.add(std::move(node));
    for (int from : origins[result.get()].leaves)
      graph.edges.push_back({from, leaf, typeText(result.get()), origins[result.get()].views});
  }
}

void Builder::addBlock(Block &block, int parent) {
  for (Operation &op : block.without_terminator())
    addOp(&op, parent);
}

// The innermost module that holds nodes of all these names, and in `place` what they are called in it.
int Builder::moduleOf(llvm::ArrayRef<std::string> names, int parent, std::string &place) {
  if (names.empty())
    return parent;
  std::vector<std::string> shared = namePath(names.front());
  size_t length = shared.empty() ? 0 : shared.size() - 1;
  for (const std::string &name : names.drop_front()) {
    std::vector<std::string> parts = namePath(name);
    size_t same = 0;
    while (same < length && same + 1 < parts.size() && parts[same] == shared[same])
      ++same;
    length = same;
  }
  length = grouping == Grouping::Nested ? std::min(length, kMaxModules) : 0;
  place = llvm::join(llvm::ArrayRef<std::string>(shared).drop_front(length), "/");
  if (names.size() > 1)
    place += " +" + std::to_string(names.size() - 1);
  for (const std::string &part : llvm::ArrayRef<std::string>(shared).take_front(length)) {
    auto [found, isNew] = modules.try_emplace({parent, part}, 0);
    if (isNew) {
      GraphNode node;
      node.kind = GraphNode::Kind::Module;
      node.parent = parent;
      node.label = part;
      found->second = graph.add(std::move(node));
    }
    parent = found->second;
  }
  return parent;
}

void Builder::addOperands(Operation *op, int leaf, GraphNode &node) {
  for (Value operand : op->getOperands()) {
    const Origin origin = origins.lookup(operand);
    for (int from : origin.leaves)
      graph.edges.push_back({from, leaf, typeText(operand), origin.views});
    node.structure += typeText(operand) + (origin.leaves.empty() ? " known;" : ";"); // whatever its elements are
    if (!origin.weight.empty()) {
      node.notes.push_back({"weight", origin.weight + ": " + typeText(operand) + ", " + bytesText(origin.weightBytes)});
      node.weightBytes += origin.weightBytes;
    } else if (!origin.constant.empty()) {
      node.notes.push_back({"constant", origin.constant});
    }
  }
}

void Builder::addCost(ArrayRef<Operation *> ops, ArrayRef<Value> results, GraphNode &node) {
  auto isTensor = [](Value value) {
    return isa<RankedTensorType>(value.getType()) && hasKnownDims(cast<RankedTensorType>(value.getType()));
  };
  for (Operation *op : ops)
    if (!llvm::all_of(op->getOperands(), isTensor) || !llvm::all_of(op->getResults(), isTensor))
      return;
  KernelSummary summary = summarizeKernel(ops, results, sizes);
  node.flops = summary.flops + summary.transcendentals;
  node.bytes = summary.bytesRead + summary.bytesWritten;
}

// Ops of the same names, such as those of one kernel that is called twice, have their times in order.
void Builder::addTime(Operation *op, GraphNode &node) {
  auto found = times.find(nameOf(op));
  if (found == times.end() || found->second.empty())
    return;
  node.microseconds = found->second.front();
  node.isTimed = true;
  found->second.erase(found->second.begin());
}

void Builder::addOp(Operation *op, int parent) {
  if (auto get = dyn_cast<GetWeightOp>(op)) {
    auto type = cast<RankedTensorType>(get.getType());
    Origin &origin = origins[get.getResult()];
    origin.weight = get.getWeight().str();
    origin.weightBytes = double(type.getNumElements()) * double(elementBytes(type.getElementType()));
    return;
  }
  Attribute constant;
  if (matchPattern(op, m_Constant(&constant))) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    constant.print(stream, /*elideType=*/true);
    origins[op->getResult(0)].constant = shortened(text) + " : " + typeText(op->getResult(0));
    return;
  }
  if (isView(op))
    return addView(op);
  if (auto fusion = dyn_cast<FusionOp>(op))
    return addKernel(fusion, parent);
  if (isa<IfOp, CaseOp, WhileOp>(op))
    return addRegions(op, parent);
  GraphNode node;
  // Ops of kernels and regions stay where they are.
  if (isInModules(parent))
    parent = moduleOf(nodeNames(op->getLoc()), parent, node.place);
  int leaf = graph.add({});
  node.parent = parent;
  auto composite = dyn_cast<CompositeOp>(op);
  node.label = composite ? composite.getName().str() : op->getName().stripDialect().str();
  node.name = nameOf(op);
  for (Value result : op->getResults())
    node.types.push_back(typeText(result));
  addOperands(op, leaf, node);
  for (NamedAttribute attribute : op->getAttrs()) {
    if (attribute.getName() == "decomposition")
      continue;
    std::string text;
    llvm::raw_string_ostream stream(text);
    attribute.getValue().print(stream, /*elideType=*/true);
    node.structure += attribute.getName().str() + "=" + text + ";";
    node.notes.push_back({attribute.getName().str(), shortened(text)});
  }
  addCost({op}, llvm::SmallVector<Value>(op->getResults()), node);
  graph.nodes[size_t(leaf)] = std::move(node);
  for (Value result : op->getResults())
    origins[result].leaves.push_back(leaf);
}

// What moves nothing is a part of the edges of its result.
void Builder::addView(Operation *op) {
  Origin origin = origins.lookup(op->getOperand(0));
  origin.views.push_back(typeText(op->getOperand(0)) + " → " + typeText(op->getResult(0)));
  origins[op->getResult(0)] = std::move(origin);
}

// The ops of a kernel from its results up, operands first: the same order for all kernels of one structure.
static llvm::SmallVector<Operation *> inOrderOfUse(Block &body) {
  llvm::SetVector<Operation *> found;
  llvm::SmallVector<std::pair<Operation *, unsigned>> stack;
  auto visit = [&](Value value) {
    if (Operation *op = value.getDefiningOp(); op && op->getBlock() == &body && !found.contains(op))
      stack.push_back({op, 0});
  };
  for (Value result : body.getTerminator()->getOperands())
    for (visit(result); !stack.empty();) {
      auto &[op, next] = stack.back();
      if (next != op->getNumOperands()) {
        visit(op->getOperand(next++));
      } else {
        found.insert(op);
        stack.pop_back();
      }
    }
  for (Operation &op : body.without_terminator())
    found.insert(&op);
  return found.takeVector();
}

// The names by which a kernel has its place: those of ops that compute with what is fed, since others carry the names of weights;
// and of these the ones that no other kernel has, since what several compute for themselves says nothing of where they are.
llvm::SmallVector<std::string> Builder::namesOf(ArrayRef<Operation *> ops) {
  llvm::SmallVector<std::string> own, fed, all;
  llvm::DenseSet<Value> known;
  for (Operation *op : ops) {
    collectNodeNames(op->getLoc(), all);
    bool isKnown = llvm::all_of(op->getOperands(), [&](Value operand) {
      return known.contains(operand) || (isa<BlockArgument>(operand) && origins.lookup(operand).leaves.empty());
    });
    if (isKnown)
      known.insert(op->result_begin(), op->result_end());
    else
      collectNodeNames(op->getLoc(), fed);
  }
  llvm::copy_if(fed, std::back_inserter(own), [&](const std::string &name) { return kernelsOf.lookup(name) == 1; });
  return !own.empty() ? own : !fed.empty() ? fed : all;
}

void Builder::addKernel(FusionOp fusion, int parent) {
  Block &body = fusion.getBody().front();
  for (auto [argument, operand] : llvm::zip(body.getArguments(), fusion->getOperands()))
    origins[argument] = Origin(origins.lookup(operand));
  llvm::SmallVector<Operation *> ops = inOrderOfUse(body);
  llvm::SmallVector<std::string> names = namesOf(ops);
  if (shortNames && !names.empty())
    (*shortNames)[nameOf(fusion)] = names.front() + (names.size() > 1 ? " +" + std::to_string(names.size() - 1) : "");
  GraphNode node;
  if (isInModules(parent))
    parent = moduleOf(names, parent, node.place);
  int group = graph.add({});
  node.kind = GraphNode::Kind::Kernel;
  addTime(fusion, node);
  node.parent = parent;
  node.label = fusion.getLabel().str();
  for (Value result : fusion.getResults())
    node.types.push_back(typeText(result));
  llvm::SetVector<llvm::StringRef> composites;
  for (Operation *op : ops)
    for (llvm::StringRef composite : compositeNames(op->getLoc()))
      composites.insert(composite);
  node.name = shortened(llvm::join(names, ", "));
  if (!composites.empty())
    node.notes.push_back({"composites", llvm::join(composites, ", ")});
  llvm::SmallVector<Value> results(body.getTerminator()->getOperands());
  addCost(llvm::to_vector(llvm::make_pointer_range(body.without_terminator())), results, node);
  node.notes.push_back({"holds", countText(double(ops.size())) + (ops.size() == 1 ? " op" : " ops")});
  graph.nodes[size_t(group)] = std::move(node);
  for (Operation *op : ops)
    addOp(op, group);
  bool isLeaf = size_t(group) + 1 == graph.nodes.size(); // it holds constants alone
  for (auto [result, value] : llvm::zip(fusion.getResults(), results)) {
    origins[result] = Origin(origins.lookup(value));
    if (isLeaf && origins[result].leaves.empty())
      origins[result].leaves.push_back(group);
  }
}

void Builder::addRegions(Operation *op, int parent) {
  GraphNode node;
  if (isInModules(parent))
    parent = moduleOf(nodeNames(op->getLoc()), parent, node.place);
  int group = graph.add({});
  node.kind = GraphNode::Kind::Region;
  addTime(op, node);
  node.parent = parent;
  node.label = op->getName().stripDialect().str();
  node.name = nameOf(op);
  for (Value result : op->getResults())
    node.types.push_back(typeText(result));
  graph.nodes[size_t(group)] = std::move(node);
  // The value it decides by is read at its top.
  GraphNode decide;
  decide.parent = group;
  decide.label = isa<IfOp>(op) ? "predicate" : isa<CaseOp>(op) ? "index" : "first round";
  int top = graph.add(decide);
  addOperands(op, top, graph.nodes[size_t(top)]);
  llvm::DenseMap<unsigned, llvm::SmallVector<int>> produced;
  for (Region &region : op->getRegions()) {
    if (region.empty())
      continue;
    unsigned number = region.getRegionNumber();
    GraphNode part;
    part.kind = GraphNode::Kind::Region;
    part.parent = group;
    part.label = isa<IfOp>(op)      ? number == 0 ? "then" : "else"
                 : isa<WhileOp>(op) ? number == 0 ? "condition" : "body"
                                    : "case " + std::to_string(number);
    int inner = graph.add(part);
    Block &block = region.front();
    for (BlockArgument argument : block.getArguments())
      origins[argument].leaves.assign(1, top);
    addBlock(block, inner);
    GraphNode give;
    give.parent = inner;
    give.label = isa<WhileOp>(op) ? number == 0 ? "go on?" : "next round" : "value";
    int leaf = graph.add(give);
    addOperands(block.getTerminator(), leaf, graph.nodes[size_t(leaf)]);
    for (Value value : block.getTerminator()->getOperands())
      graph.nodes[size_t(leaf)].types.push_back(typeText(value));
    if (!isa<WhileOp>(op) || number == 1)
      for (unsigned i = 0; i != op->getNumResults(); ++i)
        produced[i].push_back(leaf);
  }
  for (OpResult result : op->getResults()) {
    origins[result].leaves = produced.lookup(result.getResultNumber());
    if (origins[result].leaves.empty())
      origins[result].leaves.push_back(top);
  }
}

} // namespace

Graph graphOfModule(ModuleOp module, std::string title, Grouping grouping, NodeTimes times, ShortNames *names) {
  return Builder(module, grouping, std::move(times), names).run(std::move(title));
}

} // namespace ingot::driver
