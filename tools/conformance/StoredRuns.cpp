// Models of any format with what they were fed and gave, by place: FOLDER/MODEL and FOLDER/test_data_set_N/input_K.npy,
// output_K.npy. What writes them: tools/bench/jax/export_programs.py, tests/e2e/jax/export_harnesses.py.
#include "frontends/Frontends.h"
#include "tools/conformance/ProgramRunner.h"
#include "tools/conformance/Suites.h"
#include "tools/execution/ValueError.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <chrono>

namespace ingot::conformance {

using driver::HostTensor;

namespace {

class StoredRun {
public:
  StoredRun(const std::string &name, const std::string &model, const CaseOptions &options) : model(model), options(options) {
    result.name = name;
  }

  CaseResult run() {
    auto start = std::chrono::steady_clock::now();
    for (unsigned set = 0;; ++set) {
      llvm::SmallString<256> folder(llvm::sys::path::parent_path(model));
      llvm::sys::path::append(folder, "test_data_set_" + std::to_string(set));
      if (!llvm::sys::fs::is_directory(folder)) {
        if (set == 0)
          result.end(CaseStatus::Failed, "has no test_data_set_0");
        break;
      }
      if (!runSet(std::string(folder)))
        break;
      ++result.sets;
      result.end(CaseStatus::Passed, "");
    }
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return std::move(result);
  }

private:
  static bool read(const std::string &folder, const char *role, std::vector<HostTensor> &tensors, std::string *why) {
    for (size_t place = 0;; ++place) {
      const std::string file = llvm::formatv("{0}/{1}_{2}.npy", folder, role, place).str();
      if (!llvm::sys::fs::exists(file))
        return true;
      std::vector<HostTensor> one;
      if (!driver::readTensors(file, nullptr, one, why))
        return false;
      tensors.push_back(std::move(one.front()));
    }
  }

  bool runSet(const std::string &folder) {
    std::string why;
    std::vector<HostTensor> inputs, expected;
    if (!read(folder, "input", inputs, &why) || !read(folder, "output", expected, &why))
      return result.end(CaseStatus::Failed, why);
    ImportOptions import;
    import.numerics = options.numerics;
    import.dims = options.dims;
    import.specialise = true;
    for (const HostTensor &input : inputs)
      import.knownInputs.push_back({"", input.dims, 0, {}, true, {}, ""});
    auto context = makeCompilerContext();
    ImportNotes notes;
    auto program = importModel(*context, model, import, [&](llvm::StringRef text) { why = text.str(); }, &notes);
    if (mlir::failed(program)) {
      for (const ImportNotes::RefusedNode &node : notes.refusedNodes)
        result.missing.push_back(node.op);
      return result.end(CaseStatus::Failed, "is refused: " + why);
    }
    auto runner = makeProgramRunner(std::move(context), std::move(*program), options, &why);
    if (!runner)
      return result.end(CaseStatus::Failed, why);
    const std::vector<driver::InputSpec> specs = runner->inputs();
    if (specs.size() != inputs.size())
      return result.end(CaseStatus::Failed,
                        llvm::formatv("{0} inputs are stored, the program has {1}", inputs.size(), specs.size()).str());
    for (auto [spec, input] : llvm::zip_equal(specs, inputs))
      if (!driver::readAs(input, spec.dtype, &why))
        return result.end(CaseStatus::Failed, "input '" + spec.name + "': " + why);
    std::vector<HostTensor> results;
    if (!runner->run(inputs, results, &why))
      return result.end(CaseStatus::Failed, "does not run: " + why);
    result.compiled = !options.interpret;
    if (results.size() != expected.size())
      return result.end(
          CaseStatus::Failed,
          llvm::formatv("{0} outputs are stored, the program gives {1}", expected.size(), results.size()).str());
    for (auto [got, want] : llvm::zip_equal(results, expected)) {
      if (!driver::readAs(want, got.dtype, &why))
        return result.end(CaseStatus::Failed, "output '" + got.name + "': " + why);
      const driver::ValueError error = driver::compareValues(got, want, driver::ofWholeModel({}, want.dtype));
      if (error.bad())
        return result.end(CaseStatus::Failed, "output '" + got.name + "': " + error.describe());
    }
    return true;
  }

  const std::string &model;
  const CaseOptions &options;
  CaseResult result;
};

} // namespace

bool findStoredRuns(const std::string &folder, std::vector<SuiteCase> &cases, std::string *why) {
  std::vector<std::string> files;
  if (!filesBeneath(folder, {""}, files, why))
    return false;
  for (const std::string &file : files) {
    if (llvm::sys::path::extension(file) == ".npy" || llvm::sys::path::extension(file) == ".txt")
      continue;
    constexpr uint64_t kStart = 4096;
    auto start = llvm::MemoryBuffer::getFileSlice(file, kStart, 0);
    if (!start || !frontendOf((*start)->getBuffer(), file, /*byName=*/true))
      continue;
    llvm::StringRef name = llvm::sys::path::parent_path(file);
    name.consume_front(folder);
    name = name.ltrim('/');
    cases.push_back({name.str(), file, [name = name.str(), file](const CaseOptions &options) {
                       return StoredRun(name, file, options).run();
                     }});
  }
  return true;
}

} // namespace ingot::conformance
