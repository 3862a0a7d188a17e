#include "tools/conformance/CaseRunner.h"

#include "frontends/Frontends.h"
#include "ir/Types.h"
#include "tools/conformance/ProgramRunner.h"
#include "tools/conformance/Refusals.h"
#include "tools/execution/Runner.h"
#include "tools/execution/ValueError.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <chrono>
#include <cmath>

namespace ingot::conformance {

using driver::HostTensor;

namespace {

// Inputs and outputs of a data set by place. A tensor without a type is not stored.
struct Values {
  std::vector<HostTensor> inputs, outputs;
};

class CaseRun {
public:
  CaseRun(const Case &which, const CaseOptions &options) : which(which), options(options) { result.name = which.name; }

  CaseResult run() {
    auto start = std::chrono::steady_clock::now();
    runSets();
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return std::move(result);
  }

private:
  // Failed, unless what it is refused for is on the list.
  bool refuse(bool isListed, const std::string &reason) {
    return isListed ? result.end(CaseStatus::Unsupported, reason)
                    : result.end(CaseStatus::Failed, "refused, but not for what is listed: " + reason);
  }
  bool refuseType() { return refuse(refusals.hasType(facts.oddType), facts.oddValue); }

  void runSets() {
    if (!readFacts())
      return;
    std::vector<DataSet> sets = which.sets;
    if (sets.empty())
      sets.push_back({DataSet::Counted, {}, {}});
    for (auto [index, set] : llvm::enumerate(sets)) {
      prefix = sets.size() > 1 ? "data set " + std::to_string(index) + ": " : "";
      Values values;
      if (!readValues(set, values) || !runSet(values, set.form))
        return;
      ++result.sets;
    }
    if (which.sets.empty())
      result.end(CaseStatus::NotComparable, "no outputs are stored with it; it ran");
    else if (!draws.empty())
      result.end(CaseStatus::NotComparable, "its values are drawn at random: " + draws + "; types and dims agree");
    else
      result.end(CaseStatus::Passed, "");
  }

  bool readFacts() {
    const Frontend &frontend = frontendOfFile(which.model);
    if (!frontend.facts)
      return result.end(CaseStatus::Failed, std::string("is a model of ") + frontend.name + ", which has another suite");
    llvm::Expected<ModelFacts> read = frontend.facts(which.model);
    if (!read)
      return result.end(CaseStatus::Failed, withoutPath(llvm::toString(read.takeError())));
    facts = std::move(*read);
    result.ops = facts.ops;
    result.missing = facts.missing;
    draws = facts.randomNodes.empty() ? "" : facts.randomNodes.front();
    if (facts.oddType == "STRING")
      return refuseType();
    if (!facts.missing.empty())
      return refuse(llvm::all_of(facts.missing, [&](const std::string &op) { return refusals.hasOperator(op); }),
                    "operators: " + llvm::join(facts.missing, ", "));
    return true;
  }

  bool readValues(const DataSet &set, Values &values) {
    std::string why;
    auto readAll = [&](const std::vector<std::string> &files, std::vector<HostTensor> &tensors) {
      for (const std::string &path : files) {
        std::vector<HostTensor> read(1);
        if (!path.empty()) {
          read.clear();
          if (!driver::readTensors(path, nullptr, read, &why))
            return false;
        }
        tensors.push_back(std::move(read.front()));
      }
      return true;
    };
    if (set.form == DataSet::Named)
      return readNamed(set, values);
    if (!readAll(set.inputs, values.inputs) || !readAll(set.outputs, values.outputs))
      return facts.oddType.empty() ? result.end(CaseStatus::Failed, prefix + "its data cannot be read: " + withoutPath(why))
                                   : refuseType();
    return set.form == DataSet::Counted ? countUp(values) : true;
  }

  bool readNamed(const DataSet &set, Values &values) {
    std::string why;
    std::vector<HostTensor> arrays;
    if (!driver::readTensors(set.inputs.front(), nullptr, arrays, &why))
      return result.end(CaseStatus::Failed, "its data cannot be read: " + why);
    auto pick = [&](const std::vector<std::string> &names, std::vector<HostTensor> &tensors) {
      for (const std::string &name : names) {
        auto found = llvm::find_if(arrays, [&](const HostTensor &array) { return array.name == name; });
        tensors.push_back(found == arrays.end() ? HostTensor() : *found);
      }
    };
    pick(facts.inputs, values.inputs);
    pick(facts.outputs, values.outputs);
    return true;
  }

  // The inputs of a set that stores none: the first counts up, the others are zeros; open dims are 1.
  bool countUp(Values &values) {
    for (const ModelFacts::Input &input : facts.declared) {
      if (input.hasDefault)
        continue;
      if (!input.dtype)
        return facts.oddType.empty() ? result.end(CaseStatus::Failed, "input '" + input.name + "' has no type")
                                     : refuseType();
      driver::InputSpec spec{input.name, input.dtype, {}, {}};
      int64_t count = 1;
      for (const ModelFacts::Dim &dim : input.dims) {
        spec.dims.push_back(std::max<int64_t>(dim.value, 1));
        count *= spec.dims.back();
      }
      HostTensor tensor;
      std::string why;
      if (count > (int64_t(1) << 32) || !driver::generateTensor("zeros", spec, tensor, &why))
        return result.end(CaseStatus::NotComparable, "input '" + input.name + "' is too large to make up");
      if (values.inputs.empty() && tensor.dtype == INGOT_F32)
        for (int64_t i = 0; i < count; ++i)
          reinterpret_cast<float *>(tensor.bytes.data())[i] = static_cast<float>(i) / static_cast<float>(count);
      values.inputs.push_back(std::move(tensor));
    }
    return true;
  }

  // Dropout draws where its mode is true and its ratio is not 0.
  void findDrawingDropout(const Values &values) {
    auto scalar = [&](const std::string &name, std::optional<double> constant) -> std::optional<double> {
      for (auto [input, tensor] : llvm::zip(facts.inputs, values.inputs))
        if (input == name && tensor.dtype && tensor.elements() == 1)
          return driver::elementAsDouble(tensor, 0);
      return constant;
    };
    for (const ModelFacts::Dropout &dropout : facts.dropouts) {
      double ratio = dropout.ratio.empty() ? 0.5 : scalar(dropout.ratio, dropout.ratioValue).value_or(0.5);
      bool training = !dropout.mode.empty() && scalar(dropout.mode, dropout.modeValue).value_or(1) != 0;
      if (draws.empty() && training && ratio != 0)
        draws = "Dropout (node '" + dropout.node + "')";
    }
  }

  bool runSet(Values &values, DataSet::Form form) {
    findDrawingDropout(values);
    std::unique_ptr<driver::Runner> runner;
    if (!makeRunner(values, runner))
      return false;
    std::vector<HostTensor> feed, results;
    std::string why;
    std::vector<std::string> made;
    for (const driver::InputSpec &input : runner->inputs())
      made.push_back(input.name);
    if (made != facts.inputs)
      return result.end(CaseStatus::Failed, prefix + "the importer made the inputs [" + llvm::join(made, ", ") + "] of [" +
                                                llvm::join(facts.inputs, ", ") + "]");
    for (HostTensor &input : values.inputs)
      if (input.dtype)
        feed.push_back(std::move(input));
    if (feed.size() != made.size())
      return result.end(CaseStatus::Failed, prefix + std::to_string(feed.size()) + " inputs are stored, the model has " +
                                                std::to_string(made.size()));
    if (!runner->run(feed, results, &why))
      return result.end(CaseStatus::Failed, prefix + "does not run: " + why);
    result.compiled = !options.interpret;
    return compare(results, values.outputs, form);
  }

  // Takes what the importer or the compiler says; the file's path leads nowhere for a reader.
  std::string withoutPath(llvm::StringRef message) {
    std::string text = message.str();
    for (size_t at; (at = text.find(which.model + ": ")) != std::string::npos;)
      text.erase(at, which.model.size() + 2);
    return text;
  }

  bool makeRunner(const Values &values, std::unique_ptr<driver::Runner> &runner) {
    ImportOptions import;
    import.specialise = true;
    import.numerics = options.numerics;
    import.dims = options.dims;
    // Where all inputs are stored, those too that have a default, each is the one in its place.
    bool all = values.inputs.size() == facts.declared.size() && facts.keepsDefaults;
    for (auto [i, input] : llvm::enumerate(values.inputs))
      import.knownInputs.push_back(
          {all ? facts.declared[i].name : "", input.dims, input.dtype, input.bytes, input.dtype != 0, {}});
    std::unique_ptr<mlir::MLIRContext> context = makeCompilerContext();
    std::string message;
    ImportNotes notes;
    mlir::FailureOr<Program> program = importModel(
        *context, which.model, import,
        [&](llvm::StringRef text) { message += (message.empty() ? "" : "; ") + withoutPath(text); }, &notes);
    if (mlir::failed(program)) {
      bool ofNodes = !notes.refusedNodes.empty();
      if (!ofNodes && !facts.oddType.empty())
        return refuseType();
      return refuse(
          ofNodes && llvm::all_of(notes.refusedNodes,
                                  [&](const ImportNotes::RefusedNode &node) { return refusals.hasNode(node.op, node.why); }),
          prefix + message);
    }
    result.specialised = notes.specialisedInputs;
    std::string why;
    runner = makeProgramRunner(std::move(context), std::move(*program), options, &why);
    return runner ? true : result.end(CaseStatus::Failed, prefix + why);
  }

  bool compare(const std::vector<HostTensor> &results, const std::vector<HostTensor> &outputs, DataSet::Form form) {
    std::vector<std::string> given;
    for (const HostTensor &result : results)
      given.push_back(result.name);
    if (given != facts.outputs)
      return result.end(CaseStatus::Failed, prefix + "gives the outputs [" + llvm::join(given, ", ") + "], not [" +
                                                llvm::join(facts.outputs, ", ") + "]");
    if (which.sets.empty())
      return true;
    // Arrays by name may be some of the outputs; numbered files are all of them.
    bool all = form != DataSet::Named;
    if (outputs.size() != results.size())
      return result.end(CaseStatus::Failed, prefix + std::to_string(outputs.size()) + " outputs are stored, the model has " +
                                                std::to_string(results.size()));
    size_t compared = 0;
    for (auto [got, want] : llvm::zip(results, outputs)) {
      if (!want.dtype && all)
        return result.end(CaseStatus::Failed, prefix + "no output '" + got.name + "' is stored");
      if (!want.dtype)
        continue;
      ++compared;
      if (!draws.empty() && got.dtype == want.dtype && got.dims == want.dims)
        continue;
      // A stored element that is a sum which cancels is rounded as its terms are.
      const double rounding = want.dtype == INGOT_F32 ? std::ldexp(driver::scaleOf(want), -24) : 0;
      driver::Comparison comparison = driver::compareTensors(got, want, options.rtol, std::max(options.atol, rounding));
      if (!comparison.equal)
        return result.end(CaseStatus::Failed, prefix + "output '" + got.name + "': " + comparison.text);
    }
    return compared ? true : result.end(CaseStatus::Failed, prefix + "nothing was compared: none of the outputs is stored");
  }

  const Case &which;
  const CaseOptions &options;
  const Refusals &refusals = Refusals::committed();
  CaseResult result;
  ModelFacts facts;
  std::string prefix; // of messages: which data set
  std::string draws;  // the first node whose result is drawn at random, or empty
};

} // namespace

CaseResult runCase(const Case &which, const CaseOptions &options) { return CaseRun(which, options).run(); }

} // namespace ingot::conformance
