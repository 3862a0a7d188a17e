// A program as a picture: what `ingot inspect --graph` draws.
//
// Nouns
//   node    an op, an input, a result, or a group of nodes: a kernel, a module (nodes whose names share a prefix), a region, a
//           repeat. Ops that move nothing are no nodes: an edge passes through them.
//   leaf    a node that is no group. Edges go from leaf to leaf; where a group is closed they end at its box.
//   repeat  a group of sibling nodes that are one structure several times over: copies of `period` nodes each, in order, every
//           copy wired to its neighbours as the first two are. The last copy may lack nodes at its end.
//   level   the children of one group, or of none, and the edges between them.
//   port    where the edges of one leaf pass the border of a group.
#ifndef INGOT_TOOLS_INGOT_GRAPH_GRAPH_H
#define INGOT_TOOLS_INGOT_GRAPH_GRAPH_H

#include "ir/Dialect.h"
#include "tools/ingot/TableView.h"
#include "llvm/Support/raw_ostream.h"

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace ingot::driver {

// Nested: in modules, as the nodes' names tell, and in repeats.
enum class Grouping { Flat, Nested };

struct GraphNode {
  enum class Kind { Op, Input, Result, Kernel, Module, Region, Repeat } kind = Kind::Op;
  int parent = -1;
  std::string label, name;                                // what it does; what the model calls it
  std::string place;                                      // the name as seen from the module it stands in
  std::vector<std::string> types;                         // of its results
  std::vector<std::pair<std::string, std::string>> notes; // weights, constants, attributes
  std::string structure;                                  // what equal nodes have in common, beside their children
  double flops = 0, bytes = 0, weightBytes = 0;           // bytes: read and written, weights included
  double microseconds = 0;                                // of a call, where a profile tells
  bool isTimed = false;                                   // the time is the node's own, not the sum of its children's
  int period = 0, copies = 0;                             // of a repeat; a period of 0: nothing leads from copy to copy

  bool isModule() const { return kind == Kind::Module || kind == Kind::Repeat; }
};

struct GraphEdge {
  int from, to;
  std::string type;
  std::vector<std::string> views; // "f32[4,8] → f32[32]" for each op on the way that moves nothing
};

// The order of a level: rows from top to bottom. An entry is a child; a port, as the number of nodes plus its index; or, negative,
// -1 - e: the place where the edges that leave entry e pass a row.
struct GraphLevel {
  struct Link {
    int from, to; // children and ports
    int leaf;     // where the first of its edges begins
    std::string type;
  };
  struct Port {
    int leaf; // the edges' origin
    bool isEntry;
  };
  std::vector<Link> links;
  std::vector<Link> loops; // of a repeat that shows one copy: from a copy to the next
  std::vector<Port> ports;
  std::vector<std::vector<int>> rows;
};

// The parts of a node's name: its modules, and what it is called there.
std::vector<std::string> namePath(llvm::StringRef name);

struct Graph {
  std::string title;
  std::vector<GraphNode> nodes; // a group comes right before its children, their own between them
  std::vector<GraphEdge> edges; // those of a leaf in the order of its operands

  int add(GraphNode node) {
    nodes.push_back(std::move(node));
    return int(nodes.size()) - 1;
  }
  std::vector<std::vector<int>> children() const; // of each node, and at last of none
  // Dissolves modules of one child, finds repeats unless flat, puts nodes into their order and sums the costs of leaves into groups.
  void finish(Grouping grouping);

private:
  void dissolveModules();
  void foldRepeats();
  // Puts every group's children into the order of their keys, right behind it.
  void arrange(llvm::ArrayRef<int> keys = {});
  void sumUp();
};

// Levels of one graph. Rows follow the data; the order within them crosses few edges.
class GraphLevels {
public:
  explicit GraphLevels(const Graph &graph);
  // Of a group, or of none (-1). `folded`: of a repeat, its first copy alone.
  GraphLevel order(int group, bool folded = false) const;

private:
  int childAbove(int node, int group) const;

  const Graph &graph;
  std::vector<std::vector<int>> children;
  std::vector<int> depth;
  std::vector<int> position;                 // among the siblings
  std::vector<std::vector<size_t>> touching; // the edges with an end in a group, -1 last
};

// What a kernel is called by for short, by all the names of the nodes that it is made of.
using ShortNames = std::map<std::string, std::string>;
// What is known of commands beside their table: empty, or one for each in the order in which they are listed, those of a branch
// or loop after it.
struct CommandNotes {
  std::vector<std::string> names; // of the model's nodes
  std::vector<double> microseconds;
  ShortNames shortNames;
};
// The microseconds of the commands that nodes of these names became, in order.
using NodeTimes = std::map<std::string, std::vector<double>>;

// The functions of a module that are programs, as imported or fused. `names` is filled in.
Graph graphOfModule(mlir::ModuleOp module, std::string title, Grouping grouping, NodeTimes times = {},
                    ShortNames *names = nullptr);
// The command list of an artifact.
Graph graphOfTable(const TableView &view, std::string title, Grouping grouping, const CommandNotes &notes);

// One picture without script: groups closed.
void writeSvg(const Graph &graph, llvm::StringRef heading, llvm::raw_ostream &os);
// One page with everything in it. `about` has members memory (what inspect --json says of the arena) and summary.
void writePage(llvm::ArrayRef<Graph> graphs, llvm::StringRef heading, const nlohmann::json &about, llvm::raw_ostream &os);

// "1.2 M", "17", and "3.4 MB".
std::string countText(double count);
std::string bytesText(double bytes);

} // namespace ingot::driver

#endif // INGOT_TOOLS_INGOT_GRAPH_GRAPH_H
