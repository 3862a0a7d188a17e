// ingot bench: how long a call takes, and where the time goes.
#include "tools/ingot/RunOptions.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

namespace ingot::driver {

namespace {

struct BenchVerb {
  RunOptions options;
  int warmup = 5, iterations = 50;
  std::string trace;

  Status run();
  Status writeTrace(const std::vector<ingot_command_profile> &profile);
};

double percentile(std::vector<double> sorted, double p) {
  return sorted[static_cast<size_t>(p * (sorted.size() - 1) + 0.5)];
}

// One call's commands one after another, in the format chrome://tracing and Perfetto read (times in microseconds).
Status BenchVerb::writeTrace(const std::vector<ingot_command_profile> &profile) {
  nlohmann::json events = nlohmann::json::array();
  double at = 0;
  for (const ingot_command_profile &command : profile) {
    double duration = command.calls ? command.nanoseconds / 1e3 / command.calls : 0;
    events.push_back({{"name", command.name},
                      {"cat", command.kind},
                      {"ph", "X"},
                      {"ts", at},
                      {"dur", duration},
                      {"pid", 1},
                      {"tid", 1},
                      {"args", {{"tiles", command.tiles}, {"workers", command.workers}}}});
    at += duration;
  }
  return writeFile("--trace", trace,
                   [&](llvm::raw_ostream &os) { os << jsonText(nlohmann::json{{"traceEvents", events}}) << '\n'; });
}

void printProfile(const std::vector<ingot_command_profile> &profile) {
  double total = 0;
  for (const ingot_command_profile &command : profile)
    total += command.calls ? double(command.nanoseconds) / command.calls : 0;
  llvm::outs() << llvm::formatv("{0,10} {1,7} {2,7} {3,8}  {4}\n", "us/call", "share", "tiles", "workers", "command");
  for (const ingot_command_profile &command : profile) {
    double each = command.calls ? double(command.nanoseconds) / command.calls : 0;
    llvm::outs() << llvm::formatv("{0,10:f2} {1,6:f1}% {2,7} {3,8}  {4}\n", each / 1e3, total > 0 ? 100 * each / total : 0,
                                  command.tiles, command.workers, command.name);
  }
}

Status BenchVerb::run() {
  if (warmup < 0 || iterations < 1)
    return fail("--warmup must be at least 0, --iterations at least 1");
  if (Status status = trace.empty() ? Done : checkWritable("--trace", trace); status != Done)
    return status;
  options.profile |= !trace.empty();
  std::unique_ptr<Runner> runner;
  std::vector<HostTensor> feed, results;
  if (Status status = prepareRun(options, "random:0", hostio::SizeChoice::Largest, runner, feed); status != Done)
    return status;
  std::string why;
  std::vector<double> milliseconds;
  for (int i = 0; i < warmup + iterations; ++i) {
    auto start = std::chrono::steady_clock::now();
    if (!runner->run(feed, results, &why)) {
      // A state that grows is full, or no longer fits these inputs: from the start again.
      start = std::chrono::steady_clock::now();
      if (ingot_session_reset(runner->session(), nullptr) != INGOT_OK || !runner->run(feed, results, &why))
        return fail(why);
    }
    if (i >= warmup)
      milliseconds.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::sort(milliseconds.begin(), milliseconds.end());
  int threads = ingot_session_threads(runner->session());
  std::vector<ingot_command_profile> profile;
  if (options.profile) {
    profile.resize(ingot_session_profile(runner->session(), nullptr, 0));
    ingot_session_profile(runner->session(), profile.data(), profile.size());
  }
  if (!trace.empty())
    if (Status status = writeTrace(profile); status != Done)
      return status;
  if (globals.json) {
    std::string name = runner->modelName();
    nlohmann::json document = {{"model", name.empty() ? modelName(options.model.model) : name},
                               {"median_ms", percentile(milliseconds, 0.5)},
                               {"min_ms", milliseconds.front()},
                               {"max_ms", milliseconds.back()},
                               {"p95_ms", percentile(milliseconds, 0.95)},
                               {"iterations", iterations},
                               {"threads", threads},
                               {"sizes", sizesJson(*runner, feed)},
                               {"session_bytes", ingot_session_memory(runner->session())}};
    for (const ingot_command_profile &command : profile)
      document["commands"].push_back({{"name", command.name},
                                      {"kind", command.kind},
                                      {"microseconds", command.calls ? command.nanoseconds / 1e3 / command.calls : 0},
                                      {"tiles", command.tiles},
                                      {"workers", command.workers}});
    answer(document);
    return Done;
  }
  std::string sizes = sizesText(*runner, feed);
  llvm::outs() << llvm::formatv("median {0:f3} ms, min {1:f3}, p95 {2:f3}, max {3:f3} ({4} calls, {5} thread{6}{7}{8})\n",
                                percentile(milliseconds, 0.5), milliseconds.front(), percentile(milliseconds, 0.95),
                                milliseconds.back(), iterations, threads, threads == 1 ? "" : "s", sizes.empty() ? "" : ", ",
                                sizes);
  if (options.profile)
    printProfile(profile);
  return Done;
}

} // namespace

void addBench(CLI::App &app, Status *status) {
  auto verb = std::make_shared<BenchVerb>();
  CLI::App *command = app.add_subcommand("bench", "Time a model or an artifact");
  verb->options.addTo(*command);
  command->add_option("--warmup", verb->warmup, "Calls before timing starts")->capture_default_str();
  command->add_option("--iterations", verb->iterations, "Calls that are timed")->capture_default_str();
  command->add_flag("--profile", verb->options.profile, "Time every command");
  command->add_option("--trace", verb->trace, "Write the commands of a call as a trace for chrome://tracing or Perfetto");
  command->footer("Inputs nothing is said of are random numbers, of the largest sizes that --dim and --shape leave, as an "
                  "executable's --bench takes them.\nExample:\n  ingot bench model.onnx --dim batch=8 "
                  "--threads 1 --profile");
  command->callback([verb, status] { *status = verb->run(); });
}

} // namespace ingot::driver
