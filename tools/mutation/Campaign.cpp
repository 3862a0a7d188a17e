#include "tools/mutation/Campaign.h"

#include "frontends/Frontends.h"
#include "tools/conformance/Cases.h"
#include "tools/conformance/Suite.h"
#include "llvm/Support/FileSystem.h"

#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <sys/mman.h>
#include <unistd.h>

namespace ingot::mutation {

namespace json = llvm::json;

namespace {

// What a try's process tells while it runs, and what is left of it where it dies.
struct Progress {
  Stage stage = Stage::Mutating;
  bool loops = false;
  char change[1024] = "";
};

const char *outcomeName(Outcome outcome) {
  switch (outcome) {
  case Outcome::Agreed:
    return "agreed";
  case Outcome::Refused:
    return "refused";
  case Outcome::NotRun:
    return "not run";
  case Outcome::Internal:
    return "internal error";
  case Outcome::Wrong:
    return "wrong";
  }
  return "";
}

std::vector<std::string> operatorsOf(llvm::ArrayRef<Seed> seeds) {
  std::set<std::string> names;
  for (const Seed &seed : seeds) {
    const Frontend &frontend = frontendOfFile(seed.model);
    llvm::Expected<ModelFacts> facts = frontend.facts ? frontend.facts(seed.model) : ModelFacts();
    if (!facts) {
      llvm::consumeError(facts.takeError());
      continue;
    }
    for (const std::string &name : facts->ops) // those of other domains start with its name
      if (!llvm::StringRef(name).contains('.'))
        names.insert(name);
  }
  return {names.begin(), names.end()};
}

} // namespace

std::vector<Seed> seedsBeneath(const std::string &folder, std::string *why) {
  constexpr uint64_t kMaxBytes = 1 << 20;
  std::vector<conformance::Case> cases;
  std::vector<Seed> seeds;
  if (!conformance::findCases(folder, cases, why))
    return seeds;
  for (const conformance::Case &one : cases) {
    uint64_t size = 0;
    if (llvm::sys::fs::file_size(one.model, size) || size > kMaxBytes)
      continue;
    seeds.push_back({one.name, one.model, {}});
    if (!one.sets.empty() && one.sets.front().form == conformance::DataSet::Files)
      seeds.back().inputs = one.sets.front().inputs;
  }
  return seeds;
}

std::optional<Finding> runTry(llvm::ArrayRef<Seed> seeds, uint64_t number, const CampaignOptions &options,
                              CampaignResult &result) {
  static const std::vector<std::string> operators = operatorsOf(seeds);
  void *memory = mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto *progress = new (memory) Progress;
  uint64_t mixed = (options.seed * 0x9e3779b97f4a7c15) ^ (number * 0xbf58476d1ce4e5b9);
  const Seed &seed = seeds[std::mt19937_64(mixed)() % seeds.size()];
  const Frontend &frontend = frontendOfFile(seed.model);
  std::string path = options.folder + "/try" + frontend.suffix, why;
  std::optional<json::Value> value = conformance::runIsolated(
      options.seconds, options.bytes,
      [&]() -> json::Value {
        std::ifstream in(seed.model, std::ios::binary);
        std::string model(std::istreambuf_iterator<char>(in), {}), change = "as it is";
        if (options.change)
          change = frontend.mutate ? frontend.mutate(model, mixed + 1, operators) : "";
        if (change.empty())
          return json::Object{{"outcome", int(Outcome::Refused)}, {"message", "unreadable"}};
        strncpy(progress->change, change.c_str(), sizeof progress->change - 1);
        {
          std::ofstream out(path, std::ios::binary);
          out << model;
        }
        TrialOptions trial;
        trial.seed = mixed + 2;
        trial.stage = &progress->stage;
        trial.loops = &progress->loops;
        TrialResult done = runTrial(path, seed.inputs, trial);
        return json::Object{{"outcome", int(done.outcome)}, {"message", llvm::json::fixUTF8(done.message)}};
      },
      &why);
  Finding finding{number, "", seed.name, progress->change, why};
  Stage stage = progress->stage;
  bool loops = progress->loops;
  munmap(memory, sizeof(Progress));
  if (value) {
    const json::Object &object = *value->getAsObject();
    auto outcome = static_cast<Outcome>(object.getInteger("outcome").value_or(0));
    finding.message = object.getString("message").value_or("").str();
    finding.what = outcomeName(outcome);
    ++result.counts[finding.what];
    if (outcome != Outcome::Internal && outcome != Outcome::Wrong)
      return std::nullopt;
  } else {
    llvm::StringRef text = why;
    bool isLate = text.starts_with("took longer");
    bool isMemory = text.contains("out of memory") || text.contains("bad_alloc") || text.contains("failed to allocate");
    // A loop that is asked to go on for ever does.
    bool goesOn = isLate && loops && (stage == Stage::Interpreting || stage == Stage::Running);
    const char *stages[] = {"mutating", "importing", "compiling", "interpreting", "running"};
    finding.what = goesOn ? "loops on" : isLate ? "hung" : isMemory ? "took too much memory" : "crashed";
    finding.message += std::string(" while ") + stages[int(stage)];
    ++result.counts[finding.what];
    if (goesOn)
      return std::nullopt;
  }
  if (!options.keep.empty())
    if (std::error_code code = llvm::sys::fs::copy_file(path, options.keep + "/" + std::to_string(number) + frontend.suffix))
      finding.message += " (not kept: " + code.message() + ")";
  result.findings.push_back(finding);
  return finding;
}

} // namespace ingot::mutation
