// Runs one case of StableHLO's suites in this process.
#ifndef INGOT_TOOLS_CONFORMANCE_STABLEHLORUNNER_H
#define INGOT_TOOLS_CONFORMANCE_STABLEHLORUNNER_H

#include "tools/conformance/CaseRunner.h"

namespace ingot::conformance {

struct StablehloCase {
  std::string name, file;
  size_t section = 0; // of a file of text
  enum Kind {
    Module,   // one that checks its own results; without checks it must be written and read again, and compile
    Invalid,  // has lines of "expected-error": it must be refused, at each of these places of its text
    Artifact, // a portable artifact, which must hold what the text beside it says
  } kind = Module;
  std::string text = ""; // of an artifact: the file of text beside it, or empty
};

CaseResult runStablehloCase(const StablehloCase &which, const CaseOptions &options);

} // namespace ingot::conformance

#endif // INGOT_TOOLS_CONFORMANCE_STABLEHLORUNNER_H
