#include "frontends/onnx/Graph.h"

#include "frontends/common/Messages.h"
#include "frontends/onnx/Common.h"
#include "frontends/onnx/OpTable.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace ingot::onnx {

constexpr size_t kMaxNodes = 1 << 20;

template <typename Imports> static Opsets readOpsets(const Imports &imports) {
  Opsets opsets;
  for (const OperatorSetIdProto &import : imports)
    opsets[domainOf(import.domain())] = import.version();
  return opsets;
}

GraphImporter::GraphImporter(MLIRContext &context, ModelFile &file, ImportAttempt &attempt)
    : context(context), file(file), graph(file.model().graph()), options(attempt.options), attempt(attempt),
      p(context, attempt.options, attempt.program, &attempt.notes) {
  modelOpsets = readOpsets(file.model().opset_import());
  modelOpsets.try_emplace("", 1); // files older than opsets
  for (const FunctionProto &function : file.model().functions())
    functions[functionKey(function.domain(), function.name(), function.overload())] = &function;
}

const FunctionProto *GraphImporter::findFunction(const NodeProto &node) const {
  auto found = functions.find(functionKey(node.domain(), node.op_type(), node.overload()));
  return found == functions.end() ? nullptr : found->second;
}

Opsets GraphImporter::opsetsOf(const FunctionProto &callee) const {
  Opsets opsets = readOpsets(callee.opset_import());
  opsets.try_emplace("", modelOpsets.lookup(""));
  return opsets;
}

void GraphImporter::fail(const NodeProto &node, Scope &scope, const llvm::Twine &message) {
  if (std::string text = message.str(); !text.empty())
    errors.push_back({nameOf(node), node.op_type(), std::move(text)});
  for (const std::string &output : node.output())
    if (!output.empty()) {
      auto entry = std::make_shared<Entry>();
      entry->failed = true;
      entry->name = output;
      scope[output] = entry;
    }
}

void GraphImporter::define(NodeContext &node, Scope &scope) {
  std::string problem;
  for (int i = 0; i != node.node.output_size(); ++i) {
    if (!node.wants(i))
      continue;
    NodeContext::Output &output = node.outputs[i];
    if (output.entry) {
      scope[node.node.output(i)] = output.entry;
      continue;
    }
    auto entry = std::make_shared<Entry>();
    entry->name = node.node.output(i);
    entry->value = output.value;
    entry->known = output.known;
    if (!entry->value && !entry->known) {
      problem = "output " + std::to_string(i) + " ('" + entry->name + "') is not supported";
      break;
    }
    entry->type = entry->value ? cast<RankedTensorType>(entry->value.getType()) : entry->known->type;
    problem = p.problemOf("output '" + entry->name + "'", entry->type, entry->known ? &*entry->known : nullptr);
    if (!problem.empty())
      break;
    scope[entry->name] = entry;
  }
  if (!problem.empty())
    fail(node.node, scope, problem);
}

void GraphImporter::importNode(const NodeProto &node, Scope &scope, const Opsets &opsets, unsigned depth) {
  if (++nodesImported > kMaxNodes) {
    if (nodesImported == kMaxNodes + 1)
      fail(node, scope, "more than " + llvm::Twine(kMaxNodes) + " nodes");
    else
      fail(node, scope, "");
    return;
  }
  SmallVector<EntryRef> inputs;
  for (const std::string &name : node.input()) {
    EntryRef entry = name.empty() ? nullptr : scope.lookup(name);
    if (entry && entry->failed)
      return fail(node, scope, "");
    inputs.push_back(entry);
  }
  while (!inputs.empty() && !inputs.back())
    inputs.pop_back();
  if (const FunctionProto *callee = findFunction(node))
    return inlineFunction(node, *callee, scope, depth);

  p.b.setLoc(NameLoc::get(StringAttr::get(&context, nameOf(node))));
  auto version = opsets.find(domainOf(node.domain()));
  int64_t opset = version == opsets.end() ? 1 : version->second;
  const OpRow *row = findOp(node.domain(), node.op_type(), opset).row;
  if (!row)
    return fail(node, scope, "unsupported operator");
  for (const EntryRef &input : inputs) {
    if (input && !input->isTensor() && !(row->takes & kLists))
      return fail(node, scope, "takes no sequences and optionals");
    if (input && input->isTensor() && isa<ComplexType>(input->type.getElementType()) && !(row->takes & kComplex))
      return fail(node, scope,
                  "takes no complex numbers, but operand '" + input->name + "' is " + describeType(input->type, p.sizes()));
  }
  Surroundings around{scope, opsets, depth};
  NodeContext nodeContext(*this, node, opset, inputs, p);
  nodeContext.around = &around;
  Block *block = p.b.getInsertionBlock();
  Operation *before = p.b.getInsertionPoint() == block->begin() ? nullptr : &*std::prev(p.b.getInsertionPoint());
  LogicalResult imported = row->import(nodeContext);
  if (succeeded(imported) && nodeContext.errors.empty())
    // What its ops do not take, the operator does not take.
    if (std::string problem =
            problemOfOps(before ? std::next(before->getIterator()) : block->begin(), p.b.getInsertionPoint());
        !problem.empty())
      (void)nodeContext.error("does not take its operands: " + problem);
  if (succeeded(imported) && nodeContext.errors.empty())
    return define(nodeContext, scope);
  p.forgetElements(); // ops may be gone
  std::string message = llvm::join(nodeContext.errors, "; ");
  fail(node, scope, message.empty() && !nodeContext.errorsReported ? "cannot be imported" : message);
}

void GraphImporter::importNodes(ArrayRef<const NodeProto *> nodes, Scope &scope, const Opsets &opsets, unsigned depth) {
  for (const NodeProto *node : nodes)
    importNode(*node, scope, opsets, depth);
}

// Nodes of one operator with one message in one line.
llvm::Error GraphImporter::nodeErrors() const {
  NodesByText alike;
  for (const NodeError &error : errors)
    alike[{error.op, error.message}].push_back(error.name);
  std::vector<std::string> lines;
  for (const auto &[what, names] : alike)
    lines.push_back((names.size() == 1 ? "node " : std::to_string(names.size()) + " nodes ") + listNames(names) + " (" +
                    what.first + "): " + what.second);
  if (errors.size() == 1)
    return failure(lines.front());
  return failure(llvm::Twine(errors.size()) + " nodes cannot be imported:\n  " + llvm::join(lines, "\n  "));
}

llvm::Error GraphImporter::finish(Scope &scope) {
  SmallVector<Value> results;
  std::vector<std::string> names;
  llvm::StringSet<> seen;
  for (const ValueInfoProto &info : graph.output()) {
    if (!seen.insert(info.name()).second)
      return failure("output '" + info.name() + "' is listed twice");
    names.push_back(info.name());
    Entry &entry = *scope.lookup(info.name());
    if (!entry.isTensor())
      return failure("output '" + info.name() + "' is a sequence or an optional");
    results.push_back(p.materialise(entry));
    const TypeProto::Tensor &declared = info.type().tensor_type();
    if (info.type().has_tensor_type() && elementTypeOf(&context, declared.elem_type()) != entry.type.getElementType())
      return failure("output '" + info.name() + "' is declared as " + dataTypeName(declared.elem_type()) +
                     ", but computed as " + describeType(entry.type, p.sizes()));
  }
  return p.finishEntry(results, names);
}

llvm::Error GraphImporter::run() {
  if (graph.node_size() > static_cast<int>(kMaxNodes))
    return failure("the graph has " + llvm::Twine(graph.node_size()) + " nodes, more than " + llvm::Twine(kMaxNodes));
  if (graph.output_size() == 0)
    return failure("the graph has no outputs");

  llvm::StringSet<> defined;
  for (const ValueInfoProto &info : graph.input())
    defined.insert(info.name());
  for (const TensorProto &tensor : graph.initializer())
    defined.insert(tensor.name());
  for (const SparseTensorProto &tensor : graph.sparse_initializer())
    defined.insert(tensor.values().name());
  std::vector<std::string> outputs;
  for (const ValueInfoProto &info : graph.output())
    outputs.push_back(info.name());
  llvm::Expected<std::vector<const NodeProto *>> order =
      orderNodes(graph.node(), [&](llvm::StringRef name) { return defined.contains(name); }, outputs);
  if (!order)
    return order.takeError();
  // All that is wrong with operators and types is told at once, with the sizes that are not known where all types are.
  llvm::Error wrongOps = checkOps(*order), wrongTypes = checkElementTypes();
  bool typed = !wrongTypes;
  llvm::Error problems = llvm::joinErrors(std::move(wrongOps), std::move(wrongTypes));

  Scope scope;
  if (typed) {
    problems = llvm::joinErrors(std::move(problems), declareInitializers(scope));
    problems = llvm::joinErrors(std::move(problems), declareFixedInputs(scope));
    attempt.hasOtherProblems = static_cast<bool>(problems);
    problems = llvm::joinErrors(std::move(problems), declareInputs(scope));
  }
  if (problems)
    return problems;
  importNodes(*order, scope, modelOpsets, 0);
  attempt.trial.mismatches = p.dimMismatches();
  for (const NodeError &error : errors)
    attempt.notes.refusedNodes.push_back({error.op, error.message});
  if (!errors.empty())
    return nodeErrors();
  return finish(scope);
}

} // namespace ingot::onnx
