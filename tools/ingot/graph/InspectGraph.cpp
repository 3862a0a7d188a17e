#include "tools/ingot/graph/InspectGraph.h"

#include "tools/ingot/graph/Graph.h"
#include "llvm/Support/FileSystem.h"

#include <map>

namespace ingot::driver {

using nlohmann::json;

static bool isSvg(llvm::StringRef path) { return path.ends_with(".svg"); }

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

Status checkGraphPath(const std::string &path, const std::string &model) {
  llvm::StringRef name(path);
  if (!name.ends_with(".html") && !isSvg(name))
    return fail("--graph " + path + ": expected a name that ends in .html or .svg");
  if (llvm::sys::fs::equivalent(path, model))
    return fail("--graph " + path + ": is the model itself");
  return Done;
}

static Status write(const std::string &path, llvm::ArrayRef<Graph> graphs, const std::string &heading, const json &memory) {
  Status status = writeFile("--graph", path, [&](llvm::raw_ostream &os) {
    if (isSvg(path))
      writeSvg(graphs.front(), heading, os);
    else
      writePage(graphs, heading, memory, os);
  });
  if (status == Done)
    answer({{"graph", path}});
  return status;
}

Status drawModel(const std::string &path, const ModelOptions &options) {
  if (!options.stopAfter.empty())
    return fail("--stop-after=" + options.stopAfter + ": --graph draws phases of its own choice");
  std::string heading = modelName(options.model);
  std::vector<Graph> graphs;
  // A dump is past its import.
  if (options.from.empty() && !isSvg(path)) {
    std::unique_ptr<mlir::MLIRContext> context;
    Program program;
    if (Status status = importModel(options, {}, context, program); status != Done)
      return status;
    graphs.push_back(graphOfModule(*program.module, "Model"));
    program.module = {}; // before its context
  }
  if (options.from.empty() || *parsePhase(options.from) <= Phase::Fuse) {
    ModelOptions fused = options;
    fused.stopAfter = "fuse";
    fused.dumpDir.clear();
    fused.timing = false;
    BuiltModel built;
    if (Status status = buildModel(fused, {}, "portable", built); status != Done)
      return status;
    graphs.insert(graphs.begin(), graphOfModule(*built.model->program.module, "Kernels"));
  }
  json memory = {{"values", json::array()}, {"commands", json::array()}};
  if (!isSvg(path) || graphs.empty()) {
    BuiltModel built;
    if (Status status = buildModel(options, {}, "portable", built); status != Done)
      return status;
    TableView view(built.model->table.serialize());
    memory = memoryOf(view);
    graphs.push_back(graphOfTable(view, "Commands"));
  }
  return write(path, graphs, heading, memory);
}

Status drawArtifact(const std::string &path, const TableView &view) {
  return write(path, graphOfTable(view, "Commands"), view.table().string(view.header().model_name), memoryOf(view));
}

} // namespace ingot::driver
