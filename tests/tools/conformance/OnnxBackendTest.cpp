// The ONNX backend suite, compiled and interpreted. No case may be wrong, or be refused for what is not listed.
// INGOT_CONFORMANCE=all runs every case at every level; else a share of them runs at v2 and v3.
#include "tests/TestPaths.h"
#include "tools/conformance/Archive.h"
#include "tools/conformance/Suite.h"

#include "gtest/gtest.h"

namespace ingot::test {
namespace {

using namespace conformance;

// What passes: raise them with every operator added. The interpreter is spared the networks, a level sees every eighth case.
constexpr size_t kCompiled = 1389, kInterpreted = 1383, kShare = 8, kShared = 175;

// Runs every case, or every `share`-th; at least `least` must pass.
void runAll(const SuiteOptions &options, size_t least, size_t share = 1) {
  std::string archive = testData("onnx-backend/onnx-backend-shared.tar.xz");
  if (archive.empty())
    GTEST_SKIP() << skipReason;
  TemporaryFolder folder;
  std::string why;
  ASSERT_TRUE(folder.make(&why)) << why;
  ASSERT_TRUE(unpackArchive(archive, folder.path(), {}, &why)) << why;
  std::vector<Case> cases;
  ASSERT_TRUE(findCases(folder.path(), cases, &why)) << why;
  // The interpreter would take minutes for the large networks.
  if (options.run.interpret)
    llvm::erase_if(cases, [](const Case &one) { return llvm::StringRef(one.name).starts_with("light/"); });
  if (share > 1) {
    std::vector<Case> some;
    for (size_t i = 0; i < cases.size(); i += share)
      some.push_back(cases[i]);
    cases = std::move(some);
  }
  Summary summary;
  runSuite(casesOf(cases), options, [&](const CaseResult &result) {
    summary.add(result);
    EXPECT_NE(result.status, CaseStatus::Failed) << result.name << ": " << result.reason;
    EXPECT_TRUE(result.status != CaseStatus::Passed || result.compiled != options.run.interpret) << result.name;
  });
  ::testing::Test::RecordProperty("passed", static_cast<int>(summary.passed));
  ::testing::Test::RecordProperty("folded", static_cast<int>(summary.specialised));
  EXPECT_GE(summary.passed, least);
}

SuiteOptions compiled(const char *numerics, const char *cpu) {
  SuiteOptions options;
  options.run.numerics = numerics;
  options.run.cpu = cpu;
  return options;
}

TEST(OnnxBackend, NoCompiledCaseIsWrong) { runAll(compiled("strict", "native"), kCompiled); }
TEST(OnnxBackend, NoFastCaseIsWrong) { runAll(compiled("fast", "native"), kCompiled); }

TEST(OnnxBackend, NoLevelIsWrong) {
  bool all = environmentOr("INGOT_CONFORMANCE", "") == "all";
  for (const char *cpu : {"x86-64-v2", "x86-64-v3"})
    for (const char *numerics : {"strict", "fast"}) {
      SCOPED_TRACE(std::string(cpu) + " " + numerics);
      runAll(compiled(numerics, cpu), all ? kCompiled : kShared, all ? 1 : kShare);
    }
}

TEST(OnnxBackend, NoInterpretedCaseIsWrong) {
  SuiteOptions options;
  options.run.interpret = true;
  runAll(options, kInterpreted);
}

} // namespace
} // namespace ingot::test
