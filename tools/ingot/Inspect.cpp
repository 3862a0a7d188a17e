// ingot inspect: what is in an artifact, of any architecture, or what a model would become.
#include "ir/DidYouMean.h"
#include "runtime/hostio/SelfTest.h"
#include "tools/ingot/ModelOptions.h"
#include "tools/ingot/TableView.h"
#include "tools/ingot/graph/InspectGraph.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <map>
#include <nlohmann/json.hpp>

namespace ingot::driver {

namespace {

using nlohmann::json;

struct InspectVerb {
  ModelOptions model;
  bool fusion = false, memory = false, size = false, commands = false;
  std::string graph, profile;

  Status run();
  Status checkEntries(const TableView &view);
  void print(const TableView &view);
};

const char *archName(uint32_t arch) {
  static const char *const names[] = {"none", "x86-64", "aarch64", "riscv64", "wasm32"};
  return arch < std::size(names) ? names[arch] : "unknown";
}

const char *slotKind(uint32_t kind) {
  static const char *const names[] = {"input", "result", "arena", "weight", "state"};
  return kind < std::size(names) ? names[kind] : "?";
}

std::string commandKind(uint32_t op) {
  static const char *const names[] = {"dispatch", "copy", "fill", "if", "while", "call", "collective", "bind"};
  return op < std::size(names) ? names[op] : "?";
}

// "arena+128", "weight conv1.w", "input image": where a slot's memory is.
std::string place(const TableView &view, uint32_t slotIndex) {
  ingot_slot slot = view.table().slot(slotIndex);
  std::string text = slotKind(slot.kind);
  if (slot.kind == INGOT_SLOT_ARENA)
    return text + "+" + view.expression(slot.location);
  const char *name = view.table().string(slot.name);
  if (slot.kind == INGOT_SLOT_RESULT)
    return text + " " + std::to_string(slot.location);
  return *name ? text + " " + name : text + " " + std::to_string(slot.location);
}

// `partners`: of results, the first of the inputs they are paired with.
json argumentsOf(const TableView &view, uint32_t first, uint32_t count, uint32_t partners = INGOT_NONE) {
  json list = json::array();
  for (uint32_t i = 0; i < count; ++i) {
    ingot_argument argument = view.table().argument(first + i);
    json shape = json::array();
    for (uint32_t d = 0; d < argument.rank; ++d) {
      uint32_t dim = view.table().index(argument.dims + d);
      ingot_expr expr = view.table().expr(dim);
      shape.push_back(expr.op == INGOT_EXPR_CONST ? json(expr.value) : json(view.expression(dim)));
    }
    bool isState = (argument.flags & INGOT_ARG_STATE) || argument.becomes != 0;
    if (partners != INGOT_NONE && argument.alias != INGOT_NONE) // of results: what becomes a state
      isState = view.table().argument(partners + argument.alias).flags & INGOT_ARG_STATE;
    json item = {{"name", view.table().string(argument.name)},
                 {"type", view.type(argument.dtype, argument.rank, argument.dims)},
                 {"dtype", ingot_dtype_name(argument.dtype)},
                 {"shape", shape},
                 {"max_bytes", view.atMaxima(argument.bytes)},
                 {"state", isState},
                 {"default", (argument.flags & INGOT_ARG_DEFAULT) != 0}};
    if (argument.becomes)
      item["becomes"] = view.table().string(argument.becomes);
    if (argument.grows)
      item["grows"] = {{"axis", argument.grows - 1},
                       {"size", view.table().string(view.table().size(argument.length).name)},
                       {"most", view.table().size(argument.length).max},
                       {"next", view.expression(argument.next_length)}};
    list.push_back(item);
  }
  return list;
}

// " (state; holds 0 to 1024 of 'past' along dim 2, after a call past + seq)"
std::string stateOf(const json &argument) {
  if (!argument.contains("grows"))
    return argument["state"].get<bool>() ? " (state)" : argument["default"].get<bool>() ? " (has a default)" : "";
  const json &grows = argument["grows"];
  return " (state; holds 0 to " + std::to_string(grows["most"].get<int64_t>()) + " of '" + grows["size"].get<std::string>() +
         "' along dim " + std::to_string(grows["axis"].get<int64_t>()) + ", after a call " +
         grows["next"].get<std::string>() + ")";
}

// " (sets state h)" of a result that becomes a state which its entry point does not take.
std::string becomesOf(const json &result) {
  return result.contains("becomes") ? " (sets state " + result["becomes"].get<std::string>() + ")" : "";
}

json kernelsOf(const TableView &view) {
  json list = json::array();
  for (uint32_t i = 0; i < view.header().kernels.count; ++i) {
    ingot_kernel_record kernel = view.table().kernel(i);
    json variants = json::array();
    for (uint32_t v = 0; v < kernel.variant_count; ++v) {
      ingot_variant variant = view.table().variant(kernel.variants + v);
      variants.push_back({{"level", view.table().string(variant.name)},
                          {"grid", view.expression(variant.grid)},
                          {"scratch", view.expression(variant.scratch)},
                          {"object_bytes", variant.code_size}});
    }
    list.push_back({{"name", view.table().string(kernel.name)},
                    {"emitter", view.table().string(kernel.emitter)},
                    {"flops", kernel.flops_hint},
                    {"ops", view.table().string(kernel.source)},
                    {"variants", variants}});
  }
  return list;
}

json indicesOf(const TableView &view, uint32_t list) {
  json indices = json::array();
  if (list == INGOT_NONE)
    return indices;
  ingot_command_list range = view.table().list(list);
  for (uint32_t i = 0; i < range.count; ++i)
    indices.push_back(range.first + i);
  return indices;
}

json commandsOf(const TableView &view) {
  json list = json::array();
  for (uint32_t i = 0; i < view.header().commands.count; ++i) {
    ingot_command command = view.table().command(i);
    json operands = json::array();
    for (uint32_t o = 0; o < command.operand_count; ++o)
      operands.push_back(place(view, view.table().index(command.operands + o)));
    json item = {{"kind", commandKind(command.op)}, {"name", view.table().string(command.name)}, {"operands", operands}};
    bool isLoop = command.op == INGOT_CMD_WHILE;
    if (isLoop || command.op == INGOT_CMD_IF) {
      item[isLoop ? "condition" : "then"] = indicesOf(view, command.list_a);
      item[isLoop ? "body" : "else"] = indicesOf(view, command.list_b);
    }
    list.push_back(item);
  }
  return list;
}

// Commands with their numbers, those of sub-lists indented below theirs. The loader has checked that lists form trees.
void printCommands(llvm::raw_ostream &os, const json &commands, const json &numbers, unsigned depth) {
  for (const json &number : numbers) {
    const json &command = commands[number.get<size_t>()];
    os.indent(2 + 4 * depth) << number.get<size_t>() << ' ' << command["kind"].get<std::string>();
    if (command["name"] != command["kind"])
      os << ' ' << command["name"].get<std::string>();
    os << " (";
    llvm::interleaveComma(command["operands"], os, [&](const json &operand) { os << operand.get<std::string>(); });
    os << ")\n";
    for (const char *part : {"condition", "then", "body", "else"})
      if (auto list = command.find(part); list != command.end()) {
        os.indent(4 + 4 * depth) << part << '\n';
        printCommands(os, commands, *list, depth + 1);
      }
  }
}

json weightsOf(const TableView &view) {
  json list = json::array();
  for (uint32_t i = 0; i < view.header().weights.count; ++i) {
    ingot_weight_record weight = view.table().weight(i);
    list.push_back({{"name", view.table().string(weight.name)},
                    {"type", view.type(weight.dtype, weight.rank, weight.dims)},
                    {"bytes", weight.size},
                    {"offset", weight.offset},
                    {"layout", view.table().string(weight.layout)}});
  }
  return list;
}

// Every value in the arena: where, how long, and between which commands it lives.
json memoryOf(const TableView &view) {
  std::map<uint32_t, std::pair<uint32_t, uint32_t>> lives;
  for (uint32_t i = 0; i < view.header().commands.count; ++i) {
    ingot_command command = view.table().command(i);
    for (uint32_t o = 0; o < command.operand_count; ++o) {
      uint32_t slot = view.table().index(command.operands + o);
      auto [it, inserted] = lives.try_emplace(slot, i, i);
      it->second.second = i;
    }
  }
  json list = json::array();
  for (auto [index, life] : lives) {
    ingot_slot slot = view.table().slot(index);
    if (slot.kind == INGOT_SLOT_ARENA)
      list.push_back({{"offset", view.expression(slot.location)},
                      {"bytes", view.expression(slot.bytes)},
                      {"type", view.type(slot.dtype, slot.rank, slot.dims)},
                      {"first_command", life.first},
                      {"last_command", life.second}});
  }
  return list;
}

json selfTestsOf(const TableView &view) {
  json list = json::array();
  for (uint32_t i = 0; i < view.header().self_tests.count; ++i) {
    ingot_self_test test = view.table().selfTest(i);
    bool stored = test.outcome == INGOT_SELF_TEST_STORED;
    list.push_back({{"level", view.table().string(test.level)},
                    {"outcome", hostio::outcomeText(test.outcome)},
                    {"results_hash", stored ? json(llvm::formatv("{0:x-}", test.results).str()) : json()}});
  }
  return list;
}

// Narrower ranges of sizes than the artifact's, which a specialisation is for.
json rangesOf(const TableView &view, const ingot_entry &entry) {
  json ranges = json::array();
  for (uint32_t i = 0; i < view.header().sizes.count; ++i) {
    const ingot_size_record size = view.table().size(i);
    const int64_t low = ingot_entry_bound(&view.header(), &entry, i, 0),
                  high = ingot_entry_bound(&view.header(), &entry, i, 1);
    if (low != size.min || high != size.max)
      ranges.push_back({{"name", view.table().string(size.name)}, {"min", low}, {"max", high}});
  }
  return ranges;
}

// `wanted`: names of the entry points to show; none: all.
json documentOf(const TableView &view, llvm::ArrayRef<std::string> wanted) {
  const ingot_table_header &header = view.header();
  json document = {{"model", view.table().string(header.model_name)},
                   {"producer", view.table().string(header.producer)},
                   {"abi", header.abi_version},
                   {"triple", view.table().string(header.triple)},
                   {"kernel_count", header.kernels.count},
                   {"command_count", header.commands.count},
                   {"weight_count", header.weights.count},
                   {"architecture", archName(header.arch)},
                   {"numerics", view.table().string(header.numerics)},
                   {"weight_bytes", header.weights_size},
                   {"table_bytes", header.table_size}};
  json sizes = json::array(), entries = json::array();
  for (uint32_t i = 0; i < header.sizes.count; ++i) {
    ingot_size_record size = view.table().size(i);
    sizes.push_back({{"name", view.table().string(size.name)},
                     {"min", size.min},
                     {"max", size.max},
                     {"multiple", size.multiple},
                     {"data", size.origin == INGOT_SIZE_OF_DATA}});
  }
  for (uint32_t i = 0; i < header.entries.count; ++i) {
    ingot_entry entry = view.table().entry(i);
    if (!wanted.empty() && !llvm::is_contained(wanted, view.table().string(entry.name)))
      continue;
    entries.push_back({{"name", view.table().string(entry.name)},
                       {"title", view.entryText(i)},
                       {"ranges", rangesOf(view, entry)},
                       {"inputs", argumentsOf(view, entry.inputs, entry.input_count)},
                       {"results", argumentsOf(view, entry.results, entry.result_count, entry.inputs)},
                       {"commands", indicesOf(view, entry.list)},
                       {"arena", view.expression(entry.arena)},
                       {"arena_bytes", view.arenaBytes(i)}});
  }
  // What an executable's --describe says of its first entry.
  document["inputs"] = entries[0]["inputs"];
  document["results"] = entries[0]["results"];
  document["arena_bytes"] = entries[0]["arena_bytes"];
  document["self_tests"] = selfTestsOf(view);
  document["sizes"] = sizes;
  document["entries"] = entries;
  document["kernels"] = kernelsOf(view);
  document["commands"] = commandsOf(view);
  document["weights"] = weightsOf(view);
  document["memory"] = memoryOf(view);
  return document;
}

std::string text(const json &value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

// Whether the artifact has the entry points that are asked for.
Status InspectVerb::checkEntries(const TableView &view) {
  std::vector<std::string> names;
  for (uint32_t i = 0; i < view.header().entries.count; i = view.table().pastSpecialisations(i))
    names.push_back(view.table().string(view.table().entry(i).name));
  for (const std::string &name : model.entries)
    if (!llvm::is_contained(names, name))
      return fail(model.model + ": --entry: there is no entry point '" + name + "'" + didYouMean(name, names) +
                  "; it has: " + llvm::join(names, ", "));
  return Done;
}

void InspectVerb::print(const TableView &view) {
  json document = documentOf(view, model.entries);
  if (globals.json) {
    answer(document);
    return;
  }
  std::string out;
  llvm::raw_string_ostream os(out);
  bool everything = !fusion && !memory && !size && !commands;
  os << text(document["model"]) << ": " << text(document["triple"]) << ", " << text(document["producer"]) << ", numerics "
     << text(document["numerics"]) << '\n';
  for (const json &item : document["self_tests"])
    os << "self-test " << text(item["level"]) << ": " << text(item["outcome"])
       << (item["results_hash"].is_null() ? "" : " " + text(item["results_hash"])) << '\n';
  for (const json &item : document["sizes"])
    os << "size " << text(item["name"]) << " in " << text(item["min"]) << ".." << text(item["max"])
       << (item["data"].get<bool>() ? ", computed from data" : "") << '\n';
  for (const json &entry : document["entries"]) {
    os << "entry " << text(entry["title"]) << '\n';
    for (const json &item : entry["inputs"])
      os << "  input  " << text(item["name"]) << ": " << text(item["type"]) << stateOf(item) << '\n';
    for (const json &item : entry["results"])
      os << "  result " << text(item["name"]) << ": " << text(item["type"]) << becomesOf(item) << '\n';
    os << "  arena  " << text(entry["arena_bytes"]) << " bytes";
    if (text(entry["arena"]) != text(entry["arena_bytes"]))
      os << " at most: " << text(entry["arena"]);
    os << '\n';
  }
  if (everything || fusion) {
    os << document["kernels"].size() << " kernels\n";
    for (const json &kernel : document["kernels"]) {
      os << "  " << text(kernel["name"]) << " [" << text(kernel["emitter"]) << "] "
         << llvm::formatv("{0:f2}", kernel["flops"].get<double>() / 1e6) << " Mflop, levels";
      for (const json &variant : kernel["variants"])
        os << ' ' << text(variant["level"]) << " (grid " << text(variant["grid"]) << ")";
      os << '\n';
      llvm::SmallVector<llvm::StringRef> lines;
      std::string ops = text(kernel["ops"]);
      llvm::StringRef(ops).split(lines, '\n', -1, false);
      for (llvm::StringRef line : lines)
        os << "      " << line << '\n';
    }
  }
  if (everything || commands) {
    os << document["commands"].size() << " commands\n";
    for (const json &entry : document["entries"])
      printCommands(os, document["commands"], entry["commands"], 0);
  }
  if (everything || size) {
    os << document["weights"].size() << " weights, " << text(document["weight_bytes"]) << " bytes\n";
    for (const json &weight : document["weights"])
      os << "  " << text(weight["name"]) << ": " << text(weight["type"]) << ", " << text(weight["bytes"]) << " bytes"
         << (text(weight["layout"]).empty() ? "" : "  " + text(weight["layout"])) << '\n';
  }
  if (memory) {
    os << "arena\n";
    for (const json &value : document["memory"])
      os << "  +" << text(value["offset"]) << ": " << text(value["bytes"]) << " bytes " << text(value["type"])
         << ", commands " << text(value["first_command"]) << ".." << text(value["last_command"]) << '\n';
  }
  llvm::outs() << printable(out);
}

Status InspectVerb::run() {
  if (!graph.empty())
    if (Status status = checkGraphPath(graph); status != Done)
      return status;
  std::string why;
  FileKind kind = detectFile(model.model, &why);
  if (kind == FileKind::Artifact || kind == FileKind::Archive) {
    if (std::string flag = model.compileFlag(); !flag.empty() || !model.dims.empty() || !model.shapes.empty())
      return fail((flag.empty() ? model.dims.empty() ? "--shape" : "--dim" : flag) + ": " + model.model +
                  " is compiled already");
    llvm::Expected<TableView> view = TableView::ofFile(model.model);
    if (!view)
      return fail(llvm::toString(view.takeError()));
    if (Status status = checkEntries(*view); status != Done)
      return status;
    if (!graph.empty())
      return drawArtifact(graph, *view, model.model, profile);
    print(*view);
    return Done;
  }
  model.openDefaults = true;
  if (!graph.empty())
    return drawModel(graph, model, profile);
  BuiltModel built;
  if (Status status = buildModel(model, {}, "portable", built); status != Done)
    return status;
  if (!built.model->complete)
    return fail("--stop-after=" + model.stopAfter +
                ": nothing to inspect; 'ingot compile --dump-dir' shows the IR of each phase");
  // The weights' size is the linker's to state; here it is the image's.
  built.model->table.header.weights_size = built.model->weights.size();
  print(TableView(built.model->table.serialize()));
  return Done;
}

} // namespace

void addInspect(CLI::App &app, Status *status) {
  auto verb = std::make_shared<InspectVerb>();
  CLI::App *command = app.add_subcommand("inspect", "Show what is in an artifact or what a model becomes");
  verb->model.addTo(*command, true);
  addModelArgument(*command, "model", verb->model.model, "An artifact of any architecture, or a model");
  command->add_flag("--fusion", verb->fusion, "The kernels and the ops each holds");
  command->add_flag("--commands", verb->commands, "The command list");
  command->add_flag("--size", verb->size, "The weights");
  command->add_flag("--memory", verb->memory, "The arena: every value's place and life");
  CLI::Option *graph =
      command->add_option("--graph", verb->graph, "Draw the graph into this .html (a page to open in a browser) or .svg");
  command
      ->add_option(
          "--profile", verb->profile,
          "Show in the graph how long kernels take, as a file that bench wrote tells: a --trace, or what bench --json "
          "--profile prints; models are compiled for --mcpu=native unless told, as bench does")
      ->needs(graph);
  command->footer(
      "Example:\n  ingot bench model.onnx --trace trace.json\n  ingot inspect model.onnx --graph model.html --profile "
      "trace.json");
  command->callback([verb, status] { *status = verb->run(); });
}

} // namespace ingot::driver
