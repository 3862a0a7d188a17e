#include "tools/ingot/graph/Graph.h"

#include <algorithm>
#include <map>

namespace ingot::driver {

// The places where edges pass rows, of one level: where there would be more, edges are drawn around the level.
static constexpr size_t kMaxPassages = 20000;

GraphLevels::GraphLevels(const Graph &graph)
    : graph(graph), children(graph.children()), depth(graph.nodes.size(), 0), position(graph.nodes.size(), 0),
      touching(graph.nodes.size() + 1) {
  for (const std::vector<int> &siblings : children)
    for (size_t i = 0; i != siblings.size(); ++i)
      position[size_t(siblings[i])] = int(i);
  for (size_t i = 0; i != graph.nodes.size(); ++i) // parents come first
    depth[i] = graph.nodes[i].parent < 0 ? 0 : depth[size_t(graph.nodes[i].parent)] + 1;
  for (size_t i = 0; i != graph.edges.size(); ++i) {
    // Every group around one of the ends, up to the innermost around both.
    int from = graph.edges[i].from, to = graph.edges[i].to;
    while (from != to) {
      int &deeper = to < 0 || (from >= 0 && depth[size_t(from)] >= depth[size_t(to)]) ? from : to;
      deeper = graph.nodes[size_t(deeper)].parent;
      std::vector<size_t> &edges = touching[deeper < 0 ? graph.nodes.size() : size_t(deeper)];
      if (edges.empty() || edges.back() != i)
        edges.push_back(i);
    }
  }
}

// The ancestor of `node` that is a child of `group`; -1 if there is none.
int GraphLevels::childAbove(int node, int group) const {
  while (node >= 0 && graph.nodes[size_t(node)].parent != group)
    node = graph.nodes[size_t(node)].parent;
  return node;
}

namespace {

// The entries of a level in rows, and their order within these.
class Layering {
public:
  Layering(GraphLevel &level, int nodeCount) : level(level), nodeCount(nodeCount) {}

  void run(llvm::ArrayRef<int> children) {
    for (int child : children)
      rowOf[child] = 0;
    for (size_t i = 0; i != level.ports.size(); ++i)
      rowOf[nodeCount + int(i)] = 0;
    for (const GraphLevel::Link &link : level.links)
      if (isForward(link)) {
        successors[link.from].push_back(link.to);
        predecessors[link.to].push_back(link.from);
      }
    placeInRows(children);
    addPassages();
    for (int sweep = 0; sweep != 12; ++sweep)
      for (size_t i = 0; i != level.rows.size(); ++i)
        sortRow(sweep % 2 ? level.rows.size() - 1 - i : i, sweep % 2 == 0);
  }

private:
  using Entry = std::pair<int, int>; // row, entry
  bool isEntryPort(int entry) const { return entry >= nodeCount && level.ports[size_t(entry - nodeCount)].isEntry; }
  bool isExitPort(int entry) const { return entry >= nodeCount && !level.ports[size_t(entry - nodeCount)].isEntry; }
  // Between modules there may be edges both ways: those back, against the order of the program, count for nothing.
  bool isForward(const GraphLevel::Link &link) const { return link.from >= nodeCount || link.to > link.from; }
  void placeInRows(llvm::ArrayRef<int> children);
  void addPassages();
  void sortRow(size_t row, bool byAbove);

  GraphLevel &level;
  int nodeCount;
  std::map<int, int> rowOf;
  std::map<int, std::vector<int>> successors, predecessors;
  std::map<Entry, std::vector<Entry>> above, below;
  std::map<Entry, double> at;
};

void Layering::placeInRows(llvm::ArrayRef<int> children) {
  bool hasEntries = llvm::any_of(level.ports, [](auto &port) { return port.isEntry; });
  int rows = hasEntries ? 1 : 0;
  for (int child : children) { // in the order of the program
    for (int before : predecessors[child])
      rowOf[child] = std::max(rowOf[child], rowOf[before] + 1);
    rowOf[child] = std::max(rowOf[child], hasEntries ? 1 : 0);
    rows = std::max(rows, rowOf[child] + 1);
  }
  for (int child : llvm::reverse(children)) // what has one operand at most stands right above its first use
    if (predecessors[child].size() <= 1) {
      int lowest = INT_MAX;
      for (int next : successors[child])
        if (next < nodeCount)
          lowest = std::min(lowest, rowOf[next] - 1);
      if (lowest != INT_MAX)
        rowOf[child] = std::max(rowOf[child], lowest);
    }
  for (auto &[entry, row] : rowOf)
    if (isExitPort(entry))
      row = rows;
  for (auto [entry, row] : rowOf) {
    level.rows.resize(std::max(level.rows.size(), size_t(row) + 1));
    level.rows[size_t(row)].push_back(entry);
  }
}

// Edges that leave one entry run together down to the row before their last end.
void Layering::addPassages() {
  std::vector<std::pair<int, int>> spans; // rows passed, entry
  for (auto &[entry, next] : successors) {
    int last = 0;
    for (int to : next)
      last = std::max(last, rowOf[to]);
    spans.push_back({last - rowOf[entry] - 1, entry});
  }
  llvm::stable_sort(spans);
  auto connect = [&](Entry upper, Entry lower) {
    below[upper].push_back(lower);
    above[lower].push_back(upper);
  };
  size_t count = 0;
  for (auto [span, entry] : spans) {
    int first = rowOf[entry];
    bool passes = (count += size_t(std::max(span, 0))) <= kMaxPassages;
    auto passage = [&](int row) { return row == first ? Entry(row, entry) : Entry(row, -1 - entry); };
    for (int row = first + 1; passes && row <= first + span; ++row) {
      level.rows[size_t(row)].push_back(-1 - entry);
      connect(passage(row - 1), passage(row));
    }
    for (int to : successors[entry])
      if (passes || rowOf[to] == first + 1)
        connect(passage(rowOf[to] - 1), {rowOf[to], to});
  }
  for (size_t row = 0; row != level.rows.size(); ++row)
    for (size_t i = 0; i != level.rows[row].size(); ++i)
      at[{int(row), level.rows[row][i]}] = (double(i) + 0.5) / double(level.rows[row].size());
}

// Each entry goes by the mean of its neighbours' places.
void Layering::sortRow(size_t row, bool byAbove) {
  std::vector<int> &entries = level.rows[row];
  std::vector<std::pair<double, int>> keyed;
  for (int entry : entries) {
    Entry key(int(row), entry);
    const auto &all = byAbove ? above : below;
    auto neighbours = all.find(key);
    double sum = 0;
    if (neighbours != all.end())
      for (const Entry &neighbour : neighbours->second)
        sum += at[neighbour];
    keyed.push_back({neighbours == all.end() ? at[key] : sum / double(neighbours->second.size()), entry});
  }
  llvm::stable_sort(keyed, [](auto &a, auto &b) { return a.first < b.first; });
  for (size_t i = 0; i != entries.size(); ++i) {
    entries[i] = keyed[i].second;
    at[{int(row), entries[i]}] = (double(i) + 0.5) / double(entries.size());
  }
}

} // namespace

GraphLevel GraphLevels::order(int group, bool folded) const {
  int nodeCount = int(graph.nodes.size());
  const std::vector<int> &all = children[group < 0 ? size_t(nodeCount) : size_t(group)];
  int period = folded ? graph.nodes[size_t(group)].period : int(all.size());
  llvm::ArrayRef<int> shown = llvm::ArrayRef<int>(all).take_front(size_t(period));

  GraphLevel level;
  std::map<std::pair<int, int>, size_t> known, knownLoops;
  std::map<std::pair<int, bool>, int> ports;
  auto portOf = [&](int leaf, bool isEntry) {
    auto [it, isNew] = ports.try_emplace({leaf, isEntry}, nodeCount + int(level.ports.size()));
    if (isNew)
      level.ports.push_back({leaf, isEntry});
    return it->second;
  };
  for (size_t index : touching[group < 0 ? size_t(nodeCount) : size_t(group)]) {
    const GraphEdge &edge = graph.edges[index];
    int from = childAbove(edge.from, group), to = childAbove(edge.to, group), leaf = edge.from;
    int copyFrom = from < 0 || !folded ? 0 : position[size_t(from)] / period;
    int copyTo = to < 0 || !folded ? 0 : position[size_t(to)] / period;
    if (from >= 0 && to >= 0 && copyFrom != copyTo) {
      from = shown[size_t(position[size_t(from)] % period)];
      to = shown[size_t(position[size_t(to)] % period)];
      if (knownLoops.try_emplace({from, to}, 0).second)
        level.loops.push_back({from, to, leaf, edge.type});
      continue;
    }
    if (copyTo > 0) // as in the first copy
      continue;
    if (copyFrom > 0) { // out of a later copy: from the same place of the first
      int twin = shown[size_t(position[size_t(from)] % period)];
      leaf -= from - twin;
      from = twin;
    }
    if (from < 0)
      from = portOf(leaf, true);
    else if (to < 0)
      to = portOf(leaf, false);
    if (from != to && known.try_emplace({from, to}, 0).second)
      level.links.push_back({from, to, leaf, edge.type});
  }
  Layering(level, nodeCount).run(shown);
  return level;
}

} // namespace ingot::driver
