// Faults planted in kernels: diff names the kernel, reduce leaves at most three nodes. A fault counts where it changes a bit
// of what the compiled model answers. INGOT_FAULTS sets how many are tried; with 20 or more the large models take part.
#include "tests/tools/diagnosis/Faults.h"
#include "frontends/onnx/Import.h"
#include "ir/Types.h"
#include "tests/TestPaths.h"
#include "tests/tools/diagnosis/FaultModels.h"
#include "tools/conformance/Archive.h"
#include "tools/diagnosis/KernelTrace.h"
#include "tools/diagnosis/Reduce.h"
#include "tools/execution/Runner.h"

#include "gtest/gtest.h"

#include <random>
#include <set>

namespace ingot::test {
namespace {

using namespace diagnosis;
using driver::HostTensor;

// Of those tried: that diff may miss, and of 50 that reduce may leave with more than three nodes.
constexpr size_t kMayMiss = 0, kMayStayLargeOf50 = 2;

// A model with inputs, what it answers, and the faults its kernels have room for.
struct Subject {
  std::string path;
  std::unique_ptr<mlir::MLIRContext> context = makeCompilerContext();
  Program imported;
  std::vector<HostTensor> feed, answers;
  std::vector<Fault> faults;

  // Fails the running test where it cannot be made.
  bool open(const std::string &file) {
    path = file;
    ImportOptions import;
    const char *size = path.find("digits") != std::string::npos  ? "batch"
                       : path.find("keras") != std::string::npos ? "unk__6"
                                                                 : "";
    if (*size)
      import.dims = {{size, "2"}};
    auto program = importOnnx(*context, path, import, [](llvm::StringRef text) { ADD_FAILURE() << text.str(); });
    if (mlir::failed(program))
      return false;
    imported = std::move(*program);
    std::string why;
    for (mlir::BlockArgument argument : entryOf(imported).getArguments()) {
      auto type = mlir::cast<mlir::RankedTensorType>(argument.getType());
      auto name = entryOf(imported).getArgAttrOfType<mlir::StringAttr>(argument.getArgNumber(), kNameAttr);
      driver::InputSpec spec{
          name.str(), dtypeOf(type.getElementType()), {type.getShape().begin(), type.getShape().end()}, {}};
      EXPECT_TRUE(driver::generateTensor("random:3", spec, feed.emplace_back(), &why)) << why;
    }
    auto listFaults = [&](mlir::ModuleOp module) {
      faults = possibleFaults(module);
      return mlir::success();
    };
    EXPECT_TRUE(run(listFaults, answers, &why)) << why;
    EXPECT_FALSE(faults.empty()) << path;
    return !testing::Test::HasFailure();
  }

  // What the compiled model answers, its kernels changed by `change` before they are compiled.
  bool run(std::function<mlir::LogicalResult(mlir::ModuleOp)> change, std::vector<HostTensor> &results, std::string *why) {
    CompileOptions options;
    options.target.cpu = "native";
    options.jobs = 1;
    options.beforeKernels = std::move(change);
    mlir::ScopedDiagnosticHandler handler(context.get(), [&](mlir::Diagnostic &diagnostic) {
      *why += diagnostic.str();
      return mlir::success();
    });
    auto model = compile(cloneProgram(imported), options);
    if (mlir::failed(model))
      return false;
    std::unique_ptr<driver::Runner> runner = driver::makeCompiledRunner(**model, {}, why);
    return runner && runner->run(feed, results, why);
  }
};

struct Counts {
  size_t tried = 0, missed = 0, large = 0;
  size_t silent = 0, notCompiled = 0; // without effect; kernels that no emitter takes
  std::set<std::string> models;
};

bool sameBits(const std::vector<HostTensor> &left, const std::vector<HostTensor> &right) {
  return left.size() == right.size() &&
         llvm::all_of(llvm::zip(left, right), [](auto pair) { return std::get<0>(pair).bytes == std::get<1>(pair).bytes; });
}

void tryFault(Subject &subject, const Fault &fault, Counts &counts) {
  std::vector<std::string> planted;
  std::vector<HostTensor> answers;
  std::string why;
  auto plant = [&](mlir::ModuleOp module) {
    planted = plantFault(module, fault);
    return mlir::success();
  };
  if (!subject.run(plant, answers, &why)) {
    ++counts.notCompiled;
    return;
  }
  if (planted.empty() || sameBits(answers, subject.answers)) {
    ++counts.silent;
    return;
  }
  ++counts.tried;
  counts.models.insert(subject.path);
  ReduceOptions options;
  options.diff.compile.target.cpu = "native";
  options.diff.compile.jobs = 1;
  options.diff.passes = options.diff.whole = false;
  options.diff.compile.beforeKernels = [fault](mlir::ModuleOp module) {
    plantFault(module, fault);
    return mlir::success();
  };
  std::string verdict;
  bool found = false;
  llvm::Expected<DiffReport> report = diffProgram(*subject.context, subject.imported, subject.feed, options.diff);
  if (report) {
    verdict = report->verdict();
    found = report->firstBad() && llvm::is_contained(planted, report->firstBad()->name);
  } else {
    verdict = llvm::toString(report.takeError());
  }
  counts.missed += !found;
  size_t nodes = 0;
  llvm::Expected<std::unique_ptr<ModelSlicer>> slicer = openSlicer(subject.path);
  ASSERT_TRUE(static_cast<bool>(slicer)) << llvm::toString(slicer.takeError());
  llvm::Expected<Reduction> reduction = reduceModel(**slicer, subject.feed, options);
  if (reduction)
    nodes = reduction->part->operators().size();
  else
    verdict += "; " + llvm::toString(reduction.takeError());
  counts.large += nodes == 0 || nodes > 3;
  llvm::errs() << llvm::StringRef(subject.path).rsplit('/').second << ": kind " << static_cast<int>(fault.kind) << " in "
               << planted.front() << ", " << fault.op << " of '" << fault.node
               << "': " << (found ? "found" : "NOT FOUND: " + verdict) << ", " << nodes << " nodes\n";
}

TEST(Faults, AreFoundAndShrunk) {
  size_t wanted = std::stoul(environmentOr("INGOT_FAULTS", "12"));
  conformance::TemporaryFolder folder;
  std::string why;
  ASSERT_TRUE(folder.make(&why)) << why;
  std::vector<std::string> paths = writeFaultModels(folder.path());
  paths.push_back(sourceDir() + "/docs/digits/digits.onnx");
  std::vector<const char *> published = {"mnist-8.onnx", "keras-tract-tf2.onnx"};
  if (wanted >= 20)
    published.insert(published.end(), {"ultraface-RFB-320.onnx", "ultraface-RFB-320_simplified.onnx",
                                       "ultraface-RFB-320_without_postprocessing.onnx"});
  for (const char *name : published)
    if (std::string path = testData(std::string("models/onnx/") + name); !path.empty())
      paths.push_back(path);
  std::vector<std::unique_ptr<Subject>> subjects;
  for (const std::string &path : paths)
    ASSERT_TRUE(subjects.emplace_back(std::make_unique<Subject>())->open(path)) << path;
  std::mt19937 random(1);
  Counts counts;
  for (size_t attempts = 0; counts.tried < wanted && attempts < wanted * 20; ++attempts) {
    // The model, then the kind, then the place: rare kinds come as often as those with many places.
    Subject &subject = *subjects[attempts % subjects.size()];
    auto kind = static_cast<FaultKind>(random() % 5);
    std::vector<Fault> places;
    llvm::copy_if(subject.faults, std::back_inserter(places), [&](const Fault &fault) { return fault.kind == kind; });
    if (!places.empty())
      tryFault(subject, places[random() % places.size()], counts);
  }
  llvm::errs() << counts.tried << " faults in " << counts.models.size() << " models: " << counts.missed << " not found, "
               << counts.large << " not shrunk to three nodes; beside them " << counts.silent << " without effect, "
               << counts.notCompiled << " that no emitter takes\n";
  EXPECT_EQ(counts.tried, wanted);
  EXPECT_GE(counts.models.size(), std::min<size_t>(wanted, 5));
  EXPECT_LE(counts.missed, kMayMiss);
  EXPECT_LE(counts.large * 50, wanted * kMayStayLargeOf50);
}

} // namespace
} // namespace ingot::test
