// What the runner of suites does with archives and with cases that misbehave.
#include "tools/conformance/Suite.h"
#include "tools/conformance/Archive.h"
#include "tools/conformance/ExpectedErrors.h"
#include "tools/conformance/Refusals.h"

#include "gtest/gtest.h"

#include <archive.h>
#include <archive_entry.h>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

namespace ingot::conformance {
namespace {

struct Member {
  const char *name, *content;
  const char *link = nullptr;
};

class ArchiveTest : public ::testing::Test {
protected:
  void SetUp() override {
    std::string why;
    ASSERT_TRUE(folder.make(&why)) << why;
    target = folder.path() + "/out";
    ASSERT_EQ(mkdir(target.c_str(), 0755), 0);
  }

  // As the name says: .zip, .7z, or tar compressed as .tgz, .tar.xz ...
  std::string write(llvm::StringRef name, std::initializer_list<Member> members) {
    std::string path = folder.path() + "/" + name.str();
    archive *out = archive_write_new();
    EXPECT_EQ(archive_write_set_format_filter_by_ext(out, path.c_str()), ARCHIVE_OK) << path;
    EXPECT_EQ(archive_write_open_filename(out, path.c_str()), ARCHIVE_OK);
    for (const Member &member : members) {
      archive_entry *entry = archive_entry_new();
      archive_entry_set_pathname(entry, member.name);
      archive_entry_set_perm(entry, 0644);
      archive_entry_set_filetype(entry, member.link ? AE_IFLNK : AE_IFREG);
      if (member.link)
        archive_entry_set_symlink(entry, member.link);
      else
        archive_entry_set_size(entry, strlen(member.content));
      archive_write_header(out, entry);
      if (!member.link)
        archive_write_data(out, member.content, strlen(member.content));
      archive_entry_free(entry);
    }
    archive_write_close(out);
    archive_write_free(out);
    return path;
  }

  std::string read(const std::string &name) {
    std::ifstream file(target + "/" + name);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }

  // The message of an archive that must be refused.
  std::string refused(const std::string &path, const ArchiveLimits &limits = {}) {
    std::string why;
    EXPECT_FALSE(unpackArchive(path, target, limits, &why));
    return why;
  }

  TemporaryFolder folder;
  std::string target;
};

TEST_F(ArchiveTest, UnpacksTarAndZip) {
  std::string why;
  EXPECT_TRUE(unpackArchive(write("a.tgz", {{"one/x", "tar"}, {"y", ""}}), target, {}, &why)) << why;
  EXPECT_TRUE(unpackArchive(write("b.zip", {{"two/x", "zip"}}), target, {}, &why)) << why;
  EXPECT_EQ(read("one/x"), "tar");
  EXPECT_EQ(read("two/x"), "zip");
  for (const char *form : {"tar.xz", "tar.bz2", "7z", "zip", "jar"}) {
    std::string content(100000, 'x');
    content += form;
    EXPECT_TRUE(unpackArchive(write(std::string("c.") + form, {{"three/x", content.c_str()}, {"three/empty", ""}}), target,
                              {}, &why))
        << form << ": " << why;
    EXPECT_EQ(read("three/x"), content);
  }
}

TEST_F(ArchiveTest, RefusesDamagedZips) {
  const std::string content = "a member that is stored and not packed: 0123456789012345678901234567890123456789";
  std::string path = write("a.zip", {{"x", content.c_str()}});
  std::ifstream file(path, std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(file), {}};
  auto rewrite = [&](const std::string &bytes) { std::ofstream(path, std::ios::binary) << bytes; };
  rewrite(whole.substr(0, whole.size() / 2));
  EXPECT_NE(refused(path).find("cut off"), std::string::npos);
  // Whichever byte is damaged: refused, or unpacked to the same (perhaps under another name).
  for (size_t at = 4; at < whole.size(); ++at) {
    std::string bytes = whole;
    bytes[at] ^= 0x55;
    rewrite(bytes);
    std::string why;
    unlink((target + "/x").c_str());
    if (unpackArchive(path, target, {}, &why))
      EXPECT_TRUE(access((target + "/x").c_str(), F_OK) != 0 || read("x") == content) << at;
    else
      EXPECT_FALSE(why.empty()) << at;
  }
}

TEST_F(ArchiveTest, RefusesWhatLeavesTheFolder) {
  EXPECT_NE(refused(write("a.tgz", {{"../x", "1"}})).find("leaves the folder"), std::string::npos);
  EXPECT_NE(refused(write("b.tgz", {{"one/../../x", "1"}})).find("leaves the folder"), std::string::npos);
  EXPECT_NE(refused(write("c.tgz", {{"/tmp/ingot-absolute", "1"}})).find("absolute"), std::string::npos);
  EXPECT_NE(refused(write("d.tgz", {{"link", "", "/etc"}, {"link/x", "1"}})).find("link"), std::string::npos);
  EXPECT_NE(refused(write("a.zip", {{"../x", "1"}})).find("leaves the folder"), std::string::npos);
  EXPECT_NE(refused(write("c.zip", {{"/tmp/ingot-absolute", "1"}})).find("absolute"), std::string::npos);
  EXPECT_NE(refused(write("d.zip", {{"link", "", "/etc"}, {"link/x", "1"}})).find("link"), std::string::npos);
}

TEST_F(ArchiveTest, RefusesWhatIsTooLarge) {
  EXPECT_NE(refused(write("a.tgz", {{"x", "12345"}}), {4, 10}).find("more than 4 bytes"), std::string::npos);
  EXPECT_NE(refused(write("b.tgz", {{"x", "1"}, {"y", "2"}}), {100, 1}).find("more than 1 members"), std::string::npos);
  EXPECT_NE(refused(write("a.zip", {{"x", "12345"}}), {4, 10}).find("more than 4 bytes"), std::string::npos);
  EXPECT_NE(refused(write("b.zip", {{"x", "1"}, {"y", "2"}}), {100, 1}).find("more than 1 members"), std::string::npos);
}

TEST_F(ArchiveTest, RefusesWhatIsNone) {
  std::string path = folder.path() + "/text";
  std::ofstream(path) << "no archive at all, but long enough to be looked at";
  EXPECT_FALSE(refused(path).empty());
  EXPECT_FALSE(refused(folder.path() + "/absent").empty());
}

TEST_F(ArchiveTest, FindsCasesOfEveryForm) {
  std::string why;
  ASSERT_TRUE(unpackArchive(write("a.tgz", {{"g/one/model.onnx", ""},
                                            {"g/one/test_data_set_0/input_0.pb", ""},
                                            {"g/one/test_data_set_0/output_1.pb", ""},
                                            {"g/one/test_data_set_10/output_0.pb", ""},
                                            {"g/one/test_data_set_2/output_0.pb", ""},
                                            {"light/net.onnx", ""},
                                            {"light/net_output_0.pb", ""},
                                            {"light/other.onnx", ""},
                                            {"named/any.onnx", ""},
                                            {"named/io.npz", ""}}),
                            target, {}, &why))
      << why;
  std::vector<Case> cases;
  ASSERT_TRUE(findCases(target, cases, &why)) << why;
  ASSERT_EQ(cases.size(), 4u);
  EXPECT_EQ(cases[0].name, "g/one");
  ASSERT_EQ(cases[0].sets.size(), 3u); // by number: 0, 2, 10
  EXPECT_EQ(cases[0].sets[0].outputs.size(), 2u);
  EXPECT_TRUE(cases[0].sets[0].outputs[0].empty());
  EXPECT_NE(cases[0].sets[1].outputs[0].find("test_data_set_2/"), std::string::npos);
  EXPECT_EQ(cases[1].name, "light/net");
  EXPECT_EQ(cases[1].sets.at(0).form, DataSet::Counted);
  EXPECT_EQ(cases[2].name, "light/other");
  EXPECT_TRUE(cases[2].sets.empty());
  EXPECT_EQ(cases[3].name, "named");
  EXPECT_EQ(cases[3].sets.at(0).form, DataSet::Named);
}

TEST(Isolation, GivesWhatTheBodyReturns) {
  std::string why;
  std::optional<llvm::json::Value> value = runIsolated(60, 0, [] { return llvm::json::Value("fine"); }, &why);
  ASSERT_TRUE(value) << why;
  EXPECT_EQ(value->getAsString(), "fine");
}

TEST(Isolation, TellsOfACrash) {
  std::string why;
  EXPECT_FALSE(runIsolated(
      60, 0,
      [] {
        std::signal(SIGABRT, SIG_DFL);
        llvm::errs() << "the last words\n";
        std::abort();
        return llvm::json::Value(nullptr);
      },
      &why));
  EXPECT_NE(why.find("crashed: Aborted: the last words"), std::string::npos) << why;
}

TEST(Isolation, EndsWhatHangs) {
  std::string why;
  EXPECT_FALSE(runIsolated(
      0.3, 0,
      [] {
        while (true)
          pause();
        return llvm::json::Value(nullptr);
      },
      &why));
  EXPECT_NE(why.find("took longer than"), std::string::npos) << why;
}

TEST(Suite, GivesResultsInTheCasesOrder) {
  std::vector<Case> cases(3);
  for (size_t i = 0; i != 3; ++i)
    cases[i] = {std::to_string(i), "/dev/null", {}};
  std::vector<std::string> order;
  std::vector<CaseResult> results =
      runSuite(casesOf(cases), {{}, 2, 60, 0}, [&](const CaseResult &result) { order.push_back(result.name); });
  ASSERT_EQ(results.size(), 3u);
  EXPECT_EQ(order.size(), 3u);
  for (size_t i = 0; i != 3; ++i) {
    EXPECT_EQ(results[i].name, std::to_string(i));
    EXPECT_EQ(results[i].status, CaseStatus::Failed);
  }
}

TEST(Refusals, AreWhatIsListed) {
  llvm::Expected<Refusals> list = Refusals::parse(R"(# a comment
    operator | Foo | why
    operator | custom.Bar | why
    type | STRING | why
    node | Range: decides the number | why
  )");
  ASSERT_TRUE(static_cast<bool>(list)) << llvm::toString(list.takeError());
  EXPECT_TRUE(list->hasOperator("Foo") && list->hasOperator("custom.Bar") && list->hasType("STRING"));
  EXPECT_FALSE(list->hasOperator("Bar") || list->hasOperator("STRING") || list->hasOperator("Fo") || list->hasType("Foo"));
  EXPECT_TRUE(list->hasNode("Range", "operand 'b' decides the number of elements"));
  EXPECT_FALSE(list->hasNode("Range", "operand 'b' is a string"));
  EXPECT_FALSE(list->hasNode("Expand", "operand 'b' decides the number of elements"));
  for (const char *bad : {"operator | Foo", "operation | Foo | why", "operator | | why", "node | Range | why", "Foo"}) {
    llvm::Expected<Refusals> refused = Refusals::parse(bad);
    ASSERT_FALSE(static_cast<bool>(refused)) << bad;
    EXPECT_NE(llvm::toString(refused.takeError()).find("expected operator|type|node"), std::string::npos);
  }
  EXPECT_TRUE(Refusals::committed().hasType("STRING"));
}

TEST(Refusals, NameTextsThatAreNotRead) {
  llvm::Expected<Refusals> list = Refusals::parse("text | in its generic form | of another dialect");
  ASSERT_TRUE(static_cast<bool>(list));
  EXPECT_EQ(list->reasonOfText("3:4: 'scf.for' is read in its generic form alone"), "of another dialect");
  EXPECT_EQ(list->reasonOfText("3:4: expected ','"), "");
}

TEST(ExpectedErrors, StandAtTheirLines) {
  constexpr llvm::StringLiteral kText = "func.func @f() {\n"
                                        "  // expected-error@+2 {{one}}\n"
                                        "  // expected-error @+1 {{two}}\n"
                                        "  %0 = \"stablehlo.abs\"(%x) {\n"
                                        "    a = 1 : i64\n"
                                        "  } : (tensor<f32>) -> tensor<f32>\n"
                                        "  %1 = stablehlo.abs %0 : tensor<f32> // expected-error-re {{three}}\n"
                                        "  // expected-error@above {{four}}\n"
                                        "}\n";
  std::vector<ExpectedError> errors = expectedErrors(kText, 11);
  ASSERT_EQ(errors.size(), 4u);
  EXPECT_EQ(errors[0].line, 14u);
  EXPECT_EQ(errors[1].line, 14u);
  EXPECT_EQ(errors[2].line, 17u);
  EXPECT_EQ(errors[3].line, 17u);
  EXPECT_EQ(errors[3].words, "four");
  EXPECT_TRUE(areOfInvalidModule(errors));
  EXPECT_EQ(errorsNotTold(kText, 11, "14:3: bad").size(), 2u);
  EXPECT_EQ(errorsNotTold(kText, 11, "16:5: bad").size(), 2u); // of the same statement
  EXPECT_EQ(errorsNotTold(kText, 11, "2 ops cannot be imported:\n  14:3: bad\n  17:3: bad").size(), 0u);
  EXPECT_EQ(errorsNotTold(kText, 11, "14:3: bad; and 1 other op 17:3").size(), 0u);
  EXPECT_EQ(errorsNotTold(kText, 11, "11:1: bad").size(), 4u);
  EXPECT_EQ(errorsNotTold("// expected-error@-3 {{all of it}}\nfunc.func @f()\n", 11, "12:1: bad").size(), 0u);
  EXPECT_EQ(errorsNotTold("// expected-error@-3 {{all of it}}\nfunc.func @f()\n", 11, "somewhere").size(), 1u);
  EXPECT_FALSE(areOfInvalidModule(expectedErrors("// expected-error {{failed to legalize operation 'x'}}", 1)));
}

TEST(CaseResult, IsSummedByOperator) {
  CaseResult one{"a", CaseStatus::Passed, "", {"Abs", "Neg"}, {}, true, {}, 1, 0.5}, other = one;
  other.status = CaseStatus::Failed;
  other.ops = {"Neg"};
  other.compiled = false;
  std::map<std::string, OperatorSummary> operators = summariseOperators({one, other});
  EXPECT_EQ(operators.size(), 2u);
  EXPECT_EQ(operators["Abs"].cases.passed, 1u);
  EXPECT_EQ(operators["Neg"].cases.passed, 1u);
  EXPECT_EQ(operators["Neg"].cases.failed, 1u);
  EXPECT_EQ(operators["Neg"].compiled, 1u);
}

TEST(CaseResult, SurvivesItsJson) {
  CaseResult result{"a", CaseStatus::NotComparable, "why \xff", {"Abs"}, {"Foo"}, true, {"shape"}, 2, 0.5};
  std::optional<CaseResult> back = caseResultFromJson(toJson(result));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->status, CaseStatus::NotComparable);
  EXPECT_EQ(back->specialised, result.specialised);
  EXPECT_EQ(back->missing, result.missing);
  EXPECT_TRUE(back->compiled);
  EXPECT_EQ(back->sets, 2u);
  EXPECT_TRUE(llvm::json::isUTF8(back->reason));
}

} // namespace
} // namespace ingot::conformance
