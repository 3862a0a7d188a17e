// Runs many cases, each in a process of its own: one that crashes, hangs or eats memory fails alone.
#ifndef INGOT_TOOLS_CONFORMANCE_SUITE_H
#define INGOT_TOOLS_CONFORMANCE_SUITE_H

#include "tools/conformance/Suites.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace ingot::conformance {

struct SuiteOptions {
  CaseOptions run;
  unsigned jobs = 0;           // cases at a time; 0: one a core
  double seconds = 120;        // each may take
  uint64_t bytes = 8ull << 30; // of address space each may have; 0: no limit
};

// Results in the cases' order. Calls `done` after each, in the order they end. Precondition: this process has one thread.
std::vector<CaseResult> runSuite(llvm::ArrayRef<SuiteCase> cases, const SuiteOptions &options,
                                 llvm::function_ref<void(const CaseResult &)> done);

// What `body` returns, run in a process of its own with these bounds; none, with *why, where it crashed or went beyond them.
std::optional<llvm::json::Value> runIsolated(double seconds, uint64_t bytes, llvm::function_ref<llvm::json::Value()> body,
                                             std::string *why);

} // namespace ingot::conformance

#endif // INGOT_TOOLS_CONFORMANCE_SUITE_H
