// The cases of the ONNX backend suite whose operators the importer knows, through the interpreter. None may be wrong.
#include "tests/TestPaths.h"
#include "tests/frontends/onnx/BackendCases.h"

#include "gtest/gtest.h"

#include <cstdlib>
#include <filesystem>

namespace ingot::test {
namespace {

TEST(OnnxBackend, NoImportedCaseIsWrong) {
  std::string archive = testData("onnx-backend/onnx-backend-shared.tar.xz");
  if (archive.empty())
    GTEST_SKIP() << skipReason;
  std::string folder = binaryDir() + "/onnx-backend-cases";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  ASSERT_EQ(std::system(("tar -xf '" + archive + "' -C '" + folder + "'").c_str()), 0);
  size_t passed = 0;
  for (const char *group : {"node", "simple", "pytorch-converted", "pytorch-operator"})
    for (const auto &entry : std::filesystem::directory_iterator(folder + "/" + group)) {
      if (!std::filesystem::exists(entry.path() / "model.onnx"))
        continue;
      CaseResult result = runBackendCase(entry.path().string());
      passed += result.outcome == CaseResult::Passed;
      EXPECT_NE(result.outcome, CaseResult::Failed) << entry.path().filename().string() << ": " << result.why;
    }
  RecordProperty("passed", static_cast<int>(passed));
  EXPECT_GE(passed, 1098u); // raise it with every operator added
  std::filesystem::remove_all(folder);
}

} // namespace
} // namespace ingot::test
