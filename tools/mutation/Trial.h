// One mutated model through the whole road, in this process: import, compile, interpret, run, compare.
#ifndef INGOT_TOOLS_MUTATION_TRIAL_H
#define INGOT_TOOLS_MUTATION_TRIAL_H

#include <cstdint>
#include <string>
#include <vector>

namespace ingot::mutation {

enum class Outcome {
  Agreed,   // ran, and the interpreter gives the same
  Refused,  // by a message that is no bug of ours
  NotRun,   // compiled; too large to run here, or its inputs cannot be made up
  Internal, // a bug of ours, as its message says
  Wrong,    // differs from the interpreter, or one of the two refuses
};

// Where a trial is, for who watches it from outside.
enum class Stage { Mutating, Importing, Compiling, Interpreting, Running };

struct TrialResult {
  Outcome outcome = Outcome::Refused;
  std::string message;
};

struct TrialOptions {
  uint64_t seed = 0;           // draws the inputs, the numerics and the level
  uint64_t elements = 1 << 20; // of all values together, that a model may have to be run
  Stage *stage = nullptr;      // kept up to date if not null
  bool *loops = nullptr;       // set where the program has a loop: it may run for ever
};

// `model`: a file. `fed`: files of tensors (.pb) for its inputs by place; an empty one is drawn.
TrialResult runTrial(const std::string &model, const std::vector<std::string> &fed, const TrialOptions &options);

} // namespace ingot::mutation

#endif // INGOT_TOOLS_MUTATION_TRIAL_H
