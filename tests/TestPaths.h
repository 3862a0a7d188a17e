// Where a test finds the tree, the build and the optional test data.
#pragma once

#include "gtest/gtest.h"

#include <cstdlib>
#include <string>
#include <sys/stat.h>

namespace ingot::test {

inline std::string environmentOr(const char *name, const char *otherwise) {
  const char *value = std::getenv(name);
  return value && *value ? value : otherwise;
}

/// The repository's root; ctest sets it, by hand a test is started from there.
inline std::string sourceDir() { return environmentOr("INGOT_SOURCE_DIR", "."); }

/// The build folder, with bin/ and lib/ inside.
inline std::string binaryDir() { return environmentOr("INGOT_BINARY_DIR", "build/dev"); }

/// Path of `name` in the test data, which is not part of the repository: $INGOT_TEST_DATA, or ../shared/data beside the
/// tree. Empty where that folder is absent; then skip with `skipReason`. A file missing in the folder is a failure of the
/// running test, as in tests/ingot_test.py.
inline std::string testData(const std::string &name) {
  std::string root = environmentOr("INGOT_TEST_DATA", (sourceDir() + "/../shared/data").c_str()), path = root + "/" + name;
  struct stat status;
  if (stat(root.c_str(), &status) != 0)
    return std::string();
  EXPECT_EQ(stat(path.c_str(), &status), 0) << path << ": missing in the test data";
  return path;
}

/// The one reason tests/allowed_skips.txt knows for absent test data.
inline constexpr const char *skipReason = "test data not found; set INGOT_TEST_DATA";

} // namespace ingot::test
