// StableHLO's suites and exported JAX programs, interpreted and compiled in both policies at every level: at least as many cases pass as
// floors.txt says, and it says so when more do. INGOT_CONFORMANCE=all runs every case at each; else all run as the machine has it in the
// strict policy, and a share of them in the others.
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

// The number of cases that pass, by "SUITE FOLDER MODE", or "MODE 1/N" of every N-th case. Modes are "interpreted", "strict" and "fast",
// these at whatever level.
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

struct Mode {
  bool interpret = false;
  const char *cpu = "native", *numerics = "strict";
  std::string name() const { return interpret ? "interpreted" : numerics; }
};
constexpr Mode kInterpreted{true};
constexpr size_t kShare = 8;

// Runs the cases beneath FOLDER of the archive, or of the data's own folder: every one, or every `share`-th.
void runFolder(const std::string &suite, const std::string &folder, const Mode &mode, size_t share = 1) {
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
  std::vector<SuiteCase> found, cases;
  const auto kind = llvm::find_if(suiteKinds(), [&](const SuiteKind &one) { return one.name == suite; });
  ASSERT_TRUE(kind->find(data, found, &why)) << why;
  llvm::erase_if(found, [&](const SuiteCase &one) { return !llvm::StringRef(one.name).starts_with(folder); });
  for (size_t i = 0; i < found.size(); i += share)
    cases.push_back(found[i]);
  ASSERT_FALSE(cases.empty()) << folder;
  SuiteOptions options;
  options.run.interpret = mode.interpret;
  options.run.cpu = mode.cpu;
  options.run.numerics = mode.numerics;
  Summary summary;
  std::string failed;
  runSuite(cases, options, [&](const CaseResult &result) {
    summary.add(result);
    if (result.status == CaseStatus::Failed)
      failed += "\n  " + result.name + ": " + result.reason;
  });
  std::string key = suite + " " + (folder.empty() ? "." : folder) + " " + mode.name();
  if (share != 1)
    key += " 1/" + std::to_string(share);
  const std::map<std::string, size_t> known = floors();
  ASSERT_TRUE(known.count(key)) << "floors.txt has no line '" << key << " " << summary.passed << "'";
  EXPECT_GE(summary.passed, known.at(key)) << "these failed:" << failed;
  if (summary.passed > known.at(key))
    std::cout << "more passes than floors.txt says: " << key << " " << summary.passed << "\n";
}

// The other policy, and both at each level that this machine has.
void runOthers(const std::string &suite, const std::string &folder) {
  const size_t share = environmentOr("INGOT_CONFORMANCE", "") == "all" ? 1 : kShare;
  std::vector<Mode> modes = {{false, "native", "fast"}};
  for (const char *numerics : {"strict", "fast"}) {
    modes.push_back({false, "x86-64-v2", numerics});
    if (__builtin_cpu_supports("x86-64-v3"))
      modes.push_back({false, "x86-64-v3", numerics});
    if (__builtin_cpu_supports("x86-64-v4"))
      modes.push_back({false, "x86-64-v4", numerics});
  }
  for (const Mode &mode : modes) {
    SCOPED_TRACE(mode.cpu);
    runFolder(suite, folder, mode, share);
  }
}

TEST(StablehloSuite, Interpreted) { runFolder("stablehlo", "testdata/", kInterpreted); }
TEST(StablehloSuite, Compiled) { runFolder("stablehlo", "testdata/", {}); }
TEST(StablehloSuite, CompiledOtherwise) { runOthers("stablehlo", "testdata/"); }
// Modules of the interpreter's tests, invalid ones, portable artifacts.
TEST(StablehloSuite, Others) { runFolder("stablehlo", "tests/", kInterpreted); }
TEST(JaxExport, Interpreted) { runFolder("jax-export", "", kInterpreted); }
TEST(JaxExport, Compiled) { runFolder("jax-export", "", {}); }
TEST(JaxExport, CompiledOtherwise) { runOthers("jax-export", ""); }

} // namespace
} // namespace ingot::test
