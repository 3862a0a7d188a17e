// Something that can be run on host tensors: a loaded artifact, or a program in the reference interpreter.
#ifndef INGOT_TOOLS_EXECUTION_RUNNER_H
#define INGOT_TOOLS_EXECUTION_RUNNER_H

#include "compiler/pipeline/Compile.h"
#include "runtime/hostio/Generate.h"
#include "tools/execution/HostTensor.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace ingot::driver {

class Runner {
public:
  virtual ~Runner() = default;
  // Chooses the entry point of the calls that follow, which find the states as those before left them; what is said of inputs below is
  // of it. False with *why where there is none of that name.
  virtual bool select(const std::string &entry, std::string *why) = 0;
  // Inputs the caller feeds, in order, state left out; dims that follow from sizes are -1.
  virtual std::vector<InputSpec> inputs() const = 0;
  // The same at sizes of a call: those `given` by name, and others by `choice`. A dim that has no value there stays -1.
  virtual std::vector<InputSpec> closed(hostio::SizeChoice choice, const std::map<std::string, int64_t> &given) const = 0;
  // The sizes a call with these inputs has, by name.
  virtual std::vector<std::pair<std::string, int64_t>> sizesOf(std::vector<HostTensor> &inputs) = 0;
  // The model's name, where it is known.
  virtual std::string modelName() const { return ""; }
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

// A program interpreted, from entry point `entry` or, where it is empty, the first; it may be in any phase up to schedule. Null with
// *why.
std::unique_ptr<Runner> makeReferenceRunner(std::unique_ptr<mlir::MLIRContext> context, Program program,
                                            const std::string &entry, std::string *why);

} // namespace ingot::driver

#endif // INGOT_TOOLS_EXECUTION_RUNNER_H
