// Finds the cases of StableHLO's suites: each section of a file of text, each portable artifact.
#include "tools/conformance/ExpectedErrors.h"
#include "tools/conformance/StablehloRunner.h"
#include "tools/conformance/Suites.h"

#include "frontends/stablehlo/Text.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

namespace ingot::conformance {

bool findStablehloCases(const std::string &folder, std::vector<SuiteCase> &cases, std::string *why) {
  std::vector<std::string> files;
  if (!filesBeneath(folder, {".mlir", ".mlirbc", ".bc"}, files, why))
    return false;
  auto add = [&](const std::string &name, StablehloCase one) {
    one.name = name;
    cases.push_back({name, one.file, [one](const CaseOptions &options) { return runStablehloCase(one, options); }});
  };
  for (const std::string &file : files) {
    llvm::StringRef within = file;
    within.consume_front(folder);
    const std::string name = within.ltrim('/').str();
    if (!within.ends_with(".mlir")) {
      StablehloCase one{"", file, 0, StablehloCase::Artifact};
      std::string text = within.ends_with(".mlir.bc") ? file.substr(0, file.size() - 3) : "";
      if (llvm::sys::fs::exists(text))
        one.text = text;
      add(name, one);
      continue;
    }
    auto buffer = llvm::MemoryBuffer::getFile(file);
    if (!buffer) {
      *why = file + ": " + buffer.getError().message();
      return false;
    }
    std::vector<stablehlo::TextSection> sections = stablehlo::splitSections((*buffer)->getBuffer());
    for (size_t index = 0; index != sections.size(); ++index) {
      llvm::StringRef text = sections[index].text;
      const bool isInvalid = !expectedErrors(text, sections[index].firstLine).empty();
      if (!isInvalid && !text.contains("check.expect") && !text.contains("func.func"))
        continue; // nothing but comments, or lines for other tools
      add(sections.size() == 1 ? name : name + "#" + std::to_string(index + 1),
          {"", file, index, isInvalid ? StablehloCase::Invalid : StablehloCase::Module});
    }
  }
  return true;
}

} // namespace ingot::conformance
