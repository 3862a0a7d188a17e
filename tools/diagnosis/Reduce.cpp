#include "tools/diagnosis/Reduce.h"

#include "frontends/onnx/Import.h"
#include "tools/conformance/Archive.h"
#include "tools/conformance/Suite.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <sys/wait.h>

namespace ingot::diagnosis {

using driver::HostTensor;

static constexpr llvm::StringLiteral kNames[] = {"none", "crash", "refused", "compile error", "wrong answer", "command"};
llvm::StringRef failureName(Failure::Kind kind) { return kNames[kind]; }

namespace {

namespace json = llvm::json;

json::Value toJson(const Failure &failure) {
  json::Array nodes;
  for (const std::string &node : failure.nodes)
    nodes.push_back(json::fixUTF8(node));
  return json::Object{
      {"kind", static_cast<int64_t>(failure.kind)}, {"text", json::fixUTF8(failure.text)}, {"nodes", std::move(nodes)}};
}

Failure failureFromJson(const json::Value &value) {
  Failure failure;
  const json::Object *object = value.getAsObject();
  if (!object)
    return failure;
  failure.kind = static_cast<Failure::Kind>(object->getInteger("kind").value_or(0));
  failure.text = object->getString("text").value_or("").str();
  if (const json::Array *nodes = object->getArray("nodes"))
    for (const json::Value &node : *nodes)
      failure.nodes.push_back(node.getAsString().value_or("").str());
  return failure;
}

Failure compileAndCompare(const std::string &path, const Slice &slice, const ReduceOptions &options) {
  std::unique_ptr<mlir::MLIRContext> context = makeCompilerContext();
  ImportOptions import;
  import.numerics = options.numerics;
  for (const HostTensor &input : slice.inputs)
    import.knownInputs.push_back({input.name, input.dims, input.dtype, {}, true});
  std::string message;
  mlir::FailureOr<Program> program =
      importOnnx(*context, path, import, [&](llvm::StringRef text) { message += text.str(); });
  if (mlir::failed(program))
    return {Failure::Refused, message, {}};
  llvm::Expected<DiffReport> report = diffProgram(*context, *program, slice.inputs, options.diff);
  if (!report)
    return {Failure::Compile, llvm::toString(report.takeError()), {}};
  if (!report->bad())
    return {};
  const ValueDiff *first = report->firstBad();
  return {Failure::Wrong, report->verdict(), first ? first->nodes : std::vector<std::string>()};
}

Failure runCommand(const std::string &path, const std::string &command) {
  std::string line = command + " '" + path + "'";
  int status = std::system(line.c_str());
  if (status == 0)
    return {};
  return {
      Failure::Command, WIFEXITED(status) ? "exit status " + std::to_string(WEXITSTATUS(status)) : "ended by a signal", {}};
}

class Reducer {
public:
  Reducer(const OnnxSlicer &slicer, const ReduceOptions &options, Failure::Kind kind, Reduction &best)
      : slicer(slicer), options(options), kind(kind), best(best) {}

  // Keeps `nodes` if they fail alike.
  bool fails(std::vector<size_t> nodes) {
    llvm::sort(nodes);
    if (nodes.empty() || !tried.insert(nodes).second)
      return false;
    llvm::Expected<Slice> slice = slicer.slice(nodes);
    if (!slice) {
      llvm::consumeError(slice.takeError());
      return false;
    }
    ++best.trials;
    Failure failure = tryPart(*slice, options);
    if (failure.kind != kind)
      return false;
    best.slice = std::move(*slice);
    best.failure = std::move(failure);
    current = std::move(nodes);
    if (options.progress)
      options.progress(current.size(), best.trials);
    return true;
  }

  // Only the nodes the failure names, as long as they become fewer.
  void followNames() {
    for (bool shrinks = true; shrinks;) {
      std::vector<size_t> named;
      for (size_t node : current)
        if (llvm::is_contained(best.failure.nodes, slicer.nodeName(node)))
          named.push_back(node);
      shrinks = named.size() < current.size() && fails(named);
    }
  }

  // Halves, quarters ...: each part alone, then all but each part (delta debugging).
  void split() {
    size_t parts = 2;
    while (current.size() > 1) {
      size_t count = current.size(), chunk = (count + parts - 1) / parts;
      bool shrunk = false;
      for (size_t begin = 0; begin < count && !shrunk; begin += chunk)
        shrunk = fails({current.begin() + begin, current.begin() + std::min(count, begin + chunk)});
      if (shrunk) {
        parts = 2;
        followNames();
        continue;
      }
      for (size_t begin = 0; begin < count && !shrunk && parts > 2; begin += chunk) {
        std::vector<size_t> rest(current.begin(), current.begin() + begin);
        rest.insert(rest.end(), current.begin() + std::min(count, begin + chunk), current.end());
        shrunk = fails(rest);
      }
      if (shrunk) {
        parts = std::max<size_t>(2, parts - 1);
        continue;
      }
      if (chunk == 1)
        return;
      parts = std::min(count, parts * 2);
    }
  }

  std::vector<size_t> current;

private:
  const OnnxSlicer &slicer;
  const ReduceOptions &options;
  Failure::Kind kind;
  Reduction &best;
  std::set<std::vector<size_t>> tried;
};

} // namespace

Failure tryPart(const Slice &slice, const ReduceOptions &options) {
  conformance::TemporaryFolder folder;
  std::string why;
  if (!folder.make(&why))
    return {Failure::None, why, {}};
  std::string path = folder.path() + "/model.onnx";
  {
    std::error_code code;
    llvm::raw_fd_ostream os(path, code);
    os << slice.model.SerializeAsString();
  }
  std::optional<json::Value> value = conformance::runIsolated(
      options.seconds, options.bytes,
      [&] {
        return toJson(options.command.empty() ? compileAndCompare(path, slice, options) : runCommand(path, options.command));
      },
      &why);
  return value ? failureFromJson(*value) : Failure{Failure::Crash, why, {}};
}

llvm::Expected<Reduction> reduceModel(const std::string &path, std::vector<HostTensor> feed, const ReduceOptions &options) {
  llvm::Expected<std::unique_ptr<OnnxSlicer>> slicer = OnnxSlicer::open(path, std::move(feed));
  if (!slicer)
    return slicer.takeError();
  llvm::Expected<Slice> whole = (*slicer)->slice((*slicer)->nodes());
  if (!whole)
    return whole.takeError();
  Reduction best;
  best.before = (*slicer)->nodes().size();
  best.failure = tryPart(*whole, options);
  best.trials = 1;
  best.slice = std::move(*whole);
  if (best.failure.kind == Failure::None)
    return llvm::createStringError("it does not fail: it compiles, and every value agrees with the interpreter");
  // Without values only parts that need none can be tried.
  llvm::Error unknown = (*slicer)->learnValues();
  llvm::consumeError(std::move(unknown));

  Reducer reducer(**slicer, options, best.failure.kind, best);
  reducer.current = (*slicer)->nodes();
  reducer.followNames();
  reducer.split();
  if (options.anonymise) {
    Slice anonymous = best.slice;
    anonymise(anonymous, options.seed);
    ++best.trials;
    Failure failure = tryPart(anonymous, options);
    if (failure.kind != best.failure.kind)
      return llvm::createStringError("shrunk to %zu nodes, which no longer fail with other names and weights; leave out "
                                     "--anonymise to keep them",
                                     best.slice.operators());
    best.slice = std::move(anonymous);
    best.failure = std::move(failure);
  }
  return best;
}

} // namespace ingot::diagnosis
