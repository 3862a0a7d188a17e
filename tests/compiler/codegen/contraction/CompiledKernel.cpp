#include "tests/compiler/codegen/contraction/CompiledKernel.h"

#include "compiler/targets/cpu/CpuLevels.h"
#include "compiler/targets/cpu/TargetMachine.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/ExecutionEngine/Orc/ThreadSafeModule.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/TargetParser/Host.h"

#include <chrono>

namespace ingot::test {

using namespace mlir;

std::vector<CpuLevel> CompiledKernel::usableLevels() {
  std::vector<CpuLevel> levels;
  uint64_t host = 0;
  for (const char *cpu : {"native", "portable"}) {
    CpuTargetOptions options;
    options.cpu = cpu;
    llvm::Expected<llvm::SmallVector<CpuLevel>> made = makeCpuLevels(options);
    if (!made) {
      llvm::consumeError(made.takeError());
      continue;
    }
    for (const CpuLevel &level : *made) {
      if (level.name == "native")
        host = level.featureMask;
      if ((level.featureMask & ~host) == 0)
        levels.push_back(level);
    }
  }
  return levels;
}

std::unique_ptr<CompiledKernel> CompiledKernel::compile(const std::string &moduleText, const CpuLevel &level,
                                                        std::string *error, int optLevel) {
  auto fail = [&](const std::string &message) {
    *error += message;
    return nullptr;
  };
  auto result = std::make_unique<CompiledKernel>();
  result->context = std::make_unique<MLIRContext>(MLIRContext::Threading::DISABLED);
  DialectRegistry registry;
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  result->context->appendDialectRegistry(registry);
  result->context
      ->loadDialect<IngotDialect, arith::ArithDialect, cf::ControlFlowDialect, func::FuncDialect, LLVM::LLVMDialect,
                    math::MathDialect, memref::MemRefDialect, scf::SCFDialect, ub::UBDialect, vector::VectorDialect>();
  ScopedDiagnosticHandler diagnostics(result->context.get(), [&](Diagnostic &diagnostic) {
    *error += diagnostic.str() + "\n";
    return success();
  });
  result->module = parseSourceString<ModuleOp>(moduleText, result->context.get());
  if (!result->module)
    return fail("no module");
  auto start = std::chrono::steady_clock::now();
  KernelOp kernel = *result->module->getOps<KernelOp>().begin();
  SmallVector<SizeAttr> sizes = moduleSizes(kernel);
  std::unique_ptr<KernelEmitter> emitter = createContractionEmitter();
  std::optional<KernelPlan> plan = emitter->plan(kernel, level, sizes);
  if (!plan)
    return fail("the contraction emitter does not take this kernel");
  result->kernelPlan = *plan;

  OwningOpRef<ModuleOp> lowered = ModuleOp::create(kernel.getLoc());
  OpBuilder builder = OpBuilder::atBlockEnd(lowered->getBody());
  KernelFunction function = KernelFunction::create(builder, kernel, sizes.size());
  if (failed(emitter->emit(kernel, *plan, level, function, builder)) || failed(verify(*lowered)))
    return fail("emit");
  auto milliseconds = [&] {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  };
  const double emitted = milliseconds();
  if (failed(lowerKernelModule(*lowered, "kernel_under_test", level)))
    return fail("lower");

  const double loweredAt = milliseconds();
  llvm::LLVMContext llvmContext;
  std::unique_ptr<llvm::Module> llvmModule = translateModuleToLLVMIR(*lowered, llvmContext);
  CodeOptions code{llvm::sys::getDefaultTargetTriple(), optLevel};
  llvm::SmallVector<char, 0> object;
  if (llvm::Error failure = optimizeModule(*llvmModule, level, code))
    return fail(llvm::toString(std::move(failure)));
  const double optimized = milliseconds();
  if (const char *path = getenv("INGOT_TEST_LLVM")) { // the IR that code is generated from
    std::error_code ignored;
    llvm::raw_fd_ostream os(path, ignored);
    llvmModule->print(os, nullptr);
  }
  if (getenv("INGOT_TEST_ASSEMBLY")) {
    llvm::raw_string_ostream os(result->assembly);
    llvm::cantFail(printAssembly(*llvmModule, level, code, os));
  }
  if (llvm::Error failure = emitObject(*llvmModule, level, code, object))
    return fail(llvm::toString(std::move(failure)));
  result->compileMilliseconds = {emitted, loweredAt - emitted, optimized - loweredAt, milliseconds() - optimized};
  result->objectBytes = object.size();

  auto jit = llvm::orc::LLJITBuilder().create();
  if (!jit)
    return fail(llvm::toString(jit.takeError()));
  result->jit = std::move(*jit);
  if (llvm::Error failure = result->jit->addObjectFile(std::make_unique<llvm::SmallVectorMemoryBuffer>(std::move(object))))
    return fail(llvm::toString(std::move(failure)));
  auto symbol = result->jit->lookup("kernel_under_test");
  if (!symbol)
    return fail(llvm::toString(symbol.takeError()));
  result->entry = symbol->toPtr<decltype(result->entry)>();
  return result;
}

int64_t CompiledKernel::grid(llvm::ArrayRef<int64_t> sizes) const { return *evaluateExpr(kernelPlan.grid, sizes); }

void CompiledKernel::run(llvm::ArrayRef<void *> buffers, llvm::ArrayRef<int64_t> sizes, int64_t begin, int64_t end) {
  // Bytes no kernel may need, before and behind, tell of overruns.
  constexpr size_t guard = 256;
  const size_t bytes = *evaluateExpr(kernelPlan.scratch, sizes);
  if (scratch.size() != bytes + 2 * guard + 64)
    scratch.assign(bytes + 2 * guard + 64, 0x5a);
  char *aligned = scratch.data() + guard;
  aligned += (64 - reinterpret_cast<uintptr_t>(aligned) % 64) % 64;
  entry(buffers.data(), sizes.data(), begin, end, aligned);
  for (size_t i = 0; i < guard / 2; ++i)
    if (aligned[bytes + i] != 0x5a || aligned[-1 - static_cast<ptrdiff_t>(i)] != 0x5a)
      llvm::report_fatal_error("the kernel wrote beyond its scratch");
}

} // namespace ingot::test
