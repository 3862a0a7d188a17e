// The self-test of an artifact: its entry points, each specialisation of them, on generated inputs, whose results' hash was stored
// for every level when the file was compiled. C++.
#ifndef INGOT_RUNTIME_HOSTIO_SELFTEST_H
#define INGOT_RUNTIME_HOSTIO_SELFTEST_H

#include <ingot/runtime.h>

#include "runtime/abi/artifact.h"

namespace ingot::hostio {

// Work a self-test may begin, in nanoseconds as the tables expect it of one worker: a bound on what compiling takes longer,
// and on loops that random inputs never end. Part of what the stored outcomes mean: change it with INGOT_ABI_VERSION.
constexpr uint64_t selfTestBudget = 400'000'000;
// Bytes of inputs, results and arena a self-test may take.
constexpr uint64_t selfTestMemory = uint64_t{1} << 30;
// Bytes of weights it may read: what compiling a large model must not bring into memory.
constexpr uint64_t selfTestWeights = uint64_t{1} << 28;

// Runs the kernels' variants that `features` allow (of those this processor has) on inputs of the least sizes that are not
// empty. `test` receives hash and outcome; its level and features stay. INGOT_OK for every outcome; else the run could not be
// made (memory, threads).
ingot_code runSelfTest(const ingot_artifact *artifact, int32_t threads, ingot_self_test &test, ingot_error *error);

struct SelfTestReport {
  const char *level; // of the variants in use; null where they are no level's
  uint32_t outcome;  // enum ingot_self_test_outcome, as stored
  bool holds;        // false: the results' hash is another one than stored
  uint64_t got, wanted;
};

// Runs the test of the level whose variants the artifact has in use, and compares, where a hash is stored.
ingot_code checkSelfTest(const ingot_artifact *artifact, int32_t threads, SelfTestReport &report, ingot_error *error);

// "v3: not run, because the compiling machine lacks its features": what an outcome without a hash means.
const char *outcomeText(uint32_t outcome);

} // namespace ingot::hostio

#endif // INGOT_RUNTIME_HOSTIO_SELFTEST_H
