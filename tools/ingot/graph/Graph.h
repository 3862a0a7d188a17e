// A program as a picture: what `ingot inspect --graph` draws.
//
// Nouns
//   node   an op, an input, a result, or a group of nodes: a kernel, a module (nodes whose names share a prefix), a region.
//   leaf   a node that is no group. Edges go from leaf to leaf; where a group is closed they end at its box.
//   level  the children of one group, or of none, and the edges between them.
#ifndef INGOT_TOOLS_INGOT_GRAPH_GRAPH_H
#define INGOT_TOOLS_INGOT_GRAPH_GRAPH_H

#include "ir/Dialect.h"
#include "tools/ingot/TableView.h"
#include "llvm/Support/raw_ostream.h"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace ingot::driver {

struct GraphNode {
  enum class Kind { Op, Input, Result, Kernel, Module, Region } kind = Kind::Op;
  int parent = -1;
  std::string label, name;                                // what it does; what the model calls it
  std::vector<std::string> types;                         // of its results
  std::vector<std::pair<std::string, std::string>> notes; // weights, constants, attributes
  double flops = 0, bytes = 0, weightBytes = 0;           // bytes: read and written, weights included
};

struct GraphEdge {
  int from, to;
  std::string type;
};

// The order of a level: rows from top to bottom. A negative entry -1 - k is the place where edge k of `links` passes a row.
struct GraphLevel {
  struct Link {
    int from, to; // children
    std::string type;
  };
  std::vector<Link> links;
  std::vector<std::vector<int>> rows;
};

struct Graph {
  std::string title;
  std::vector<GraphNode> nodes; // a group comes before its children
  std::vector<GraphEdge> edges;

  int add(GraphNode node) {
    nodes.push_back(std::move(node));
    return int(nodes.size()) - 1;
  }
  std::vector<int> childrenOf(int group) const;
  // The ancestor of `node` that is a child of `group`; -1 if there is none.
  int childAbove(int node, int group) const;
  // Sums the costs of leaves into groups, dissolves modules of one child.
  void finish();
  // Rows by data flow, entries in an order that crosses few edges.
  GraphLevel order(int group) const;
};

// The functions of a module that are programs, as imported (grouped by modules) or fused (grouped by kernels).
Graph graphOfModule(mlir::ModuleOp module, std::string title);
// The command list of an artifact.
Graph graphOfTable(const TableView &view, std::string title);

// One picture without script: groups closed.
void writeSvg(const Graph &graph, llvm::StringRef heading, llvm::raw_ostream &os);
// One page with everything in it. `memory` is what inspect --json says of the arena.
void writePage(llvm::ArrayRef<Graph> graphs, llvm::StringRef heading, const nlohmann::json &memory, llvm::raw_ostream &os);

// "1.2 M", "17", and "3.4 MB".
std::string countText(double count);
std::string bytesText(double bytes);

} // namespace ingot::driver

#endif // INGOT_TOOLS_INGOT_GRAPH_GRAPH_H
