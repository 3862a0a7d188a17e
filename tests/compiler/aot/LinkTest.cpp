#include "compiler/aot/Link.h"

#include "compiler/aot/CHeader.h"
#include "compiler/aot/ElfImage.h"
#include "runtime/core/embedded.h"
#include "runtime/hostio/npy.h"
#include "runtime/loaders/verify.h"
#include "tests/TestPaths.h"
#include "tests/compiler/aot/Shell.h"
#include "tests/compiler/aot/TinyModel.h"

#include <ingot/runtime.h>

#include <gtest/gtest.h>

#include <llvm/Object/ELFObjectFile.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>
#include <llvm/TargetParser/Triple.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

using namespace llvm;

namespace ingot::test {
namespace {

constexpr const char *host = "x86_64-unknown-linux-gnu";

class LinkTest : public testing::Test {
protected:
  void SetUp() override {
    if (std::string(INGOT_TEST_ARCH) != "x86_64")
      GTEST_SKIP() << "written for x86-64";
    SmallString<128> path;
    ASSERT_FALSE(sys::fs::createUniqueDirectory("ingot-link", path));
    folder = path.str().str();
  }
  void TearDown() override { sys::fs::remove_directories(folder); }

  LinkInputs inputsFor(const TinyModel &model, const std::string &name, const std::string &triple = host) {
    source = std::make_unique<MemoryWeights>(model.weights);
    LinkInputs inputs;
    inputs.object = model.object;
    inputs.weights = source.get();
    inputs.outputPath = folder + "/" + name;
    inputs.triple = triple;
    return inputs;
  }

  // An input of `rows` rows, each 1, 2, 3 ... plus the row's number; its path.
  std::string writeInput(uint32_t rows, uint32_t columns) {
    std::vector<float> values;
    for (uint32_t row = 0; row < rows; ++row)
      for (uint32_t column = 0; column < columns; ++column)
        values.push_back(float(row + 1));
    int64_t dims[2] = {rows, columns};
    std::string path = folder + "/x.npy";
    ingot_error error;
    EXPECT_TRUE(hostio::writeNpy(path.c_str(), INGOT_F32, 2, dims, values.data(), &error)) << error.message;
    return path;
  }

  std::vector<std::string> filesLeft() {
    std::vector<std::string> names;
    std::error_code error;
    for (sys::fs::directory_iterator at(folder, error), end; at != end && !error; at.increment(error))
      names.push_back(sys::path::filename(at->path()).str());
    std::sort(names.begin(), names.end());
    return names;
  }

  // Runs an executable made of a tiny model and checks that y:0[1] = 2 * w.
  void checkExecutable(const std::string &path, const TinyModel &model, float scale) {
    std::string out = folder + "/out";
    Outcome run = runShell("'" + path + "' --input '" + writeInput(2, model.columns) + "' --output-dir '" + out + "'");
    ASSERT_EQ(run.status, 0) << run.output;
    hostio::NpyReader reader;
    ingot_error error;
    ASSERT_TRUE(reader.open((out + "/y_0.npy").c_str(), &error)) << error.message;
    ASSERT_EQ(reader.header().byteSize, 2 * model.weights.size());
    std::vector<float> values(2 * model.columns);
    ASSERT_TRUE(reader.read(values.data(), INGOT_F32, &error)) << error.message;
    for (uint32_t column : {0u, 1u, model.columns - 1})
      EXPECT_EQ(values[model.columns + column], 2 * scale * float(column + 1));
    sys::fs::remove_directories(out);
    Outcome test = runShell("'" + path + "' --selftest");
    EXPECT_EQ(test.status, 0) << test.output;
  }

  std::string folder;
  std::unique_ptr<MemoryWeights> source;
};

#define ASSERT_LINKS(result)                                                                                                \
  do {                                                                                                                      \
    auto expected = (result);                                                                                               \
    ASSERT_TRUE(bool(expected)) << toString(expected.takeError());                                                          \
  } while (false)

// Weights of one row, of several hash blocks, and large enough for a page of their own; each also after strip.
TEST_F(LinkTest, ExecutableRunsAsWrittenAndStripped) {
  for (uint32_t columns : {4u, 400'000u, 1'500'000u}) {
    TinyModel model(host, columns, 1);
    std::string path = folder + "/tiny";
    ASSERT_LINKS(linkExecutable(inputsFor(model, "tiny")));
    checkExecutable(path, model, 1);
    for (const char *strip : {"strip", "/usr/lib/llvm-22/bin/llvm-strip"}) {
      std::string stripped = folder + "/stripped";
      if (runShell(std::string(strip) + " --version").status != 0)
        continue;
      Outcome result = runShell(std::string(strip) + " -o '" + stripped + "' '" + path + "'");
      ASSERT_EQ(result.status, 0) << result.output;
      EXPECT_EQ(result.output, "");
      checkExecutable(stripped, model, 1);
    }
  }
}

TEST_F(LinkTest, ExecutableIsSmall) {
  TinyModel model(host, 6500, 1);
  auto report = linkExecutable(inputsFor(model, "tiny"));
  ASSERT_TRUE(bool(report)) << toString(report.takeError());
  EXPECT_EQ(report->fileSize, readFile(folder + "/tiny").size());
  EXPECT_LT(report->fileSize - report->weightBytes, 175'000u);
}

TEST_F(LinkTest, BytesDependOnInputsAlone) {
  TinyModel model(host, 1000, 1);
  ASSERT_LINKS(linkExecutable(inputsFor(model, "a")));
  ASSERT_LINKS(linkExecutable(inputsFor(model, "b")));
  EXPECT_EQ(readFile(folder + "/a"), readFile(folder + "/b"));
  EXPECT_EQ(readFile(folder + "/a").find(folder), std::string::npos);
  ASSERT_FALSE(sys::fs::create_directory(folder + "/other"));
  for (const char *name : {"m.so", "other/m.so"})
    ASSERT_LINKS(linkShared(inputsFor(model, name)));
  EXPECT_EQ(readFile(folder + "/m.so"), readFile(folder + "/other/m.so"));
  for (const char *name : {"m.o", "other/m.o"})
    ASSERT_LINKS(packageObject(inputsFor(model, name)));
  EXPECT_EQ(readFile(folder + "/m.o"), readFile(folder + "/other/m.o"));
}

// Names of dynamic symbols, undefined or defined.
std::set<std::string> dynamicSymbols(const std::string &path, bool defined) {
  auto object = object::ObjectFile::createObjectFile(path);
  if (!object)
    report_fatal_error(object.takeError());
  std::set<std::string> names;
  for (object::ELFSymbolRef symbol : cast<object::ELFObjectFileBase>(object->getBinary())->getDynamicSymbolIterators())
    if (bool(cantFail(symbol.getFlags()) & object::SymbolRef::SF_Undefined) != defined)
      names.insert(cantFail(symbol.getName()).str());
  names.erase("");
  return names;
}

TEST_F(LinkTest, ExecutableNeedsListedSymbolsOfTheCLibraryAlone) {
  TinyModel model(host, 4, 1);
  ASSERT_LINKS(linkExecutable(inputsFor(model, "tiny")));
  std::set<std::string> listed;
  std::istringstream list(readFile(sourceDir() + "/runtime/standalone/stub/libc.list"));
  for (std::string line; std::getline(list, line);)
    listed.insert(line.substr(0, line.find(' ')));
  for (const std::string &name : dynamicSymbols(folder + "/tiny", false))
    EXPECT_TRUE(listed.count(name)) << name;
  EXPECT_EQ(dynamicSymbols(folder + "/tiny", true), std::set<std::string>());
  EXPECT_FALSE(dynamicSymbols(folder + "/tiny", false).count("dlopen"));
}

TEST_F(LinkTest, SelftestFindsFlippedBits) {
  TinyModel model(host, 1000, 1);
  ASSERT_LINKS(linkExecutable(inputsFor(model, "tiny")));
  std::string bytes = readFile(folder + "/tiny");
  auto image = ElfImage::parse(bytes);
  ASSERT_TRUE(bool(image));
  for (const char *name : {".ingot", ".text", ".rodata", ".ingot.weights", ".symtab"}) {
    auto *section = image->findSection(name);
    ASSERT_NE(section, nullptr) << name;
    std::string changed = bytes;
    changed[section->sh_offset + section->sh_size / 2] ^= 4;
    std::ofstream(folder + "/tiny", std::ios::binary) << changed;
    // Flipped code may stop the process before it reports anything; it must not pass.
    EXPECT_NE(runShell("'" + folder + "/tiny' --selftest").status, 0) << name;
    ingot_verify_report report = {};
    EXPECT_EQ(ingot_verify_file((folder + "/tiny").c_str(), &report), INGOT_CORRUPT) << name;
  }
}

TEST_F(LinkTest, StrippedFilesStillFailOnFlippedBits) {
  TinyModel model(host, 1000, 1);
  ASSERT_LINKS(linkExecutable(inputsFor(model, "tiny")));
  ASSERT_EQ(runShell("/usr/lib/llvm-22/bin/llvm-strip '" + folder + "/tiny'").status, 0);
  std::string bytes = readFile(folder + "/tiny");
  ingot_verify_report report = {};
  EXPECT_EQ(ingot_verify_file((folder + "/tiny").c_str(), &report), INGOT_OK);
  EXPECT_FALSE(report.whole_file);
  EXPECT_TRUE(report.has_file_hash);
  auto image = ElfImage::parse(bytes);
  ASSERT_TRUE(bool(image));
  for (const char *name : {".ingot", ".text", ".rodata", ".ingot.weights"}) {
    auto *section = image->findSection(name);
    ASSERT_NE(section, nullptr) << name;
    std::string changed = bytes;
    changed[section->sh_offset + section->sh_size - 1] ^= 1;
    std::ofstream(folder + "/tiny", std::ios::binary) << changed;
    EXPECT_EQ(ingot_verify_file((folder + "/tiny").c_str(), &report), INGOT_CORRUPT) << name;
  }
}

void runShared(const std::string &path, const TinyModel &model) {
  ingot_error error;
  ingot_artifact *artifact = ingot_load_file(path.c_str(), &error);
  ASSERT_NE(artifact, nullptr) << error.message;
  EXPECT_EQ(ingot_verify_weights(artifact, &error), INGOT_OK) << error.message;
  ingot_session *session = ingot_session_create(artifact, nullptr, nullptr, &error);
  ASSERT_NE(session, nullptr) << error.message;
  std::vector<float> x(3 * model.columns, 2), y(3 * model.columns);
  int64_t dims[2] = {3, model.columns};
  ingot_buffer in = ingot_buffer_of(x.data(), INGOT_F32, 2, dims), out = ingot_buffer_of(y.data(), INGOT_F32, 2, dims);
  ASSERT_EQ(ingot_run(session, &in, 1, &out, 1, &error), INGOT_OK) << error.message;
  EXPECT_EQ(y[2 * model.columns + 1], 4);
  EXPECT_EQ(y.back(), 2 * float(model.columns));
  ingot_session_destroy(session);
  ingot_unload(artifact);
}

TEST_F(LinkTest, SharedLibraryLoadsAsWrittenAndStripped) {
  for (uint32_t columns : {4u, 400'000u}) {
    TinyModel model(host, columns, 1);
    ASSERT_LINKS(linkShared(inputsFor(model, "tiny.so")));
    runShared(folder + "/tiny.so", model);
    EXPECT_EQ(dynamicSymbols(folder + "/tiny.so", true), std::set<std::string>{"ingot_image"});
    EXPECT_EQ(dynamicSymbols(folder + "/tiny.so", false), std::set<std::string>());
    for (const char *strip : {"strip", "/usr/lib/llvm-22/bin/llvm-strip"}) {
      std::string stripped = folder + "/stripped.so";
      if (runShell(std::string(strip) + " -o '" + stripped + "' '" + folder + "/tiny.so'").status == 0)
        runShared(stripped, model);
    }
  }
}

TEST_F(LinkTest, SharedLibraryOfOtherArchitecturesVerifies) {
  for (const char *triple : {"aarch64-unknown-linux-gnu", "riscv64-unknown-linux-gnu"}) {
    TinyModel model(triple, 100'000, 1);
    ASSERT_LINKS(linkShared(inputsFor(model, "other.so", triple)));
    ingot_verify_report report = {};
    std::string problems;
    report.context = &problems;
    report.problem = [](void *context, const char *message) { *static_cast<std::string *>(context) += message; };
    EXPECT_EQ(ingot_verify_file((folder + "/other.so").c_str(), &report), INGOT_OK) << triple << problems;
    EXPECT_TRUE(report.whole_file);
    EXPECT_FALSE(report.runs_here);
    EXPECT_EQ(report.weight_bytes, 400'000u);
    EXPECT_GE(report.code_ranges, 1u);
  }
}

constexpr const char *twoModels = R"(
#include "first.h"
#include "second.h"
#include <stdio.h>
static void backwards(void *context, int64_t count, void (*task)(void *, int64_t, int32_t), void *data) {
  ++*(int *)context;
  while (count-- > 0)
    task(data, count, (int32_t)(count % 3));
}
int main(void) {
  static unsigned char a[FIRST_WORKSPACE_SIZE_FOR(3)], b[SECOND_WORKSPACE_SIZE + 1];
  float x[FIRST_X_MAX_ELEMENTS], y[FIRST_Y_0_MAX_ELEMENTS], z[SECOND_Y_0_MAX_ELEMENTS];
  int i, calls = 0;
  ingot_pool pool = {sizeof pool, 3, &calls, backwards};
  for (i = 0; i < FIRST_X_MAX_ELEMENTS; ++i)
    x[i] = (float)i;
  if (first_run(8, x, y, a, &pool) != 0 || second_run(2, x, z, b + 1, NULL) != 0)
    return 10;
  for (i = 0; i < 32; ++i)
    if (y[i] != (float)(i * (i % 4 + 1)))
      return 11;
  for (i = 0; i < 8; ++i)
    if (z[i] != (float)(i * 10 * (i % 4 + 1)))
      return 12;
  if (first_run(9, x, y, a, NULL) != 1 || first_run(0, x, y, a, NULL) != 1)
    return 13;
  printf("%d calls of the pool\n", calls);
  return calls == 1 ? 0 : 14;
}
)";

TEST_F(LinkTest, TwoObjectsLiveInOneProgram) {
  TinyModel first(host, 4, 1), second(host, 4, 10);
  ASSERT_LINKS(packageObject(inputsFor(first, "first.o")));
  ASSERT_LINKS(packageObject(inputsFor(second, "second.o")));
  std::ofstream(folder + "/main.c") << twoModels;
  for (const char *flags : {"-O1", "-O1 -no-pie -fno-pie", "-O1 -ffunction-sections -Wl,--gc-sections"}) {
    Outcome build = runShell("cd '" + folder + "' && " INGOT_TEST_CC " -std=c99 -Wall -Wextra -Werror -pedantic " + flags +
                             " -o both main.c first.o second.o");
    ASSERT_EQ(build.status, 0) << build.output;
    Outcome run = runShell("'" + folder + "/both'");
    EXPECT_EQ(run.status, 0) << run.output;
  }
  Outcome cxx = runShell("cd '" + folder +
                         "' && printf '#include \"first.h\"\\n#include \"second.h\"\\n' > h.cpp && " INGOT_TEST_CXX
                         " -Wall -Wextra -Werror -fsyntax-only h.cpp");
  EXPECT_EQ(cxx.status, 0) << cxx.output;
}

constexpr const char *delayProgram = R"(
#include "line.h"
int main(void) {
  unsigned char workspace[LINE_DELAY_WORKSPACE_SIZE];
  float p[LINE_DELAY_P_MAX_ELEMENTS] = {1, 2, 3, 4}, s[LINE_DELAY_S_MAX_ELEMENTS] = {9, 8, 7, 6}, q[4], next[LINE_DELAY_S_2_MAX_ELEMENTS];
  if (line_delay_run(p, s, q, next, workspace, NULL) != 0 || q[0] != 9 || q[3] != 6 || next[3] != 4)
    return 10;
  if (line_delay_run(p, next, q, s, workspace, NULL) != 0 || q[0] != 1)
    return 11;
  return 0;
}
)";

TEST_F(LinkTest, ObjectTakesStatesFromItsCaller) {
  TinyModel model(host, 4, 1, /*delay=*/true);
  ASSERT_LINKS(packageObject(inputsFor(model, "line.o")));
  std::string header = readFile(folder + "/line.h");
  for (const char *part :
       {"int line_main_run(int64_t batch, const float *x, float *y_0, void *workspace, const ingot_pool *pool);",
        "int line_delay_run(const float *p, const float *s, float *q, float *s_2, void *workspace, const "
        "ingot_pool *pool);",
        "s: state before the call 's', [4] of f32", "s_2: state after the call 's', [4] of f32",
        "zeros before the first call"})
    EXPECT_NE(header.find(part), std::string::npos) << part << "\n" << header;
  std::ofstream(folder + "/main.c") << delayProgram;
  Outcome build =
      runShell("cd '" + folder + "' && " INGOT_TEST_CC " -std=c99 -Wall -Wextra -Werror -pedantic -o delay main.c line.o");
  ASSERT_EQ(build.status, 0) << build.output;
  EXPECT_EQ(runShell("'" + folder + "/delay'").status, 0);
}

// lld is not reentrant; callers need not know.
TEST_F(LinkTest, ThreadsMayLinkAtTheSameTime) {
  TinyModel model(host, 1000, 1);
  MemoryWeights weights(model.weights);
  std::vector<std::thread> threads;
  std::atomic<int> failures = 0;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      LinkInputs inputs;
      inputs.object = model.object;
      inputs.weights = &weights;
      inputs.triple = host;
      inputs.outputPath = folder + "/tiny" + std::to_string(i);
      auto result = linkExecutable(inputs);
      if (!result) {
        consumeError(result.takeError());
        ++failures;
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(failures, 0);
  for (int i = 1; i < 8; ++i)
    EXPECT_EQ(readFile(folder + "/tiny0"), readFile(folder + "/tiny" + std::to_string(i)));
}

TEST_F(LinkTest, ObjectHasOneGlobalSymbolAndVerifies) {
  for (const char *triple : {host, "aarch64-unknown-linux-gnu"}) {
    if (!sys::fs::exists(partsFolder(triple) + "/embedded.o"))
      continue;
    TinyModel model(triple, 4, 1);
    ASSERT_LINKS(packageObject(inputsFor(model, "tiny.o", triple)));
    auto object = object::ObjectFile::createObjectFile(folder + "/tiny.o");
    ASSERT_TRUE(bool(object));
    std::set<std::string> defined, undefined, weak;
    for (const object::SymbolRef &symbol : object->getBinary()->symbols()) {
      uint32_t flags = cantFail(symbol.getFlags());
      if ((flags & object::SymbolRef::SF_Undefined) && (flags & object::SymbolRef::SF_Weak))
        weak.insert(cantFail(symbol.getName()).str());
      else if (flags & object::SymbolRef::SF_Undefined)
        undefined.insert(cantFail(symbol.getName()).str());
      else if (flags & object::SymbolRef::SF_Global)
        defined.insert(cantFail(symbol.getName()).str());
    }
    undefined.erase("");
    for (const std::string &name : undefined)
      EXPECT_TRUE(std::set<std::string>({"memcpy", "memmove", "memset", "memcmp"}).count(name)) << name;
    // Where the processor is asked through the system, only a C library that is there is.
    EXPECT_EQ(weak, Triple(triple).isAArch64() ? std::set<std::string>{"getauxval"} : std::set<std::string>{});
    EXPECT_EQ(defined, std::set<std::string>{"tiny_run"});
    ingot_verify_report report = {};
    EXPECT_EQ(ingot_verify_file((folder + "/tiny.o").c_str(), &report), INGOT_OK);
    EXPECT_EQ(report.weight_bytes, 16u);
  }
}

TEST_F(LinkTest, MistakesAreOneMessageAndLeaveNothing) {
  TinyModel model(host, 4, 1);
  LinkInputs inputs = inputsFor(model, "missing/tiny");
  for (auto *link : {linkExecutable, linkShared, packageObject}) {
    auto result = link(inputs);
    ASSERT_FALSE(bool(result));
    Error error = result.takeError();
    EXPECT_TRUE(error.isA<LinkError>());
    EXPECT_NE(toString(std::move(error)).find("missing/tiny"), std::string::npos);
  }
  auto result = linkExecutable(inputsFor(model, "tiny", "riscv64-unknown-linux-gnu"));
  ASSERT_FALSE(bool(result));
  Error error = result.takeError();
  EXPECT_TRUE(error.isA<LinkError>());
  EXPECT_NE(toString(std::move(error)).find("no executables can be made for riscv64"), std::string::npos);
  EXPECT_EQ(filesLeft(), std::vector<std::string>());
  // What is not a file of bytes is not replaced.
  for (const std::string &path : {std::string("/dev/null"), folder}) {
    LinkInputs onto = inputsFor(model, "");
    onto.outputPath = path;
    auto refused = linkShared(onto);
    ASSERT_FALSE(bool(refused));
    EXPECT_NE(toString(refused.takeError()).find("'" + path + "': it is not a regular file"), std::string::npos);
  }
}

class FailingWeights : public WeightStream {
public:
  uint64_t size() const override { return 16; }
  Error write(Sink sink) const override {
    uint8_t bytes[8] = {};
    if (Error error = sink(0, bytes))
      return error;
    return createStringError(inconvertibleErrorCode(), "the source ran dry");
  }
};

TEST_F(LinkTest, FailingWeightsLeaveNothing) {
  TinyModel model(host, 4, 1);
  FailingWeights failing;
  LinkInputs inputs = inputsFor(model, "tiny.o");
  inputs.weights = &failing;
  for (auto *link : {linkExecutable, linkShared, packageObject}) {
    auto result = link(inputs);
    ASSERT_FALSE(bool(result));
    EXPECT_EQ(toString(result.takeError()), "the source ran dry");
  }
  EXPECT_EQ(filesLeft(), std::vector<std::string>());
}

TEST(WorkspaceTest, HeaderStatesWhatTheInterpreterTakes) {
  TinyModel model(host, 100, 1);
  auto image = ElfImage::parse(model.object);
  ASSERT_TRUE(bool(image));
  const ingot_table_header *table = cantFail(image->table());
  std::vector<int64_t> values(table->exprs.count);
  int64_t batch = 8;
  WorkspaceBytes bytes = workspaceBytesOf(table, 0);
  for (int32_t workers : {1, 2, 7})
    EXPECT_EQ(bytes.fixed + uint64_t(workers) * bytes.perWorker,
              ingot_embedded_workspace_bytes(table, 0, &batch, workers, values.data()));
  EXPECT_GT(bytes.perWorker, 0u);
}

TEST(IdentifierTest, IsTheStemAsAName) {
  EXPECT_EQ(identifierOf("/tmp/resnet50.o"), "resnet50");
  EXPECT_EQ(identifierOf("mnist-8.o"), "mnist_8");
  EXPECT_EQ(identifierOf("8.o"), "model_8");
}

} // namespace
} // namespace ingot::test
