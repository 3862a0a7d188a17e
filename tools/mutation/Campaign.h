// Many mutations of many models, each tried in a process of its own.
#ifndef INGOT_TOOLS_MUTATION_CAMPAIGN_H
#define INGOT_TOOLS_MUTATION_CAMPAIGN_H

#include "tools/mutation/Trial.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ingot::mutation {

// A model to be changed, with the files of tensors that are fed to it.
struct Seed {
  std::string name, model;
  std::vector<std::string> inputs;
};

// The test cases of a folder whose models are small: what is changed in a large one is data. None, with *why, where it
// cannot be read.
std::vector<Seed> seedsBeneath(const std::string &folder, std::string *why);

struct CampaignOptions {
  uint64_t seed = 1;
  double seconds = 20;         // each try may take
  uint64_t bytes = 4ull << 30; // of address space each try may have
  std::string folder;          // where the changed model is written
  std::string keep;            // a folder for the models that brought something up; empty: none is kept
  bool change = true;          // false: the seeds as they are
};

struct Finding {
  uint64_t number;
  std::string what; // "crashed", "hung", "took too much memory", "internal error", "wrong"
  std::string model, change, message;
};

struct CampaignResult {
  std::map<std::string, uint64_t> counts; // of tries, by what became of them
  std::vector<Finding> findings;
};

// What a try stands for: the seed and the change follow from its number.
std::optional<Finding> runTry(llvm::ArrayRef<Seed> seeds, uint64_t number, const CampaignOptions &options,
                              CampaignResult &result);

} // namespace ingot::mutation

#endif // INGOT_TOOLS_MUTATION_CAMPAIGN_H
