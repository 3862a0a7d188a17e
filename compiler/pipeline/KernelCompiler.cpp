#include "compiler/pipeline/KernelCompiler.h"

#include "compiler/codegen/Work.h"
#include "compiler/targets/cpu/TargetMachine.h"
#include "ir/Locations.h"
#include "ir/Types.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Complex/IR/Complex.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/ADT/Statistic.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/ThreadPool.h"

#include <chrono>
#include <mutex>

#define DEBUG_TYPE "ingot-pipeline"
ALWAYS_ENABLED_STATISTIC(NumOpsEmitted, "Operations that emitters made");

namespace ingot {

using namespace mlir;
using Clock = std::chrono::steady_clock;

// Kernels whose loops exist at the same time: enough to balance workers, and few megabytes.
static constexpr size_t kTasksAtOnce = 128;

static double millisecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

void loadKernelDialects(MLIRContext &context) {
  DialectRegistry registry;
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  context.appendDialectRegistry(registry);
  context.loadDialect<IngotDialect, arith::ArithDialect, cf::ControlFlowDialect, complex::ComplexDialect, func::FuncDialect,
                      LLVM::LLVMDialect, math::MathDialect, memref::MemRefDialect, scf::SCFDialect, ub::UBDialect,
                      vector::VectorDialect>();
}

// The ops a kernel holds, one a line, with result types: what `inspect --fusion` shows.
static std::string describeBody(KernelOp kernel) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::SmallVector<SizeAttr> sizes = moduleSizes(kernel);
  for (Operation &op : kernel.getBlock().without_terminator()) {
    os << (text.empty() ? "" : "\n") << op.getName().stripDialect();
    for (Type type : op.getResultTypes())
      os << ' ' << describeType(cast<RankedTensorType>(type), sizes);
    if (llvm::SmallVector<std::string> nodes = nodeNames(op.getLoc()); !nodes.empty())
      os << "  " << llvm::join(nodes, ", ");
    if (llvm::SmallVector<llvm::StringRef> composites = compositeNames(op.getLoc()); !composites.empty())
      os << "  (" << llvm::join(composites, ", ") << ")";
  }
  return text;
}

namespace {

// Compiles one kernel at one level. Used by one thread at a time.
class VariantCompiler {
public:
  VariantCompiler(KernelOp kernel, const CpuLevel &level, const KernelCompileOptions &options)
      : kernel(kernel), level(level), options(options), sizes(moduleSizes(kernel)) {}

  // Tile and bufferize, then lower and emit. Each does what it does up to the phase to stop after.
  LogicalResult makeLoops(llvm::StringRef symbol);
  LogicalResult makeCode();
  // How long makeCode takes, in comparison.
  size_t operations() const { return operationCount; }

  KernelPlan plan;
  CompiledVariant result;
  KernelTimes times;

private:
  LogicalResult tile();
  void keep(int slot, Operation *op) {
    if (options.keepText) {
      llvm::raw_string_ostream os(result.text[slot]);
      op->print(os, OpPrintingFlags().elideLargeElementsAttrs(64));
      os << '\n';
    }
  }
  LogicalResult emit(ModuleOp lowered);

  KernelOp kernel;
  const CpuLevel &level;
  const KernelCompileOptions &options;
  llvm::SmallVector<SizeAttr> sizes;
  const KernelEmitter *emitter = nullptr;
  OwningOpRef<ModuleOp> module; // of the loops
  size_t operationCount = 0;
};

LogicalResult VariantCompiler::tile() {
  for (const std::unique_ptr<KernelEmitter> &candidate : options.target->emitters()) {
    if (std::optional<KernelPlan> found = candidate->plan(kernel, level, sizes)) {
      plan = *found;
      emitter = candidate.get();
      return verifyWork(kernel, *emitter, plan, sizes);
    }
  }
  return kernel.emitError("internal error: no emitter takes kernel '") << kernel.getSymName() << "'";
}

LogicalResult VariantCompiler::makeLoops(llvm::StringRef symbol) {
  result.symbol = symbol.str();
  auto start = Clock::now();
  if (failed(tile()))
    return failure();
  times.tile = millisecondsSince(start);
  if (options.keepText) {
    auto planned = cast<KernelOp>(kernel->clone());
    planned.setEmitter(plan.emitter);
    planned.setPlanAttr(plan.params);
    llvm::raw_string_ostream(result.text[0]) << "// level " << level.name << "\n";
    keep(0, planned);
    planned->erase();
  }
  if (options.stopAfter == Phase::Tile)
    return success();

  start = Clock::now();
  module = ModuleOp::create(kernel.getLoc());
  OpBuilder builder = OpBuilder::atBlockEnd(module->getBody());
  KernelFunction function =
      KernelFunction::create(builder, kernel, sizes.size(), options.countWork ? (symbol + ".work").str() : "");
  if (failed(emitter->emit(kernel, plan, level, function, builder)))
    return failure();
  times.bufferize = millisecondsSince(start);
  module->walk([&](Operation *) { ++operationCount; });
  NumOpsEmitted += operationCount;
  keep(1, *module);
  if (failed(verify(*module)))
    return kernel.emitError("internal error: emitter '")
           << plan.emitter << "' made invalid code for kernel '" << kernel.getSymName() << "' at level " << level.name;
  return success();
}

LogicalResult VariantCompiler::makeCode() {
  if (options.stopAfter <= Phase::Bufferize)
    return success();
  auto start = Clock::now();
  if (failed(lowerKernelModule(*module, result.symbol, level)))
    return kernel.emitError("internal error: lowering of kernel '")
           << kernel.getSymName() << "' failed at level " << level.name;
  times.lower = millisecondsSince(start);
  keep(2, *module);
  if (options.stopAfter == Phase::Lower)
    return success();

  start = Clock::now();
  if (failed(emit(*module)))
    return failure();
  module = nullptr;
  times.emit = millisecondsSince(start);
  return success();
}

LogicalResult VariantCompiler::emit(ModuleOp lowered) {
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> module = translateModuleToLLVMIR(lowered, context, kernel.getSymName());
  if (!module)
    return kernel.emitError("internal error: kernel '") << kernel.getSymName() << "' has no LLVM IR";
  CodeOptions code{options.target->triple(), options.optLevel};
  llvm::Error error = optimizeModule(*module, level, code);
  if (!error && options.keepText) {
    llvm::raw_string_ostream os(result.text[3]);
    if (options.assembly)
      error = printAssembly(*module, level, code, os);
    else
      module->print(os, nullptr);
  }
  if (!error)
    error = emitObject(*module, level, code, result.object);
  if (error)
    return kernel.emitError("internal error: code generation of kernel '")
           << kernel.getSymName() << "' for level " << level.name << ": " << llvm::toString(std::move(error));
  return success();
}

// Multiply-adds count two; what a kernel does at the sizes' maxima, for inspect and profile.
double countFlops(KernelOp kernel, llvm::ArrayRef<SizeAttr> sizes) {
  double flops = 0;
  for (Operation &op : kernel.getBlock().without_terminator()) {
    Making making = makingOf(&op);
    if (making == Making::Contraction)
      flops += 2 * stepsOf(&op, sizes);
    else if (making == Making::Reduction || making == Making::Window || op.hasTrait<trait::Pointwise>())
      flops += stepsOf(&op, sizes);
  }
  return flops;
}

} // namespace

FailureOr<std::vector<CompiledKernel>> compileKernels(ModuleOp module, const KernelCompileOptions &options,
                                                      KernelTimes *times) {
  llvm::SmallVector<KernelOp> kernels(module.getOps<KernelOp>());
  llvm::ArrayRef<CpuLevel> levels = options.target->levels();

  std::vector<VariantCompiler> tasks;
  tasks.reserve(kernels.size() * levels.size());
  for (KernelOp kernel : kernels)
    for (const CpuLevel &level : levels)
      tasks.emplace_back(kernel, level, options);

  std::vector<char> failedTask(tasks.size(), 0);
  llvm::DefaultThreadPool pool(options.jobs ? llvm::hardware_concurrency(options.jobs)
                                            : llvm::heavyweight_hardware_concurrency());
  auto loopsOf = [&](size_t index) {
    KernelOp kernel = kernels[index / levels.size()];
    std::string symbol = (kernel.getSymName() + "." + levels[index % levels.size()].name).str();
    failedTask[index] = failed(tasks[index].makeLoops(symbol));
  };
  auto codeOf = [&](size_t index) { failedTask[index] = failed(tasks[index].makeCode()); };
  auto doAll = [&](llvm::ArrayRef<size_t> indices, llvm::function_ref<void(size_t)> task) {
    for (size_t index : indices)
      pool.async(task, index);
    pool.wait();
    return success(!llvm::is_contained(failedTask, 1));
  };
  for (size_t first = 0; first < tasks.size(); first += kTasksAtOnce) {
    auto batch = llvm::to_vector(llvm::seq<size_t>(first, std::min(first + kTasksAtOnce, tasks.size())));
    if (failed(doAll(batch, loopsOf)))
      return failure();
    // What takes longest comes first: workers then end at about the same time.
    llvm::stable_sort(batch, [&](size_t a, size_t b) { return tasks[a].operations() > tasks[b].operations(); });
    if (failed(doAll(batch, codeOf)))
      return failure();
  }

  std::vector<CompiledKernel> compiled(kernels.size());
  for (size_t i = 0; i < tasks.size(); ++i) {
    CompiledKernel &kernel = compiled[i / levels.size()];
    KernelOp op = kernels[i / levels.size()];
    if (kernel.variants.empty()) {
      kernel.info.name = op.getSymName().str();
      kernel.info.source = describeBody(op);
      kernel.info.flops = countFlops(op, moduleSizes(op));
    }
    VariantCompiler &task = tasks[i];
    kernel.info.variants.push_back({levels[i % levels.size()], task.plan, task.result.symbol, task.result.object.size()});
    kernel.variants.push_back(std::move(task.result));
    if (times) {
      times->tile += task.times.tile;
      times->bufferize += task.times.bufferize;
      times->lower += task.times.lower;
      times->emit += task.times.emit;
    }
  }
  return compiled;
}

} // namespace ingot
