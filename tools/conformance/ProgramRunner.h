// A case's program as something to run.
#ifndef INGOT_TOOLS_CONFORMANCE_PROGRAMRUNNER_H
#define INGOT_TOOLS_CONFORMANCE_PROGRAMRUNNER_H

#include "tools/conformance/CaseRunner.h"
#include "tools/execution/Runner.h"

namespace ingot::conformance {

// The program compiled or, where the options say so, to be interpreted. Null with *why: "does not compile: ...".
std::unique_ptr<driver::Runner> makeProgramRunner(std::unique_ptr<mlir::MLIRContext> context, Program program,
                                                  const CaseOptions &options, std::string *why);

} // namespace ingot::conformance

#endif // INGOT_TOOLS_CONFORMANCE_PROGRAMRUNNER_H
