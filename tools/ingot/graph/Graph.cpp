#include "tools/ingot/graph/Graph.h"

#include "llvm/Support/FormatVariadic.h"

#include <set>

namespace ingot::driver {

std::string countText(double count) {
  const char *const units[] = {"", " k", " M", " G", " T"};
  size_t unit = 0;
  for (; count >= 1000 && unit + 1 < std::size(units); ++unit)
    count /= 1000;
  return llvm::formatv(unit == 0 || count >= 100 ? "{0:f0}{1}" : "{0:f1}{1}", count, units[unit]);
}

std::string bytesText(double bytes) {
  std::string text = countText(bytes);
  return text.find(' ') == std::string::npos ? text + " B" : text + "B";
}

std::vector<std::string> namePath(llvm::StringRef name) {
  llvm::SmallVector<llvm::StringRef> parts;
  name.split(parts, name.contains('/') ? '/' : '.', -1, /*KeepEmpty=*/false);
  return {parts.begin(), parts.end()};
}

std::vector<std::vector<int>> Graph::children() const {
  std::vector<std::vector<int>> children(nodes.size() + 1);
  for (size_t i = 0; i != nodes.size(); ++i)
    children[nodes[i].parent < 0 ? nodes.size() : size_t(nodes[i].parent)].push_back(int(i));
  return children;
}

void Graph::dissolveModules() {
  std::vector<std::vector<int>> children = this->children();
  // A module of one child says nothing but its name, which an inner module takes over. Parents come before children.
  std::vector<char> dissolved(nodes.size(), 0);
  for (size_t i = 0; i != nodes.size(); ++i)
    dissolved[i] = nodes[i].kind == GraphNode::Kind::Module && children[i].size() <= 1;
  for (GraphNode &node : nodes)
    while (node.parent >= 0 && dissolved[size_t(node.parent)]) {
      const GraphNode &parent = nodes[size_t(node.parent)];
      if (node.kind == GraphNode::Kind::Module)
        node.label = parent.label + "/" + node.label;
      else if (!node.place.empty())
        node.place = parent.label + "/" + node.place;
      node.parent = parent.parent;
    }
  std::vector<int> place(nodes.size(), -1);
  std::vector<GraphNode> kept;
  for (size_t i = 0; i != nodes.size(); ++i)
    if (!dissolved[i]) {
      place[i] = int(kept.size());
      kept.push_back(std::move(nodes[i]));
    }
  nodes = std::move(kept);
  for (GraphNode &node : nodes)
    node.parent = node.parent < 0 ? -1 : place[size_t(node.parent)];
  for (GraphEdge &edge : edges) {
    edge.from = place[size_t(edge.from)];
    edge.to = place[size_t(edge.to)];
  }
}

void Graph::arrange(llvm::ArrayRef<int> keys) {
  std::vector<std::vector<int>> children = this->children();
  if (!keys.empty())
    for (std::vector<int> &siblings : children)
      llvm::stable_sort(siblings, [&](int a, int b) { return keys[size_t(a)] < keys[size_t(b)]; });
  std::vector<int> stack(children.back().rbegin(), children.back().rend()), order, place(nodes.size(), -1);
  while (!stack.empty()) {
    int node = stack.back();
    stack.pop_back();
    place[size_t(node)] = int(order.size());
    order.push_back(node);
    stack.insert(stack.end(), children[size_t(node)].rbegin(), children[size_t(node)].rend());
  }
  std::vector<GraphNode> arranged;
  for (int node : order) {
    arranged.push_back(std::move(nodes[size_t(node)]));
    if (arranged.back().parent >= 0)
      arranged.back().parent = place[size_t(arranged.back().parent)];
  }
  nodes = std::move(arranged);
  for (GraphEdge &edge : edges) {
    edge.from = place[size_t(edge.from)];
    edge.to = place[size_t(edge.to)];
  }
}

void Graph::sumUp() {
  for (size_t i = nodes.size(); i-- > 0;)
    if (nodes[i].parent >= 0) {
      GraphNode &parent = nodes[size_t(nodes[i].parent)];
      parent.weightBytes += nodes[i].weightBytes;
      if (parent.kind == GraphNode::Kind::Kernel) // a kernel knows its own cost
        continue;
      parent.flops += nodes[i].flops;
      parent.bytes += nodes[i].bytes;
      if (!parent.isTimed)
        parent.microseconds += nodes[i].microseconds;
    }
  // What a module gives are the values that are read outside.
  std::set<std::pair<int, int>> told;
  for (const GraphEdge &edge : edges) {
    llvm::SmallVector<int> around;
    for (int at = nodes[size_t(edge.to)].parent; at >= 0; at = nodes[size_t(at)].parent)
      around.push_back(at);
    for (int at = nodes[size_t(edge.from)].parent; at >= 0 && !llvm::is_contained(around, at); at = nodes[size_t(at)].parent)
      if (nodes[size_t(at)].isModule() && told.insert({at, edge.from}).second)
        llvm::append_range(nodes[size_t(at)].types, nodes[size_t(edge.from)].types);
  }
}

void Graph::finish(Grouping grouping) {
  dissolveModules();
  arrange();
  if (grouping == Grouping::Nested)
    foldRepeats();
  sumUp();
}

} // namespace ingot::driver
