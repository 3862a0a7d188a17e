// ingot reduce: shrinks a model that fails to a few nodes.
#include "tools/diagnosis/Reduce.h"
#include "tools/diagnosis/ProgramSlice.h"
#include "tools/ingot/RunOptions.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <map>
#include <nlohmann/json.hpp>

namespace ingot::driver {

namespace {

using namespace ingot::diagnosis;

struct ReduceVerb {
  RunOptions options;
  ReduceOptions reduce;
  std::string output;

  Status run();
  Status open(std::unique_ptr<ModelSlicer> &slicer, std::vector<HostTensor> &feed);
  Status declaredFeed(const ModelSlicer &slicer, std::vector<HostTensor> &feed);
  Status write(const Reduction &reduction, llvm::json::Array &inputs, std::string &flags);

  static constexpr llvm::StringLiteral kProgram = ".mlir";
};

// What to feed a model that cannot be imported: what is given for its inputs, as its file declares them, else random numbers;
// sizes that the file leaves open are 1.
Status ReduceVerb::declaredFeed(const ModelSlicer &slicer, std::vector<HostTensor> &feed) {
  std::map<std::string, HostTensor> given;
  std::string why;
  for (const std::string &text : options.calls.front().inputs) {
    InputRequest request = parseInputRequest(text);
    std::vector<HostTensor> tensors;
    if (isGenerated(request.source))
      continue;
    if (!readTensors(request.source, nullptr, tensors, &why))
      return fail("--input: " + why);
    for (HostTensor &tensor : tensors)
      given[request.name.empty() ? tensor.name : request.name] = std::move(tensor);
  }
  for (StoredTensor &declared : slicer.inputs()) {
    InputSpec spec{declared.name, declared.dtype, declared.dims, {}, false};
    for (int64_t &dim : spec.dims)
      dim = dim < 0 ? 1 : dim;
    HostTensor tensor;
    if (auto found = given.find(spec.name); found != given.end()) {
      tensor = std::move(found->second);
      if (!readAs(tensor, spec.dtype, &why))
        return fail("input '" + spec.name + "': " + why);
    } else if (!generateTensor("random:0", spec, tensor, &why)) {
      return fail("input '" + spec.name + "': " + why);
    }
    tensor.name = spec.name;
    feed.push_back(std::move(tensor));
  }
  return Done;
}

// A model is cut in its own format where there is such a slicer; else, and where -o asks for it, the program it is imported as.
Status ReduceVerb::open(std::unique_ptr<ModelSlicer> &slicer, std::vector<HostTensor> &feed) {
  options.reference = true;
  std::unique_ptr<Runner> runner;
  const std::string &path = options.model.model;
  if (!options.model.from.empty() && options.model.from != "import")
    return fail("--from=" + options.model.from + ": programs are cut as they are imported; give the dump after import");
  const bool asProgram = !options.model.from.empty() || llvm::StringRef(output).ends_with(kProgram);
  if (!asProgram) {
    llvm::Expected<std::unique_ptr<ModelSlicer>> opened = openSlicer(path);
    if (!opened)
      llvm::consumeError(opened.takeError()); // importing it says so
    else
      slicer = std::move(*opened);
  }
  std::string refusal;
  options.model.refusal = slicer ? &refusal : nullptr;
  Status status = prepareRun(options, "random:0", hostio::SizeChoice::Least, runner, feed);
  options.model.refusal = nullptr;
  if (!refusal.empty())
    return declaredFeed(*slicer, feed);
  if (status != Done || slicer)
    return status;
  if (!llvm::StringRef(output).ends_with(kProgram))
    return fail("-o " + output + ": what is left of this model is written as a program of ingot's: name it *.mlir");
  std::unique_ptr<mlir::MLIRContext> context;
  Program program;
  if (Status status = importToRun(options, context, program); status != Done)
    return status;
  llvm::Expected<std::unique_ptr<ModelSlicer>> made =
      makeProgramSlicer(std::move(context), std::move(program), modelName(path), feed);
  if (!made)
    return fail(path + ": " + llvm::toString(made.takeError()));
  slicer = std::move(*made);
  return Done;
}

// The part, its inputs as *_input_N.* beside it, and the flags that run it.
Status ReduceVerb::write(const Reduction &reduction, llvm::json::Array &inputs, std::string &flags) {
  std::string stem = output, suffix;
  Status status = Done;
  llvm::Error error =
      reduction.part->write([&](llvm::StringRef end, llvm::function_ref<void(llvm::raw_ostream &)> print) -> llvm::Error {
        if (suffix.empty() && llvm::StringRef(stem).ends_with(end))
          stem.resize(stem.size() - end.size());
        status = writeFile("-o", suffix.empty() ? output : stem + end.str(), print);
        if (suffix.empty())
          suffix = end.str();
        return status == Done ? llvm::Error::success() : llvm::createStringError("");
      });
  if (error && status == Done)
    return fail("-o " + output + ": " + llvm::toString(std::move(error)));
  llvm::consumeError(std::move(error));
  if (status != Done)
    return status;
  if (suffix == kProgram)
    flags += " --from=import";
  const Frontend *format = llvm::find_if(allFrontends(), [&](const Frontend &row) { return suffix == row.suffix; });
  for (auto [i, tensor] : llvm::enumerate(reduction.part->inputs)) {
    const std::string bytes = reduction.part->tensorFile(tensor);
    const std::string path = stem + "_input_" + std::to_string(i) + (bytes.empty() ? ".npy" : format->tensorSuffix);
    std::string why;
    if (!bytes.empty())
      status = writeFile("-o", path, [&](llvm::raw_ostream &os) { os << bytes; });
    else if (!writeTensor(path, {tensor.name, tensor.dtype, tensor.dims, tensor.bytes, {}}, &why))
      status = fail("-o " + path + ": " + why);
    if (status != Done)
      return status;
    flags += " --input " + path;
    inputs.push_back(llvm::json::fixUTF8(path));
  }
  return Done;
}

Status ReduceVerb::run() {
  if (output == "-")
    return fail("-o -: a small model comes with its inputs as files; name a file");
  if (Status status = checkWritable("-o", output); status != Done)
    return status;
  std::vector<HostTensor> feed;
  std::unique_ptr<ModelSlicer> slicer;
  if (Status status = open(slicer, feed); status != Done)
    return status;
  reduce.numerics = options.model.numerics;
  reduce.diff.compile.target.cpu = options.model.cpu.empty() ? "native" : options.model.cpu;
  reduce.diff.compile.target.features = options.model.features;
  reduce.diff.compile.optLevel = options.model.optLevel;
  reduce.diff.compile.jobs = 1;
  reduce.progress = [](size_t nodes, size_t trials) {
    progress(llvm::formatv("{0} nodes still fail ({1} parts tried)", nodes, trials).str());
  };
  progress("try " + options.model.model);
  llvm::Expected<Reduction> reduction = reduceModel(*slicer, feed, reduce);
  progress("");
  if (!reduction)
    return fail(options.model.model + ": " + llvm::toString(reduction.takeError()));

  if (!reduction->unknownValues.empty())
    say(options.model.model + ": not all values inside are known, so only parts that need none of the others were tried: " +
        reduction->unknownValues);

  std::string flags;
  llvm::json::Array inputs, operators;
  if (Status status = write(*reduction, inputs, flags); status != Done)
    return status;
  for (const std::string &name : reduction->part->operators())
    operators.push_back(llvm::json::fixUTF8(name));
  if (globals.json) {
    answer(nlohmann::json::parse(llvm::formatv("{0}", llvm::json::Value(llvm::json::Object{
                                                          {"failure", failureName(reduction->failure.kind)},
                                                          {"text", llvm::json::fixUTF8(reduction->failure.text)},
                                                          {"unknown_values", llvm::json::fixUTF8(reduction->unknownValues)},
                                                          {"nodes_before", static_cast<int64_t>(reduction->before)},
                                                          {"nodes", static_cast<int64_t>(operators.size())},
                                                          {"operators", std::move(operators)},
                                                          {"parts_tried", static_cast<int64_t>(reduction->trials)},
                                                          {"inputs", std::move(inputs)}}))
                                     .str()));
    return Done;
  }
  llvm::outs() << output << ": " << operators.size() << " of " << reduction->before << " nodes (" << reduction->trials
               << " parts tried):";
  for (const llvm::json::Value &op : operators)
    llvm::outs() << ' ' << op.getAsString().value_or("");
  llvm::outs() << '\n' << failureName(reduction->failure.kind) << ": " << reduction->failure.text << '\n';
  if (reduce.command.empty())
    llvm::outs() << "see it: ingot diff " << output << flags << '\n';
  return Done;
}

} // namespace

void addReduce(CLI::App &app, Status *status) {
  auto verb = std::make_shared<ReduceVerb>();
  CLI::App *command = app.add_subcommand("reduce", "Shrink a model that fails to a few nodes");
  verb->options.addTo(*command);
  command
      ->add_option(
          "-o,--output", verb->output,
          "The small model, in the format of the large one, or *.mlir: a program, as --dump-dir writes them. Its inputs are "
          "written beside it as *_input_N.*")
      ->required();
  command->add_flag("--anonymise", verb->reduce.anonymise, "Other names, and seeded weights with the same statistics");
  command->add_option("--seed", verb->reduce.seed, "Of --anonymise")->capture_default_str();
  command->add_option("--test", verb->reduce.command,
                      "A shell command that takes the path of a model and exits with other than 0 on one that fails");
  command->add_option("--timeout", verb->reduce.seconds, "Seconds a trial may take")->capture_default_str();
  command->footer("Without --test a model fails if compiling it crashes or is refused, or a kernel, the passes or the whole "
                  "disagree with the interpreter.\n"
                  "Examples:\n  ingot reduce model.onnx -o small.onnx --anonymise\n"
                  "  ingot reduce model.onnx -o small.onnx --test ./check.sh\n"
                  "  ingot reduce model.onnx -o small.mlir && ingot diff small.mlir --from=import");
  command->callback([verb, status] { *status = verb->run(); });
}

} // namespace ingot::driver
