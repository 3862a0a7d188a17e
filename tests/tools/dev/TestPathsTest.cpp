// As test_data_test.py: test data that is absent is a skip; a file that is missing among them is a failure.
#include "tests/TestPaths.h"

#include "gtest/gtest-spi.h"

namespace ingot::test {
namespace {

TEST(TestPaths, TellAbsentDataFromAMissingFile) {
  std::string folder = testing::TempDir(), path;
  setenv("INGOT_TEST_DATA", (folder + "absent-test-data").c_str(), 1);
  EXPECT_EQ(testData("model.onnx"), "");
  setenv("INGOT_TEST_DATA", folder.c_str(), 1);
  EXPECT_NONFATAL_FAILURE(testData("absent-model.onnx"), "absent-model.onnx: missing in the test data");
  EXPECT_EQ(testData(""), folder + "/");
}

} // namespace
} // namespace ingot::test
