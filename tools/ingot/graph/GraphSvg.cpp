#include "tools/ingot/graph/Graph.h"

#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <map>
#include <set>

namespace ingot::driver {

namespace {

constexpr double kLetter = 7, kGap = 26, kRowGap = 46, kHeight = 52;

// Text of a file of ours or of anybody's model as XML text.
std::string escaped(llvm::StringRef text) {
  std::string out;
  for (char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else if (c == '"')
      out += "&quot;";
    else
      out += static_cast<unsigned char>(c) < 32 ? ' ' : c; // control characters are no XML
  }
  return out;
}

// At most `letters` of a text, UTF-8 kept whole.
std::string cut(llvm::StringRef text, size_t letters) {
  if (text.size() <= letters)
    return text.str();
  size_t end = letters - 1;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
    --end;
  return text.take_front(end).str() + "…";
}

class Drawing {
public:
  Drawing(const Graph &graph, llvm::StringRef heading, llvm::raw_ostream &os) : graph(graph), heading(heading), os(os) {}

  void draw() {
    level = GraphLevels(graph).order(-1);
    for (const GraphNode &node : graph.nodes)
      if (node.parent < 0)
        most = std::max(most, node.flops);
    place();
    double low = 0, high = 0;
    for (auto &[entry, box] : boxes) {
      low = std::min(low, box.x - box.width / 2);
      high = std::max(high, box.x + box.width / 2);
    }
    double height = double(level.rows.size()) * (kHeight + kRowGap) + 70;
    os << llvm::formatv(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"{0:f0} -60 {1:f0} {2:f0}\" width=\"{1:f0}\" height=\"{2:f0}\" "
        "font-family=\"system-ui, sans-serif\" font-size=\"12\">\n",
        low - 20, high - low + 40, height);
    os << "<style>.box{stroke:#5b6770;fill:#fff}.kernel{fill:#eaf3ff;stroke:#3f76b5}.module,.repeat{fill:#f1f1f4}.input,."
          "result{"
          "fill:#e8f7ea;stroke:#3d8b4b}"
          ".region{fill:#fff4de;stroke:#b98022}.type{fill:#667;font-size:10px;paint-order:stroke;stroke:#fff;stroke-width:"
          "4px}.name{fill:#667;font-size:10px}.edge{fill:"
          "none;stroke:#9aa5b1}"
          ".cost{fill:#e8743b}</style>\n";
    os << "<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" "
          "markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"#7b8794\"/></marker></defs>\n";
    os << llvm::formatv("<rect x=\"{0:f0}\" y=\"-60\" width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n", low - 20);
    os << llvm::formatv("<text x=\"{0:f0}\" y=\"-38\" font-size=\"16\" font-weight=\"600\">{1}</text>\n", low,
                        escaped(heading));
    for (size_t i = 0; i != level.links.size(); ++i)
      drawEdge(int(i));
    for (auto &[entry, box] : boxes)
      if (entry.second >= 0)
        drawNode(graph.nodes[size_t(entry.second)], box);
    os << "</svg>\n";
  }

private:
  struct Box {
    double x, y, width;
  };
  using Entry = std::pair<int, int>; // row, entry of the level

  std::string label(const GraphNode &node) const { return cut(node.label, 40); }
  double widthOf(int entry) const {
    if (entry < 0)
      return 4;
    const GraphNode &node = graph.nodes[size_t(entry)];
    size_t letters = std::max<size_t>(label(node).size(), 8);
    for (const std::string &type : node.types)
      letters = std::max(letters, cut(type, 40).size());
    letters = std::max({letters, cut(node.place, 40).size(), cost(node).size()});
    return double(letters) * kLetter + 16;
  }
  // The line below those of the names.
  std::string cost(const GraphNode &node) const {
    std::string text;
    if (node.microseconds > 0)
      text = llvm::formatv("{0:f1} µs", node.microseconds);
    else if (node.flops >= 1000)
      text = countText(node.flops) + "flop";
    if (node.weightBytes > 0)
      text += (text.empty() ? "" : ", ") + bytesText(node.weightBytes) + " weights";
    return text;
  }

  void place() {
    std::map<Entry, std::vector<Entry>> above, below;
    std::map<int, int> rowOf;
    for (size_t row = 0; row != level.rows.size(); ++row)
      for (int entry : level.rows[row])
        if (entry >= 0)
          rowOf[entry] = int(row);
    std::map<int, std::vector<int>> passes; // entry -> rows that its edges pass
    for (size_t row = 0; row != level.rows.size(); ++row)
      for (int entry : level.rows[row])
        if (entry < 0)
          passes[-1 - entry].push_back(int(row));
    std::set<std::pair<Entry, Entry>> joined; // edges share ways
    for (size_t i = 0; i != level.links.size(); ++i) {
      Entry upper(rowOf[level.links[i].from], level.links[i].from), last(rowOf[level.links[i].to], level.links[i].to);
      routes.push_back({upper});
      for (int row : passes[upper.second])
        if (row < last.first)
          routes.back().push_back({row, -1 - upper.second});
      routes.back().push_back(last);
      for (size_t k = 1; k < routes.back().size(); ++k) {
        if (!joined.insert({routes.back()[k - 1], routes.back()[k]}).second)
          continue;
        below[routes.back()[k - 1]].push_back(routes.back()[k]);
        above[routes.back()[k]].push_back(routes.back()[k - 1]);
      }
    }
    for (size_t row = 0; row != level.rows.size(); ++row) {
      double x = 0;
      for (int entry : level.rows[row]) {
        double width = widthOf(entry);
        boxes[{int(row), entry}] = {x + width / 2, double(row) * (kHeight + kRowGap), width};
        x += width + kGap;
      }
      for (int entry : level.rows[row])
        boxes[{int(row), entry}].x -= x / 2;
    }
    for (int sweep = 0; sweep != 12; ++sweep)
      for (size_t i = 0; i != level.rows.size(); ++i)
        align(int(sweep % 2 ? level.rows.size() - 1 - i : i), sweep % 2 ? below : above);
    for (size_t row = 1; row < level.rows.size(); ++row)
      straighten(int(row), above);
  }

  // Moves a row as a whole to where its edges are straight in the mean.
  void straighten(int row, std::map<Entry, std::vector<Entry>> &above) {
    double sum = 0, count = 0;
    for (int entry : level.rows[size_t(row)])
      for (const Entry &neighbour : above[{row, entry}]) {
        sum += boxes[neighbour].x - boxes[{row, entry}].x;
        ++count;
      }
    if (count > 0)
      for (int entry : level.rows[size_t(row)])
        boxes[{row, entry}].x += sum / count;
  }

  // Moves a row's entries towards their neighbours, in order and apart: the mean of packing from the left and from the
  // right.
  void align(int row, std::map<Entry, std::vector<Entry>> &neighbours) {
    const std::vector<int> &entries = level.rows[size_t(row)];
    std::vector<double> wanted, left, right(entries.size());
    for (int entry : entries) {
      auto found = neighbours.find({row, entry});
      double sum = 0;
      if (found != neighbours.end())
        for (const Entry &neighbour : found->second)
          sum += boxes[neighbour].x;
      wanted.push_back(found == neighbours.end() ? boxes[{row, entry}].x : sum / double(found->second.size()));
    }
    auto apart = [&](size_t i) { return (boxes[{row, entries[i - 1]}].width + boxes[{row, entries[i]}].width) / 2 + kGap; };
    for (size_t i = 0; i != entries.size(); ++i)
      left.push_back(i == 0 ? wanted[0] : std::max(wanted[i], left[i - 1] + apart(i)));
    for (size_t i = entries.size(); i-- > 0;)
      right[i] = i + 1 == entries.size() ? wanted[i] : std::min(wanted[i], right[i + 1] - apart(i + 1));
    for (size_t i = 0; i != entries.size(); ++i)
      boxes[{row, entries[i]}].x = (left[i] + right[i]) / 2;
  }

  void drawEdge(int index) {
    const std::vector<Entry> &route = routes[size_t(index)];
    std::string path;
    for (size_t k = 0; k != route.size(); ++k) {
      const Box &box = boxes[route[k]];
      double top = box.y, bottom = box.y + kHeight;
      if (k == 0) {
        path = llvm::formatv("M{0:f1} {1:f1}", box.x, bottom);
        continue;
      }
      const Box &before = boxes[route[k - 1]];
      double from = before.y + kHeight;
      path += llvm::formatv("C{0:f1} {1:f1} {2:f1} {3:f1} {2:f1} {4:f1}", before.x, (from + top) / 2, box.x,
                            (from + top) / 2, top);
      if (k + 1 != route.size())
        path += llvm::formatv("V{0:f1}", bottom);
    }
    os << "<path class=\"edge\" marker-end=\"url(#arrow)\" d=\"" << path << "\"><title>"
       << escaped(level.links[size_t(index)].type) << "</title></path>\n";
  }

  void drawNode(const GraphNode &node, const Box &box) {
    static const char *const kinds[] = {"op", "input", "result", "kernel", "module", "region", "repeat"};
    double left = box.x - box.width / 2;
    os << llvm::formatv("<g><title>{0}</title><rect class=\"box {1}\" x=\"{2:f1}\" y=\"{3:f1}\" width=\"{4:f1}\" "
                        "height=\"{5:f0}\" rx=\"5\"/>",
                        escaped(node.name.empty() ? node.label : node.label + ": " + node.name), kinds[int(node.kind)], left,
                        box.y, box.width, kHeight);
    if (most > 0 && node.flops > 0)
      os << llvm::formatv("<rect class=\"cost\" x=\"{0:f1}\" y=\"{1:f1}\" width=\"{2:f1}\" height=\"3\"/>", left,
                          box.y + kHeight - 3, box.width * node.flops / most);
    os << llvm::formatv("<text text-anchor=\"middle\" x=\"{0:f1}\" y=\"{1:f1}\">{2}</text>", box.x, box.y + 16,
                        escaped(label(node)));
    double y = box.y + 18;
    for (const std::string &line : {cut(node.place, 40), cost(node)})
      if (!line.empty())
        os << llvm::formatv("<text class=\"name\" text-anchor=\"middle\" x=\"{0:f1}\" y=\"{1:f1}\">{2}</text>", box.x,
                            y += 13, escaped(line));
    if (!node.types.empty() && node.kind != GraphNode::Kind::Result)
      os << llvm::formatv("<text class=\"type\" text-anchor=\"middle\" x=\"{0:f1}\" y=\"{1:f1}\">{2}</text>", box.x,
                          box.y + kHeight + 12, escaped(cut(node.types.front(), 40)));
    os << "</g>\n";
  }

  const Graph &graph;
  llvm::StringRef heading;
  llvm::raw_ostream &os;
  GraphLevel level;
  std::map<Entry, Box> boxes;
  std::vector<std::vector<Entry>> routes;
  double most = 0;
};

} // namespace

void writeSvg(const Graph &graph, llvm::StringRef heading, llvm::raw_ostream &os) { Drawing(graph, heading, os).draw(); }

} // namespace ingot::driver
