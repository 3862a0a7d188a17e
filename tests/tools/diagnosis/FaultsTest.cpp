// Faults planted in kernels of real models: diff names the kernel, reduce leaves at most three nodes. INGOT_FAULTS sets how
// many are tried (the goal was set for 50).
#include "tests/tools/diagnosis/Faults.h"
#include "frontends/onnx/Import.h"
#include "ir/Types.h"
#include "tests/TestPaths.h"
#include "tools/diagnosis/KernelTrace.h"
#include "tools/diagnosis/Reduce.h"

#include "gtest/gtest.h"

#include <random>

namespace ingot::test {
namespace {

using namespace diagnosis;
using driver::HostTensor;

// A model compiled up to its kernels, with inputs and what the interpreter sees in them.
struct Subject {
  std::string path;
  std::unique_ptr<mlir::MLIRContext> context = makeCompilerContext();
  Program imported, outlined;
  std::vector<HostTensor> feed;
  std::vector<reference::Tensor> arguments;
  std::vector<TracedDispatch> trace;
  std::vector<Fault> faults;

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
    for (mlir::BlockArgument argument : entryOf(imported).getArguments()) {
      auto type = mlir::cast<mlir::RankedTensorType>(argument.getType());
      auto name = entryOf(imported).getArgAttrOfType<mlir::StringAttr>(argument.getArgNumber(), kNameAttr);
      driver::InputSpec spec{
          name.str(), dtypeOf(type.getElementType()), {type.getShape().begin(), type.getShape().end()}, {}};
      std::string why;
      if (!driver::generateTensor("random:3", spec, feed.emplace_back(), &why))
        return false;
      arguments.push_back(referenceTensorOf(context.get(), feed.back()));
    }
    CompileOptions options;
    options.target.cpu = "native";
    options.stopAfter = Phase::Outline;
    auto model = compile(cloneProgram(imported), options);
    if (mlir::failed(model))
      return false;
    outlined = std::move((*model)->program);
    llvm::consumeError(traceKernels(outlined, arguments, trace).takeError());
    faults = possibleFaults(*outlined.module);
    return !faults.empty();
  }

  // The fault changes what its kernel gives by more than rounding does.
  bool changes(const Fault &fault, std::string *kernel) {
    Program faulty = cloneProgram(outlined);
    std::vector<std::string> planted = plantFault(*faulty.module, fault);
    if (planted.size() != 1)
      return false;
    *kernel = planted.front();
    std::vector<TracedDispatch> after;
    llvm::Expected<std::vector<reference::Tensor>> results = traceKernels(faulty, arguments, after);
    if (!results) {
      llvm::consumeError(results.takeError());
      return false;
    }
    for (auto [was, is] : llvm::zip(trace, after))
      if (is.op.getKernel() == *kernel) // the first that runs: what it is given is still right
        return llvm::any_of(llvm::zip(is.results, was.results), [](auto pair) {
          return compareValues(hostTensorOf(std::get<0>(pair)), hostTensorOf(std::get<1>(pair)), {1e-3, true}).bad();
        });
    return false;
  }
};

TEST(Faults, AreFoundAndShrunk) {
  size_t wanted = std::stoul(environmentOr("INGOT_FAULTS", "6")), found = 0, shrunk = 0, tried = 0;
  std::vector<std::string> paths{sourceDir() + "/docs/digits/digits.onnx"};
  for (const char *name : {"mnist-8.onnx", "keras-tract-tf2.onnx", "ultraface-RFB-320.onnx",
                           "ultraface-RFB-320_simplified.onnx", "ultraface-RFB-320_without_postprocessing.onnx"})
    if (std::string path = testData(std::string("models/onnx/") + name); !path.empty())
      paths.push_back(path);
  if (wanted < 20) // the quick ones
    paths.resize(std::min<size_t>(paths.size(), 2));
  std::vector<std::unique_ptr<Subject>> subjects;
  for (const std::string &path : paths)
    if (auto subject = std::make_unique<Subject>(); subject->open(path))
      subjects.push_back(std::move(subject));
  ASSERT_FALSE(subjects.empty());
  std::mt19937 random(1);
  size_t without = 0; // effect
  for (size_t attempts = 0; tried < wanted && attempts < wanted * 20; ++attempts) {
    // The model, then the kind, then the place: rare kinds come as often as those with many places.
    Subject &subject = *subjects[attempts % subjects.size()];
    auto kind = static_cast<FaultKind>(random() % 5);
    std::vector<Fault> places;
    llvm::copy_if(subject.faults, std::back_inserter(places), [&](const Fault &fault) { return fault.kind == kind; });
    if (places.empty())
      continue;
    Fault fault = places[random() % places.size()];
    std::string kernel;
    if (!subject.changes(fault, &kernel)) {
      ++without;
      continue;
    }
    ReduceOptions options;
    options.diff.compile.target.cpu = "native";
    options.diff.compile.jobs = 1;
    options.diff.passes = options.diff.whole = false;
    options.diff.compile.beforeKernels = [fault](mlir::ModuleOp module) {
      plantFault(module, fault);
      return mlir::success();
    };
    llvm::Expected<DiffReport> report = diffProgram(*subject.context, subject.imported, subject.feed, options.diff);
    if (!report) { // such a kernel cannot be compiled: no fault of code that runs
      llvm::consumeError(report.takeError());
      continue;
    }
    ++tried;
    bool named = report->firstBad() && report->firstBad()->name == kernel;
    found += named;
    size_t nodes = 0;
    if (llvm::Expected<Reduction> reduction = reduceModel(subject.path, subject.feed, options)) {
      nodes = reduction->slice.operators();
      shrunk += nodes <= 3;
    } else {
      llvm::errs() << llvm::toString(reduction.takeError()) << '\n';
    }
    llvm::errs() << subject.path << ": kind " << static_cast<int>(fault.kind) << " in " << kernel << ", " << fault.op
                 << " of '" << fault.node << "': " << (named ? "found" : "NOT FOUND: " + report->verdict()) << ", " << nodes
                 << " nodes\n";
  }
  llvm::errs() << found << " found and " << shrunk << " shrunk of " << tried << "; " << without
               << " more changed nothing and were not tried\n";
  EXPECT_EQ(tried, wanted);
  EXPECT_GE(found * 50, tried * 48);
  EXPECT_GE(shrunk * 50, tried * 48);
}

} // namespace
} // namespace ingot::test
