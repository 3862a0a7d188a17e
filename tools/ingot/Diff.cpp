// ingot diff: where a compiled model first computes something else than the reference interpreter.
#include "tools/diagnosis/Diff.h"
#include "ir/Distribution.h"
#include "ir/Entries.h"
#include "tools/ingot/Explain.h"
#include "tools/ingot/RunOptions.h"
#include "tools/ingot/TableView.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <nlohmann/json.hpp>

namespace ingot::driver {

namespace {

using namespace ingot::diagnosis;

struct DiffVerb {
  RunOptions options;
  std::string other, sizes; // sizes: those of the inputs, as text
  nlohmann::json sizesOf = nlohmann::json::object();
  Tolerance tolerance;

  Status run();
  Status diffModel(const std::vector<HostTensor> &feed);
  void tell(const DiffReport &report);
  Status diffResults(Runner &runner, std::vector<HostTensor> &feed);
  void printTable(const std::vector<ValueDiff> &diffs);
};

std::string shorten(const std::string &text, size_t most) {
  return text.size() <= most ? text : text.substr(0, most - 3) + "...";
}

void DiffVerb::printTable(const std::vector<ValueDiff> &diffs) {
  for (const ValueDiff &diff : diffs) {
    const ValueError &error = diff.error;
    llvm::outs() << llvm::format("%-4s %10.3g %10.2e %10.2e  ", error.bad() ? "BAD" : "ok", error.maxUlp, error.maxRelative,
                                 error.maxAbsolute)
                 << llvm::left_justify(shorten(diff.name, 28), 29) << llvm::left_justify(shorten(diff.type, 24), 25)
                 << shorten(llvm::join(diff.nodes, ", "), 60) << '\n';
  }
}

// The report as JSON, or its sizes as the first line of the text.
void DiffVerb::tell(const DiffReport &report) {
  if (!globals.json) {
    if (!sizes.empty())
      llvm::outs() << "sizes " << sizes << '\n';
    return;
  }
  answer(nlohmann::json::parse(llvm::formatv("{0}", toJson(report)).str()));
  answer("sizes", jsonText(sizesOf));
}

Status DiffVerb::diffModel(const std::vector<HostTensor> &feed) {
  std::unique_ptr<mlir::MLIRContext> context;
  Program program;
  std::vector<InputShape> known;
  for (const HostTensor &tensor : feed)
    known.push_back({tensor.name, tensor.dims, tensor.dtype, {}, true, {}});
  ModelOptions model = options.model;
  if (const std::string &entry = options.calls.front().entry; !entry.empty())
    model.entries = {entry};
  if (Status status = importModel(model, known, context, program); status != Done)
    return status;
  if (std::string why; !keepEntries(*program.module, {entryNames(*program.module).front()}, &why))
    return fail("internal error: " + why);
  if (const std::string problems = problemsInOneProcess(*program.module); !problems.empty())
    return fail(options.model.model + ": " + problems);
  DiffOptions diff;
  diff.tolerance = tolerance;
  diff.compile.target.cpu = options.model.cpu.empty() ? "native" : options.model.cpu;
  diff.compile.target.features = options.model.features;
  diff.compile.optLevel = options.model.optLevel;
  diff.compile.jobs = options.model.jobs;
  diff.compile.modelName = modelName(options.model.model);
  progress("interpret and compile " + options.model.model);
  llvm::Expected<DiffReport> report = diffProgram(*context, program, feed, diff);
  progress("");
  if (!report)
    return fail(options.model.model + ": " + llvm::toString(report.takeError()));
  tell(*report);
  if (!globals.json) {
    llvm::outs() << "            ulp   relative   absolute  kernel                       type                     nodes\n";
    printTable(report->kernels);
    llvm::outs() << "results of the whole model\n";
    printTable(report->results);
    llvm::outs() << report->verdict() << '\n';
  }
  return report->bad() ? Difference : Done;
}

// An artifact shows its results alone, and another file has kernels of its own: results are compared.
Status DiffVerb::diffResults(Runner &runner, std::vector<HostTensor> &feed) {
  RunOptions second = options;
  second.model.model = other;
  std::string why;
  FileKind kind = detectFile(other, &why);
  if (kind == FileKind::Unreadable || kind == FileKind::Unknown)
    return fail(why);
  second.reference = kind != FileKind::Artifact; // what a model means, not what we make of it
  std::vector<InputShape> known;
  for (const HostTensor &tensor : feed)
    if (kind != FileKind::Artifact && (!tensor.bytes.empty() || tensor.elements() == 0))
      known.push_back({tensor.name, tensor.dims, tensor.dtype, tensor.bytes, true, {}});
  std::unique_ptr<Runner> reference;
  std::vector<HostTensor> given, got, want;
  if (Status status = makeRunner(second, std::move(known), reference); status != Done)
    return status;
  // By name, where the other has one; those that the other lacks have their default value in both.
  std::vector<InputSpec> specs = reference->inputs();
  for (const InputSpec &spec : specs) {
    auto found = llvm::find_if(feed, [&](const HostTensor &tensor) { return tensor.name == spec.name; });
    if (found == feed.end() && specs.size() == feed.size())
      found = feed.begin() + given.size();
    if (found == feed.end())
      return fail(other + ": has an input '" + spec.name + "', " + options.model.model + " has none");
    given.push_back(*found);
  }
  for (const HostTensor &tensor : feed)
    if (specs.size() != feed.size() && (!tensor.bytes.empty() || tensor.elements() == 0) &&
        llvm::none_of(specs, [&](const InputSpec &spec) { return spec.name == tensor.name; }))
      return fail(other + ": has " + std::to_string(specs.size()) + " inputs, " + options.model.model + " has " +
                  std::to_string(feed.size()));
  if (!runner.run(feed, got, &why))
    return fail(options.model.model + ": " + why);
  if (!reference->run(given, want, &why))
    return fail(other + ": " + why);
  if (got.size() != want.size())
    return fail(other + ": has " + std::to_string(want.size()) + " results, " + options.model.model + " has " +
                std::to_string(got.size()));
  DiffReport report;
  for (auto [mine, theirs] : llvm::zip(got, want))
    report.results.push_back(
        {mine.name, {}, theirs.describe(), false, compareValues(mine, theirs, ofWholeModel(tolerance, theirs.dtype))});
  tell(report);
  if (!globals.json) {
    llvm::outs() << "            ulp   relative   absolute  result                       type\n";
    printTable(report.results);
  }
  return report.bad() ? Difference : Done;
}

Status DiffVerb::run() {
  std::string why;
  FileKind kind = detectFile(options.model.model, &why);
  if (kind == FileKind::Artifact && other.empty()) {
    if (llvm::Expected<TableView> view = TableView::ofFile(options.model.model); !view)
      return fail(llvm::toString(view.takeError())); // damage is told before anything else
    return fail(options.model.model +
                ": is an artifact, whose kernels cannot be seen one by one; give the model it was made of "
                "as well, and the results are compared");
  }
  bool alone = other.empty();
  options.reference = alone;
  std::unique_ptr<Runner> runner;
  std::vector<HostTensor> feed;
  if (Status status = prepareRun(options, "random:0", hostio::SizeChoice::Least, runner, feed); status != Done)
    return status;
  sizes = sizesText(*runner, feed);
  sizesOf = sizesJson(*runner, feed);
  return alone ? diffModel(feed) : diffResults(*runner, feed);
}

} // namespace

void addDiff(CLI::App &app, Status *status) {
  auto verb = std::make_shared<DiffVerb>();
  CLI::App *command = app.add_subcommand("diff", "Show where a compiled model first computes something wrong");
  verb->options.addTo(*command);
  addModelArgument(*command, "other", verb->other,
                   "Compare results with this model, interpreted, or this artifact, instead of each kernel with the "
                   "interpreter")
      ->required(false);
  command->add_option("--rtol", verb->tolerance.rtol, "Relative tolerance of a kernel; default: as its element type allows")
      ->check(toleranceValues());
  command
      ->add_option("--integer-steps", verb->tolerance.integerSteps,
                   "How far one of 64 integers may be off, as a tie that is rounded the other way is; 0 by default, and "
                   "booleans are always compared exactly")
      ->check(toleranceValues());
  command->footer("Each kernel is run alone on the operands the interpreter has there, so the first bad one is bad itself.\n"
                  "Inputs that --input does not give are random:0, of the least sizes that --dim and --shape leave. Exit "
                  "status 3 if something is wrong.\n"
                  "Examples:\n  ingot diff model.onnx\n  ingot diff model.so model.onnx --input x.npy");
  command->callback([verb, status] { *status = verb->run(); });
}

} // namespace ingot::driver
