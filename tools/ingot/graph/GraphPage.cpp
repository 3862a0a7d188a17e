#include "tools/ingot/graph/Graph.h"

#include "tools/ingot/Driver.h"

namespace ingot::driver {

using nlohmann::json;

// page.html, cut where the document goes.
static const char *const kPage =
#include "tools/ingot/graph/page.inc"
    ;
static constexpr llvm::StringLiteral kMark = "{{document}}";

static json levelOf(const Graph &graph, int group) {
  GraphLevel level = graph.order(group);
  json links = json::array();
  for (const GraphLevel::Link &link : level.links)
    links.push_back({link.from, link.to});
  return {{"rows", level.rows}, {"links", links}};
}

static json documentOf(const Graph &graph) {
  static const char *const kinds[] = {"op", "input", "result", "kernel", "module", "region"};
  json nodes = json::array(), edges = json::array(), levels = json::object();
  std::vector<char> isGroup(graph.nodes.size(), 0);
  for (const GraphNode &node : graph.nodes)
    if (node.parent >= 0)
      isGroup[size_t(node.parent)] = 1;
  for (const GraphNode &node : graph.nodes) {
    json item = {{"kind", kinds[int(node.kind)]}, {"parent", node.parent}, {"label", node.label},
                 {"types", node.types},           {"flops", node.flops},   {"bytes", node.bytes},
                 {"weights", node.weightBytes}};
    if (!node.name.empty())
      item["name"] = node.name;
    if (!node.notes.empty())
      item["notes"] = node.notes;
    nodes.push_back(std::move(item));
  }
  for (const GraphEdge &edge : graph.edges)
    edges.push_back({edge.from, edge.to, edge.type});
  levels["-1"] = levelOf(graph, -1);
  for (size_t i = 0; i != graph.nodes.size(); ++i)
    if (isGroup[i])
      levels[std::to_string(i)] = levelOf(graph, int(i));
  return {{"title", graph.title}, {"nodes", nodes}, {"edges", edges}, {"levels", levels}};
}

void writePage(llvm::ArrayRef<Graph> graphs, llvm::StringRef heading, const json &memory, llvm::raw_ostream &os) {
  json document = {{"heading", heading.str()}, {"memory", memory}, {"graphs", json::array()}};
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
