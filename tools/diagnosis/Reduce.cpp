#include "tools/diagnosis/Reduce.h"

#include "frontends/Frontends.h"
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
      importModel(*context, path, import, [&](llvm::StringRef text) { message += text.str(); });
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

// The shell's own words for a command it cannot run.
constexpr int kNotRunnable = 126, kNotFound = 127;

llvm::Expected<Failure> runCommand(const std::string &path, const std::string &command) {
  std::string line = command + " '" + path + "'";
  int status = std::system(line.c_str());
  if (status == 0)
    return Failure();
  if (status == -1 || (WIFEXITED(status) && (WEXITSTATUS(status) == kNotRunnable || WEXITSTATUS(status) == kNotFound)))
    return llvm::createStringError("'%s' cannot be run", command.c_str());
  return Failure{
      Failure::Command, WIFEXITED(status) ? "exit status " + std::to_string(WEXITSTATUS(status)) : "ended by a signal", {}};
}

class Reducer {
public:
  Reducer(const OnnxSlicer &slicer, const ReduceOptions &options, Failure::Kind kind, Reduction &best)
      : slicer(slicer), options(options), kind(kind), best(best), current(slicer.nodes()) {}

  // As few as this finds. Fails where a part cannot be tried.
  llvm::Error run() {
    followNames();
    split();
    return broken.empty() ? llvm::Error::success() : llvm::createStringError(broken);
  }

private:
  // Keeps `nodes` if they fail alike.
  bool fails(std::vector<size_t> nodes) {
    llvm::sort(nodes);
    if (!broken.empty() || nodes.empty() || !tried.insert(nodes).second)
      return false;
    llvm::Expected<Slice> slice = slicer.slice(nodes);
    if (!slice) { // it reads a value that is not known
      llvm::consumeError(slice.takeError());
      return false;
    }
    ++best.trials;
    llvm::Expected<Failure> failure = tryPart(*slice, options);
    if (!failure) {
      broken = llvm::toString(failure.takeError());
      return false;
    }
    if (failure->kind != kind)
      return false;
    best.slice = std::move(*slice);
    best.failure = std::move(*failure);
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

  const OnnxSlicer &slicer;
  const ReduceOptions &options;
  Failure::Kind kind;
  Reduction &best;
  std::vector<size_t> current;
  std::set<std::vector<size_t>> tried;
  std::string broken; // why a part cannot be tried
};

} // namespace

llvm::Expected<Failure> tryPart(const Slice &slice, const ReduceOptions &options) {
  conformance::TemporaryFolder folder;
  std::string why;
  if (!folder.make(&why))
    return llvm::createStringError(why);
  std::string path = folder.path() + "/model.onnx";
  if (llvm::Error error = writeModel(path, slice.model))
    return std::move(error);
  auto body = [&]() -> json::Value {
    if (options.command.empty())
      return toJson(compileAndCompare(path, slice, options));
    llvm::Expected<Failure> failure = runCommand(path, options.command);
    return failure ? toJson(*failure) : json::Value(llvm::toString(failure.takeError()));
  };
  std::optional<json::Value> value = conformance::runIsolated(options.seconds, options.bytes, body, &why);
  if (!value)
    return Failure{Failure::Crash, why, {}};
  if (std::optional<llvm::StringRef> message = value->getAsString())
    return llvm::createStringError(*message);
  return failureFromJson(*value);
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
  llvm::Expected<Failure> first = tryPart(*whole, options);
  if (!first)
    return first.takeError();
  best.failure = std::move(*first);
  best.trials = 1;
  best.slice = std::move(*whole);
  if (best.failure.kind == Failure::None)
    return llvm::createStringError("it does not fail: it compiles, and every value agrees with the interpreter");
  if (llvm::Error unknown = (*slicer)->learnValues())
    best.unknownValues = llvm::toString(std::move(unknown));
  if (llvm::Error error = Reducer(**slicer, options, best.failure.kind, best).run())
    return std::move(error);
  if (options.anonymise) {
    Slice anonymous = best.slice;
    anonymise(anonymous, options.seed);
    ++best.trials;
    llvm::Expected<Failure> failure = tryPart(anonymous, options);
    if (!failure)
      return failure.takeError();
    if (failure->kind != best.failure.kind)
      return llvm::createStringError("shrunk to %zu nodes, which no longer fail with other names and weights; leave out "
                                     "--anonymise to keep them",
                                     best.slice.operators());
    best.slice = std::move(anonymous);
    best.failure = std::move(*failure);
  }
  return best;
}

} // namespace ingot::diagnosis
