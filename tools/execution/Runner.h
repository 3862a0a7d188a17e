// Something that can be run on host tensors: a loaded artifact, or a program in the reference interpreter.
#ifndef INGOT_TOOLS_EXECUTION_RUNNER_H
#define INGOT_TOOLS_EXECUTION_RUNNER_H

#include "compiler/pipeline/Compile.h"
#include "tools/execution/HostTensor.h"

#include <memory>
#include <string>
#include <vector>

namespace ingot::driver {

class Runner {
public:
  virtual ~Runner() = default;
  // Inputs the caller feeds, in order, state left out; dims that follow from sizes are -1.
  virtual std::vector<InputSpec> inputs() const = 0;
  // Runs once. False with *why for the user.
  virtual bool run(std::vector<HostTensor> &inputs, std::vector<HostTensor> &results, std::string *why) = 0;
  // The session behind, or null for the interpreter.
  virtual ingot_session *session() { return nullptr; }
};

struct SessionOptions {
  std::string entry; // empty: the first
  std::string device = "cpu";
  int threads = 1;
  bool profile = false;
};

// A session on an artifact. Takes `artifact`, and keeps `image`, whatever the artifact lives in. Null with *why.
std::unique_ptr<Runner> makeSessionRunner(ingot_artifact *artifact, std::shared_ptr<void> image,
                                          const SessionOptions &options, std::string *why);

// A compiled model loaded into this process. The model and its context may go afterwards. Null with *why.
std::unique_ptr<Runner> makeCompiledRunner(const CompiledModel &model, const SessionOptions &options, std::string *why);

// A program interpreted; it may be in any phase up to schedule. Null with *why.
std::unique_ptr<Runner> makeReferenceRunner(std::unique_ptr<mlir::MLIRContext> context, Program program, std::string *why);

} // namespace ingot::driver

#endif // INGOT_TOOLS_EXECUTION_RUNNER_H
