#include "frontends/onnx/NodeOrder.h"

#include "frontends/common/Messages.h"
#include "frontends/onnx/Common.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

#include <functional>
#include <queue>

namespace ingot::onnx {
namespace {

using Nodes = google::protobuf::RepeatedPtrField<NodeProto>;

// Names a node's subgraphs read from the scopes around them.
void collectCaptured(const GraphProto &graph, llvm::SmallVectorImpl<llvm::StringRef> &names, unsigned depth) {
  llvm::StringMap<char> local;
  for (const ValueInfoProto &input : graph.input())
    local[input.name()] = 1;
  for (const TensorProto &tensor : graph.initializer())
    local[tensor.name()] = 1;
  for (const NodeProto &node : graph.node())
    for (const std::string &output : node.output())
      local[output] = 1;
  llvm::SmallVector<llvm::StringRef> read;
  for (const NodeProto &node : graph.node()) {
    for (const std::string &input : node.input())
      read.push_back(input);
    for (const AttributeProto &attribute : node.attribute())
      if (attribute.has_g() && depth < 64)
        collectCaptured(attribute.g(), read, depth + 1);
  }
  for (const ValueInfoProto &output : graph.output())
    read.push_back(output.name());
  for (llvm::StringRef name : read)
    if (!name.empty() && !local.count(name))
      names.push_back(name);
}

llvm::SmallVector<llvm::StringRef> namesReadBy(const NodeProto &node) {
  llvm::SmallVector<llvm::StringRef> names;
  for (const std::string &input : node.input())
    if (!input.empty())
      names.push_back(input);
  for (const AttributeProto &attribute : node.attribute())
    if (attribute.has_g())
      collectCaptured(attribute.g(), names, 0);
  return names;
}

// A cycle among the nodes for which `waits` holds: "'a' reads 'x' from 'b', 'b' reads 'y' from 'a'".
std::string describeCycle(const Nodes &nodes, const llvm::StringMap<int> &producers, const std::vector<int> &waits,
                          int start) {
  std::vector<int> place(nodes.size(), -1);
  std::vector<std::string> steps;
  for (int at = start; place[at] < 0;) {
    place[at] = static_cast<int>(steps.size());
    for (llvm::StringRef name : namesReadBy(nodes[at])) {
      auto found = producers.find(name);
      if (found == producers.end() || waits[found->second] == 0)
        continue;
      steps.push_back("'" + nameOf(nodes[at]) + "' reads '" + name.str() + "' from '" + nameOf(nodes[found->second]) + "'");
      at = found->second;
      break;
    }
    if (place[at] >= 0)
      steps.erase(steps.begin(), steps.begin() + place[at]);
  }
  if (steps.size() > 8) {
    std::string more = std::to_string(steps.size() - 8) + " more";
    steps.resize(8);
    steps.push_back(more);
  }
  return llvm::join(steps, ", ");
}

} // namespace

std::string nameOf(const NodeProto &node) {
  if (!node.name().empty())
    return node.name();
  for (const std::string &output : node.output())
    if (!output.empty())
      return output;
  return "?";
}

llvm::Expected<std::vector<const NodeProto *>>
orderNodes(const Nodes &nodes, llvm::function_ref<bool(llvm::StringRef)> isDefined, llvm::ArrayRef<std::string> outputs) {
  llvm::StringMap<int> producers;
  for (int i = 0; i != nodes.size(); ++i)
    for (const std::string &output : nodes[i].output()) {
      if (output.empty())
        continue;
      auto [at, inserted] = producers.try_emplace(output, i);
      if (!inserted)
        return failure("tensor '" + output + "' is defined twice, by nodes '" + nameOf(nodes[at->second]) + "' and '" +
                       nameOf(nodes[i]) + "'");
      if (isDefined(output))
        return failure("tensor '" + output + "' is an input or initialiser, and defined by node '" + nameOf(nodes[i]) +
                       "' too");
    }

  // Backwards from the outputs: what is needed, and what nothing defines.
  std::vector<char> needed(nodes.size(), 0);
  std::vector<int> pending;
  std::vector<std::string> missing;
  auto need = [&](llvm::StringRef name, const std::string &reader) {
    auto found = producers.find(name);
    if (found == producers.end()) {
      if (!isDefined(name))
        missing.push_back("'" + name.str() + "' (read by " + reader + ")");
    } else if (!needed[found->second]) {
      needed[found->second] = 1;
      pending.push_back(found->second);
    }
  };
  for (const std::string &output : outputs)
    need(output, "the graph's outputs");
  std::vector<std::vector<int>> readers(nodes.size());
  std::vector<int> waits(nodes.size(), 0);
  while (!pending.empty()) {
    int at = pending.back();
    pending.pop_back();
    for (llvm::StringRef name : namesReadBy(nodes[at])) {
      need(name, "node '" + nameOf(nodes[at]) + "'");
      auto found = producers.find(name);
      if (found != producers.end()) {
        readers[found->second].push_back(at);
        ++waits[at];
      }
    }
  }
  if (!missing.empty())
    return failure(llvm::Twine(missing.size()) + (missing.size() == 1 ? " tensor is" : " tensors are") +
                   " neither an input, an initialiser nor the output of a node: " + llvm::join(missing, ", "));

  std::priority_queue<int, std::vector<int>, std::greater<int>> ready;
  size_t count = 0;
  for (int i = 0; i != nodes.size(); ++i) {
    count += needed[i];
    if (needed[i] && waits[i] == 0)
      ready.push(i);
  }
  std::vector<const NodeProto *> order;
  while (!ready.empty()) {
    int at = ready.top();
    ready.pop();
    order.push_back(&nodes[at]);
    for (int reader : readers[at])
      if (--waits[reader] == 0)
        ready.push(reader);
  }
  if (order.size() != count)
    for (int i = 0; i != nodes.size(); ++i)
      if (needed[i] && waits[i] > 0)
        return failure("the graph has a cycle: " + describeCycle(nodes, producers, waits, i));
  return order;
}

} // namespace ingot::onnx
