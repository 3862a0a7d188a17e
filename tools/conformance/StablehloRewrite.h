// Modules that check their own results, as StableHLO's suites have them, made into programs with inputs and results.
#ifndef INGOT_TOOLS_CONFORMANCE_STABLEHLOREWRITE_H
#define INGOT_TOOLS_CONFORMANCE_STABLEHLOREWRITE_H

#include "frontends/stablehlo/Tree.h"
#include "mlir/IR/MLIRContext.h"
#include "tools/conformance/Checks.h"

#include <optional>
#include <string>
#include <vector>

namespace ingot::conformance {

struct CheckedValue {
  Check check;
  std::optional<driver::HostTensor> want; // none: the result after the one that is checked
  std::string name;                       // of the check: "check.expect_eq"
};

// What the entry then takes and gives: a result for each check, and one more where that has no `want`.
struct CheckedModule {
  std::vector<driver::HostTensor> inputs;
  std::vector<CheckedValue> checks;
};

// The function that holds the module's checks: main, or the first that has any. Null where there is none.
stablehlo::Function *checkedFunction(stablehlo::Module &module);

// Makes that function the module's main, which gives what its checks compare instead of checking. What it calls for its
// inputs, a function '@inputs' without arguments, or, where `feedsConstants`, its constants become its arguments. False with *why.
bool takeOutChecks(stablehlo::Module &module, const std::string &path, bool feedsConstants, CheckedModule &checked,
                   std::string *why);

} // namespace ingot::conformance

#endif // INGOT_TOOLS_CONFORMANCE_STABLEHLOREWRITE_H
