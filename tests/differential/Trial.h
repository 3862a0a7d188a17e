// One random program, compiled in every way and compared with the reference interpreter.
#ifndef INGOT_TESTS_DIFFERENTIAL_TRIAL_H
#define INGOT_TESTS_DIFFERENTIAL_TRIAL_H

#include "llvm/Support/JSON.h"

#include <cstdint>
#include <string>

namespace ingot::differential {

struct TrialOptions {
  unsigned fewest = 3, most = 30; // steps
  std::string write;              // a folder for programs that pass, with inputs and answers, for other judges; empty: none
};

enum class Outcome { Passed, Failed, Refused, Skipped };

struct TrialResult {
  uint64_t seed = 0;
  Outcome outcome = Outcome::Skipped;
  std::string why;   // of what failed, was refused (by the compiler, as a limit) or was skipped (ill-conditioned)
  unsigned runs = 0; // compiled programs that were run and compared
  std::vector<std::string> ops;

  llvm::json::Value toJson() const;
  static TrialResult fromJson(const llvm::json::Value &value);
};

// The same seed gives the same program and the same inputs.
TrialResult runTrial(uint64_t seed, const TrialOptions &options);

// The program of a seed, as text.
std::string textOf(uint64_t seed, const TrialOptions &options);

} // namespace ingot::differential

#endif // INGOT_TESTS_DIFFERENTIAL_TRIAL_H
