// Runs one case in this process: import, compile, run, compare.
#ifndef INGOT_TOOLS_CONFORMANCE_CASERUNNER_H
#define INGOT_TOOLS_CONFORMANCE_CASERUNNER_H

#include "tools/conformance/CaseResult.h"
#include "tools/conformance/Cases.h"

#include <string>
#include <utility>
#include <vector>

namespace ingot::conformance {

struct CaseOptions {
  bool interpret = false; // run in the reference interpreter, uncompiled
  int optLevel = 2;
  std::string cpu = "native"; // as --mcpu
  // A value agrees as driver::compareTensors has it; types and dims exactly. The suite's own bounds.
  double rtol = 1e-3, atol = 1e-7;
  std::string numerics = "strict";
  std::vector<std::pair<std::string, std::string>> dims; // as --dim
};

// Every input is a run-time argument; the values of one that decides a shape, an axis or a count are used as well.
CaseResult runCase(const Case &which, const CaseOptions &options);

} // namespace ingot::conformance

#endif // INGOT_TOOLS_CONFORMANCE_CASERUNNER_H
