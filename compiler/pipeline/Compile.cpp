#include "compiler/pipeline/Compile.h"

#include "compiler/Version.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Pipeline.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

#include <chrono>

namespace ingot {

using namespace mlir;
using Clock = std::chrono::steady_clock;

// A dump can be gone on from: it keeps the nodes' names (locations), and all constants, which are at most 1 KB each (larger
// ones are weights).
static OpPrintingFlags dumpFlags() { return OpPrintingFlags().elideLargeElementsAttrs(1024).enableDebugInfo(); }

std::unique_ptr<MLIRContext> makeCompilerContext() {
  auto context = std::make_unique<MLIRContext>();
  loadKernelDialects(*context);
  return context;
}

static uint32_t archOf(const llvm::Triple &triple) {
  switch (triple.getArch()) {
  case llvm::Triple::x86_64:
    return INGOT_ARCH_X86_64;
  case llvm::Triple::aarch64:
    return INGOT_ARCH_AARCH64;
  case llvm::Triple::riscv64:
    return INGOT_ARCH_RISCV64;
  default:
    return INGOT_ARCH_NONE;
  }
}

namespace {

class Pipeline {
public:
  Pipeline(CompiledModel &model, const CompileOptions &options, const CpuTarget &target)
      : model(model), options(options), target(target) {}
  LogicalResult run();

private:
  bool runs(Phase phase) const { return phase > options.start && phase <= options.stopAfter; }
  LogicalResult programPhase(Phase phase, llvm::function_ref<void(OpPassManager &)> addPasses);
  LogicalResult kernelPhases();
  LogicalResult buildTable();
  void finish(Phase phase, Clock::time_point start, llvm::function_ref<void(llvm::raw_ostream &)> print);

  CompiledModel &model;
  const CompileOptions &options;
  const CpuTarget &target;
};

void Pipeline::finish(Phase phase, Clock::time_point start, llvm::function_ref<void(llvm::raw_ostream &)> print) {
  model.times.push_back({phase, std::chrono::duration<double, std::milli>(Clock::now() - start).count()});
  if (options.afterPhase)
    options.afterPhase(phase, print);
}

LogicalResult Pipeline::programPhase(Phase phase, llvm::function_ref<void(OpPassManager &)> addPasses) {
  if (options.beforePhase)
    options.beforePhase(phase);
  auto start = Clock::now();
  ModuleOp module = *model.program.module;
  PassManager pm(module.getContext());
  pm.enableVerifier(options.verifyEach);
  addPasses(pm);
  if (failed(pm.run(module)) || failed(verify(module)))
    return failure();
  finish(phase, start, [&](llvm::raw_ostream &os) {
    module->print(os, dumpFlags());
    os << '\n';
  });
  return success();
}

LogicalResult Pipeline::kernelPhases() {
  KernelCompileOptions kernelOptions;
  kernelOptions.target = &target;
  kernelOptions.optLevel = options.optLevel;
  kernelOptions.jobs = options.jobs;
  kernelOptions.stopAfter = options.stopAfter;
  kernelOptions.keepText = options.keepKernelText;
  kernelOptions.assembly = options.assembly;
  kernelOptions.countWork = options.countWork;
  if (options.beforePhase)
    options.beforePhase(Phase::Tile);
  auto start = Clock::now();
  KernelTimes busy;
  FailureOr<std::vector<CompiledKernel>> kernels = compileKernels(*model.program.module, kernelOptions, &busy);
  if (failed(kernels))
    return failure();
  model.kernels = std::move(*kernels);

  // The four kernel phases overlap across kernels: their share of the wall time goes by the time workers were busy in them.
  double wall = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  double total = busy.tile + busy.bufferize + busy.lower + busy.emit;
  const double part[] = {busy.tile, busy.bufferize, busy.lower, busy.emit};
  for (int i = 0; i < 4; ++i) {
    Phase phase = static_cast<Phase>(static_cast<int>(Phase::Tile) + i);
    if (phase > options.stopAfter)
      break;
    model.times.push_back({phase, total > 0 ? wall * part[i] / total : 0});
    if (options.afterPhase)
      options.afterPhase(phase, [&](llvm::raw_ostream &os) {
        for (const CompiledKernel &kernel : model.kernels)
          for (const CompiledVariant &variant : kernel.variants)
            os << variant.text[i] << '\n';
      });
  }
  return success();
}

LogicalResult Pipeline::buildTable() {
  model.weights = WeightImage(*model.program.module, model.program.weights, options.mapWeights);
  std::vector<KernelVariants> kernels;
  for (const CompiledKernel &kernel : model.kernels)
    kernels.push_back(kernel.info);
  TableOptions tableOptions{model.name, model.triple, INGOT_PRODUCER, archOf(llvm::Triple(model.triple))};
  FailureOr<Table> table = buildProgramTable(*model.program.module, kernels, model.weights, tableOptions);
  if (failed(table))
    return failure();
  model.table = std::move(*table);
  model.complete = true;
  return success();
}

LogicalResult Pipeline::run() {
  // Import is the frontend's work; its result is dumped like any other phase's.
  if (options.start == Phase::Import)
    finish(Phase::Import, Clock::now(), [&](llvm::raw_ostream &os) {
      (*model.program.module)->print(os, dumpFlags());
      os << '\n';
    });
  WeightStore &weights = model.program.weights;
  struct {
    Phase phase;
    std::function<void(OpPassManager &)> add;
  } const steps[] = {
      {Phase::Transform, [&](OpPassManager &pm) { addTransformPasses(pm, {options.sizeLists}); }},
      {Phase::Simplify, [&](OpPassManager &pm) { addSimplifyPasses(pm, {target, weights}); }},
      {Phase::Layout, [&](OpPassManager &pm) { addLayoutPasses(pm, {target, weights}); }},
      {Phase::Fuse, [&](OpPassManager &pm) { addFusePasses(pm, {target}); }},
      {Phase::Outline, [&](OpPassManager &pm) { addOutlinePasses(pm, {weights}); }},
      {Phase::Schedule, [&](OpPassManager &pm) { addSchedulePasses(pm, {}); }},
  };
  for (const auto &step : steps)
    if (runs(step.phase) && failed(programPhase(step.phase, step.add)))
      return failure();
  if (options.stopAfter < Phase::Tile)
    return success();
  if (options.beforeKernels && failed(options.beforeKernels(*model.program.module)))
    return failure();
  if (failed(kernelPhases()))
    return failure();
  return options.stopAfter == Phase::Emit ? buildTable() : success();
}

} // namespace

FailureOr<std::unique_ptr<CompiledModel>> compile(Program program, const CompileOptions &options) {
  auto model = std::make_unique<CompiledModel>();
  model->program = std::move(program);
  model->name = options.modelName;
  llvm::Expected<std::unique_ptr<CpuTarget>> target =
      CpuTarget::create({options.target.triple, options.target.cpu, options.target.features});
  if (!target) {
    emitError(UnknownLoc::get((*model->program.module)->getContext())) << llvm::toString(target.takeError());
    return failure();
  }
  model->triple = (*target)->triple();
  if (failed(Pipeline(*model, options, **target).run()))
    return failure();
  return model;
}

} // namespace ingot
