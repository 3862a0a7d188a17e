// The flags that say what to run, a model compiled in memory, an artifact file or a model in the reference interpreter, and
// what to feed it, call by call.
#ifndef INGOT_TOOLS_INGOT_RUNOPTIONS_H
#define INGOT_TOOLS_INGOT_RUNOPTIONS_H

#include "tools/execution/Runner.h"
#include "tools/ingot/ModelOptions.h"

#include <memory>
#include <string>
#include <vector>

namespace ingot::driver {

struct RunOptions {
  ModelOptions model;
  std::vector<std::string> inputs;
  std::string device = "cpu";
  int threads = 0;
  bool reference = false;
  bool profile = false;
  // What stands between the --inputs of one call and of the next.
  static constexpr char kThen[] = "\x01then";

  void addTo(CLI::App &verb);
};

// Calls that --then asks for after the first.
size_t laterCalls(const RunOptions &options);
// Makes `feed` the inputs of later call `call`, from 1: those that its --inputs do not name stay as they are.
Status prepareCall(const RunOptions &options, size_t call, const Runner &runner, std::vector<HostTensor> &feed);

// Reads the inputs that are files, makes the runner from MODEL or ARTIFACT, and fits inputs to it: `feed` holds one tensor
// for each of runner->inputs(). `fallback` ("zeros", "random:0" or empty) feeds inputs nothing was said of.
Status prepareRun(const RunOptions &options, const std::string &fallback, std::unique_ptr<Runner> &runner,
                  std::vector<HostTensor> &feed);

} // namespace ingot::driver

#endif // INGOT_TOOLS_INGOT_RUNOPTIONS_H
