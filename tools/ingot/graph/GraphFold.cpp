// Finds repeats among the children of every group: runs of nodes of equal structure whose copies are wired alike.
#include "tools/ingot/graph/Graph.h"

#include "llvm/ADT/StringExtras.h"

#include <map>

namespace ingot::driver {

namespace {

// Fewer copies are as well read one by one; longer periods are not looked for.
constexpr size_t kMinCopies = 3, kMaxPeriod = 512;

class Folder {
public:
  explicit Folder(Graph &graph) : graph(graph), children(graph.children()), keys(graph.nodes.size()) {
    root = std::move(children.back());
    children.pop_back();
    for (size_t i = 0; i != keys.size(); ++i)
      keys[i] = int(i);
    incoming.resize(graph.nodes.size());
    outgoing.resize(graph.nodes.size());
    for (const GraphEdge &edge : graph.edges) {
      incoming[size_t(edge.to)].push_back(&edge);
      outgoing[size_t(edge.from)].push_back(&edge);
    }
    structures.resize(graph.nodes.size(), -1);
    copyOf.resize(graph.nodes.size(), -1);
    indexOf.resize(graph.nodes.size(), -1);
  }

  // The keys by which Graph::arrange puts repeats where their first nodes were.
  std::vector<int> run() {
    for (size_t i = graph.nodes.size(); i-- > 0;) { // inner groups first: what they become is part of the structure
      if (graph.nodes[i].kind != GraphNode::Kind::Kernel)
        fold(int(i));
      structures[i] = structureOf(int(i));
    }
    fold(-1);
    for (const std::vector<std::vector<int>> &copies : chains)
      foldEnds(copies);
    return std::move(keys);
  }

private:
  int structureOf(int node);
  void fold(int group);
  size_t wiredAlike(llvm::ArrayRef<int> nodes, size_t period, std::vector<std::vector<int>> &copies);
  bool isWiredAsBefore(const std::vector<std::vector<int>> &copies, size_t copy);
  int makeRepeat(int group, llvm::ArrayRef<int> nodes, size_t period);
  void foldEnds(const std::vector<std::vector<int>> &copies);
  void foldEnds(const std::vector<int> &ends);
  void collectLeaves(int node, std::vector<int> &leaves) const {
    if (children[size_t(node)].empty())
      leaves.push_back(node);
    for (int child : children[size_t(node)])
      collectLeaves(child, leaves);
  }

  Graph &graph;
  std::vector<std::vector<int>> children;
  std::vector<int> root, keys;
  std::vector<std::vector<const GraphEdge *>> incoming, outgoing;
  std::vector<int> structures; // equal for equal structures
  std::map<std::string, int> known;
  std::vector<int> copyOf, indexOf;                  // of leaves in the run that is looked at
  std::vector<std::vector<std::vector<int>>> chains; // the leaves of the copies of every repeat
};

// Modules, inputs and results are called something else in every layer.
int Folder::structureOf(int node) {
  using Kind = GraphNode::Kind;
  const GraphNode &it = graph.nodes[size_t(node)];
  bool isNamed = it.kind == Kind::Module || it.kind == Kind::Input || it.kind == Kind::Result || it.kind == Kind::Repeat;
  std::string text = std::to_string(int(it.kind)) + "\n" + (isNamed ? "" : it.label) + "\n" + it.structure + "\n" +
                     llvm::join(it.types, ";") + "\n" + std::to_string(it.period) + "\n";
  for (int child : children[size_t(node)])
    text += std::to_string(structures[size_t(child)]) + ",";
  return known.try_emplace(text, int(known.size())).first->second;
}

void Folder::fold(int group) {
  std::vector<int> &siblings = group < 0 ? root : children[size_t(group)];
  std::vector<int> nodes = siblings, kept;
  for (size_t at = 0; at != nodes.size();) {
    // Periods by how many nodes they would fold.
    std::vector<std::pair<size_t, size_t>> candidates; // nodes, period
    for (size_t period = 1; period <= kMaxPeriod && at + kMinCopies * period <= nodes.size(); ++period) {
      size_t length = period;
      while (at + length < nodes.size() &&
             structures[size_t(nodes[at + length])] == structures[size_t(nodes[at + length - period])])
        ++length;
      if (length >= kMinCopies * period)
        candidates.push_back({length, period});
    }
    llvm::stable_sort(candidates,
                      [](auto &a, auto &b) { return a.first / a.second * a.second > b.first / b.second * b.second; });
    size_t taken = 0;
    for (auto [length, period] : candidates) {
      std::vector<std::vector<int>> copies;
      llvm::ArrayRef<int> run(nodes.data() + at, length);
      length = wiredAlike(run, period, copies);
      if (length >= kMinCopies * period) {
        kept.push_back(makeRepeat(group, run.take_front(length), period));
        chains.push_back(std::move(copies));
        taken = length;
        break;
      }
    }
    if (taken == 0)
      kept.push_back(nodes[at]);
    at += std::max<size_t>(taken, 1);
  }
  (group < 0 ? root : children[size_t(group)]) = std::move(kept);
}

// How many of the nodes, from the first on, are copies of the first `period` in their wiring too.
size_t Folder::wiredAlike(llvm::ArrayRef<int> nodes, size_t period, std::vector<std::vector<int>> &copies) {
  for (size_t i = 0; i != nodes.size(); ++i) {
    if (i % period == 0)
      copies.emplace_back();
    collectLeaves(nodes[i], copies.back());
  }
  for (size_t copy = 0; copy != copies.size(); ++copy)
    for (size_t i = 0; i != copies[copy].size(); ++i) {
      copyOf[size_t(copies[copy][i])] = int(copy);
      indexOf[size_t(copies[copy][i])] = int(i);
    }
  size_t alike = 1;
  while (alike != copies.size() && isWiredAsBefore(copies, alike))
    ++alike;
  for (const std::vector<int> &copy : copies)
    for (int leaf : copy)
      copyOf[size_t(leaf)] = indexOf[size_t(leaf)] = -1;
  // The end may be a part of a copy, such as a layer without what joins it to the next.
  bool hasPart = alike * period > nodes.size();
  if (hasPart && llvm::none_of(nodes.drop_front((alike - 1) * period),
                               [&](int node) { return graph.nodes[size_t(node)].kind == GraphNode::Kind::Module; })) {
    hasPart = false;
    --alike;
  }
  copies.resize(alike);
  return hasPart ? nodes.size() : alike * period;
}

bool Folder::isWiredAsBefore(const std::vector<std::vector<int>> &copies, size_t copy) {
  bool follows = false; // something leads here from the copy before
  for (auto [before, leaf] : llvm::zip(copies[copy - 1], copies[copy])) {
    const auto &edges = incoming[size_t(leaf)], &edgesBefore = incoming[size_t(before)];
    if (edges.size() != edgesBefore.size())
      return false;
    for (auto [edge, edgeBefore] : llvm::zip(edges, edgesBefore)) {
      int from = edge->from, fromBefore = edgeBefore->from, inCopy = copyOf[size_t(from)];
      // What comes from before the run may have other dims on the way.
      if (edge->type != edgeBefore->type || (copyOf[size_t(fromBefore)] >= 0 && edge->views != edgeBefore->views))
        return false;
      if (inCopy < 0) { // the same for all, or each has its own from outside
        if (copyOf[size_t(fromBefore)] >= 0 ||
            (from != fromBefore && structures[size_t(from)] != structures[size_t(fromBefore)]))
          return false;
        continue;
      }
      int distance = int(copy) - inCopy;
      follows |= distance == 1;
      // Where the first copies would reach before the run, they read from outside.
      if (copyOf[size_t(fromBefore)] != std::max(inCopy - 1, -1) || distance < 0 ||
          (inCopy > 0 && indexOf[size_t(from)] != indexOf[size_t(fromBefore)]))
        return false;
    }
  }
  return follows;
}

int Folder::makeRepeat(int group, llvm::ArrayRef<int> nodes, size_t period) {
  size_t shown = 0; // what the copies are called by
  bool hasModule = false;
  for (size_t i = 0; i != std::max<size_t>(period, 1); ++i)
    if (!hasModule && graph.nodes[size_t(nodes[i])].kind == GraphNode::Kind::Module) {
      shown = i;
      hasModule = true;
    }
  size_t step = std::max<size_t>(period, 1), copies = (nodes.size() - shown + step - 1) / step;
  GraphNode repeat;
  repeat.kind = GraphNode::Kind::Repeat;
  repeat.parent = group;
  repeat.period = int(period);
  repeat.copies = int(copies);
  const GraphNode &first = graph.nodes[size_t(nodes[shown])];
  // Names of layers differ at their ends; names of kernels are as long as they please.
  auto cut = [](const std::string &label) { return label.size() > 22 ? label.substr(0, 20) + "…" : label; };
  if (hasModule || period == 0)
    repeat.label = first.label + " … " + graph.nodes[size_t(nodes[shown + (copies - 1) * step])].label;
  else
    repeat.label = first.label;
  if (!hasModule && period > 1) {
    repeat.label = cut(first.label) + " … " + cut(graph.nodes[size_t(nodes[period - 1])].label);
    repeat.place = countText(double(period)) + " boxes each";
  }
  int id = graph.add(std::move(repeat));
  for (int node : nodes)
    graph.nodes[size_t(node)].parent = id;
  keys.push_back(keys[size_t(nodes.front())]);
  children.emplace_back(nodes.begin(), nodes.end());
  incoming.emplace_back();
  outgoing.emplace_back();
  copyOf.push_back(-1);
  indexOf.push_back(-1);
  structures.push_back(-1);
  structures.back() = structureOf(id);
  return id;
}

// Inputs and results of which every copy has its own, such as a cache's, become repeats too.
void Folder::foldEnds(const std::vector<std::vector<int>> &copies) {
  auto isWhole = [&](const std::vector<int> &ends) { return ends.size() == copies.size(); };
  for (size_t i = 0; i != copies.front().size(); ++i) {
    for (size_t operand = 0; operand != incoming[size_t(copies.front()[i])].size(); ++operand) {
      std::vector<int> inputs;
      for (const std::vector<int> &copy : copies) {
        if (i >= copy.size())
          break;
        int from = incoming[size_t(copy[i])][operand]->from;
        bool isOwn =
            llvm::all_of(outgoing[size_t(from)], [&](const GraphEdge *edge) { return llvm::is_contained(copy, edge->to); });
        if (graph.nodes[size_t(from)].kind == GraphNode::Kind::Input && isOwn)
          inputs.push_back(from);
      }
      if (isWhole(inputs))
        foldEnds(inputs);
    }
    auto resultsOf = [&](const std::vector<int> &copy) {
      std::vector<int> results;
      if (i < copy.size())
        for (const GraphEdge *edge : outgoing[size_t(copy[i])])
          if (graph.nodes[size_t(edge->to)].kind == GraphNode::Kind::Result)
            results.push_back(edge->to);
      return results;
    };
    for (size_t r = 0; r != resultsOf(copies.front()).size(); ++r) {
      std::vector<int> results;
      for (const std::vector<int> &copy : copies)
        if (std::vector<int> own = resultsOf(copy); r < own.size())
          results.push_back(own[r]);
      if (isWhole(results))
        foldEnds(results);
    }
  }
}

void Folder::foldEnds(const std::vector<int> &ends) {
  for (int end : ends)
    if (graph.nodes[size_t(end)].parent >= 0 || structures[size_t(end)] != structures[size_t(ends.front())])
      return;
  makeRepeat(-1, ends, 0);
}

} // namespace

void Graph::foldRepeats() {
  std::vector<int> keys = Folder(*this).run();
  arrange(keys);
}

} // namespace ingot::driver
