// ingot run: a model (compiled in memory) or an artifact, once; results are printed, written or compared.
#include "tools/ingot/Explain.h"
#include "tools/ingot/RunOptions.h"

#include "ir/DidYouMean.h"
#include "runtime/hostio/Values.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <nlohmann/json.hpp>

namespace ingot::driver {

namespace {

using nlohmann::json;

struct RunVerb {
  RunOptions options;
  std::string outputDir, labels, watch;
  std::vector<std::string> expect;
  int64_t top = 0;
  double rtol = 1e-4, atol = 1e-5;
  bool toleranceGiven = false; // then integers have it too

  Status run();
  Status readLabels(std::vector<std::string> &names);
  // `told`: the results as a JSON list.
  Status deliver(std::vector<HostTensor> &results, const std::vector<std::string> &names, const std::string &folder,
                 std::string &told);
  Status compare(const std::vector<HostTensor> &results, json &comparisons);
  std::string labelled(const HostTensor &result, const std::vector<std::string> &names);
  std::string text(HostTensor &result, const std::vector<std::string> &names, const std::string &file);
};

Status RunVerb::readLabels(std::vector<std::string> &names) {
  if (labels.empty())
    return Done;
  std::unique_ptr<llvm::MemoryBuffer> file;
  if (Status status = readFile("--labels", labels, file); status != Done)
    return status;
  llvm::SmallVector<llvm::StringRef> lines;
  file->getBuffer().split(lines, '\n', -1, /*KeepEmpty=*/false);
  for (llvm::StringRef line : lines)
    names.push_back(line.trim().str());
  return Done;
}

// Indices of the `top` largest of a row, the last dim; of equals the first.
std::vector<int64_t> largest(const HostTensor &result, int64_t begin, int64_t row, int64_t top) {
  std::vector<int64_t> order(row);
  for (int64_t i = 0; i < row; ++i)
    order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    return elementAsDouble(result, begin + a) > elementAsDouble(result, begin + b);
  });
  order.resize(std::min(top, row));
  return order;
}

// A result with the labels of its largest: JSON, or lines for people.
std::string RunVerb::labelled(const HostTensor &result, const std::vector<std::string> &names) {
  int64_t row = result.dims.empty() ? 1 : result.dims.back();
  int64_t rows = row ? static_cast<int64_t>(result.elements()) / row : 0;
  auto label = [&](int64_t index) { return index < static_cast<int64_t>(names.size()) ? names[index] : std::string(); };
  json list = json::array();
  std::string lines = result.name + ": " + result.describe() + "\n";
  for (int64_t r = 0; r < rows; ++r) {
    json best = json::array();
    for (int64_t index : largest(result, r * row, row, top > 0 ? top : 5)) {
      double value = elementAsDouble(result, r * row + index);
      best.push_back({{"index", index}, {"value", value}, {"label", label(index)}});
      llvm::raw_string_ostream(lines) << "  [" << index << "] " << llvm::format("%.9g", value) << ' ' << label(index)
                                      << '\n';
    }
    list.push_back(best);
  }
  if (!globals.json)
    return lines;
  return jsonText({{"name", result.name}, {"dtype", ingot_dtype_name(result.dtype)}, {"shape", result.dims}, {"top", list}});
}

std::string RunVerb::text(HostTensor &result, const std::vector<std::string> &names, const std::string &file) {
  hostio::Text text;
  ingot_buffer buffer = result.buffer();
  if (!names.empty() && file.empty())
    return labelled(result, names);
  if (globals.json)
    hostio::reportTensorJson(text, result.name.c_str(), buffer, top, file.empty() ? nullptr : file.c_str());
  else if (!file.empty())
    text.add((result.name + ": " + result.describe() + " -> " + file + "\n").c_str());
  else
    hostio::reportTensor(text, result.name.c_str(), buffer, top);
  return {text.chars(), text.size()};
}

// Compares with every --expect; Difference where one does not hold.
Status RunVerb::compare(const std::vector<HostTensor> &results, json &comparisons) {
  Status status = Done;
  size_t next = 0;
  for (const std::string &text : expect) {
    InputRequest request = parseInputRequest(text);
    std::vector<HostTensor> wanted;
    std::string why;
    if (!readTensors(request.source, nullptr, wanted, &why))
      return fail("--expect: " + why);
    bool npz = llvm::StringRef(request.source).ends_with_insensitive(".npz");
    for (HostTensor &want : wanted) {
      std::string name = npz ? want.name : request.name;
      auto found = llvm::find_if(results, [&](const HostTensor &r) { return r.name == name; });
      if (name.empty() && next < results.size())
        found = results.begin() + next++;
      if (found == results.end())
        return fail("--expect " + text + ": the model has no such result" +
                    didYouMean(name, llvm::map_to_vector(results, [](const HostTensor &r) { return r.name; })));
      if (!readAs(want, found->dtype, &why))
        return fail("--expect " + text + ": " + why);
      Comparison comparison = compareTensors(*found, want, rtol, atol, toleranceGiven);
      comparisons.push_back({{"name", found->name},
                             {"equal", comparison.equal},
                             {"max_absolute", comparison.maxAbsolute},
                             {"max_relative", comparison.maxRelative},
                             {"mismatches", comparison.mismatches},
                             {"elements", comparison.elements},
                             {"text", comparison.text}});
      if (comparison.equal) {
        say(found->name + ": agrees, " + comparison.text);
      } else {
        fail(found->name + ": DIFFERS, " + comparison.text);
        status = Difference;
      }
    }
  }
  if (!expect.empty() && comparisons.empty())
    return fail("--expect: nothing is in the files to compare with");
  return status;
}

Status RunVerb::run() {
  if (!watch.empty())
    return fail("--watch: not built in");
  std::vector<std::string> names;
  if (Status status = readLabels(names); status != Done)
    return status;
  std::unique_ptr<Runner> runner;
  std::vector<HostTensor> feed, results;
  if (Status status = prepareRun(options, "", hostio::SizeChoice::Least, runner, feed); status != Done)
    return status;
  std::string why = runner->modelName(), calls;
  const size_t count = options.calls.size();
  answer("model", jsonText(why.empty() ? modelName(options.model.model) : why));
  json comparisons = json::array();
  Status compared = Done;
  for (size_t call = 0; call < count; ++call) {
    std::string number = std::to_string(call + 1), told;
    if (call)
      if (Status status = prepareCall(options, call, *runner, feed); status != Done)
        return status;
    if (!runner->run(feed, results, &why))
      return fail((count > 1 ? "call " + number + ": " : "") + why);
    if (call + 1 == count)
      compared = compare(results, comparisons);
    if (compared != Done && compared != Difference)
      return compared;
    if (count > 1 && !globals.json)
      llvm::outs() << "call " << number << '\n';
    if (Status status =
            deliver(results, names, outputDir.empty() || count == 1 ? outputDir : outputDir + "/" + number, told);
        status != Done)
      return status;
    if (count == 1)
      answer("results", told);
    else
      calls += (call ? ", {\"results\": " : "{\"results\": ") + told + "}";
  }
  if (count > 1)
    answer("calls", "[" + calls + "]");
  if (!expect.empty())
    answer("comparisons", jsonText(comparisons));
  return compared;
}

// Writes the results to `folder` unless it is empty, and prints them.
Status RunVerb::deliver(std::vector<HostTensor> &results, const std::vector<std::string> &names, const std::string &folder,
                        std::string &told) {
  std::vector<std::string> files(results.size());
  std::string why;
  if (!folder.empty()) {
    if (std::error_code code =
            llvm::sys::fs::create_directories(folder, /*IgnoreExisting=*/true, llvm::sys::fs::perms::all_all))
      return fail("--output-dir " + folder + ": " + code.message());
    files = filesOfResults(folder, results);
    for (size_t i = 0; i < results.size(); ++i)
      if (!writeTensor(files[i], results[i], &why))
        return fail("--output-dir: " + why);
  }
  for (size_t i = 0; i < results.size(); ++i) {
    std::string one = text(results[i], names, files[i]);
    if (globals.json)
      told += (i ? ", " : "[") + one;
    else
      llvm::outs() << printable(one);
  }
  told += results.empty() ? "[]" : "]";
  return Done;
}

} // namespace

void addRun(CLI::App &app, Status *status) {
  auto verb = std::make_shared<RunVerb>();
  CLI::App *command = app.add_subcommand("run", "Run a model or an artifact");
  verb->options.addTo(*command);
  command
      ->add_flag_function(
          "--then", [verb](int64_t) { verb->options.calls.emplace_back(); },
          "The --inputs that follow are for the next call, which finds the state as this one left it; an input that "
          "is not given again stays as it is (--output-dir then gets a folder for each call)")
      ->trigger_on_parse()
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  command->add_option("--output-dir", verb->outputDir, "Write every result to this folder as NAME.npy");
  command->add_option("--top", verb->top, "Print the N largest of each row instead of all values")
      ->check(CLI::Range(1, 1000000));
  command->add_option("--labels", verb->labels,
                      "A file with one label a line: print the --top (5) largest of each row with theirs");
  command->add_option("--expect", verb->expect, "[NAME=]FILE: what a result must be; exit status 3 if it is not")
      ->take_all();
  command
      ->add_option("--rtol", verb->rtol,
                   "Relative tolerance of --expect; integers and booleans are compared exactly unless it or --atol is given")
      ->check(toleranceValues())
      ->capture_default_str();
  command->add_option("--atol", verb->atol, "Absolute tolerance of --expect")
      ->check(toleranceValues())
      ->capture_default_str();
  command->add_flag("--reference", verb->options.reference, "Run in the reference interpreter, uncompiled");
  command->add_option("--watch", verb->watch, "Print a node's value");
  command->footer("Examples:\n  ingot run mnist.onnx --input digit.npy --top 3\n"
                  "  ingot run model.so --input x=random:1 --input y=zeros --output-dir results\n"
                  "  ingot run model.onnx --input a.npy --expect b.npy --rtol 1e-3");
  command->callback([verb, status, command] {
    verb->toleranceGiven = command->count("--rtol") + command->count("--atol") != 0;
    *status = verb->run();
  });
}

} // namespace ingot::driver
