// ingot-mutate: changes models by chance and watches what the importer, the compiler, the runtime and the interpreter do.
#include "frontends/Frontends.h"
#include "tools/conformance/Archive.h"
#include "tools/mutation/Campaign.h"

#include "CLI/CLI.hpp"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FileSystem.h"

#include <cstdio>
#include <exception>

using namespace ingot;

static bool addSeeds(const std::string &path, std::vector<mutation::Seed> &seeds,
                     std::vector<std::unique_ptr<conformance::TemporaryFolder>> &unpacked, std::string *why) {
  if (llvm::any_of(allFrontends(),
                   [&](const Frontend &frontend) { return llvm::StringRef(path).ends_with(frontend.suffix); })) {
    seeds.push_back({path, path, {}});
    return true;
  }
  std::string folder = path;
  if (!llvm::sys::fs::is_directory(path)) {
    unpacked.push_back(std::make_unique<conformance::TemporaryFolder>());
    if (!unpacked.back()->make(why) || !conformance::unpackArchive(path, unpacked.back()->path(), {}, why))
      return false;
    folder = unpacked.back()->path();
  }
  std::vector<mutation::Seed> found = mutation::seedsBeneath(folder, why);
  seeds.insert(seeds.end(), found.begin(), found.end());
  return !found.empty() || why->empty();
}

static int run(int argc, char **argv) {
  CLI::App app(
      "Changes models by chance (attributes, dims, types, wiring, operators, opsets, initialisers, names) and\n"
      "tries each: import, compile, run, and the same in the interpreter. Reports crashes, hangs, internal errors,\n"
      "memory beyond bounds, and answers that differ. A try follows from --seed and its number alone.",
      "ingot-mutate");
  std::vector<std::string> paths;
  uint64_t tries = 1000, first = 0;
  mutation::CampaignOptions options;
  std::string only;
  app.add_option("MODELS", paths, "models, folders of test cases, or archives of these")->required();
  app.add_option("--seed", options.seed, "what all changes are drawn from")->capture_default_str();
  app.add_option("--tries", tries, "how many")->capture_default_str();
  app.add_option("--first", first, "the first try's number; with --tries 1 a try alone")->capture_default_str();
  app.add_option("--seconds", options.seconds, "that a try may take")->capture_default_str();
  app.add_option("--bytes", options.bytes, "of address space that a try may have (0: no bound)")->capture_default_str();
  app.add_option("--only", only, "models whose name holds this text");
  app.add_option("--keep", options.keep, "a folder for the models that brought something up");
  app.add_flag("!--unchanged", options.change, "the models as they are");
  CLI11_PARSE(app, argc, argv);

  std::vector<mutation::Seed> seeds;
  std::vector<std::unique_ptr<conformance::TemporaryFolder>> unpacked;
  std::string why;
  for (const std::string &path : paths)
    if (!addSeeds(path, seeds, unpacked, &why)) {
      std::fprintf(stderr, "ingot-mutate: %s: %s\n", path.c_str(), why.c_str());
      return 1;
    }
  std::erase_if(seeds, [&](const mutation::Seed &seed) { return seed.name.find(only) == std::string::npos; });
  conformance::TemporaryFolder folder;
  if (seeds.empty() || !folder.make(&why)) {
    std::fprintf(stderr, "ingot-mutate: %s\n", seeds.empty() ? "no models" : why.c_str());
    return 1;
  }
  if (!options.keep.empty() && llvm::sys::fs::create_directories(options.keep)) {
    std::fprintf(stderr, "ingot-mutate: %s cannot be made\n", options.keep.c_str());
    return 1;
  }
  options.folder = folder.path();
  mutation::CampaignResult result;
  for (uint64_t number = first; number != first + tries; ++number)
    if (auto found = mutation::runTry(seeds, number, options, result)) {
      std::printf("try %llu: %s: %s: %s: %s\n", static_cast<unsigned long long>(number), found->what.c_str(),
                  found->model.c_str(), found->change.c_str(), found->message.c_str());
      std::fflush(stdout);
    }
  std::string counts;
  for (const auto &[what, count] : result.counts)
    counts += (counts.empty() ? "" : ", ") + std::to_string(count) + " " + what;
  std::printf("%llu tries of %zu models: %s\n", static_cast<unsigned long long>(tries), seeds.size(), counts.c_str());
  return result.findings.empty() ? 0 : 3;
}

int main(int argc, char **argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception &error) {
    std::fprintf(stderr, "ingot-mutate: internal error: %s\n", error.what());
    return 2;
  }
}
