#include "tools/ingot/graph/Graph.h"

#include <map>
#include <set>

namespace ingot::driver {

namespace {

class Builder {
public:
  Builder(const TableView &view, const CommandNotes &notes) : view(view), notes(notes) {}

  Graph run(std::string title, Grouping grouping) {
    graph.title = std::move(title);
    for (uint32_t i = 0; i < view.header().entries.count; ++i)
      addEntry(i);
    graph.finish(grouping);
    return std::move(graph);
  }

private:
  std::string typeOf(uint32_t slot) const {
    ingot_slot record = view.table().slot(slot);
    return view.type(record.dtype, record.rank, record.dims);
  }
  void addEntry(uint32_t record);
  void addList(uint32_t list, int parent, int depth);
  void addCommand(const ingot_command &command, int parent, int depth);
  void connect(uint32_t slot, int leaf, const std::string &type);
  void read(uint32_t slot, int leaf, GraphNode &node);

  const TableView &view;
  const CommandNotes &notes;
  size_t listed = 0; // commands so far
  Graph graph;
  // Views of a value have slots of their own at its place.
  using Place = std::pair<uint32_t, uint32_t>; // kind, location
  Place placeOf(uint32_t slot) const {
    ingot_slot record = view.table().slot(slot);
    return {record.kind, record.location};
  }
  struct Written {
    int leaf;
    std::string type;
  };
  std::map<Place, Written> writer;       // what was written there last
  std::map<Place, std::string> defaults; // the inputs that have one, by name
  std::set<uint32_t> written;            // slots
};

void Builder::addEntry(uint32_t record) {
  const ingot_entry entry = view.table().entry(record);
  // What is taken and given is of one of several.
  const std::string prefix = view.header().entries.count > 1 ? view.entryText(record) + ": " : "";
  writer.clear();
  defaults.clear();
  written.clear();
  for (uint32_t i = 0; i < entry.input_count; ++i) {
    ingot_argument argument = view.table().argument(entry.inputs + i);
    if (argument.flags & INGOT_ARG_DEFAULT) { // seldom fed: as a weight
      if (argument.slot != INGOT_NONE)
        defaults[placeOf(argument.slot)] = view.table().string(argument.name);
      continue;
    }
    GraphNode node;
    node.kind = GraphNode::Kind::Input;
    node.label = prefix + view.table().string(argument.name);
    node.types.push_back(view.type(argument.dtype, argument.rank, argument.dims));
    if (argument.flags & INGOT_ARG_STATE)
      node.notes.push_back({"state", "kept between calls"});
    int leaf = graph.add(std::move(node));
    if (argument.slot != INGOT_NONE)
      writer[placeOf(argument.slot)] = {leaf, graph.nodes[size_t(leaf)].types.front()};
  }
  addList(entry.list, -1, 0);
  for (uint32_t i = 0; i < entry.result_count; ++i) {
    ingot_argument argument = view.table().argument(entry.results + i);
    GraphNode node;
    node.kind = GraphNode::Kind::Result;
    node.label = prefix + view.table().string(argument.name);
    node.types.push_back(view.type(argument.dtype, argument.rank, argument.dims));
    int leaf = graph.add(std::move(node));
    if (argument.slot != INGOT_NONE)
      connect(argument.slot, leaf, graph.nodes[size_t(leaf)].types.front());
  }
}

void Builder::addList(uint32_t index, int parent, int depth) {
  if (index >= view.header().lists.count || depth > 64)
    return;
  ingot_command_list list = view.table().list(index);
  for (uint32_t i = 0; i < list.count; ++i)
    addCommand(view.table().command(list.first + i), parent, depth);
}

// An edge from what was written where the slot is; under other dims where it is read as another type.
void Builder::connect(uint32_t slot, int leaf, const std::string &type) {
  auto found = writer.find(placeOf(slot));
  if (found == writer.end())
    return;
  GraphEdge edge{found->second.leaf, leaf, type, {}};
  if (found->second.type != type)
    edge.views.push_back(found->second.type + " → " + type);
  graph.edges.push_back(std::move(edge));
}

void Builder::read(uint32_t slot, int leaf, GraphNode &node) {
  ingot_slot record = view.table().slot(slot);
  auto ofInput = defaults.find(placeOf(slot));
  if (record.kind == INGOT_SLOT_WEIGHT || ofInput != defaults.end()) {
    double bytes = double(std::max<int64_t>(view.atMaxima(record.bytes), 0));
    std::string name =
        ofInput != defaults.end() ? ofInput->second + " (default of an input)" : view.table().string(record.name);
    node.notes.push_back({"weight", name + ": " + typeOf(slot) + ", " + bytesText(bytes)});
    node.weightBytes += bytes;
    node.bytes += bytes;
    node.structure += typeOf(slot) + " weight;";
    return;
  }
  node.structure += typeOf(slot) + ";";
  connect(slot, leaf, typeOf(slot));
}

void Builder::addCommand(const ingot_command &command, int parent, int depth) {
  static const char *const names[] = {"dispatch", "copy", "fill", "if", "while", "call", "collective"};
  GraphNode node;
  node.parent = parent;
  node.label = command.op < std::size(names) ? names[command.op] : "?";
  bool isBranch = command.op == INGOT_CMD_IF || command.op == INGOT_CMD_WHILE;
  if (command.op == INGOT_CMD_DISPATCH && command.kernel < view.header().kernels.count) {
    ingot_kernel_record kernel = view.table().kernel(command.kernel);
    node.label = view.table().string(kernel.name);
    node.flops = double(kernel.flops_hint);
    node.notes.push_back({"emitter", view.table().string(kernel.emitter)});
    node.notes.push_back({"ops", view.table().string(kernel.source)});
  }
  if (listed < notes.names.size()) {
    node.name = notes.names[listed];
    auto found = notes.shortNames.find(node.name);
    node.place = found != notes.shortNames.end() ? found->second : node.name;
  }
  if (listed < notes.microseconds.size()) {
    node.microseconds = notes.microseconds[listed];
    node.isTimed = true;
  }
  ++listed;
  int leaf = graph.add({});
  if (isBranch) {
    node.kind = GraphNode::Kind::Region;
    graph.nodes[size_t(leaf)] = node;
    GraphNode top;
    top.parent = leaf;
    top.label = "predicate";
    int decide = graph.add(top);
    for (uint32_t o = 0; o < command.operand_count; ++o) {
      uint32_t slot = view.table().index(command.operands + o);
      read(slot, decide, graph.nodes[size_t(decide)]);
    }
    for (auto [list, label] : {std::pair(command.list_a, command.op == INGOT_CMD_IF ? "then" : "condition"),
                               std::pair(command.list_b, command.op == INGOT_CMD_IF ? "else" : "body")}) {
      if (list == INGOT_NONE)
        continue;
      GraphNode part;
      part.kind = GraphNode::Kind::Region;
      part.parent = leaf;
      part.label = label;
      addList(list, graph.add(part), depth + 1);
    }
    return;
  }
  // Operands come before results. The tables do not say how many results there are: the last is one, and those right before
  // it that have a name, which views lack, and have not been written.
  uint32_t results = command.operand_count;
  auto slotAt = [&](uint32_t operand) { return view.table().index(command.operands + operand); };
  auto isOpen = [&](uint32_t slot) {
    ingot_slot record = view.table().slot(slot);
    return (record.kind == INGOT_SLOT_RESULT || record.kind == INGOT_SLOT_ARENA) && *view.table().string(record.name) &&
           !written.count(slot);
  };
  if (results != 0)
    --results;
  while (results != 0 && isOpen(slotAt(results - 1)))
    --results;
  for (uint32_t o = 0; o < results; ++o)
    read(slotAt(o), leaf, node);
  for (uint32_t o = results; o < command.operand_count; ++o) {
    node.types.push_back(typeOf(slotAt(o)));
    node.bytes += double(std::max<int64_t>(view.atMaxima(view.table().slot(slotAt(o)).bytes), 0));
    writer[placeOf(slotAt(o))] = {leaf, typeOf(slotAt(o))};
    written.insert(slotAt(o));
  }
  graph.nodes[size_t(leaf)] = std::move(node);
}

} // namespace

Graph graphOfTable(const TableView &view, std::string title, Grouping grouping, const CommandNotes &notes) {
  return Builder(view, notes).run(std::move(title), grouping);
}

} // namespace ingot::driver
