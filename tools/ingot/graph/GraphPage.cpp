#include "tools/ingot/graph/Graph.h"

#include "tools/ingot/Driver.h"

namespace ingot::driver {

using nlohmann::json;

// page.html, cut where the document goes.
static const char *const kPage =
#include "tools/ingot/graph/page.inc"
    ;
static constexpr llvm::StringLiteral kMark = "{{document}}";

static json documentOf(const GraphLevel &level) {
  json links = json::array(), loops = json::array(), ports = json::array();
  for (const GraphLevel::Link &link : level.links)
    links.push_back({link.from, link.to, link.leaf});
  for (const GraphLevel::Link &loop : level.loops)
    loops.push_back({loop.from, loop.to, loop.type});
  for (const GraphLevel::Port &port : level.ports)
    ports.push_back({port.leaf, port.isEntry});
  return {{"rows", level.rows}, {"links", links}, {"loops", loops}, {"ports", ports}};
}

static json documentOf(const Graph &graph) {
  static const char *const kinds[] = {"op", "input", "result", "kernel", "module", "region", "repeat"};
  json nodes = json::array(), edges = json::array(), levels = json::object();
  for (const GraphNode &node : graph.nodes) {
    json item = {{"kind", kinds[int(node.kind)]}, {"parent", node.parent},    {"label", node.label},
                 {"types", node.types},           {"flops", node.flops},      {"bytes", node.bytes},
                 {"weights", node.weightBytes},   {"time", node.microseconds}};
    if (!node.name.empty())
      item["name"] = node.name;
    if (!node.place.empty())
      item["place"] = node.place;
    if (!node.notes.empty())
      item["notes"] = node.notes;
    if (node.kind == GraphNode::Kind::Repeat) {
      item["period"] = node.period;
      item["copies"] = node.copies;
    }
    nodes.push_back(std::move(item));
  }
  for (const GraphEdge &edge : graph.edges) {
    edges.push_back({edge.from, edge.to, edge.type});
    if (!edge.views.empty())
      edges.back().push_back(edge.views);
  }
  GraphLevels order(graph);
  std::vector<std::vector<int>> children = graph.children();
  levels["-1"] = documentOf(order.order(-1));
  for (size_t i = 0; i != graph.nodes.size(); ++i) {
    if (!children[i].empty())
      levels[std::to_string(i)] = documentOf(order.order(int(i)));
    if (graph.nodes[i].period > 0)
      levels[std::to_string(i) + " folded"] = documentOf(order.order(int(i), /*folded=*/true));
  }
  return {{"title", graph.title}, {"nodes", nodes}, {"edges", edges}, {"levels", levels}};
}

void writePage(llvm::ArrayRef<Graph> graphs, llvm::StringRef heading, const json &about, llvm::raw_ostream &os) {
  json document = about;
  document["heading"] = heading.str();
  document["graphs"] = json::array();
  for (const Graph &graph : graphs)
    document["graphs"].push_back(documentOf(graph));
  auto [before, after] = llvm::StringRef(kPage).split(kMark);
  os << before;
  // No name may end the script element or begin a comment in it.
  for (char c : jsonText(document)) {
    if (c == '<')
      os << "\\u003c";
    else
      os << c;
  }
  os << after;
}

} // namespace ingot::driver
