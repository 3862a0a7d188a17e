// The errors that suites expect of invalid modules of text: annotations "expected-error@+1 {{words}}" in comments, and whether messages
// of ours tell the same places.
#ifndef INGOT_TOOLS_CONFORMANCE_EXPECTEDERRORS_H
#define INGOT_TOOLS_CONFORMANCE_EXPECTEDERRORS_H

#include "llvm/ADT/StringRef.h"

#include <string>
#include <vector>

namespace ingot::conformance {

struct ExpectedError {
  unsigned line = 0; // of the file
  std::string words; // of who made the suite
};

// Those of a section of a file that starts at this line.
std::vector<ExpectedError> expectedErrors(llvm::StringRef text, unsigned firstLine);

// True if what is expected says that the module is invalid, and not that a pass of StableHLO's own does not take it.
bool areOfInvalidModule(llvm::ArrayRef<ExpectedError> errors);

// The lines of a text that messages tell, "LINE:COLUMN: ..." at the start of a line, or among the places that follow.
std::vector<unsigned> linesOfMessages(llvm::StringRef messages);

// Of what is expected, that which no message tells: neither its line nor another one of its statement. What is expected of the module as
// a whole (before its first statement) any message tells.
std::vector<ExpectedError> errorsNotTold(llvm::StringRef text, unsigned firstLine, llvm::StringRef messages);

} // namespace ingot::conformance

#endif // INGOT_TOOLS_CONFORMANCE_EXPECTEDERRORS_H
