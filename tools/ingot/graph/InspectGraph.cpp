#include "tools/ingot/graph/InspectGraph.h"

#include "tools/ingot/graph/GraphProfile.h"
#include "llvm/Support/FormatVariadic.h"

#include <map>
#include <memory>

namespace ingot::driver {

using nlohmann::json;

static bool isSvg(llvm::StringRef path) { return path.ends_with(".svg"); }
// What cannot be opened hides nothing.
static Grouping groupingOf(llvm::StringRef path) { return isSvg(path) ? Grouping::Flat : Grouping::Nested; }

// Every value of the arena at the sizes' maxima: its place, and the commands between which it lives.
static json memoryOf(const TableView &view) {
  json values = json::array(), commands = json::array();
  std::map<uint32_t, std::pair<uint32_t, uint32_t>> lives;
  for (uint32_t i = 0; i < view.header().commands.count; ++i) {
    ingot_command command = view.table().command(i);
    commands.push_back(view.table().string(command.name));
    for (uint32_t o = 0; o < command.operand_count; ++o) {
      auto [it, inserted] = lives.try_emplace(view.table().index(command.operands + o), i, i);
      it->second.second = i;
    }
  }
  for (auto [index, life] : lives) {
    ingot_slot slot = view.table().slot(index);
    if (slot.kind != INGOT_SLOT_ARENA)
      continue;
    values.push_back({{"offset", std::max<int64_t>(view.atMaxima(slot.location), 0)},
                      {"bytes", std::max<int64_t>(view.atMaxima(slot.bytes), 0)},
                      {"offset_text", view.expression(slot.location)},
                      {"bytes_text", view.expression(slot.bytes)},
                      {"type", view.type(slot.dtype, slot.rank, slot.dims)},
                      {"first", life.first},
                      {"last", life.second}});
  }
  return {{"values", values}, {"commands", commands}};
}

Status checkGraphPath(const std::string &path) {
  llvm::StringRef name(path);
  if (!name.ends_with(".html") && !isSvg(name))
    return fail("--graph " + path + ": expected a name that ends in .html or .svg");
  return checkWritable("--graph", path);
}

static json argumentsOf(const TableView &view, uint32_t first, uint32_t count, bool haveDefaults = false) {
  json list = json::array();
  for (uint32_t i = 0; i < count; ++i) {
    ingot_argument argument = view.table().argument(first + i);
    if (((argument.flags & INGOT_ARG_DEFAULT) != 0) == haveDefaults)
      list.push_back({view.table().string(argument.name), view.type(argument.dtype, argument.rank, argument.dims)});
  }
  return list;
}

// What the page says of the whole: pairs of names and values.
static json summaryOf(llvm::ArrayRef<Graph> graphs, const TableView &view, double weightBytes) {
  json facts = json::array();
  auto add = [&](const char *name, std::string value) { facts.push_back({name, std::move(value)}); };
  for (const Graph &graph : graphs) {
    size_t ops = 0, modules = 0, kernels = 0;
    double flops = 0, microseconds = 0;
    for (const GraphNode &node : graph.nodes) {
      ops += node.kind == GraphNode::Kind::Op;
      modules += node.kind == GraphNode::Kind::Module;
      kernels += node.kind == GraphNode::Kind::Kernel;
      flops += node.parent < 0 ? node.flops : 0;
      microseconds += node.parent < 0 ? node.microseconds : 0;
    }
    std::string inModules = modules == 0 ? "" : " in " + std::to_string(modules) + (modules == 1 ? " module" : " modules");
    if (graph.title == "Model")
      add("ops", std::to_string(ops) + inModules);
    else if (graph.title == "Kernels")
      add("kernels", std::to_string(kernels) + inModules);
    else
      add("commands", std::to_string(view.header().commands.count));
    if (graph.title == graphs.front().title && flops > 0)
      add("operations", countText(flops) + "flop");
    if (graph.title == graphs.front().title && microseconds > 0)
      add("time of a call", llvm::formatv("{0:f3} ms", microseconds / 1000));
  }
  add("weights", bytesText(weightBytes));
  json entries = json::array();
  for (uint32_t i = 0; i < view.header().entries.count; ++i) {
    ingot_entry entry = view.table().entry(i);
    add("arena", bytesText(double(view.arenaBytes(i))));
    entries.push_back({{"title", view.header().entries.count > 1 ? view.entryText(i) : ""},
                       {"Inputs", argumentsOf(view, entry.inputs, entry.input_count)},
                       {"Inputs with a default", argumentsOf(view, entry.inputs, entry.input_count, true)},
                       {"Results", argumentsOf(view, entry.results, entry.result_count)}});
  }
  return {{"facts", facts}, {"entries", entries}};
}

static Status write(const std::string &path, llvm::ArrayRef<Graph> graphs, const std::string &heading, const json &about) {
  Status status = writeFile("--graph", path, [&](llvm::raw_ostream &os) {
    if (isSvg(path))
      writeSvg(graphs.front(), heading, os);
    else
      writePage(graphs, heading, about, os);
  });
  if (status == Done)
    answer({{"graph", path}});
  return status;
}

Status drawModel(const std::string &path, const ModelOptions &given, const std::string &profilePath) {
  if (!given.stopAfter.empty())
    return fail("--stop-after=" + given.stopAfter + ": --graph draws phases of its own choice");
  ModelOptions options = given;
  Profile profile;
  if (!profilePath.empty()) {
    if (Status status = readProfile(profilePath, profile); status != Done)
      return status;
    options.openDefaults = false; // as bench, whose profile it is
  }
  llvm::StringRef cpu = profilePath.empty() ? "portable" : "native";
  std::string heading = modelName(options.model);
  Grouping grouping = groupingOf(path);
  std::vector<Graph> graphs;
  // A dump is past its import.
  if (options.from.empty() && !isSvg(path)) {
    std::unique_ptr<mlir::MLIRContext> context;
    Program program;
    if (Status status = importModel(options, {}, context, program); status != Done)
      return status;
    graphs.push_back(graphOfModule(*program.module, "Model", Grouping::Nested));
    program.module = {}; // before its context
  }
  bool hasKernels = options.from.empty() || *parsePhase(options.from) <= Phase::Fuse;
  std::unique_ptr<TableView> view;
  CommandNotes notes;
  double weightBytes = 0;
  if (!isSvg(path) || !hasKernels || !profilePath.empty()) {
    BuiltModel built;
    if (Status status = buildModel(options, {}, cpu, built); status != Done)
      return status;
    view = std::make_unique<TableView>(built.model->table.serialize());
    if (!profilePath.empty())
      if (Status status = timesOf(profilePath, profile, *view, heading, notes.microseconds); status != Done)
        return status;
    notes.names = commandNames(*view, *built.model->program.module);
    weightBytes = double(built.model->weights.size()); // the image's: an artifact's is the linker's to state
  }
  if (hasKernels) {
    ModelOptions fused = options;
    fused.stopAfter = "fuse";
    fused.dumpDir.clear();
    fused.timing = false;
    BuiltModel built;
    if (Status status = buildModel(fused, {}, cpu, built); status != Done)
      return status;
    graphs.insert(graphs.begin(),
                  graphOfModule(*built.model->program.module, "Kernels", grouping, nodeTimes(notes), &notes.shortNames));
  }
  if (view)
    graphs.push_back(graphOfTable(*view, "Commands", grouping, notes));
  json about;
  if (view)
    about = {{"memory", memoryOf(*view)}, {"summary", summaryOf(graphs, *view, weightBytes)}};
  return write(path, graphs, heading, about);
}

Status drawArtifact(const std::string &path, const TableView &view, const std::string &artifact,
                    const std::string &profilePath) {
  CommandNotes notes;
  if (!profilePath.empty()) {
    Profile profile;
    if (Status status = readProfile(profilePath, profile); status != Done)
      return status;
    if (Status status = timesOf(profilePath, profile, view, artifact, notes.microseconds); status != Done)
      return status;
  }
  Graph graph = graphOfTable(view, "Commands", groupingOf(path), notes);
  json about = {{"memory", memoryOf(view)}, {"summary", summaryOf(graph, view, double(view.header().weights_size))}};
  return write(path, graph, view.table().string(view.header().model_name), about);
}

} // namespace ingot::driver
