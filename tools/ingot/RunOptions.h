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
  struct Call {
    std::vector<std::string> inputs; // --input
    std::string entry;               // --entry; empty: that of the call before, or the first
  };
  std::vector<Call> calls{{}}; // --then begins another
  std::string device = "cpu";
  int threads = 0;
  bool reference = false;
  bool profile = false;

  void addTo(CLI::App &verb);
};

// Makes `feed` the inputs of later call `call`, from 1, and chooses its entry point: inputs that its --inputs do not name stay as
// they are.
Status prepareCall(const RunOptions &options, size_t call, Runner &runner, std::vector<HostTensor> &feed);

// Reads the inputs that are files, makes the runner from MODEL or ARTIFACT, and fits inputs to it: `feed` holds one tensor
// for each of runner->inputs(). `fallback` ("zeros", "random:0" or empty) feeds inputs nothing was said of and that have no
// default; sizes that nothing fixes are as `sizes` says.
Status prepareRun(const RunOptions &options, const std::string &fallback, hostio::SizeChoice sizes,
                  std::unique_ptr<Runner> &runner, std::vector<HostTensor> &feed);

// Imports the model as prepareRun does, with what the inputs given say of it.
Status importToRun(const RunOptions &options, std::unique_ptr<mlir::MLIRContext> &context, Program &program);

// Makes a runner for the model or artifact alone; `known` are shapes the importer may take sizes from.
Status makeRunner(const RunOptions &options, std::vector<InputShape> known, std::unique_ptr<Runner> &runner);

// "batch=8, seq=128": the sizes that `feed` stands for; empty where there are none.
std::string sizesText(Runner &runner, std::vector<HostTensor> &feed);
nlohmann::json sizesJson(Runner &runner, std::vector<HostTensor> &feed);

} // namespace ingot::driver

#endif // INGOT_TOOLS_INGOT_RUNOPTIONS_H
