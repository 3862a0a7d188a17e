// ingot conformance: runs a suite of cases with stored outputs, each compiled, and reports what became of each.
#include "tools/conformance/Archive.h"
#include "tools/conformance/Suite.h"
#include "tools/ingot/Driver.h"
#include "tools/ingot/Explain.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

#include <list>
#include <map>
#include <nlohmann/json.hpp>

namespace ingot::driver {

namespace {

using namespace ingot::conformance;

struct ConformanceVerb {
  std::string suite, json, filter, list;
  std::vector<std::string> paths;
  std::vector<std::string> dims;
  SuiteOptions options;
  double gigabytes = 8;
  bool byOperator = false;

  Status run();
  Status gather(const SuiteKind &kind, std::vector<SuiteCase> &cases, std::list<TemporaryFolder> &folders);
  void report(llvm::ArrayRef<CaseResult> results, const Summary &summary);
};

// The archives beneath a folder, by name, links aside.
std::vector<std::string> archivesIn(const std::string &folder) {
  std::vector<std::string> archives;
  std::error_code code;
  for (llvm::sys::fs::recursive_directory_iterator at(folder, code, /*follow_symlinks=*/false), end; at != end && !code;
       at.increment(code)) {
    llvm::StringRef name = at->path();
    bool isArchive = llvm::any_of(
        llvm::ArrayRef<llvm::StringRef>{".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst", ".zip", ".7z"},
        [&](llvm::StringRef suffix) { return name.ends_with(suffix); });
    if (isArchive && at->type() == llvm::sys::fs::file_type::regular_file)
      archives.push_back(at->path());
  }
  llvm::sort(archives);
  return archives;
}

// All cases of the paths: folders, single models, and archives, given or in such a folder, which are unpacked into
// `folders`.
Status ConformanceVerb::gather(const SuiteKind &kind, std::vector<SuiteCase> &cases, std::list<TemporaryFolder> &folders) {
  for (const std::string &path : paths) {
    llvm::sys::fs::file_status status;
    if (std::error_code code = llvm::sys::fs::status(path, status))
      return fail(path + ": " + code.message());
    std::string why, folder = path;
    std::vector<SuiteCase> found;
    auto unpack = [&](const std::string &archive) {
      progress("unpack " + archive);
      TemporaryFolder &unpacked = folders.emplace_back();
      if (!unpacked.make(&why))
        return fail(why);
      if (!unpackArchive(archive, unpacked.path(), {}, &why))
        return fail(archive + ": " + why);
      folder = unpacked.path();
      return Done;
    };
    const bool isModel =
        llvm::any_of(kind.suffixes, [&](const std::string &suffix) { return llvm::StringRef(path).ends_with(suffix); });
    if (!llvm::sys::fs::is_directory(status)) {
      folder = llvm::sys::path::parent_path(path).str();
      if (folder.empty())
        folder = ".";
      if (Status unpacked = isModel ? Done : unpack(path); unpacked != Done)
        return unpacked;
    }
    if (!kind.find(folder, found, &why))
      return fail(why);
    if (llvm::sys::fs::is_directory(status))
      for (const std::string &archive : archivesIn(path)) {
        std::vector<SuiteCase> inside;
        if (Status unpacked = unpack(archive); unpacked != Done)
          return unpacked;
        if (!kind.find(folder, inside, &why))
          return fail(why);
        llvm::append_range(found, inside);
      }
    if (isModel && !llvm::sys::fs::is_directory(status))
      llvm::erase_if(found, [&](const SuiteCase &one) { return !llvm::sys::fs::equivalent(one.file, path); });
    if (found.empty())
      return fail(path + ": holds no case of " + kind.name + " (" + kind.what + ")");
    llvm::append_range(cases, found);
  }
  llvm::erase_if(cases, [&](const SuiteCase &one) { return one.name.find(filter) == std::string::npos; });
  if (cases.empty())
    return fail("--filter " + filter + ": no case has that in its name");
  return Done;
}

// A line for each operator: what became of the cases that hold it.
void printOperators(llvm::ArrayRef<CaseResult> results) {
  const std::map<std::string, OperatorSummary> operators = summariseOperators(results);
  size_t width = strlen("operator");
  for (const auto &[name, summed] : operators)
    width = std::max(width, name.size());
  auto row = [&](llvm::StringRef name, auto... cells) {
    llvm::outs() << llvm::left_justify(name, width);
    ((llvm::outs() << llvm::right_justify(llvm::formatv("{0}", cells).str(), 16)), ...);
    llvm::outs() << '\n';
  };
  row("operator", "passed", "failed", "unsupported", "not comparable", "ran compiled");
  for (const auto &[name, summed] : operators)
    row(name, summed.cases.passed, summed.cases.failed, summed.cases.unsupported, summed.cases.notComparable,
        summed.compiled);
}

// One line for each case that did not pass, and for each that passed with inputs folded, which are named.
void ConformanceVerb::report(llvm::ArrayRef<CaseResult> results, const Summary &summary) {
  std::map<std::string, size_t> missing;
  for (const CaseResult &result : results) {
    if (result.status == CaseStatus::Failed)
      llvm::outs() << "FAIL: " << result.name << ": " << result.reason << '\n';
    else if (result.status == CaseStatus::NotComparable)
      llvm::outs() << "SKIP: " << result.name << ": not comparable: " << result.reason << '\n';
    else if (result.status == CaseStatus::Unsupported)
      llvm::outs() << "SKIP: " << result.name << ": unsupported: " << result.reason << '\n';
    else if (!result.specialised.empty())
      llvm::outs() << "FOLDED: " << result.name << ": '" << llvm::join(result.specialised, "', '") << "'\n";
    for (const std::string &op : result.missing)
      ++missing[op];
  }
  if (!missing.empty()) {
    llvm::outs() << "operators that are not supported, with the cases that need them:";
    for (const auto &[op, count] : missing)
      llvm::outs() << ' ' << op << ' ' << count << (op == missing.rbegin()->first ? "\n" : ",");
  }
  if (byOperator)
    printOperators(results);
  if (summary.errorsExpected)
    llvm::outs() << "expected errors " << summary.errorsExpected << ", told at their places " << summary.errorsTold << '\n';
  llvm::outs() << "unsupported " << summary.unsupported << ", not comparable " << summary.notComparable
               << "; of those passed, " << summary.passed - summary.specialised << " were fed all their inputs when run, "
               << summary.specialised
               << " had inputs folded to constants (FOLDED: the values of a shape, an axis or a count)\n";
  llvm::outs() << summary.passed << " passed, " << summary.failed << " failed, "
               << summary.unsupported + summary.notComparable << " skipped\n";
}

Status ConformanceVerb::run() {
  for (llvm::StringRef text : dims) {
    auto [name, value] = text.rsplit('=');
    if (name.empty() || value.empty())
      return fail("--dim " + text.str() + ": expected NAME=VALUE");
    options.run.dims.emplace_back(name.str(), value.str());
  }
  options.bytes = static_cast<uint64_t>(gigabytes * (1ull << 30));
  for (const std::string &path : paths)
    keepFromWriting(path);
  if (Status status = json.empty() ? Done : checkWritable("--json", json); status != Done)
    return status;
  std::vector<SuiteCase> cases;
  std::list<TemporaryFolder> folders;
  auto kind = llvm::find_if(suiteKinds(), [&](const SuiteKind &one) { return one.name == suite; });
  if (Status status = gather(*kind, cases, folders); status != Done)
    return status;
  Summary summary;
  size_t done = 0;
  llvm::outs().flush();
  std::vector<CaseResult> results = runSuite(cases, options, [&](const CaseResult &result) {
    summary.add(result);
    progress(llvm::formatv("{0}/{1} cases, {2} passed, {3} failed: {4}", ++done, cases.size(), summary.passed,
                           summary.failed, result.name)
                 .str());
  });
  progress("");
  llvm::json::Value document = toJson(summary, results);
  if (!json.empty())
    if (Status status = writeFile("--json", json, [&](llvm::raw_ostream &os) { os << llvm::formatv("{0:2}\n", document); });
        status != Done)
      return status;
  if (globals.json)
    answer(nlohmann::json::parse(llvm::formatv("{0}", document).str()));
  else
    report(results, summary);
  return summary.failed ? Difference : Done;
}

} // namespace

void addConformance(CLI::App &app, Status *status) {
  auto verb = std::make_shared<ConformanceVerb>();
  CLI::App *command = app.add_subcommand("conformance", "Run a conformance suite, every case compiled");
  std::vector<std::string> names;
  std::string kinds;
  for (const SuiteKind &kind : suiteKinds()) {
    names.push_back(kind.name);
    kinds += (kinds.empty() ? "" : "; ") + names.back() + ": " + kind.what;
  }
  command->add_option("suite", verb->suite, kinds)->required()->check(CLI::IsMember(names));
  command->add_option("path", verb->paths, "Folders, archives (tar, zip) and models")->required();
  command->add_option("--json", verb->json, "Write the report of all cases to this file");
  command->add_option("--filter", verb->filter, "Only cases with this text in their names");
  command->add_option("-j,--jobs", verb->options.jobs, "Cases at a time, 0: one a core")->check(CLI::Range(0, 1024));
  command->add_option("--timeout", verb->options.seconds, "Seconds a case may take")->capture_default_str();
  command->add_option("--memory", verb->gigabytes, "GiB of address space a case may have, 0: no limit")
      ->capture_default_str();
  command->add_option("--rtol", verb->options.run.rtol, "Relative tolerance")
      ->check(toleranceValues())
      ->capture_default_str();
  command->add_option("--atol", verb->options.run.atol, "Absolute tolerance")
      ->check(toleranceValues())
      ->capture_default_str();
  command->add_option("--dim", verb->dims, "NAME=VALUE for every model: see 'ingot compile --help'")->take_all();
  command->add_option("--numerics", verb->options.run.numerics, "strict or fast")
      ->check(CLI::IsMember({"strict", "fast"}))
      ->capture_default_str();
  command->add_option("--mcpu", verb->options.run.cpu, "What to compile for: native, or a CPU's name (x86-64-v2)")
      ->capture_default_str();
  command->add_option("-O", verb->options.run.optLevel, "0, 2 or 3")->check(CLI::IsMember({0, 2, 3}))->capture_default_str();
  command->add_flag("--by-operator", verb->byOperator, "Also a table of operators: what became of the cases with each");
  command->add_flag("--reference", verb->options.run.interpret, "Run in the reference interpreter, uncompiled");
  command->footer("A case fails as well if nothing of it is compared, or if it is refused for what the committed list\n"
                  "(tools/conformance/refusals.txt) does not name. Exit status 3 if a case failed. Closing line: 'N passed, "
                  "N failed, N skipped'.\n"
                  "Examples:\n  ingot conformance onnx-backend onnx/backend/test/data/node\n"
                  "  ingot conformance onnx-backend suite.tar.gz --filter conv --json report.json");
  command->callback([verb, status] { *status = verb->run(); });
}

} // namespace ingot::driver
