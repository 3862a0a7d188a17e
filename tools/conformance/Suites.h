// The kinds of suites that `ingot conformance` runs: a row each.
#ifndef INGOT_TOOLS_CONFORMANCE_SUITES_H
#define INGOT_TOOLS_CONFORMANCE_SUITES_H

#include "tools/conformance/CaseRunner.h"

#include "llvm/ADT/ArrayRef.h"

#include <functional>
#include <string>
#include <vector>

namespace ingot::conformance {

struct SuiteCase {
  std::string name;
  std::string file; // that it is read from
  std::function<CaseResult(const CaseOptions &)> run;
};

struct SuiteKind {
  const char *name;                  // "onnx-backend"
  const char *what;                  // it holds
  std::vector<std::string> suffixes; // of files that are a case, or hold some, by themselves
  // All cases beneath a folder, by name. False with *why where it cannot be read.
  bool (*find)(const std::string &folder, std::vector<SuiteCase> &cases, std::string *why);
};

const std::vector<SuiteKind> &suiteKinds();

// Cases of the ONNX backend suite's form as such.
std::vector<SuiteCase> casesOf(llvm::ArrayRef<Case> cases);
bool findStablehloCases(const std::string &folder, std::vector<SuiteCase> &cases, std::string *why);
bool findJaxExports(const std::string &folder, std::vector<SuiteCase> &cases, std::string *why);

bool findStoredRuns(const std::string &folder, std::vector<SuiteCase> &cases, std::string *why);

// The files beneath a folder that have one of the suffixes, sorted, links aside. False with *why where it cannot be read.
bool filesBeneath(const std::string &folder, llvm::ArrayRef<std::string> suffixes, std::vector<std::string> &files,
                  std::string *why);

} // namespace ingot::conformance

#endif // INGOT_TOOLS_CONFORMANCE_SUITES_H
