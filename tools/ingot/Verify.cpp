// ingot verify: every hash of an artifact, its features, and the self-test where this machine can run it.
#include "tools/ingot/Driver.h"

#include "runtime/hostio/SelfTest.h"
#include "runtime/loaders/verify.h"
#include "tools/ingot/ExecutableImage.h"
#include "tools/ingot/ModelOptions.h"
#include "tools/ingot/TableView.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <nlohmann/json.hpp>
#include <vector>

namespace ingot::driver {

namespace {
struct SelfTestResult {
  nlohmann::json json; // null: not made
  std::string text = "a relocatable object has none";
};
} // namespace

// Compares a run with the results stored for this machine's level. INGOT_CORRUPT where they differ.
static ingot_code runSelfTest(const std::string &path, SelfTestResult &result, std::vector<std::string> &problems) {
  std::string why;
  OpenArtifact opened = detectFile(path, &why) == FileKind::Artifact ? openArtifact(path) : OpenArtifact();
  if (!opened.artifact) { // an object, or damaged where no hash is
    if (opened.error.code != INGOT_CORRUPT)
      return INGOT_OK;
    problems.push_back(opened.error.message);
    return INGOT_CORRUPT;
  }
  hostio::SelfTestReport report{};
  ingot_code code = hostio::checkSelfTest(opened.artifact, 0, report, &opened.error);
  if (code != INGOT_OK) {
    problems.push_back(opened.error.message);
  } else {
    bool compared = report.level && report.outcome == INGOT_SELF_TEST_STORED;
    std::string level = report.level ? report.level : "";
    result.json = {{"level", report.level ? nlohmann::json(level) : nlohmann::json()},
                   {"stored", hostio::outcomeText(report.outcome)},
                   {"compared", compared},
                   {"holds", report.holds}};
    result.text = compared ? level + " gives the results it gave when compiled"
                           : "not compared: " + std::string(hostio::outcomeText(report.outcome));
    if (!report.holds) {
      code = INGOT_CORRUPT;
      problems.push_back(llvm::formatv("self-test of {0}: the results have hash {1:x-}, when compiled they had {2:x-}",
                                       level, report.got, report.wanted));
    }
  }
  ingot_unload(opened.artifact);
  return code;
}

static Status verify(const std::string &path) {
  std::vector<std::string> problems;
  ingot_verify_report report{};
  report.context = &problems;
  report.problem = [](void *context, const char *message) {
    static_cast<std::vector<std::string> *>(context)->push_back(message);
  };
  ingot_code code = INGOT_INVALID;
  std::string why;
  const FileKind kind = detectFile(path, &why);
  if (kind == FileKind::Unreadable)
    return fail(why);
  if (kind == FileKind::Model || kind == FileKind::Dump)
    return fail(path + ": is a model, and no artifact of ingot's; what is wrong with a model is told by ingot check");
  if (kind == FileKind::Artifact)
    code = ingot_verify_file(path.c_str(), &report);
  else if (llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> file = readArtifact(path))
    code =
        ingot_verify_bytes(reinterpret_cast<const uint8_t *>((*file)->getBufferStart()), (*file)->getBufferSize(), &report);
  else {
    problems.push_back(llvm::toString(file.takeError()));
    if (llvm::StringRef(problems.back()).contains("corrupt artifact:"))
      code = INGOT_CORRUPT;
  }
  bool stripped = report.has_file_hash && !report.whole_file;
  SelfTestResult test;
  if (code == INGOT_OK && report.runs_here)
    code = runSelfTest(path, test, problems);
  if (globals.json) {
    nlohmann::json document = {{"file", printable(path)},
                               {"ok", code == INGOT_OK},
                               {"problems", problems},
                               {"bytes", report.file_bytes},
                               {"whole_file", report.whole_file},
                               {"stripped", stripped},
                               {"code_bytes", report.code_bytes},
                               {"weight_bytes", report.weight_bytes},
                               {"runs_here", report.runs_here},
                               {"self_test", test.json}};
    answer(document);
  }
  if (code != INGOT_OK) {
    std::string text = path + ": " + (code == INGOT_CORRUPT ? "is damaged" : "cannot be verified") + ":";
    for (llvm::StringRef problem : problems) {
      problem.consume_front(path + ": ");
      text += (problems.size() == 1 ? " " : "\n  ") + problem.str();
    }
    fail(text);
    return code == INGOT_CORRUPT ? Difference : code == INGOT_INTERNAL ? Internal : Mistake;
  }
  if (globals.json)
    return Done;
  llvm::outs() << printable(path) << ": sound\n";
  if (report.whole_file)
    llvm::outs() << llvm::formatv("  whole file ({0} bytes) as compiled\n", report.file_bytes);
  else if (stripped)
    llvm::outs() << "  stripped or linked again since it was compiled: the whole-file hash does not apply\n";
  else
    llvm::outs() << "  linked by another linker: it has no whole-file hash\n";
  llvm::outs() << llvm::formatv("  tables; {0} bytes of code in {1} range{2}; {3} bytes of weights in {4} block{5}\n",
                                report.code_bytes, report.code_ranges, report.code_ranges == 1 ? "" : "s",
                                report.weight_bytes, report.weight_blocks, report.weight_blocks == 1 ? "" : "s");
  if (report.runs_here)
    llvm::outs() << "  runs on this machine; self-test: " << test.text << '\n';
  else
    llvm::outs() << "  does not run on this machine: " << report.why_not_here << '\n';
  return Done;
}

void addVerify(CLI::App &app, Status *status) {
  auto path = std::make_shared<std::string>();
  CLI::App *command = app.add_subcommand("verify", "Check every hash of an artifact; exit status 3 if one does not hold");
  addModelArgument(*command, "artifact", *path, "An executable, shared library, object or archive made by ingot");
  command->callback([path, status] { *status = verify(*path); });
}

} // namespace ingot::driver
