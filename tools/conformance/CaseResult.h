// What became of a case, and its form as JSON, in which it also travels between processes.
#ifndef INGOT_TOOLS_CONFORMANCE_CASERESULT_H
#define INGOT_TOOLS_CONFORMANCE_CASERESULT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/JSON.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ingot::conformance {

enum class CaseStatus {
  Passed,
  Failed,       // wrong, crashed, out of time or memory, nothing was compared, or refused for what is not listed
  Unsupported,  // refused for what tools/conformance/refusals.txt lists
  NotComparable // nothing is stored with it, or its values are drawn at random
};
// As in reports: "passed", "failed", "unsupported", "not_comparable".
llvm::StringRef statusName(CaseStatus status);

struct CaseResult {
  std::string name;
  CaseStatus status = CaseStatus::Failed;
  std::string reason;                   // for all but Passed
  std::vector<std::string> ops;         // the model's operators, sorted; functions' included
  std::vector<std::string> missing;     // those of them that the importer does not know
  bool compiled = false;                // machine code ran; false where it was interpreted or did not run
  std::vector<std::string> specialised; // inputs that were folded to the values fed: they decide a shape, an axis or a count
  size_t sets = 0;                      // data sets that agreed
  double seconds = 0;
  // Of an invalid module: at how many places errors are expected, and of these with a message of ours.
  size_t errorsExpected = 0, errorsTold = 0;

  // False, for who returns whether to go on.
  bool end(CaseStatus status, const std::string &reason) {
    this->status = status;
    this->reason = reason;
    return false;
  }
};

llvm::json::Value toJson(const CaseResult &result);
std::optional<CaseResult> caseResultFromJson(const llvm::json::Value &value);

struct Summary {
  size_t passed = 0, failed = 0, unsupported = 0, notComparable = 0, specialised = 0; // specialised: of those passed
  size_t errorsExpected = 0, errorsTold = 0;                                          // sums
  void add(const CaseResult &result);
};

// What became of the cases that hold an operator.
struct OperatorSummary {
  Summary cases;
  size_t compiled = 0; // of these, that ran as machine code
};
std::map<std::string, OperatorSummary> summariseOperators(llvm::ArrayRef<CaseResult> results);

// {"summary": {...}, "operators": {NAME: {...}}, "cases": [...]}.
llvm::json::Value toJson(const Summary &summary, llvm::ArrayRef<CaseResult> results);

} // namespace ingot::conformance

#endif // INGOT_TOOLS_CONFORMANCE_CASERESULT_H
