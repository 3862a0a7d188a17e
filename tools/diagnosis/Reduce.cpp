#include "tools/diagnosis/Reduce.h"

#include "frontends/Frontends.h"
#include "ir/reference/Interpreter.h"
#include "tools/conformance/Archive.h"
#include "tools/conformance/Suite.h"
#include "tools/diagnosis/Anonymise.h"
#include "tools/diagnosis/KernelTrace.h"
#include "tools/execution/BoundFunctions.h"
#include "tools/execution/ProgramFile.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
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

HostTensor hostOf(const StoredTensor &tensor) { return {tensor.name, tensor.dtype, tensor.dims, tensor.bytes, {}}; }

// The program of a part that was written to a file; none with *why.
mlir::FailureOr<Program> load(const std::string &path, const ModelPart &part, const std::string &numerics,
                              mlir::MLIRContext &context, std::string *why) {
  if (llvm::StringRef(path).ends_with(".mlir")) {
    Program program;
    std::vector<std::string> files;
    if (!driver::readProgram(path, context, program, files, why))
      return mlir::failure();
    return program;
  }
  ImportOptions import;
  import.numerics = numerics;
  for (const StoredTensor &input : part.inputs)
    import.knownInputs.push_back({input.name, input.dims, input.dtype, {}, true});
  return importModel(context, path, import, [&](llvm::StringRef text) { *why += text.str(); });
}

Failure compileAndCompare(const std::string &path, const ModelPart &part, const ReduceOptions &options) {
  std::unique_ptr<mlir::MLIRContext> context = makeCompilerContext();
  std::string message;
  mlir::FailureOr<Program> program = load(path, part, options.numerics, *context, &message);
  if (mlir::failed(program))
    return {Failure::Refused, message, {}};
  std::vector<HostTensor> inputs;
  for (const StoredTensor &input : part.inputs)
    inputs.push_back(hostOf(input));
  llvm::Expected<DiffReport> report = diffProgram(*context, *program, inputs, options.diff);
  if (!report)
    return {Failure::Compile, llvm::toString(report.takeError()), {}};
  if (!report->bad())
    return {};
  const ValueDiff *first = report->firstBad();
  return {Failure::Wrong, report->verdict(), first ? first->nodes : std::vector<std::string>()};
}

// What the nodes of a part give, interpreted, by their names.
llvm::Expected<std::vector<StoredTensor>> interpret(const ModelPart &part) {
  conformance::TemporaryFolder folder;
  std::string why;
  if (!folder.make(&why))
    return llvm::createStringError(why);
  llvm::Expected<std::string> path = writePart(part, folder.path() + "/model");
  if (!path)
    return path.takeError();
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.loadDialect<IngotDialect, mlir::func::FuncDialect>();
  mlir::FailureOr<Program> program = load(*path, part, "fast", context, &why);
  if (mlir::failed(program))
    return llvm::createStringError(why);
  std::vector<reference::Tensor> arguments;
  for (const StoredTensor &input : part.inputs)
    arguments.push_back(referenceTensorOf(&context, hostOf(input)));
  mlir::func::FuncOp entry = entryOf(*program);
  llvm::Expected<std::vector<reference::Tensor>> results =
      reference::run(entry, arguments, {&program->weights, nullptr, nullptr, driver::callFunction});
  if (!results)
    return results.takeError();
  std::vector<StoredTensor> values;
  for (auto [i, tensor] : llvm::enumerate(*results)) {
    auto name = entry.getResultAttrOfType<mlir::StringAttr>(i, kNameAttr);
    HostTensor value = hostTensorOf(tensor);
    values.push_back({name ? name.str() : "", value.dtype, std::move(value.dims), std::move(value.bytes)});
  }
  return values;
}

// Learns what the first nodes give: all, or as many as can be imported and interpreted. Returns how many these are; *why is what keeps
// the next from it. `crashes`: what one does may end the process, so each step is tried in one of its own first.
size_t learnValues(ModelSlicer &slicer, const ReduceOptions &options, bool crashes, std::string *why) {
  const llvm::ArrayRef<size_t> nodes = slicer.nodes();
  auto learn = [&](size_t count) {
    llvm::Expected<std::unique_ptr<ModelPart>> part = slicer.slice(nodes.take_front(count), /*everyValue=*/true);
    if (!part) {
      *why = llvm::toString(part.takeError());
      return false;
    }
    auto body = [&]() -> json::Value {
      llvm::Expected<std::vector<StoredTensor>> tried = interpret(**part);
      return tried ? json::Value(nullptr) : json::Value(llvm::toString(tried.takeError()));
    };
    if (crashes) {
      std::optional<json::Value> ended = conformance::runIsolated(options.seconds, options.bytes, body, why);
      if (!ended)
        return false;
    }
    llvm::Expected<std::vector<StoredTensor>> values = interpret(**part);
    if (!values) {
      *why = llvm::toString(values.takeError());
      return false;
    }
    for (StoredTensor &value : *values)
      slicer.learn(std::move(value));
    return true;
  };
  if (learn(nodes.size()))
    return nodes.size();
  size_t known = 0, unknown = nodes.size();
  while (known + 1 < unknown) {
    const size_t middle = known + (unknown - known) / 2;
    (learn(middle) ? known : unknown) = middle;
  }
  return known;
}

// What two messages about the same thing share, wherever in a model it is: without names and numbers.
std::string kindOf(llvm::StringRef message) {
  std::string kind;
  bool quoted = false;
  for (char c : message) {
    quoted ^= c == '\'' || c == '"';
    if (!quoted && !llvm::isDigit(c))
      kind += c;
  }
  return kind;
}

// A part that cannot be compiled fails as the model does where the compiler says the same of it.
bool failsAlike(const Failure &one, const Failure &other) {
  return one.kind == other.kind && (one.kind != Failure::Compile || kindOf(one.text) == kindOf(other.text));
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
  Reducer(const ModelSlicer &slicer, const ReduceOptions &options, Reduction &best)
      : slicer(slicer), options(options), failure(best.failure), best(best), current(slicer.nodes()) {}

  // As few as this finds. `suspect` (a place among the nodes, or past them) is tried first. Fails where a part cannot be tried.
  llvm::Error run(size_t suspect) {
    if (suspect < current.size())
      fails({current[suspect]});
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
    llvm::Expected<std::unique_ptr<ModelPart>> part = slicer.slice(nodes);
    if (!part) { // it reads a value that is not known
      llvm::consumeError(part.takeError());
      return false;
    }
    ++best.trials;
    llvm::Expected<Failure> now = tryPart(**part, options);
    if (!now) {
      broken = llvm::toString(now.takeError());
      return false;
    }
    if (!failsAlike(*now, failure))
      return false;
    best.part = std::move(*part);
    best.failure = std::move(*now);
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

  const ModelSlicer &slicer;
  const ReduceOptions &options;
  const Failure failure; // of the whole
  Reduction &best;
  std::vector<size_t> current;
  std::set<std::vector<size_t>> tried;
  std::string broken; // why a part cannot be tried
};

} // namespace

llvm::Expected<std::string> writePart(const ModelPart &part, const std::string &stem) {
  std::string model;
  llvm::Error error = part.write([&](llvm::StringRef suffix, llvm::function_ref<void(llvm::raw_ostream &)> print) {
    const std::string path = stem + suffix.str();
    if (model.empty())
      model = path;
    std::error_code code;
    llvm::raw_fd_ostream os(path, code);
    if (!code) {
      print(os);
      os.close();
      code = os.error();
      os.clear_error();
    }
    return code ? llvm::createStringError(code, "%s: %s", path.c_str(), code.message().c_str()) : llvm::Error::success();
  });
  if (error)
    return std::move(error);
  return model;
}

llvm::Expected<Failure> tryPart(const ModelPart &part, const ReduceOptions &options) {
  conformance::TemporaryFolder folder;
  std::string why;
  if (!folder.make(&why))
    return llvm::createStringError(why);
  llvm::Expected<std::string> path = writePart(part, folder.path() + "/model");
  if (!path)
    return path.takeError();
  auto body = [&]() -> json::Value {
    if (options.command.empty())
      return toJson(compileAndCompare(*path, part, options));
    llvm::Expected<Failure> failure = runCommand(*path, options.command);
    return failure ? toJson(*failure) : json::Value(llvm::toString(failure.takeError()));
  };
  std::optional<json::Value> value = conformance::runIsolated(options.seconds, options.bytes, body, &why);
  if (!value)
    return Failure{Failure::Crash, why, {}};
  if (std::optional<llvm::StringRef> message = value->getAsString())
    return llvm::createStringError(*message);
  return failureFromJson(*value);
}

llvm::Expected<std::unique_ptr<ModelSlicer>> openSlicer(const std::string &path) {
  constexpr size_t kStart = 4096;
  auto start = llvm::MemoryBuffer::getFileSlice(path, kStart, 0);
  const Frontend *frontend = frontendOf(start ? (*start)->getBuffer() : "", path, /*byName=*/true);
  if (!frontend || !frontend->slicer)
    return nullptr;
  return frontend->slicer(path);
}

llvm::Expected<Reduction> reduceModel(ModelSlicer &slicer, llvm::ArrayRef<HostTensor> feed, const ReduceOptions &options) {
  for (const HostTensor &tensor : feed)
    if (!tensor.bytes.empty() || tensor.elements() == 0) // else it keeps its default
      slicer.learn({tensor.name, tensor.dtype, tensor.dims, tensor.bytes});
  Reduction best;
  best.before = slicer.nodes().size();
  llvm::Expected<std::unique_ptr<ModelPart>> whole = slicer.slice(slicer.nodes());
  if (!whole)
    return whole.takeError();
  best.part = std::move(*whole);
  llvm::Expected<Failure> first = tryPart(*best.part, options);
  if (!first)
    return first.takeError();
  best.failure = std::move(*first);
  best.trials = 1;
  if (best.failure.kind == Failure::None)
    return llvm::createStringError("it does not fail: it compiles, and every value agrees with the interpreter");
  std::string why;
  const size_t known = learnValues(slicer, options, best.failure.kind == Failure::Crash, &why);
  if (known != best.before && best.failure.kind != Failure::Refused) // that some cannot be imported is what is asked about
    best.unknownValues = why;
  if (llvm::Error error = Reducer(slicer, options, best).run(known))
    return std::move(error);
  if (options.anonymise) {
    std::unique_ptr<ModelPart> anonymous = best.part->clone();
    anonymise(*anonymous, options.seed);
    ++best.trials;
    llvm::Expected<Failure> failure = tryPart(*anonymous, options);
    if (!failure)
      return failure.takeError();
    if (failure->kind != best.failure.kind)
      return llvm::createStringError("shrunk to %zu nodes, which no longer fail with other names and weights; leave out "
                                     "--anonymise to keep them",
                                     best.part->operators().size());
    best.part = std::move(anonymous);
    best.failure = std::move(*failure);
  }
  return best;
}

} // namespace ingot::diagnosis
