#include "tools/ingot/graph/Graph.h"

#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <map>

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

std::vector<int> Graph::childrenOf(int group) const {
  std::vector<int> children;
  for (size_t i = 0; i != nodes.size(); ++i)
    if (nodes[i].parent == group)
      children.push_back(int(i));
  return children;
}

int Graph::childAbove(int node, int group) const {
  while (node >= 0 && nodes[size_t(node)].parent != group)
    node = nodes[size_t(node)].parent;
  return node;
}

void Graph::finish() {
  std::vector<int> children(nodes.size(), 0);
  for (const GraphNode &node : nodes)
    if (node.parent >= 0)
      ++children[size_t(node.parent)];
  // A module of one child says nothing but its name, which an inner module takes over. Parents come before children.
  std::vector<char> dissolved(nodes.size(), 0);
  for (size_t i = 0; i != nodes.size(); ++i)
    dissolved[i] = nodes[i].kind == GraphNode::Kind::Module && children[i] <= 1;
  for (GraphNode &node : nodes)
    while (node.parent >= 0 && dissolved[size_t(node.parent)]) {
      if (node.kind == GraphNode::Kind::Module)
        node.label = nodes[size_t(node.parent)].label + "/" + node.label;
      node.parent = nodes[size_t(node.parent)].parent;
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
  for (size_t i = nodes.size(); i-- > 0;)
    if (nodes[i].parent >= 0) {
      GraphNode &parent = nodes[size_t(nodes[i].parent)];
      parent.weightBytes += nodes[i].weightBytes;
      if (parent.kind != GraphNode::Kind::Kernel || parent.notes.empty()) { // a kernel knows its own cost
        parent.flops += nodes[i].flops;
        parent.bytes += nodes[i].bytes;
      }
    }
}

// An edge over more rows than this is drawn without places to pass them.
static constexpr int kMaxSpan = 24;

GraphLevel Graph::order(int group) const {
  GraphLevel level;
  std::vector<int> children = childrenOf(group);
  std::map<int, int> rowOf; // children in the order of the program
  for (int child : children)
    rowOf[child] = 0;
  std::map<std::pair<int, int>, size_t> known;
  for (const GraphEdge &edge : edges) {
    int from = childAbove(edge.from, group), to = childAbove(edge.to, group);
    if (from < 0 || to < 0 || from == to || !known.try_emplace({from, to}, level.links.size()).second)
      continue;
    level.links.push_back({from, to, edge.type});
  }
  std::map<int, std::vector<int>> successors, predecessors;
  for (const GraphLevel::Link &link : level.links)
    if (link.from < link.to) { // between modules there may be edges both ways: those back count for nothing
      successors[link.from].push_back(link.to);
      predecessors[link.to].push_back(link.from);
    }
  for (int child : children)
    for (int next : successors[child])
      rowOf[next] = std::max(rowOf[next], rowOf[child] + 1);
  for (int child : llvm::reverse(children)) // what has one operand at most stands right above its first use
    if (predecessors[child].size() <= 1 && !successors[child].empty()) {
      int lowest = INT_MAX;
      for (int next : successors[child])
        lowest = std::min(lowest, rowOf[next] - 1);
      rowOf[child] = lowest;
    }
  int rows = 0;
  for (auto [child, row] : rowOf)
    rows = std::max(rows, row + 1);
  level.rows.resize(size_t(rows));

  // Nodes and passages in a first order, then each by the mean of its neighbours' places, down and up a few times.
  std::map<std::pair<int, int>, std::vector<std::pair<int, int>>> above, below; // (row, entry) -> neighbours
  auto connect = [&](std::pair<int, int> upper, std::pair<int, int> lower) {
    below[upper].push_back(lower);
    above[lower].push_back(upper);
  };
  for (int child : children)
    level.rows[size_t(rowOf[child])].push_back(child);
  for (size_t i = 0; i != level.links.size(); ++i) {
    auto [from, to, type] = level.links[i];
    int first = rowOf[from], last = rowOf[to];
    if (first >= last || last - first > kMaxSpan)
      continue;
    std::pair<int, int> upper(first, from);
    for (int row = first + 1; row < last; ++row) {
      level.rows[size_t(row)].push_back(-1 - int(i));
      connect(upper, {row, -1 - int(i)});
      upper = {row, -1 - int(i)};
    }
    connect(upper, {last, to});
  }
  std::map<std::pair<int, int>, double> at;
  auto number = [&](int row) {
    double count = double(level.rows[size_t(row)].size());
    for (size_t i = 0; i != level.rows[size_t(row)].size(); ++i)
      at[{row, level.rows[size_t(row)][i]}] = (double(i) + 0.5) / count;
  };
  for (int row = 0; row != rows; ++row)
    number(row);
  for (int sweep = 0; sweep != 8; ++sweep)
    for (int i = 0; i != rows; ++i) {
      int row = sweep % 2 ? rows - 1 - i : i;
      auto &neighbours = sweep % 2 ? below : above;
      std::vector<std::pair<double, int>> keyed;
      for (int entry : level.rows[size_t(row)]) {
        auto found = neighbours.find({row, entry});
        double sum = 0;
        if (found != neighbours.end())
          for (auto &neighbour : found->second)
            sum += at[neighbour];
        keyed.push_back({found == neighbours.end() ? at[{row, entry}] : sum / double(found->second.size()), entry});
      }
      std::stable_sort(keyed.begin(), keyed.end(), [](auto &a, auto &b) { return a.first < b.first; });
      for (size_t k = 0; k != keyed.size(); ++k)
        level.rows[size_t(row)][k] = keyed[k].second;
      number(row);
    }
  return level;
}

} // namespace ingot::driver
