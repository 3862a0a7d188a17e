#include "tools/ingot/graph/Graph.h"

#include "ir/Locations.h"
#include "ir/Types.h"
#include "passes/Programs.h"
#include "passes/fuse/KernelCost.h"
#include "llvm/ADT/StringExtras.h"

#include <map>

namespace ingot::driver {

using namespace mlir;

namespace {

// Text of a value or attribute in a note is cut after this.
constexpr size_t kMaxText = 160;

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
  explicit Builder(ModuleOp module) : module(module), sizes(moduleSizes(module)) {}

  Graph run(std::string title) {
    graph.title = std::move(title);
    for (func::FuncOp function : programFunctions(module))
      addFunction(function);
    graph.finish();
    return std::move(graph);
  }

private:
  // Where a value comes from: leaves, and what is known at compile time.
  struct Origin {
    llvm::SmallVector<int> leaves;
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
  int moduleOf(const std::string &name, int parent);
  // The names the model gave: an op made of several has several.
  static std::string nameOf(Operation *op) { return llvm::join(nodeNames(op->getLoc()), ", "); }

  ModuleOp module;
  llvm::SmallVector<SizeAttr> sizes;
  Graph graph;
  llvm::DenseMap<Value, Origin> origins;
  std::map<std::pair<int, std::string>, int> modules;
};

void Builder::addFunction(func::FuncOp function) {
  if (function.isExternal())
    return;
  auto nameAt = [&](DictionaryAttr attributes, const std::string &otherwise) {
    auto name = attributes ? attributes.getAs<StringAttr>("ingot.name") : StringAttr();
    return name ? name.str() : otherwise;
  };
  for (BlockArgument argument : function.getArguments()) {
    GraphNode node;
    node.kind = GraphNode::Kind::Input;
    node.label =
        nameAt(function.getArgAttrDict(argument.getArgNumber()), "input " + std::to_string(argument.getArgNumber()));
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
      graph.edges.push_back({from, leaf, typeText(result.get())});
  }
}

void Builder::addBlock(Block &block, int parent) {
  for (Operation &op : block.without_terminator())
    addOp(&op, parent);
}

// The group of the nodes that share all of a name but its last part; names are split at '/', or else at '.'.
int Builder::moduleOf(const std::string &name, int parent) {
  char separator = name.find('/') != std::string::npos ? '/' : '.';
  llvm::SmallVector<llvm::StringRef> parts;
  llvm::StringRef(name).split(parts, separator, -1, /*KeepEmpty=*/false);
  for (size_t i = 0; i + 1 < parts.size() && i < 12; ++i) {
    auto [found, isNew] = modules.try_emplace({parent, parts[i].str()}, 0);
    if (isNew) {
      GraphNode node;
      node.kind = GraphNode::Kind::Module;
      node.parent = parent;
      node.label = parts[i].str();
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
      graph.edges.push_back({from, leaf, typeText(operand)});
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
  if (auto fusion = dyn_cast<FusionOp>(op))
    return addKernel(fusion, parent);
  if (isa<IfOp, CaseOp, WhileOp>(op))
    return addRegions(op, parent);
  std::string name = nameOf(op);
  // Ops of kernels and regions stay where they are.
  if (parent < 0 || graph.nodes[size_t(parent)].kind == GraphNode::Kind::Module)
    parent = moduleOf(name, parent);
  int leaf = graph.add({});
  GraphNode node;
  node.parent = parent;
  auto composite = dyn_cast<CompositeOp>(op);
  node.label = composite ? composite.getName().str() : op->getName().stripDialect().str();
  node.name = name;
  for (Value result : op->getResults())
    node.types.push_back(typeText(result));
  addOperands(op, leaf, node);
  for (NamedAttribute attribute : op->getAttrs()) {
    if (attribute.getName() == "decomposition")
      continue;
    std::string text;
    llvm::raw_string_ostream stream(text);
    attribute.getValue().print(stream, /*elideType=*/true);
    node.notes.push_back({attribute.getName().str(), shortened(text)});
  }
  addCost({op}, llvm::SmallVector<Value>(op->getResults()), node);
  graph.nodes[size_t(leaf)] = std::move(node);
  for (Value result : op->getResults())
    origins[result].leaves.push_back(leaf);
}

void Builder::addKernel(FusionOp fusion, int parent) {
  int group = graph.add({});
  GraphNode node;
  node.kind = GraphNode::Kind::Kernel;
  node.parent = parent;
  node.label = fusion.getLabel().str();
  for (Value result : fusion.getResults())
    node.types.push_back(typeText(result));
  Block &body = fusion.getBody().front();
  llvm::SmallVector<Operation *> ops;
  llvm::SmallVector<std::string> names;
  llvm::SetVector<llvm::StringRef> composites;
  for (Operation &op : body.without_terminator()) {
    ops.push_back(&op);
    collectNodeNames(op.getLoc(), names);
    for (llvm::StringRef composite : compositeNames(op.getLoc()))
      composites.insert(composite);
  }
  node.name = shortened(llvm::join(names, ", "));
  if (!composites.empty())
    node.notes.push_back({"composites", llvm::join(composites, ", ")});
  llvm::SmallVector<Value> results(body.getTerminator()->getOperands());
  addCost(ops, results, node);
  node.notes.push_back({"holds", countText(double(ops.size())) + (ops.size() == 1 ? " op" : " ops")});
  graph.nodes[size_t(group)] = std::move(node);
  for (auto [argument, operand] : llvm::zip(body.getArguments(), fusion->getOperands()))
    origins[argument] = Origin(origins.lookup(operand));
  addBlock(body, group);
  for (auto [result, value] : llvm::zip(fusion.getResults(), results))
    origins[result] = Origin(origins.lookup(value));
}

void Builder::addRegions(Operation *op, int parent) {
  std::string name = nameOf(op);
  if (parent < 0 || graph.nodes[size_t(parent)].kind == GraphNode::Kind::Module)
    parent = moduleOf(name, parent);
  int group = graph.add({});
  GraphNode node;
  node.kind = GraphNode::Kind::Region;
  node.parent = parent;
  node.label = op->getName().stripDialect().str();
  node.name = name;
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

Graph graphOfModule(ModuleOp module, std::string title) { return Builder(module).run(std::move(title)); }

} // namespace ingot::driver
