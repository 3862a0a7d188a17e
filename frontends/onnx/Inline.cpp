// Graphs inside the graph: model-local functions and the bodies that nodes hold as attributes.
#include "frontends/onnx/Graph.h"

using namespace mlir;

namespace ingot::onnx {
namespace {

constexpr unsigned kMaxDepth = 32;

using Nodes = google::protobuf::RepeatedPtrField<NodeProto>;
using Attributes = google::protobuf::RepeatedPtrField<AttributeProto>;

// Puts the values of a call's attributes (null: not given) where a function's nodes, and the graphs they hold, name them.
void resolveReferences(Nodes &nodes, llvm::function_ref<const AttributeProto *(const std::string &)> valueOf) {
  for (NodeProto &node : nodes) {
    Attributes attributes;
    for (AttributeProto &attribute : *node.mutable_attribute()) {
      if (attribute.ref_attr_name().empty()) {
        if (attribute.has_g())
          resolveReferences(*attribute.mutable_g()->mutable_node(), valueOf);
        attributes.Add()->Swap(&attribute);
      } else if (const AttributeProto *value = valueOf(attribute.ref_attr_name())) {
        AttributeProto *copy = attributes.Add();
        copy->CopyFrom(*value);
        copy->set_name(attribute.name());
      }
    }
    node.mutable_attribute()->Swap(&attributes);
  }
}

} // namespace

void GraphImporter::inlineFunction(const NodeProto &node, const FunctionProto &callee, Scope &scope, unsigned depth) {
  if (depth >= kMaxDepth)
    return fail(node, scope, "functions call each other too deeply");
  if (node.input_size() > callee.input_size() || node.output_size() > callee.output_size())
    return fail(node, scope, "has more operands or outputs than the function '" + callee.name() + "'");
  Scope inner;
  for (int i = 0; i != callee.input_size(); ++i)
    inner[callee.input(i)] = i < node.input_size() && !node.input(i).empty() ? scope.lookup(node.input(i)) : nullptr;

  Nodes body = callee.node();
  resolveReferences(body, [&](const std::string &name) -> const AttributeProto * {
    for (const auto *list : {&node.attribute(), &callee.attribute_proto()})
      for (const AttributeProto &attribute : *list)
        if (attribute.name() == name)
          return &attribute;
    return nullptr;
  });
  for (NodeProto &step : body)
    step.set_name(nameOf(node) + "/" + nameOf(step));
  std::vector<std::string> wanted;
  for (int i = 0; i != node.output_size(); ++i)
    if (!node.output(i).empty())
      wanted.push_back(callee.output(i));
  llvm::Expected<std::vector<const NodeProto *>> order =
      orderNodes(body, [&](llvm::StringRef name) { return inner.count(name) != 0; }, wanted);
  if (!order)
    return fail(node, scope, "function '" + callee.name() + "': " + llvm::toString(order.takeError()));
  importNodes(*order, inner, opsetsOf(callee), depth + 1);
  for (int i = 0; i != node.output_size(); ++i)
    if (!node.output(i).empty()) {
      EntryRef value = inner.lookup(callee.output(i));
      if (!value)
        return fail(node, scope, "function '" + callee.name() + "' returns an operand that is absent");
      scope[node.output(i)] = value;
    }
}

std::optional<std::vector<EntryRef>> GraphImporter::importSubgraph(const GraphProto &body, const Surroundings &around,
                                                                   ArrayRef<EntryRef> inputs, std::string &problem) {
  problem.clear();
  auto fails = [&](const llvm::Twine &message) {
    problem = "graph '" + body.name() + "': " + message.str();
    return std::nullopt;
  };
  if (around.depth >= kMaxDepth)
    return fails("graphs hold each other too deeply");
  if (body.input_size() != static_cast<int>(inputs.size()))
    return fails("it has " + llvm::Twine(body.input_size()) + " inputs, not " + llvm::Twine(inputs.size()));
  Scope inner(&around.scope);
  for (auto [index, input] : llvm::enumerate(inputs))
    inner[body.input(static_cast<int>(index)).name()] = input;
  for (const TensorProto &tensor : body.initializer()) {
    llvm::Expected<Entry> entry = loadEntry(tensor, tensor.name());
    if (!entry)
      return fails(llvm::toString(entry.takeError()));
    inner[tensor.name()] = std::make_shared<Entry>(std::move(*entry));
  }
  llvm::StringSet<> made;
  for (const NodeProto &node : body.node())
    for (const std::string &output : node.output())
      made.insert(output);
  std::vector<std::string> outputs;
  for (const ValueInfoProto &info : body.output())
    outputs.push_back(info.name());
  llvm::Expected<std::vector<const NodeProto *>> order = orderNodes(
      body.node(),
      [&](llvm::StringRef name) { return inner.holds(name) || (!made.contains(name) && around.scope.count(name)); },
      outputs);
  if (!order)
    return fails(llvm::toString(order.takeError()));
  importNodes(*order, inner, around.opsets, around.depth + 1);
  std::vector<EntryRef> results;
  for (const std::string &name : outputs) {
    EntryRef entry = inner.lookup(name);
    if (!entry)
      return fails("output '" + name + "' is an operand that is absent");
    if (entry->failed)
      return std::nullopt;
    results.push_back(entry);
  }
  return results;
}

std::optional<std::vector<EntryRef>> NodeContext::inlineGraph(llvm::StringRef name, ArrayRef<EntryRef> inputs) {
  const AttributeProto *found = attribute(name);
  if (!found || !found->has_g()) {
    (void)error("attribute '" + name + "' is no graph");
    return std::nullopt;
  }
  std::string problem;
  std::optional<std::vector<EntryRef>> outputs = importer.importSubgraph(found->g(), *around, inputs, problem);
  b.setLoc(NameLoc::get(StringAttr::get(b.getContext(), nameOf(node))));
  if (!outputs && !problem.empty())
    (void)error(problem);
  errorsReported |= !outputs && problem.empty();
  return outputs;
}

std::optional<std::vector<std::string>> NodeContext::attempt(llvm::function_ref<LogicalResult()> body) {
  GraphImporter::Reported before = importer.reported();
  size_t here = errors.size();
  bool reported = errorsReported;
  if (succeeded(body()) && errors.size() == here)
    return std::nullopt;
  std::vector<std::string> problems(errors.begin() + here, errors.end());
  llvm::append_range(problems, importer.takeBackAfter(before));
  errors.resize(here);
  errorsReported = reported;
  return problems;
}

LogicalResult NodeContext::report(std::vector<std::string> problems, const llvm::Twine &advice) {
  if (problems.empty())
    return failure();
  problems.back() += advice.str();
  for (std::string &problem : problems)
    errors.push_back(std::move(problem));
  return failure();
}

} // namespace ingot::onnx
