// The ONNX backend suite, compiled and interpreted. No case whose operators the importer knows may be wrong.
#include "tests/TestPaths.h"
#include "tools/conformance/Archive.h"
#include "tools/conformance/Suite.h"

#include "gtest/gtest.h"

namespace ingot::test {
namespace {

using namespace conformance;

void runAll(const SuiteOptions &options, size_t least) {
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
  Summary summary;
  runSuite(cases, options, [&](const CaseResult &result) {
    summary.add(result);
    EXPECT_NE(result.status, CaseStatus::Failed) << result.name << ": " << result.reason;
    EXPECT_TRUE(result.status != CaseStatus::Passed || result.compiled != options.run.interpret) << result.name;
  });
  ::testing::Test::RecordProperty("passed", static_cast<int>(summary.passed));
  EXPECT_GE(summary.passed, least); // raise it with every operator added
}

TEST(OnnxBackend, NoCompiledCaseIsWrong) { runAll({}, 1260); }

TEST(OnnxBackend, NoInterpretedCaseIsWrong) {
  SuiteOptions options;
  options.run.interpret = true;
  runAll(options, 1338);
}

} // namespace
} // namespace ingot::test
