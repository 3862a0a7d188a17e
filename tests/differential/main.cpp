// ingot-differential: random programs, compiled in every way, against the reference interpreter.
#include "tests/differential/Trial.h"

#include "tools/conformance/Suite.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>
#include <map>

using namespace ingot::differential;

namespace {

constexpr llvm::StringLiteral kUsage =
    "usage: ingot-differential [--seed S] [--count N] [--minutes M] [--fewest N] [--most N] [--print] [--ops]\n"
    "                          [--write FOLDER]\n\n"
    "Makes N random programs (default 100; with --minutes as many as that allows) from the seeds S, S + 1, ... (default 1), "
    "each of 3 to\n"
    "30 steps, runs them in the reference interpreter, and compiled without optimisation and for each level this machine "
    "has, and\n"
    "compares. Prints a line for each that fails; --print prints programs instead of running them, --ops how many hold each "
    "op.\n"
    "Programs that rounding alone may change are left out. The last line is 'N passed, N failed, N skipped'; skipped are "
    "those that the\n"
    "compiler refuses. Exit status 3 where one fails.\n";

struct Arguments {
  uint64_t seed = 1, count = 100;
  double minutes = 0;
  bool print = false, ops = false;
  TrialOptions trial;
};

bool parse(int argc, char **argv, Arguments &arguments) {
  for (int i = 1; i < argc; ++i) {
    llvm::StringRef flag = argv[i];
    if (flag == "--print" || flag == "--ops") {
      (flag == "--print" ? arguments.print : arguments.ops) = true;
      continue;
    }
    if (i + 1 == argc)
      return false;
    llvm::StringRef value = argv[++i];
    double minutes;
    bool wrong = false;
    if (flag == "--write") {
      arguments.trial.write = value.str();
    } else if (flag == "--minutes") {
      wrong = value.getAsDouble(minutes) || minutes <= 0;
      arguments.minutes = minutes;
    } else if (flag == "--seed") {
      wrong = value.getAsInteger(10, arguments.seed);
    } else if (flag == "--count") {
      wrong = value.getAsInteger(10, arguments.count);
    } else if (flag == "--fewest") {
      wrong = value.getAsInteger(10, arguments.trial.fewest);
    } else if (flag == "--most") {
      wrong = value.getAsInteger(10, arguments.trial.most);
    } else {
      wrong = true;
    }
    if (wrong)
      return false;
  }
  return arguments.trial.fewest >= 1 && arguments.trial.fewest <= arguments.trial.most;
}

constexpr uint64_t kBatch = 25;

// A batch in a process of its own; where that dies, each of its programs in one of its own.
std::vector<TrialResult> runBatch(uint64_t first, uint64_t count, const TrialOptions &options) {
  std::vector<TrialResult> results;
  std::string why;
  auto body = [&]() -> llvm::json::Value {
    llvm::json::Array array;
    for (uint64_t i = 0; i != count; ++i)
      array.push_back(runTrial(first + i, options).toJson());
    return array;
  };
  if (auto value = ingot::conformance::runIsolated(60 + 10.0 * static_cast<double>(count), 8ull << 30, body, &why)) {
    for (const llvm::json::Value &one : *value->getAsArray())
      results.push_back(TrialResult::fromJson(one));
    return results;
  }
  if (count > 1) {
    for (uint64_t i = 0; i != count; ++i)
      for (TrialResult &result : runBatch(first + i, 1, options))
        results.push_back(std::move(result));
    return results;
  }
  TrialResult result;
  result.seed = first;
  result.outcome = Outcome::Failed;
  result.why = why;
  return {result};
}

} // namespace

int main(int argc, char **argv) {
  Arguments arguments;
  if (!parse(argc, argv, arguments)) {
    llvm::errs() << kUsage;
    return 1;
  }
  if (arguments.print) {
    for (uint64_t i = 0; i != arguments.count; ++i)
      llvm::outs() << "// seed " << arguments.seed + i << "\n" << textOf(arguments.seed + i, arguments.trial) << "\n";
    return 0;
  }
  const auto began = std::chrono::steady_clock::now();
  auto minutes = [&] {
    return std::chrono::duration<double, std::ratio<60>>(std::chrono::steady_clock::now() - began).count();
  };
  uint64_t passed = 0, failed = 0, skipped = 0, refused = 0, runs = 0;
  std::map<std::string, uint64_t> ops, refusals;
  for (uint64_t next = 0; arguments.minutes > 0 ? minutes() < arguments.minutes : next < arguments.count; next += kBatch) {
    const uint64_t count = arguments.minutes > 0 ? kBatch : std::min(kBatch, arguments.count - next);
    for (const TrialResult &result : runBatch(arguments.seed + next, count, arguments.trial)) {
      passed += result.outcome == Outcome::Passed;
      failed += result.outcome == Outcome::Failed;
      skipped += result.outcome == Outcome::Skipped;
      refused += result.outcome == Outcome::Refused;
      runs += result.runs;
      if (result.outcome == Outcome::Passed)
        for (const std::string &op : result.ops)
          ++ops[op];
      if (result.outcome == Outcome::Refused)
        ++refusals[result.why];
      if (result.outcome == Outcome::Failed)
        llvm::outs() << "FAIL: seed " << result.seed << ": " << result.why << "\n";
      llvm::outs().flush();
    }
  }
  for (auto &[why, count] : refusals)
    llvm::outs() << "SKIP: refused (" << count << "): " << why << "\n";
  if (arguments.ops)
    for (auto &[op, count] : ops)
      llvm::outs() << count << " " << op << "\n";
  llvm::outs() << runs << " runs compared, " << skipped << " programs left out\n"
               << passed << " passed, " << failed << " failed, " << refused << " skipped\n";
  return failed ? 3 : 0;
}
