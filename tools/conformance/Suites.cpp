#include "tools/conformance/Suites.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FileSystem.h"

namespace ingot::conformance {

std::vector<SuiteCase> casesOf(llvm::ArrayRef<Case> cases) {
  std::vector<SuiteCase> all;
  for (const Case &one : cases)
    all.push_back({one.name, one.model, [one](const CaseOptions &options) { return runCase(one, options); }});
  return all;
}

static bool findOnnxCases(const std::string &folder, std::vector<SuiteCase> &cases, std::string *why) {
  std::vector<Case> found;
  if (!findCases(folder, found, why))
    return false;
  llvm::append_range(cases, casesOf(found));
  return true;
}

const std::vector<SuiteKind> &suiteKinds() {
  static const std::vector<SuiteKind> kinds = {
      {"onnx-backend", "models with stored inputs and outputs beside them", {".onnx"}, findOnnxCases},
      {"stablehlo",
       "modules that check their own results, and invalid ones",
       {".mlir", ".mlirbc", ".bc"},
       findStablehloCases},
      {"jax-export", "exported JAX programs with inputs and outputs in a .json beside them", {".mlirbc"}, findJaxExports},
      {"stored-runs", "models of any format with inputs and outputs by place in test_data_set_N", {}, findStoredRuns},
  };
  return kinds;
}

bool filesBeneath(const std::string &folder, llvm::ArrayRef<std::string> suffixes, std::vector<std::string> &files,
                  std::string *why) {
  namespace fs = llvm::sys::fs;
  std::error_code code;
  for (fs::recursive_directory_iterator at(folder, code, /*follow_symlinks=*/false), end; at != end && !code;
       at.increment(code)) {
    llvm::StringRef name = at->path();
    if (at->type() == fs::file_type::regular_file &&
        llvm::any_of(suffixes, [&](const std::string &suffix) { return name.ends_with(suffix); }))
      files.push_back(at->path());
  }
  if (code)
    *why = folder + ": " + code.message();
  llvm::sort(files);
  return !code;
}

} // namespace ingot::conformance
