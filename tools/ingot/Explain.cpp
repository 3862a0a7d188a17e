#include "tools/ingot/Explain.h"

#include "ir/DidYouMean.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"

#include <cmath>

namespace ingot::driver {
namespace {

using Words = llvm::ArrayRef<llvm::StringRef>;

// Words that other tools have for what is called otherwise here.
struct Other {
  Words typed;
  llvm::StringRef meant;
};

constexpr llvm::StringRef kCompile[] = {"convert", "build", "make", "export", "translate", "transpile", "package"};
constexpr llvm::StringRef kRun[] = {"exec", "execute", "infer", "inference", "predict", "eval", "forward"};
constexpr llvm::StringRef kBench[] = {"benchmark", "perf", "profile", "time"};
constexpr llvm::StringRef kInspect[] = {"info", "show", "print", "view", "visualize", "summary", "dump", "describe"};
constexpr llvm::StringRef kCheck[] = {"test", "validate", "lint"};
constexpr llvm::StringRef kReduce[] = {"minimize", "shrink"};
constexpr llvm::StringRef kOps[] = {"operators", "list"};
constexpr Other kVerbs[] = {{kCompile, "compile"}, {kRun, "run"},       {kBench, "bench"}, {kInspect, "inspect"},
                            {kCheck, "check"},     {kReduce, "reduce"}, {kOps, "ops"}};

constexpr llvm::StringRef kSizeWords[] = {"--batch",        "--batch-size",  "--batchsize",   "--dynamic-batch",
                                          "--dynamic-axes", "--input-shape", "--inputshapes", "--input-shapes",
                                          "--minshapes",    "--optshapes",   "--maxshapes",   "--seq-len"};
constexpr llvm::StringRef kPrecisionWords[] = {"--fp16", "--bf16", "--fp32", "--int8", "--half", "--quantize", "--dtype"};
constexpr llvm::StringRef kLevelWords[] = {"--opt-level", "--optimize", "--optimization-level"};
constexpr llvm::StringRef kModelWords[] = {"--model", "--onnx", "--model-path", "-m"};
constexpr llvm::StringRef kInputWords[] = {"-i", "--data", "--feed", "--image"};
constexpr llvm::StringRef kRoundWords[] = {"--runs", "--repeat", "--loops", "--seconds", "--duration", "-n"};
constexpr llvm::StringRef kToleranceWords[] = {"--tolerance", "--tol", "--eps", "--epsilon"};
constexpr llvm::StringRef kMachineWords[] = {"--march", "-march", "--arch", "--cpu"};
constexpr llvm::StringRef kDeviceWords[] = {"--gpu", "--cuda", "--use-gpu", "--provider", "--ep"};
constexpr llvm::StringRef kFormWords[] = {"--format", "--type", "--output-format"};
constexpr llvm::StringRef kTalkWords[] = {"-v", "--verbose", "--log-level"};
constexpr Other kOptions[] = {
    {kSizeWords, "a size is given as --dim NAME=N or NAME=LO..HI, the shape of an input as --shape [NAME=]1x3x224x224"},
    {kPrecisionWords, "a model is computed in its own element types"},
    {kLevelWords, "code is optimised by -O0, -O2 or -O3"},
    {kModelWords, "the model is given by its name alone"},
    {kInputWords, "an input is given as --input [NAME=]FILE.npy"},
    {kRoundWords, "the calls that are timed are --iterations"},
    {kToleranceWords, "a tolerance is given as --rtol (relative)"},
    {kMachineWords, "a processor is given as --mcpu, another architecture as --target"},
    {kDeviceWords, "models run on the processor (--device=cpu)"},
    {kFormWords, "the form is that of the output's suffix, or --emit"},
    {kTalkWords, "--timing and --json tell more"},
};

llvm::StringRef meantBy(llvm::ArrayRef<Other> table, llvm::StringRef typed) {
  std::string word = typed.lower();
  std::replace(word.begin(), word.end(), '_', '-');
  for (const Other &other : table)
    if (llvm::is_contained(other.typed, word))
      return other.meant;
  return "";
}

// "; did you mean '--threads'?" of one that is like the typed option or part of it.
std::string likeOption(llvm::StringRef typed, llvm::ArrayRef<std::string> names) {
  if (llvm::StringRef meant = meantBy(kOptions, typed); !meant.empty())
    return "; " + meant.str();
  if (!typed.starts_with("--"))
    return "";
  std::string like = didYouMean(typed, names);
  if (!like.empty())
    return like;
  constexpr size_t kLeast = 3; // letters that tell something
  const llvm::StringRef word = typed.drop_front(2);
  const std::string *found = nullptr;
  for (const std::string &name : names)
    if (llvm::StringRef bare = llvm::StringRef(name).drop_front(2);
        bare.size() >= kLeast && word.size() >= kLeast &&
        (bare.starts_with_insensitive(word) || word.starts_with_insensitive(bare) || word.ends_with_insensitive(bare)) &&
        (!found || name.size() < found->size()))
      found = &name;
  return found ? "; did you mean '" + *found + "'?" : "";
}

std::vector<std::string> optionsOf(llvm::ArrayRef<const CLI::App *> apps) {
  std::vector<std::string> names;
  for (const CLI::App *app : apps)
    for (const CLI::Option *option : app->get_options())
      for (const std::string &name : option->get_lnames())
        names.push_back("--" + name);
  return names;
}

std::string explainVerb(const CLI::App &app, llvm::ArrayRef<const char *> words, llvm::StringRef what) {
  auto verbs = llvm::map_to_vector(app.get_subcommands({}), [](const CLI::App *each) { return each->get_name(); });
  auto word = llvm::find_if(words, [](llvm::StringRef each) { return !each.starts_with("-"); });
  if (word == words.end()) {
    const std::vector<std::string> names = optionsOf({&app});
    auto unknown =
        llvm::find_if(words, [&](llvm::StringRef each) { return each != "-q" && !llvm::is_contained(names, each); });
    return unknown == words.end() ? what.str()
                                  : "'" + std::string(*unknown) + "' is no option of 'ingot'" + didYouMean(*unknown, names);
  }
  if (llvm::StringRef(*word) == "help" || llvm::StringRef(*word) == "version")
    return "'" + std::string(*word) + "' is no verb; did you mean --" + *word + "?";
  std::string message = "'" + std::string(*word) + "' is no verb; the verbs are " + llvm::join(verbs, ", ");
  std::string hint = didYouMean(*word, verbs);
  if (llvm::StringRef meant = meantBy(kVerbs, *word); !meant.empty())
    hint = ("; did you mean '" + meant + "'?").str();
  if (hint.empty() && llvm::sys::fs::exists(*word))
    hint = "; of a model: ingot run " + std::string(*word) + " ..., or ingot compile " + std::string(*word) + " -o FILE";
  return message + hint;
}

// What was left over: options that the verb does not have, else words.
std::string explainRest(const CLI::App &app, const CLI::App &verb) {
  const std::vector<std::string> names = optionsOf({&verb, &app});
  std::vector<std::string> options, words;
  std::string hint;
  for (llvm::StringRef word : app.remaining(/*recurse=*/true)) {
    if (!word.starts_with("-") || word.size() == 1) {
      words.push_back("'" + word.str() + "'");
      continue;
    }
    llvm::StringRef name = word.split('=').first;
    options.push_back("'" + name.str() + "'");
    if (hint.empty())
      hint = likeOption(name, names);
  }
  const std::string of = " of 'ingot " + verb.get_name() + "'";
  if (!options.empty())
    return llvm::join(options, ", ") + (options.size() == 1 ? " is no option" : " are no options") + of + hint;
  if (words.empty())
    return "";
  std::string first = llvm::StringRef(words.front()).drop_front().drop_back().str();
  if (llvm::is_contained(names, "--input"))
    hint = "; an input is given as --input " + first;
  else if (llvm::is_contained(names, "--output") && verb.get_option_no_throw("--output")->count() == 0)
    hint = "; what is written is given as -o " + first;
  return llvm::join(words, ", ") + (words.size() == 1 ? " is no argument" : " are no arguments") + of + hint;
}

} // namespace

std::string explain(const CLI::App &app, llvm::ArrayRef<const char *> words, const CLI::ParseError &error) {
  const CLI::App *verb = app.get_subcommands().empty() ? nullptr : app.get_subcommands().front();
  llvm::StringRef what = error.what();
  const auto kind = static_cast<CLI::ExitCodes>(error.get_exit_code());
  std::string message = what.str();
  auto first = llvm::find_if(words, [](llvm::StringRef each) { return !each.starts_with("-"); });
  if (verb && first != words.end() && llvm::StringRef(*first) == "help")
    return "'help' is no verb; did you mean 'ingot " + verb->get_name() + " --help'?";
  if (!verb) {
    message = explainVerb(app, words, what);
  } else if (kind == CLI::ExitCodes::ExtrasError) {
    message = explainRest(app, *verb);
  } else if (kind == CLI::ExitCodes::RequiredError) {
    std::string rest = explainRest(app, *verb);
    message += rest.empty() ? "" : ", and " + rest;
  } else if (kind == CLI::ExitCodes::ConversionError && what.consume_front("Could not convert: ")) {
    auto [option, value] = what.split(" = ");
    message = (option + " " + value + ": expected a number").str();
  } else if (kind == CLI::ExitCodes::ArgumentMismatch) {
    llvm::StringRef option = what.split(':').first;
    message = option.str() + (what.contains("At Most") ? " is given more than once" : " needs a value");
  }
  return message + "\nRun 'ingot --help' or 'ingot " + (verb ? verb->get_name() : "VERB") + " --help'.";
}

void refuseEmptyValues(CLI::App &app) {
  for (CLI::App *verb : app.get_subcommands({}))
    for (CLI::Option *option : verb->get_options())
      if (option->get_items_expected_max() != 0)
        option->transform(CLI::Validator( // before what else is checked
            [](std::string &value) { return std::string(value.empty() ? "the value is empty" : ""); }, ""));
}

CLI::Validator toleranceValues() {
  return {[](std::string &text) {
            double value = 0;
            const bool fits = CLI::detail::lexical_cast(text, value) && std::isfinite(value) && value >= 0;
            return fits ? std::string() : "expected a number of 0 or more, not " + text;
          },
          ""};
}

} // namespace ingot::driver
