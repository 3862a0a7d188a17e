// The command line of compiled executables, on a tiny one: y:0 = x * [1, 2, 3, 4] for 1 to 8 rows.
#include "compiler/aot/Link.h"
#include "runtime/hostio/npy.h"
#include "tests/TestPaths.h"
#include "tests/compiler/aot/Shell.h"
#include "tests/compiler/aot/TinyModel.h"

#include <gtest/gtest.h>

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

#include <cmath>
#include <set>
#include <sstream>
#include <tuple>

using namespace llvm;

namespace ingot::test {
namespace {

class ProgramTest : public testing::Test {
protected:
  void SetUp() override {
    if (std::string(INGOT_TEST_ARCH) != "x86_64")
      GTEST_SKIP() << "written for x86-64";
    SmallString<128> path;
    ASSERT_FALSE(sys::fs::createUniqueDirectory("ingot-program", path));
    folder = path.str().str();
    TinyModel model("x86_64-unknown-linux-gnu", 4, 1);
    MemoryWeights weights(model.weights);
    LinkInputs inputs;
    inputs.object = model.object;
    inputs.weights = &weights;
    inputs.outputPath = folder + "/tiny";
    inputs.triple = "x86_64-unknown-linux-gnu";
    auto linked = linkExecutable(inputs);
    ASSERT_TRUE(bool(linked)) << toString(linked.takeError());
    write("x.npy", INGOT_F32, {2, 4}, std::vector<float>{1, 2, 3, 4, 5, 6, 7, NAN});
  }
  void TearDown() override { std::ignore = sys::fs::remove_directories(folder); }

  template <typename T>
  void write(const std::string &name, uint32_t dtype, std::vector<int64_t> dims, const std::vector<T> &values) {
    ingot_error error;
    ASSERT_TRUE(
        hostio::writeNpy((folder + "/" + name).c_str(), dtype, uint32_t(dims.size()), dims.data(), values.data(), &error))
        << error.message;
  }
  // Runs `./tiny ARGUMENTS` in the folder.
  Outcome run(const std::string &arguments) {
    return runShell("cd '" + folder + "' && ./tiny " + arguments + " < /dev/null");
  }

  void expect(const std::string &arguments, int status, const std::string &output) {
    Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.status, status) << arguments;
    EXPECT_EQ(outcome.output, output) << arguments;
  }
  std::string folder;
};

TEST_F(ProgramTest, PrintsResults) {
  const std::string text = "y:0: f32 [2, 4]\n  1 4 9 16\n  5 12 21 nan\n";
  expect("--input x.npy", 0, text);
  expect("--input=x=x.npy", 0, text);
  expect("x.npy", 0, text);
  expect("--threads 1 -- x.npy", 0, text);
  Outcome piped = runShell("cd '" + folder + "' && cat x.npy | ./tiny --input x=-");
  EXPECT_EQ(piped.output, text);
}

TEST_F(ProgramTest, PrintsTheLargest) {
  expect("x.npy --top 2", 0,
         "y:0: f32 [2, 4]\n  row 0:\n         3  16\n         2  9\n  row 1:\n         2  21\n         1  12\n");
  expect("x.npy --top 1 --json", 0,
         "{\"model\": \"tiny\", \"results\": [{\"name\": \"y:0\", \"dtype\": \"f32\", \"shape\": [2, 4], "
         "\"top\": [[{\"index\": 3, \"value\": 16}], [{\"index\": 2, \"value\": 21}]]}]}\n");
}

TEST_F(ProgramTest, PrintsJson) {
  expect("x.npy --json", 0,
         "{\"model\": \"tiny\", \"results\": [{\"name\": \"y:0\", \"dtype\": \"f32\", \"shape\": [2, 4], "
         "\"values\": [1, 4, 9, 16, 5, 12, 21, null]}]}\n");
}

TEST_F(ProgramTest, WritesResultsWhereAsked) {
  expect("x.npy --output-dir out --json", 0,
         "{\"model\": \"tiny\", \"results\": [{\"name\": \"y:0\", \"dtype\": \"f32\", \"shape\": [2, 4], \"file\": "
         "\"out/y_0.npy\"}]}\n");
  expect("--input out/y_0.npy", 0, "y:0: f32 [2, 4]\n  1 8 27 64\n  5 24 63 nan\n");
  EXPECT_EQ(runShell("ls -A '" + folder + "/out'").output, "y_0.npy\n");
  expect("x.npy --output-dir tiny", 1, "tiny: cannot make the folder 'tiny': File exists\n");
}

TEST_F(ProgramTest, SummarisesLargeResults) {
  std::vector<float> values(8 * 4, 2);
  write("eight.npy", INGOT_F32, {8, 4}, values);
  Outcome outcome = run("eight.npy");
  EXPECT_EQ(std::count(outcome.output.begin(), outcome.output.end(), '\n'), 9) << outcome.output;
}

TEST_F(ProgramTest, MistakesAreOneMessage) {
  write("f64.npy", INGOT_F64, {2, 4}, std::vector<double>(8));
  write("wide.npy", INGOT_F32, {2, 5}, std::vector<float>(10));
  write("nine.npy", INGOT_F32, {9, 4}, std::vector<float>(36));
  struct Case {
    const char *arguments;
    std::vector<const char *> parts;
  };
  for (const Case &c : {Case{"", {"1 of 1 input not given", "x: f32 [batch=1..8, 4]", "for example: tiny --input FILE.npy"}},
                        {"--input absent.npy", {"input 'x'", "absent.npy", "No such file"}},
                        {"--input tiny", {"input 'x'", "'tiny' is not a .npy file"}},
                        {"--input f64.npy", {"input 'x'", "holds f64, the model takes f32"}},
                        {"--input wide.npy", {"'x'", "[2,5]", "batch"}},
                        {"--input nine.npy", {"'x'", "[9,4]", "1..8"}},
                        {"--input y=x.npy", {"no input is called 'y'; the inputs are: 'x'\n"}},
                        {"--input picture=x.npy", {"no input is called 'picture'; the inputs are: 'x'\n"}},
                        {"--input zero", {"'zero': No such file or directory; did you mean 'zeros'?"}},
                        {"x.npy x.npy", {"one file too many"}},
                        {"--input x=x.npy --input x=x.npy", {"input 'x': given twice"}},
                        {"--threads 5000 x.npy", {"--threads", "'5000'", "0 to 1024"}},
                        {"--top 0 x.npy", {"--top", "'0'"}},
                        {"--bench", {"--bench needs a value"}},
                        {"--frobnicate", {"unknown option '--frobnicate'; --help lists the options"}},
                        {"--nope", {"unknown option '--nope'; --help lists the options"}},
                        {"-x", {"unknown option '-x'; --help lists the options"}},
                        {"x.npy --imput=x.npy", {"unknown option '--imput=x.npy'; did you mean '--input'? --help lists"}},
                        {"x.npy --output-dir absent/deep", {"absent/deep", "No such file"}}}) {
    Outcome outcome = run(c.arguments);
    EXPECT_EQ(outcome.status, 1) << c.arguments;
    EXPECT_EQ(outcome.output.rfind("tiny: ", 0), 0u) << outcome.output;
    for (const char *part : c.parts)
      EXPECT_NE(outcome.output.find(part), std::string::npos) << c.arguments << ": " << outcome.output;
    EXPECT_EQ(runShell("cd '" + folder + "' && ./tiny " + std::string(c.arguments) + " 2>/dev/null </dev/null").output, "")
        << "stdout stays empty";
  }
  EXPECT_EQ(runShell("cd '" + folder + "' && ./tiny x.npy > /dev/full").output,
            "tiny: cannot write to the standard output\n");
}

TEST_F(ProgramTest, DescribesItself) {
  Outcome outcome = run("--describe");
  EXPECT_EQ(outcome.status, 0);
  for (const char *part : {"batch from 1 to 8", "x: f32 [batch=1..8, 4]", "y:0: f32 [batch=1..8, 4]",
                           "1 kernel, 1 command, 1 weight of 16 bytes", "128 bytes at the largest sizes"})
    EXPECT_NE(outcome.output.find(part), std::string::npos) << outcome.output;
  EXPECT_NE(run("--describe --json").output.find("\"arena_bytes\": 128}"), std::string::npos);
}

TEST_F(ProgramTest, BenchmarksAndTestsItself) {
  Outcome timed = run("--bench 3 --threads 1");
  EXPECT_EQ(timed.status, 0);
  EXPECT_EQ(timed.output.rfind("median ", 0), 0u) << timed.output;
  EXPECT_NE(timed.output.find("(3 calls, 1 thread, batch=8)"), std::string::npos) << timed.output;
  Outcome tested = run("--selftest");
  EXPECT_EQ(tested.status, 0);
  EXPECT_EQ(tested.output,
            "file      ok\ntables    ok\ncode      ok\nweights   ok\nrun       not compared: no level's code is what this "
            "processor runs\n");
  EXPECT_EQ(run("--help").output.rfind("usage: tiny ", 0), 0u);
}

// The table of docs/executable.md names every option --help names, and no other.
TEST_F(ProgramTest, DocumentationNamesItsOptions) {
  auto optionsIn = [](const std::string &text) {
    std::set<std::string> options;
    for (size_t at = 0; (at = text.find("--", at)) != std::string::npos;) {
      size_t end = at + 2;
      while (end < text.size() && ((text[end] >= 'a' && text[end] <= 'z') || text[end] == '-'))
        ++end;
      if (end > at + 2 && text[at + 2] != '-')
        options.insert(text.substr(at, end - at));
      at = end;
    }
    return options;
  };
  std::istringstream page(readFile(sourceDir() + "/docs/executable.md"));
  std::string rows;
  for (std::string line; std::getline(page, line);)
    if (line.rfind("| `--", 0) == 0)
      rows += line + '\n';
  EXPECT_EQ(optionsIn(rows), optionsIn(run("--help").output));
}

// Small weights are checked before a run, all of them by the test.
TEST_F(ProgramTest, SelftestReportsDamagedWeights) {
  std::string bytes = readFile(folder + "/tiny");
  const float weights[4] = {1, 2, 3, 4};
  size_t at = bytes.find(std::string(reinterpret_cast<const char *>(weights), sizeof weights));
  ASSERT_NE(at, std::string::npos);
  bytes[at + 7] ^= 1;
  std::ofstream(folder + "/tiny", std::ios::binary) << bytes;
  Outcome outcome = run("--selftest");
  EXPECT_EQ(outcome.status, 3) << outcome.output;
  EXPECT_NE(outcome.output.find("weights   FAILED"), std::string::npos) << outcome.output;
  EXPECT_NE(outcome.output.find("file      FAILED"), std::string::npos) << outcome.output;
  EXPECT_EQ(run("x.npy").status, 3);
}

} // namespace
} // namespace ingot::test
