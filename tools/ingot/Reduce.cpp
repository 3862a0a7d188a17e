// ingot reduce: shrinks a model that fails to a few nodes.
#include "tools/diagnosis/Reduce.h"
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
  Status readFeed(std::vector<HostTensor> &feed);
};

// What to feed the model. One that cannot be imported has inputs all the same: as its file declares them.
Status ReduceVerb::readFeed(std::vector<HostTensor> &feed) {
  options.reference = true;
  std::unique_ptr<Runner> runner;
  return prepareRun(options, "random:0", hostio::SizeChoice::Least, runner, feed);
}

Status ReduceVerb::run() {
  if (output == "-")
    return fail("-o -: a small model comes with its inputs as files; name a file");
  if (Status status = checkWritable("-o", output); status != Done)
    return status;
  std::vector<HostTensor> feed;
  if (Status status = readFeed(feed); status != Done)
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
  llvm::Expected<Reduction> reduction = reduceModel(options.model.model, std::move(feed), reduce);
  progress("");
  if (!reduction)
    return fail(options.model.model + ": " + llvm::toString(reduction.takeError()));

  if (!reduction->unknownValues.empty())
    say(options.model.model +
        ": the values inside are not known, so only parts that need none were tried: " + reduction->unknownValues);

  std::string stem = output;
  if (llvm::StringRef(stem).ends_with(".onnx"))
    stem.resize(stem.size() - 5);
  std::string model = reduction->slice.model.SerializeAsString(), flags;
  if (Status status = writeFile("-o", output, [&](llvm::raw_ostream &os) { os << model; }); status != Done)
    return status;
  llvm::json::Array inputs, operators;
  for (auto [i, tensor] : llvm::enumerate(reduction->slice.inputs)) {
    std::string path = stem + "_input_" + std::to_string(i) + ".pb", bytes = tensorProtoOf(tensor).SerializeAsString();
    if (Status status = writeFile("-o", path, [&](llvm::raw_ostream &os) { os << bytes; }); status != Done)
      return status;
    flags += " --input " + path;
    inputs.push_back(llvm::json::fixUTF8(path));
  }
  for (const onnx::NodeProto &node : reduction->slice.model.graph().node())
    if (node.op_type() != "Constant")
      operators.push_back(llvm::json::fixUTF8(node.op_type()));
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
  command->add_option("-o,--output", verb->output, "The small model; its inputs are written beside it as *_input_N.pb")
      ->required();
  command->add_flag("--anonymise", verb->reduce.anonymise, "Other names, and seeded weights with the same statistics");
  command->add_option("--seed", verb->reduce.seed, "Of --anonymise")->capture_default_str();
  command->add_option("--test", verb->reduce.command,
                      "A shell command that takes the path of a model and exits with other than 0 on one that fails");
  command->add_option("--timeout", verb->reduce.seconds, "Seconds a trial may take")->capture_default_str();
  command->footer("Without --test a model fails if compiling it crashes or is refused, or a kernel, the passes or the whole "
                  "disagree with the interpreter.\n"
                  "Examples:\n  ingot reduce model.onnx -o small.onnx --anonymise\n"
                  "  ingot reduce model.onnx -o small.onnx --test ./check.sh");
  command->callback([verb, status] { *status = verb->run(); });
}

} // namespace ingot::driver
