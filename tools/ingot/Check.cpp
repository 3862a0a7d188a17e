// ingot check: a dry run. Everything that would stop the user, at once; else what to expect of memory, size and time.
#include "tools/ingot/ModelOptions.h"
#include "tools/ingot/TableView.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <map>

namespace ingot::driver {

namespace {

using nlohmann::json;

struct CheckVerb {
  ModelOptions model;

  Status run();
};

json argumentsOf(const TableView &view, uint32_t record, uint32_t first, uint32_t count) {
  json list = json::array();
  for (uint32_t i = first; i < first + count; ++i) {
    ingot_argument argument = view.table().argument(i);
    list.push_back({{"name", view.table().string(argument.name)},
                    {"type", view.type(argument.dtype, argument.rank, argument.dims)},
                    {"bytes", view.atMaxima(argument.bytes, record)},
                    {"state", (argument.flags & INGOT_ARG_STATE) != 0 || argument.becomes != 0}});
  }
  return list;
}

uint64_t bytesOf(const json &arguments) {
  uint64_t sum = 0;
  for (const json &argument : arguments)
    sum += argument["bytes"].get<uint64_t>();
  return sum;
}

// What the cost model expects of a command list on one thread at the sizes' maxima, in nanoseconds, with the best variant of
// each kernel: both branches' longer one, and one round of a loop, whose count is not known here. `kernels`: by name, what
// all their dispatches take.
double expectedTime(const TableView &view, uint32_t record, uint32_t listIndex, bool &loops,
                    std::map<std::string, double> &kernels) {
  if (listIndex == INGOT_NONE)
    return 0;
  double sum = 0;
  ingot_command_list list = view.table().list(listIndex);
  for (uint32_t i = list.first; i < list.first + list.count; ++i) {
    ingot_command command = view.table().command(i);
    if (command.op == INGOT_CMD_DISPATCH) {
      ingot_kernel_record kernel = view.table().kernel(command.kernel);
      ingot_variant best = view.table().variant(kernel.variants);
      uint32_t grid = command.grids ? view.table().index(command.grids - 1) : best.grid;
      double took = double(best.tile_nanoseconds) * static_cast<double>(std::max<int64_t>(view.atMaxima(grid, record), 0));
      kernels[view.table().string(kernel.name)] += took;
      sum += took;
    } else if (command.op == INGOT_CMD_IF) {
      sum += std::max(expectedTime(view, record, command.list_a, loops, kernels),
                      expectedTime(view, record, command.list_b, loops, kernels));
    } else if (command.op == INGOT_CMD_WHILE) {
      loops = true;
      sum += expectedTime(view, record, command.list_a, loops, kernels) +
             expectedTime(view, record, command.list_b, loops, kernels);
    }
  }
  return sum;
}

// The largest scratch a worker may need.
uint64_t scratchBytes(const TableView &view) {
  int64_t most = 0;
  for (uint32_t i = 0; i < view.header().variants.count; ++i)
    most = std::max(most, view.atMaxima(view.table().variant(i).scratch));
  return static_cast<uint64_t>(most);
}

json report(const BuiltModel &built, double milliseconds) {
  CompiledModel &compiled = *built.model;
  compiled.table.header.weights_size = compiled.weights.size();
  TableView view(compiled.table.serialize());
  uint64_t code = 0;
  json levels = json::array();
  for (const CompiledKernel &kernel : compiled.kernels)
    for (const CompiledVariant &variant : kernel.variants)
      code += variant.object.size();
  if (!compiled.kernels.empty())
    for (const KernelVariants::Variant &variant : compiled.kernels.front().info.variants)
      levels.push_back(variant.level.name);
  // What is said of the whole is of the largest entry point; kernels' times are summed over all.
  bool loops = false;
  std::map<std::string, double> kernels;
  json entries = json::array();
  uint64_t buffers = 0;
  double nanoseconds = 0;
  for (uint32_t i = 0; i < view.header().entries.count; ++i) {
    const ingot_entry entry = view.table().entry(i);
    json inputs = argumentsOf(view, i, entry.inputs, entry.input_count),
         results = argumentsOf(view, i, entry.results, entry.result_count);
    const double time = expectedTime(view, i, entry.list, loops, kernels);
    buffers = std::max(buffers, bytesOf(inputs) + bytesOf(results));
    nanoseconds = std::max(nanoseconds, time);
    entries.push_back({{"name", view.table().string(entry.name)},
                       {"title", view.entryText(i)},
                       {"inputs", inputs},
                       {"results", results},
                       {"arena_bytes", view.arenaBytes(i)},
                       {"expected_microseconds", time / 1000}});
  }
  for (auto &[name, time] : kernels)
    time /= 1000;
  json sizes = json::array();
  for (uint32_t i = 0; i < view.header().sizes.count; ++i) {
    ingot_size_record size = view.table().size(i);
    sizes.push_back({{"name", view.table().string(size.name)},
                     {"min", size.min},
                     {"max", size.max},
                     {"data", size.origin == INGOT_SIZE_OF_DATA}});
  }
  warnOfMemory(view);
  uint64_t arena = view.arenaBytes(), scratch = scratchBytes(view);
  return {{"model", view.table().string(view.header().model_name)},
          {"triple", compiled.triple},
          {"levels", levels},
          {"sizes", sizes},
          {"inputs", entries[0]["inputs"]},
          {"results", entries[0]["results"]},
          {"entries", entries},
          {"kernels", compiled.kernels.size()},
          {"code_bytes", code},
          {"weight_bytes", compiled.weights.size()},
          {"arena_bytes", arena},
          {"scratch_bytes_per_thread", scratch},
          {"buffer_bytes", buffers},
          {"memory_bytes", compiled.weights.size() + code + arena + scratch + buffers},
          {"expected_microseconds", nanoseconds / 1000},
          {"kernel_microseconds", kernels},
          {"counts_one_round_of_each_loop", loops},
          {"compile_milliseconds", milliseconds}};
}

std::string bytesText(uint64_t bytes) {
  return bytes < 1000000 ? llvm::formatv("{0:f1} KB", bytes / 1e3).str() : llvm::formatv("{0:f1} MB", bytes / 1e6).str();
}

std::string text(const json &document) {
  std::string out;
  llvm::raw_string_ostream os(out);
  auto word = [&](const char *key) { return document[key].get<std::string>(); };
  auto bytes = [&](const char *key) { return bytesText(document[key].get<uint64_t>()); };
  os << word("model") << ": nothing would stop it for " << word("triple");
  for (const json &level : document["levels"])
    os << ' ' << level.get<std::string>();
  os << '\n';
  for (const json &size : document["sizes"])
    os << "  size    " << size["name"].get<std::string>() << " in " << size["min"].dump() << ".." << size["max"].dump()
       << (size["data"].get<bool>() ? ", computed from data" : "") << '\n';
  const bool several = document["entries"].size() > 1;
  for (const json &entry : document["entries"]) {
    if (several)
      os << "  entry   " << entry["title"].get<std::string>() << ", about "
         << llvm::formatv("{0:f2}", entry["expected_microseconds"].get<double>() / 1000) << " ms, arena "
         << bytesText(entry["arena_bytes"].get<uint64_t>()) << '\n';
    for (auto [key, label] : {std::pair("inputs", "  input   "), std::pair("results", "  result  ")})
      for (const json &argument : entry[key])
        os << label << argument["name"].get<std::string>() << ": " << argument["type"].get<std::string>()
           << (argument["state"].get<bool>() ? " (state)" : "") << '\n';
  }
  os << "  file    " << bytesText(document["weight_bytes"].get<uint64_t>() + document["code_bytes"].get<uint64_t>())
     << ": weights " << bytes("weight_bytes") << ", code " << bytes("code_bytes") << " (" << document["kernels"].dump()
     << " kernels)\n"
     << "  memory  " << bytes("memory_bytes") << " on one thread: file, arena " << bytes("arena_bytes") << ", scratch "
     << bytes("scratch_bytes_per_thread") << " a thread, inputs and results " << bytes("buffer_bytes") << '\n'
     << llvm::formatv("  time    about {0:f2} ms a call on one thread by the cost model{1}; compiled in {2:f2} s\n",
                      document["expected_microseconds"].get<double>() / 1000,
                      document["counts_one_round_of_each_loop"].get<bool>() ? ", one round of each loop counted" : "",
                      document["compile_milliseconds"].get<double>() / 1000);
  if (!document["sizes"].empty())
    os << "          memory and time are those of the largest sizes\n";
  if (several)
    os << "          and of the entry point that takes most\n";
  return out;
}

Status CheckVerb::run() {
  auto start = std::chrono::steady_clock::now();
  BuiltModel built;
  model.openDefaults = true;
  if (Status status = buildModel(model, {}, "portable", built); status != Done)
    return status;
  if (!built.model->complete)
    return fail("--stop-after=" + model.stopAfter + ": a check goes through all phases");
  double milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  json document = report(built, milliseconds);
  if (globals.json)
    answer(document);
  else
    llvm::outs() << printable(text(document));
  return Done;
}

} // namespace

void addCheck(CLI::App &app, Status *status) {
  auto verb = std::make_shared<CheckVerb>();
  CLI::App *command = app.add_subcommand(
      "check", "Compile without writing anything: all that would stop you, else memory, size and time to expect");
  verb->model.addTo(*command, true);
  addModelArgument(*command, "model", verb->model.model, "The model file");
  command->footer(
      "Example:\n  ingot check model.onnx --dim batch=1..64\n"
      "Exit status 1: the model cannot be compiled; every operator, type, weight file and size that is to blame is named.");
  command->callback([verb, status] { *status = verb->run(); });
}

} // namespace ingot::driver
