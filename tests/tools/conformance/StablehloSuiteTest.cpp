// StableHLO's suites and exported JAX programs, compiled and interpreted: at least as many cases pass as floors.txt says, and it says
// so when more do.
#include "tests/TestPaths.h"
#include "tools/conformance/Archive.h"
#include "tools/conformance/Suite.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"

#include "gtest/gtest.h"

#include <map>

namespace ingot::test {
namespace {

using namespace conformance;

// The number of cases that pass, by "SUITE FOLDER MODE".
std::map<std::string, size_t> floors() {
  std::map<std::string, size_t> floors;
  auto file = llvm::MemoryBuffer::getFile(sourceDir() + "/tests/tools/conformance/floors.txt");
  if (!file)
    return floors;
  for (llvm::StringRef line : llvm::split((*file)->getBuffer(), '\n')) {
    auto [key, number] = line.trim().rsplit(' ');
    size_t value = 0;
    if (!line.starts_with("#") && !number.getAsInteger(10, value))
      floors[key.str()] = value;
  }
  return floors;
}

// Runs the cases beneath FOLDER of the archive, or of the data's own folder.
void runFolder(const std::string &suite, const std::string &folder, bool interpret) {
  const bool isArchive = suite == "stablehlo";
  std::string data = testData(isArchive ? "stablehlo/stablehlo-shared.tar.xz" : suite);
  if (data.empty())
    GTEST_SKIP() << skipReason;
  std::string why;
  TemporaryFolder unpacked;
  if (isArchive) {
    ASSERT_TRUE(unpacked.make(&why)) << why;
    ASSERT_TRUE(unpackArchive(data, unpacked.path(), {}, &why)) << why;
    data = unpacked.path();
  }
  std::vector<SuiteCase> cases;
  const auto kind = llvm::find_if(suiteKinds(), [&](const SuiteKind &one) { return one.name == suite; });
  ASSERT_TRUE(kind->find(data, cases, &why)) << why;
  llvm::erase_if(cases, [&](const SuiteCase &one) { return !llvm::StringRef(one.name).starts_with(folder); });
  ASSERT_FALSE(cases.empty()) << folder;
  SuiteOptions options;
  options.run.interpret = interpret;
  Summary summary;
  std::string failed;
  runSuite(cases, options, [&](const CaseResult &result) {
    summary.add(result);
    if (result.status == CaseStatus::Failed)
      failed += "\n  " + result.name + ": " + result.reason;
  });
  const std::string key = suite + " " + (folder.empty() ? "." : folder) + (interpret ? " interpreted" : " compiled");
  const std::map<std::string, size_t> known = floors();
  ASSERT_TRUE(known.count(key)) << "floors.txt has no line '" << key << " " << summary.passed << "'";
  EXPECT_GE(summary.passed, known.at(key)) << "these failed:" << failed;
  if (summary.passed > known.at(key))
    std::cout << "more passes than floors.txt says: " << key << " " << summary.passed << "\n";
}

TEST(StablehloSuite, Interpreted) { runFolder("stablehlo", "testdata/", true); }
TEST(StablehloSuite, Compiled) { runFolder("stablehlo", "testdata/", false); }
// Modules of the interpreter's tests, invalid ones, portable artifacts.
TEST(StablehloSuite, Others) { runFolder("stablehlo", "tests/", true); }
TEST(JaxExport, Compiled) { runFolder("jax-export", "", false); }
TEST(JaxExport, Interpreted) { runFolder("jax-export", "", true); }

} // namespace
} // namespace ingot::test
