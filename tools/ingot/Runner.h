// Something that can be run: a model compiled in memory, an artifact file, or a model in the reference interpreter; and the
// flags that say what to feed it.
#ifndef INGOT_TOOLS_INGOT_RUNNER_H
#define INGOT_TOOLS_INGOT_RUNNER_H

#include "tools/ingot/HostTensor.h"
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

  void addTo(CLI::App &verb);
};

class Runner {
public:
  virtual ~Runner() = default;
  // Inputs the caller feeds, in order, state left out; dims that follow from sizes are -1.
  virtual std::vector<InputSpec> inputs() const = 0;
  // Runs once. False with *why for the user.
  virtual bool run(std::vector<HostTensor> &inputs, std::vector<HostTensor> &results, std::string *why) = 0;
  // The session behind, or null for the interpreter.
  virtual ingot_session *session() { return nullptr; }
  virtual const ingot_artifact *artifact() const { return nullptr; }
};

// Reads the inputs that are files, makes the runner from MODEL or ARTIFACT, and fits inputs to it: `feed` holds one tensor
// for each of runner->inputs(). `fallback` ("zeros", "random:0" or empty) feeds inputs nothing was said of.
Status prepareRun(const RunOptions &options, const std::string &fallback, std::unique_ptr<Runner> &runner,
                  std::vector<HostTensor> &feed);

} // namespace ingot::driver

#endif // INGOT_TOOLS_INGOT_RUNNER_H
